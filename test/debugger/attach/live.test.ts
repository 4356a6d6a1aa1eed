// A debugger at runs that a host of this process drives, as `backstep serve` does.
import { describe, expect, it } from 'vitest';
import type { Body } from '../support/client.ts';
import { frames, initialized, scopeLines, workspace, type Workspace } from '../support/workspace.ts';
import { attached, driving, THREAD, waiting, type Driving } from './driving.ts';

const NAME = 'work.workflow.yaml';
const WORK = `workflow: work
version: 1.0.0
input: { type: object, properties: { seat: { type: string } } }
vars: { n: 0 }
participants:
  desk:
    baseUrl: http://127.0.0.1:9
    operations:
      book: { http: POST /seats }
      free: { http: POST /free }
      pay: { http: POST /payments }
states:
  book:
    call: desk.book
    with: { seat: "\${ input.seat }" }
    compensate:
      call: desk.free
      with: { seat: "\${ result.seat }" }
    next: rest
  rest:
    wait: 1d
    next: count
  count:
    set: { n: "\${ vars.n + 1 }" }
    next: [{ when: "\${ vars.n < 3 }", next: count }, { next: pay }]
  pay:
    call: desk.pay
    retry: { attempts: 3, delay: 1d }
    compensate: none
    next: part
  part:
    run: ./part.workflow.yaml
    with: { n: "\${ vars.n }" }
    next: end
output: "\${ results.part }"
`;
const PART = `workflow: part
version: 1.0.0
input: { type: object, properties: { n: { type: number } } }
vars: { twice: 0 }
participants: { boss: { role: boss } }
states:
  double:
    set: { twice: "\${ input.n * 2 }" }
    next: sign
  sign:
    human: { title: Sign it, assignee: boss }
    on: { signed: end }
output: "\${ vars.twice }"
`;
const WIDE = `workflow: wide
version: 1.0.0
vars: { n: 0 }
states:
  rest: { wait: 1d, next: both }
  both:
    parallel:
      branches:
        left:
          states:
            l1: { set: {}, next: l2 }
            l2: { set: {}, next: l3 }
            l3: { set: {}, next: end }
        right:
          states:
            r1: { set: {}, next: r2 }
            r2: { set: {}, next: r3 }
            r3: { set: {}, next: end }
    next: end
`;
const FILES = { [NAME]: WORK, 'part.workflow.yaml': PART };
const MOCKS = {
  'desk.book': { return: { seat: '7A' } },
  'desk.free': { return: {} },
  'desk.pay': { return: {} },
};

interface Place extends Driving {
  readonly space: Workspace;
}

/** The run `live`, which waits in `rest`, in a host of its own. */
async function place(options: Parameters<typeof driving>[1] = {}): Promise<Place> {
  const space = workspace(FILES);
  const made = driving(space, { mocks: MOCKS, ...options });
  await waiting(made, space, 'live', NAME, { seat: '7A' });
  return { ...made, space };
}

/** The ways of what a run is in, as its holder has it. */
function standsAt({ host }: Driving, run = 'live'): readonly string[] {
  return [...(host.runs.get(run)?.view().state.activations.values() ?? [])].map(({ way }) => way);
}

function seqOf({ host }: Driving, run = 'live'): number {
  return host.runs.get(run)?.view().state.seq ?? 0;
}

describe('an attached session', () => {
  it('shows the run where it stands, with the environment of its holder', async () => {
    const at = await place({ env: { REGION: 'north' } });
    const client = await attached(at.space, 'live');
    expect(await frames(client)).toEqual(['rest:21']);
    expect(await scopeLines(client, 'Compensation stack')).toEqual(['book → desk.free = {"seat": "7A"}']);
    const { stackFrames } = await client.request('stackTrace', THREAD);
    const frameId = (stackFrames as readonly Body[])[0]?.['id'];
    const value = (expression: string): Promise<Body> =>
      client.request('evaluate', { expression, frameId, context: 'watch' });
    expect(await value('results.book.seat')).toMatchObject({ result: '"7A"' });
    expect(await value('env.REGION')).toMatchObject({ result: '"north"' });
    await client.end();
  });

  it('stops at breakpoints, sets values, steps into a child and completes its task', async () => {
    const at = await place();
    const line = at.space.line(NAME, '  count:');
    const client = await attached(at.space, 'live', {
      breakpoints: { [NAME]: [{ line, condition: 'vars.n = 1' }], 'part.workflow.yaml': [7] },
    });
    await client.request('backstep/skipWait', THREAD);
    await client.stopped();
    await client.request('continue', THREAD);
    expect(await client.stopped()).toMatchObject({ reason: 'breakpoint' });
    expect(await frames(client)).toEqual([`count:${line}`]);
    const { stackFrames } = await client.request('stackTrace', THREAD);
    const frameId = (stackFrames as readonly Body[])[0]?.['id'];
    await client.request('setExpression', { expression: 'vars.n', value: '20', frameId });
    // The holder has it, and goes no further.
    expect(at.host.runs.get('live')?.view().state.scopes.get(0)?.vars).toEqual({ n: 20 });
    await client.request('continue', THREAD);
    expect(await client.stopped()).toMatchObject({ reason: 'breakpoint' });
    expect(await frames(client)).toEqual(['double:7', `part:${at.space.line(NAME, '  part:') + 1}`]);
    await client.request('next', THREAD);
    await client.stopped();
    expect(await scopeLines(client, 'Data')).toContain('vars = {"twice": 42}');
    await client.request('next', THREAD);
    await client.event('backstep/position');
    await client.request('backstep/completeTask', { state: 'sign', outcome: 'signed' });
    expect(await client.terminated()).toBe(0);
    expect(at.journal.summary('live')?.status).toBe('completed');
    await client.end();
  });

  it('pauses in the middle of a wait and lets go where it stood', async () => {
    const at = await place();
    const client = await attached(at.space, 'live');
    await client.request('continue', THREAD);
    await client.request('pause', THREAD);
    expect(await client.stopped()).toMatchObject({ reason: 'pause' });
    await client.request('backstep/skipWait', THREAD);
    await client.stopped();
    const seq = seqOf(at);
    await client.end();
    await at.host.runs.get('live')?.settled('waiting');
    expect(standsAt(at)).toEqual(['part']);
    expect(seqOf(at)).toBeGreaterThan(seq);
    const { journal } = at;
    expect(journal.read('live').map((record) => record.seq)).toEqual(journal.read('live').map((_, at) => at + 1));
  });

  it('stops at the very record of an error, before anything comes of it', async () => {
    const at = await place({ mocks: { ...MOCKS, 'desk.pay': { fail: { error: 'network', message: 'no line' } } } });
    const client = await attached(at.space, 'live', { exceptions: ['retry', 'uncaught'] });
    await client.request('backstep/skipWait', THREAD);
    await client.stopped();
    await client.request('continue', THREAD);
    for (const attempt of [2, 3]) {
      expect(await client.stopped()).toMatchObject({ reason: 'exception', text: 'network: no line' });
      const { total } = await client.request('backstep/history');
      expect(at.journal.read('live').at(-1)).toMatchObject({ type: 'retry.scheduled', attempt });
      expect([total, at.journal.summary('live')?.seq]).toEqual([seqOf(at), seqOf(at)]);
      await client.request('backstep/skipWait', THREAD);
      await client.stopped();
      await client.request('continue', THREAD);
    }
    expect(await client.stopped()).toMatchObject({ reason: 'exception' });
    expect(at.journal.read('live').at(-1)).toMatchObject({ type: 'error.raised' });
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(3);
    await client.end();
  });

  it('stops where a variable changes', async () => {
    const at = await place();
    const client = await attached(at.space, 'live');
    const { stackFrames } = await client.request('stackTrace', THREAD);
    const frameId = (stackFrames as readonly Body[])[0]?.['id'];
    const { dataId } = await client.request('dataBreakpointInfo', { name: 'vars.n', frameId });
    await client.request('setDataBreakpoints', { breakpoints: [{ dataId, condition: 'vars.n = 2' }] });
    await client.request('backstep/skipWait', THREAD);
    await client.stopped();
    await client.request('continue', THREAD);
    expect(await client.stopped()).toMatchObject({ reason: 'data breakpoint' });
    expect(at.host.runs.get('live')?.view().state.scopes.get(0)?.vars).toEqual({ n: 2 });
    await client.end();
    await at.host.runs.get('live')?.settled('waiting');
    expect(standsAt(at)).toEqual(['part']);
  });

  it('takes up a breakpoint that is set while the run goes on', async () => {
    const at = await place();
    const client = await attached(at.space, 'live');
    await client.request('continue', THREAD);
    const line = at.space.line(NAME, '  pay:');
    await client.request('setBreakpoints', { source: { path: at.space.path(NAME) }, breakpoints: [{ line }] });
    await client.request('backstep/skipWait', THREAD);
    expect(await client.stopped()).toMatchObject({ reason: 'breakpoint' });
    expect(standsAt(at)).toEqual(['pay']);
    await client.end();
  });

  it('cancels the run when it is told to terminate', async () => {
    const at = await place();
    const client = await attached(at.space, 'live');
    await client.request('terminate');
    expect(await client.terminated()).toBe(6);
    expect(at.journal.summary('live')?.status).toBe('cancelled');
    expect(at.journal.read('live').map(({ type }) => type)).toContain('compensation.completed');
    await client.end();
  });

  it('goes on in a fork from the past, and leaves the run to its holder', async () => {
    const at = await place();
    const client = await attached(at.space, 'live', { breakpoints: { [NAME]: [at.space.line(NAME, '  pay:')] } });
    await client.request('backstep/skipWait', THREAD);
    await client.stopped();
    await client.request('continue', THREAD);
    await client.stopped();
    await client.request('stepBack', THREAD);
    await client.stopped();
    expect(await frames(client)).toEqual([`count:${at.space.line(NAME, '  count:')}`]);
    const { run } = await client.request('backstep/fork', { ...THREAD, vars: { n: 9 } });
    expect(run).toBe('live-fork-1');
    await client.stopped();
    expect(at.journal.holder('live-fork-1')).toMatchObject({ name: 'debugger' });
    await at.host.runs.get('live')?.settled('waiting');
    expect(standsAt(at)).toEqual(['part']);
    await client.end();
  });

  it('steps one thread while the others stand, and lets them go on when that one has ended', async () => {
    const space = workspace({ 'wide.workflow.yaml': WIDE });
    const made = driving(space);
    await waiting(made, space, 'live', 'wide.workflow.yaml');
    const client = await attached(space, 'live');
    const next = async (move: string, args: object): Promise<Body> => {
      await client.request(move, args);
      return client.stopped();
    };
    await next('backstep/skipWait', THREAD);
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'l1' }] });
    expect(await next('continue', THREAD)).toMatchObject({ reason: 'function breakpoint', threadId: 2 });
    for (const at of ['l2', 'l3']) {
      await next('next', { threadId: 2, singleThread: true });
      expect([...standsAt(made)].sort()).toEqual(['both', `both/left/${at}`, 'both/right/r1']);
    }
    await next('next', { threadId: 3, singleThread: true });
    expect([...standsAt(made)].sort()).toEqual(['both', 'both/left/l3', 'both/right/r2']);
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'r3' }] });
    expect(await next('continue', { threadId: 2, singleThread: true })).toMatchObject({ threadId: 3 });
    expect([...standsAt(made)].sort()).toEqual(['both', 'both/right/r3']);
    await client.request('continue', { threadId: 3 });
    expect(await client.terminated()).toBe(0);
    await client.end();
  });

  it('lets all threads go on when it leaves while one goes on alone', async () => {
    const space = workspace({ 'wide.workflow.yaml': WIDE });
    const made = driving(space);
    await waiting(made, space, 'live', 'wide.workflow.yaml');
    const client = await attached(space, 'live');
    await client.request('backstep/skipWait', THREAD);
    await client.stopped();
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'l1' }] });
    await client.request('continue', THREAD);
    await client.stopped();
    await client.request('next', { threadId: 2, singleThread: true });
    await client.stopped();
    await client.end();
    expect(await made.host.runs.get('live')?.settled('ended')).toBe('completed');
  });

  it('is refused by the name of the one who is there, for the run and for all that belongs to it', async () => {
    const at = await place();
    const first = await attached(at.space, 'live');
    await first.request('backstep/skipWait', THREAD);
    await first.stopped();
    await first.request('continue', THREAD);
    await first.event('backstep/position');
    const child = at.journal.list({ parent: 'live' })[0]?.run ?? '';
    const second = await initialized(at.space);
    for (const runId of ['live', child]) {
      expect(await second.refused('attach', { runId, journal: at.space.path('runs.db') })).toMatch(
        new RegExp(`^The run ${runId} is debugged already.*: by debugger \\(process ${process.pid} on `),
      );
    }
    await first.end();
    await second.request('attach', { runId: child, journal: at.space.path('runs.db') });
    await second.event('output');
    await second.stopped();
    await second.request('configurationDone');
    expect(await frames(second)).toEqual(['sign:11']);
    await second.end();
  });

  it('ends with a sentence when its holder lets go, and the next one drives the run itself', async () => {
    const at = await place();
    const client = await attached(at.space, 'live');
    await at.host.close();
    expect(await client.terminated()).toBe(70);
    expect(client.transcript()).toContain('drives live no more, and this session is over');
    await client.end();
    const next = await attached(at.space, 'live');
    expect(at.journal.holder('live')).toMatchObject({ name: 'debugger' });
    await next.end();
  });

  it('finds a run that has ended meanwhile', async () => {
    const at = await place();
    await at.host.runs.get('live')?.send({ type: 'cancel', by: { name: 'ada' }, compensate: false, force: false });
    await at.host.runs.get('live')?.settled('ended');
    const client = await attached(at.space, 'live');
    const { total, seq } = await client.request('backstep/history');
    expect([total, seq]).toEqual([at.journal.summary('live')?.seq, total]);
    expect(at.journal.holder('live')).toBeNull();
    await client.end();
  });
});
