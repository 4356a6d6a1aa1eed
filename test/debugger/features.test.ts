/**
 * A whole session for each thing that the debugger does, message by message, against golden transcripts in `transcripts/`;
 * how to read and renew them stands in transcripts.test.ts. Some are played over the bundled process as well.
 * It is long because it is one table of sessions.
 */
import { spawn } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { exportRun } from '../../runner/export.ts';
import { openJournal } from '../../runner/journal/sqlite.ts';
import { clientOn, type Body, type Client } from './support/client.ts';
import { FAILING, FILES, LAUNCH, ORDER } from './support/order.ts';
import { TRIP_FILES, TRIP_LAUNCH } from './support/trip.ts';
import { client as connected, launched, workspace, type Workspace } from './support/workspace.ts';

const BUNDLE = fileURLToPath(new URL('../../dist/debugger.js', import.meta.url));
const THREAD = { threadId: 1 };
const ORDER_NAME = 'order.workflow.yaml';

/** A session as it is played; `set` are requests between the launch and its beginning. */
interface Stage {
  readonly client: Client;
  readonly space: Workspace;
  launch(launch: Body, set?: readonly (readonly [string, Body])[]): Promise<void>;
  /** Sends a request that moves the session, and waits for its stop. */
  move(command: string, args?: Body): Promise<Body>;
  /** The innermost frame's id. */
  frame(threadId?: number): Promise<number>;
  /** Opens one scope of the innermost frame. */
  open(scope: string): Promise<readonly Body[]>;
}

/** The charge is tried again after an hour. */
const RETRYING = {
  ...FILES,
  [ORDER_NAME]: ORDER.replace(
    '    call: payments.charge\n',
    '    call: payments.charge\n    retry: { on: network, attempts: 2, delay: 1h }\n',
  ),
};

type Play = (stage: Stage) => Promise<void>;

function stageOf(client: Client, space: Workspace): Stage {
  const stage: Stage = {
    client,
    space,
    async launch(launch, set = []) {
      await client.request('initialize', { adapterID: 'backstep', supportsInvalidatedEvent: true });
      await client.event('initialized');
      await client.request('launch', {
        clock: 'virtual',
        journal: space.path('runs.db'),
        runId: 'run-1',
        ...launch,
        program: space.path(String(launch['program'])),
      });
      for (const [command, args] of set) await client.request(command, args);
      await client.request('configurationDone');
      await client.stopped();
    },
    async move(command, args = {}) {
      await client.request(command, { ...THREAD, ...args });
      return stopOf(client);
    },
    async frame(threadId = 1) {
      const { stackFrames } = await client.request('stackTrace', { threadId });
      return Number((stackFrames as readonly Body[])[0]?.['id']);
    },
    async open(scope) {
      const { scopes } = await client.request('scopes', { frameId: await stage.frame() });
      const found = (scopes as readonly Body[]).find(({ name }) => name === scope);
      const { variables } = await client.request('variables', { variablesReference: found?.['variablesReference'] });
      return variables as readonly Body[];
    },
  };
  return stage;
}

/** The next stop; on its way there the run may tell where it waits. */
async function stopOf(client: Client): Promise<Body> {
  for (;;) {
    const { event, body } = await client.any();
    if (event === 'backstep/position') continue;
    expect(event).toBe('stopped');
    await client.event('backstep/position');
    return body as Body;
  }
}

/** The end of the session. */
async function endOf(client: Client): Promise<void> {
  for (let event: unknown = ''; event !== 'terminated';) event = (await client.any())['event'];
}

const functions = (...names: readonly string[]): readonly [string, Body] => [
  'setFunctionBreakpoints',
  { breakpoints: names.map((name) => ({ name })) },
];

/** A failure is injected, and what was done is undone step by step. */
const failureUndone: Play = async ({ client, launch, move, open }) => {
  await launch(LAUNCH, [functions('charge')]);
  await move('stepIn');
  await client.request('backstep/fail', { ...THREAD, error: 'http.402', message: 'declined' });
  await move('next');
  await open('Compensation stack');
  await client.request('next', THREAD);
  await endOf(client);
};

/** From the middle of the undoing back to before the error; a fork from there gets another answer and completes. */
const backAndFork: Play = async ({ client, launch, move, open }) => {
  await launch(FAILING, [functions('compensate:*'), ['setExceptionBreakpoints', { filters: [] }]]);
  await open('Compensation stack');
  await move('continue');
  for (let step = 0; step < 3; step++) await move('stepBack');
  await client.request('backstep/effects', {});
  await client.request('backstep/fork', { ...THREAD, vars: { note: 'by hand' } });
  await stopOf(client);
  await client.request('setFunctionBreakpoints', { breakpoints: [] });
  await client.request('backstep/answer', { ...THREAD, state: 'book', result: { parcelId: 'p-9' } });
  await client.request('continue', THREAD);
  await endOf(client);
};

/** A call is answered once, and another one from now on. */
const answers: Play = async ({ client, launch, move }) => {
  await launch(TRIP_LAUNCH, [functions('charge_card', 'ticket')]);
  await move('stepIn');
  await client.request('backstep/answer', { ...THREAD, result: { amount: 5 } });
  await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'cool_off' }, { name: 'ticket' }] });
  await move('continue');
  await client.request('evaluate', { expression: 'vars.total', context: 'watch' });
  await client.request('backstep/answer', { ...THREAD, state: 'ticket', result: { seat: 'any' }, always: true });
  await client.request('backstep/answer', {
    ...THREAD,
    state: 'confirm',
    result: { type: 'trip.confirmed', data: { seat: '9Z' } },
  });
  await client.request('backstep/answer', {
    ...THREAD,
    state: 'approve',
    result: { outcome: 'yes', form: {}, actor: 'x' },
  });
  await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'tell' }] });
  await move('continue');
  await client.request('evaluate', { expression: 'results.tickets', context: 'watch' });
  await client.request('continue', THREAD);
  await endOf(client);
};

/** A wait is skipped, a person's task is completed, an event is sent. */
const handInWaits: Play = async ({ client, launch, move }) => {
  await launch({ ...TRIP_LAUNCH, clock: 'real' }, [functions('cool_off')]);
  await client.request('continue', THREAD);
  await client.event('backstep/position');
  await client.request('backstep/skipWait', THREAD);
  await client.event('backstep/position');
  await client.refused('backstep/completeTask', { state: 'approve', outcome: 'perhaps' });
  await client.refused('backstep/completeTask', { state: 'approve', outcome: 'yes', form: { why: 7 } });
  await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'tickets' }] });
  await client.request('backstep/completeTask', {
    state: 'approve',
    outcome: 'yes',
    form: { why: 'fine' },
    actor: 'erin',
  });
  await client.event('backstep/position');
  await client.request('backstep/emit', { type: 'trip.confirmed', id: 'e-1', data: { seat: '7C' } });
  await stopOf(client);
  await client.request('backstep/emit', { type: 'trip.confirmed', id: 'e-1' });
  await client.refused('backstep/emit', { type: '!' });
  await client.request('evaluate', { expression: 'results.approve.actor & " " & results.confirm.data.seat' });
  await move('next');
  await client.request('terminate');
  await endOf(client);
};

/** The run is sent elsewhere, with a warning where what it may have done would not be undone, and a state is begun again. */
const jumps: Play = async ({ client, space, launch, move, frame }) => {
  const mocks = { ...LAUNCH.mocks, 'payments.charge': [{ fail: { error: 'network' } }, { return: {} }] };
  await launch({ ...LAUNCH, mocks }, [['setExceptionBreakpoints', { filters: ['retry'] }]]);
  const source = { path: space.path(ORDER_NAME) };
  await client.request('gotoTargets', { source, line: 1 });
  const { targets } = await client.request('gotoTargets', { source, line: space.line(ORDER_NAME, '  reserve:') });
  await move('goto', { targetId: (targets as readonly Body[])[0]?.['id'] });
  await move('stepIn');
  await client.request('restartFrame', { frameId: await frame() });
  await stopOf(client);
  await client.request('terminate');
  await endOf(client);
};

/** A variable and a part of another one stop the run when they change, forwards and backwards. */
const watchedData: Play = async ({ client, launch, move }) => {
  await launch(TRIP_LAUNCH, [functions('charge_card')]);
  const { dataId: total } = await client.request('dataBreakpointInfo', { name: 'vars.total' });
  const { dataId: count } = await client.request('dataBreakpointInfo', { name: 'vars.notes.count' });
  await client.request('dataBreakpointInfo', { name: 'input.budget' });
  await client.request('setDataBreakpoints', {
    breakpoints: [
      { dataId: total, condition: 'vars.total > 60' },
      { dataId: count, hitCondition: '>= 1' },
      { dataId: count, condition: '(' },
    ],
  });
  await move('continue');
  await client.request('evaluate', { expression: 'vars', context: 'watch' });
  await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'cool_off' }] });
  await move('continue');
  await move('continue');
  await move('reverseContinue');
  await move('reverseContinue');
  await client.request('terminate');
  await endOf(client);
};

/** Each exception filter with a pattern of its own. */
const exceptionFilters: Play = async ({ client, launch, move }) => {
  const mocks = {
    ...TRIP_LAUNCH.mocks,
    'travel.charge_fee': [{ fail: { error: 'http.503' } }, { fail: { error: 'http.402', message: 'no money' } }],
    'books.enter': { fail: { error: 'books.closed', message: 'over' } },
    'travel.refund': { fail: { error: 'http.410', message: 'gone' } },
  };
  await launch({ ...TRIP_LAUNCH, mocks, stopOnEntry: true }, [
    [
      'setExceptionBreakpoints',
      {
        filters: [],
        filterOptions: [
          { filterId: 'uncaught', condition: 'books' },
          { filterId: 'caught', condition: 'http.4xx' },
          { filterId: 'retry', condition: 'http.503, network' },
          { filterId: 'compensation', condition: 'any' },
          { filterId: 'compensationFailed', condition: 'http.410' },
        ],
      },
    ],
  ]);
  await client.request('backstep/answer', { ...THREAD, state: 'confirm', result: { type: 'trip.confirmed' } });
  await client.request('backstep/answer', {
    ...THREAD,
    state: 'approve',
    result: { outcome: 'yes', form: {}, actor: 'x' },
  });
  for (let stop = 0; stop < 5; stop++) {
    await move('continue');
    await client.request('exceptionInfo', THREAD);
  }
  await client.request('disconnect', {});
};

/** Breakpoints by names of states and their compensations, with patterns. */
const functionPatterns: Play = async ({ client, launch, move, frame }) => {
  await launch(FAILING, [
    [
      'setFunctionBreakpoints',
      {
        breakpoints: [
          { name: 'ch*', condition: 'input.amount = 40', hitCondition: '2' },
          { name: 'compensate:*' },
          { name: 'bo?k' },
          { name: 'book', condition: 'input.orderId =' },
        ],
      },
    ],
  ]);
  await frame();
  await move('continue');
  await frame();
  await move('continue');
  await frame();
  await client.request('continue', THREAD);
  await endOf(client);
};

/** Two branches as threads, the one that is chosen stepped in to, alone and with the other. */
const branches: Play = async ({ client, launch, move, frame }) => {
  await launch({ ...TRIP_LAUNCH, mocks: { ...TRIP_LAUNCH.mocks, 'state:confirm': { return: {} } } }, [
    functions('cool_off'),
  ]);
  await client.request('backstep/answer', {
    ...THREAD,
    state: 'approve',
    result: { outcome: 'yes', form: {}, actor: 'x' },
  });
  await client.request('backstep/answer', {
    ...THREAD,
    state: 'confirm',
    result: { type: 'trip.confirmed', data: { seat: '1' } },
  });
  await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'tickets' }, { name: 'tell' }] });
  await move('continue');
  const { targets: items } = await client.request('stepInTargets', { frameId: await frame() });
  await move('stepIn', { targetId: (items as readonly Body[])[1]?.['id'] });
  await client.request('threads');
  await move('continue');
  const { targets } = await client.request('stepInTargets', { frameId: await frame() });
  await move('stepIn', { targetId: (targets as readonly Body[])[1]?.['id'] });
  const { threads } = await client.request('threads');
  const text = Number((threads as readonly Body[]).find(({ name }) => name === 'tell/text')?.['id']);
  const mail = Number((threads as readonly Body[]).find(({ name }) => name === 'tell/mail')?.['id']);
  await move('next', { threadId: text, singleThread: true });
  await frame(text);
  await frame(mail);
  await move('next', { threadId: mail });
  await frame(mail);
  await client.request('continue', { threadId: mail });
  await endOf(client);
};

/** Breakpoints on the condition and on the transition of an item, with hit counts and log messages. */
const conditionsAndLogs: Play = async ({ client, space, launch, move, frame }) => {
  const line = space.line(ORDER_NAME, '      - when: "${ input.amount > 1000 }"');
  await launch(LAUNCH, [
    [
      'setBreakpoints',
      {
        source: { path: space.path(ORDER_NAME) },
        breakpoints: [
          { line, column: 9 },
          { line: line + 1 },
          { line: line + 2, hitCondition: '1' },
          { line: space.line(ORDER_NAME, '  charge:'), logMessage: 'charging {input.amount} for {input.orderId}' },
          { line: space.line(ORDER_NAME, '  ship:'), condition: 'input.amount >' },
          { line: space.line(ORDER_NAME, '  ship:'), hitCondition: 'often' },
          { line: space.line(ORDER_NAME, '  ship:'), logMessage: '{' },
        ],
      },
    ],
  ]);
  await client.request('breakpointLocations', { source: { path: space.path(ORDER_NAME) }, line, endLine: line + 2 });
  await frame();
  await move('continue');
  await frame();
  await client.request('continue', THREAD);
  await endOf(client);
};

/** Values: pages of a large one, what is set before and after a call, masked secrets, hover, completion, loaded sources. */
const looking: Play = async ({ client, launch, move, open, frame }) => {
  const guests = Array.from({ length: 250 }, (_, at) => `guest ${at}`);
  await launch({ ...TRIP_LAUNCH, input: { guests, budget: 70 } }, [functions('charge_card')]);
  const data = await open('Data');
  const input = data.find(({ name }) => name === 'input');
  const { variables } = await client.request('variables', { variablesReference: input?.['variablesReference'] });
  const list = (variables as readonly Body[])[0]?.['variablesReference'];
  await client.request('variables', { variablesReference: list, filter: 'indexed', start: 200, count: 2 });
  await client.request('variables', { variablesReference: list, filter: 'named' });
  await move('stepIn');
  const state = await open('State');
  const frameId = await frame();
  await client.request('evaluate', { expression: 'args.token', frameId, context: 'hover' });
  await client.refused('evaluate', { expression: 'charge_card', frameId, context: 'hover' });
  await client.request('evaluate', { expression: 'secrets.CARD_TOKEN', frameId, context: 'watch' });
  expect(state.map(({ name }) => name)).toContain('input');
  await client.request('completions', { frameId, text: 'vars.n', column: 7 });
  await client.request('completions', { frameId, text: ':sk', column: 4 });
  await move('stepIn');
  await open('State');
  await client.request('loadedSources');
  await client.request('evaluate', { expression: 'result.note', context: 'repl' });
  await client.request('setExpression', {
    expression: 'vars.notes.last',
    value: '"x" & vars.total',
    frameId: await frame(),
  });
  await client.refused('setExpression', { expression: 'results.x', value: '1' });
  await client.request('evaluate', { expression: ':set vars.total = 40 + 2', context: 'repl' });
  await client.event('invalidated');
  await client.request('evaluate', { expression: 'vars', context: 'clipboard' });
  await client.request('terminate');
  await endOf(client);
};

/** The run is begun again with another input. */
const restarted: Play = async ({ client, space, launch }) => {
  await launch(LAUNCH, [functions('charge')]);
  await client.request('restart', {
    arguments: {
      ...LAUNCH,
      program: space.path(ORDER_NAME),
      clock: 'virtual',
      journal: space.path('runs.db'),
      runId: 'run-2',
      input: { orderId: 'o-2', amount: 41 },
    },
  });
  await stopOf(client);
  await client.request('evaluate', { expression: 'input' });
  await client.request('continue', THREAD);
  await endOf(client);
};

/** A run that was sent as a file, against an edited definition; and the run as a scenario. */
const postMortem: Play = async ({ client, space, move, open }) => {
  const played = await launched(space, { launch: FAILING });
  await played.terminated();
  await played.end();
  const journal = openJournal(space.path('runs.db'));
  writeFileSync(space.path('run.json'), JSON.stringify(exportRun(journal, 'run-1')));
  journal.close();
  rmSync(space.path('runs.db'));
  writeFileSync(space.path('edited.workflow.yaml'), ORDER.replace('amount > 1000', 'amount > 10'));
  await client.request('initialize', { adapterID: 'backstep' });
  await client.event('initialized');
  await client.request('attach', { history: space.path('run.json'), program: space.path('edited.workflow.yaml') });
  await stopOf(client);
  await client.request('configurationDone');
  await open('History');
  const { drift } = await client.request('backstep/history', { start: 1, count: 0 });
  await client.request('backstep/goTo', { seq: Number(drift) - 1 });
  await stopOf(client);
  await move('stepBack');
  await client.refused('setExpression', { expression: 'vars.note', value: '1' });
  await move('continue');
  await client.request('continue', THREAD);
  await endOf(client);
};

/** A session that ended becomes a scenario, which is written by the client. */
const scenarioSaved: Play = async ({ client, space, launch }) => {
  await launch({ ...FAILING, stopOnEntry: true });
  await client.refused('backstep/scenario', { name: 'too early' });
  await client.request('setExceptionBreakpoints', { filters: ['uncaught'] });
  await client.request('continue', THREAD);
  await stopOf(client);
  await client.request('continue', THREAD);
  await endOf(client);
  const { file, updated } = await client.request('backstep/scenario', { name: 'no lorry comes' });
  writeFileSync(String(file), String(updated));
  await client.refused('backstep/scenario', { name: 'no lorry comes' });
  expect(space.path('order.workflow.test.yaml')).toBe(file);
};

const SESSIONS: readonly (readonly [string, Readonly<Record<string, string>>, Play])[] = [
  ['failure-undone', FILES, failureUndone],
  ['back-and-fork', FILES, backAndFork],
  ['answers', TRIP_FILES, answers],
  ['hand-in-waits', TRIP_FILES, handInWaits],
  ['jumps', RETRYING, jumps],
  ['watched-data', TRIP_FILES, watchedData],
  ['exception-filters', TRIP_FILES, exceptionFilters],
  ['function-patterns', FILES, functionPatterns],
  ['branches', TRIP_FILES, branches],
  ['conditions-and-logs', FILES, conditionsAndLogs],
  ['looking', TRIP_FILES, looking],
  ['restarted', FILES, restarted],
  ['post-mortem', FILES, postMortem],
  ['scenario-saved', FILES, scenarioSaved],
];

/** Those that are played over the bundled process as well. */
const BUNDLED: readonly string[] = ['failure-undone', 'back-and-fork', 'branches', 'post-mortem'];

/** What a client may ask for stands in the transcripts of transcripts.test.ts. */
function withoutCapabilities(transcript: string): string {
  return transcript.replace(/^< initialize .*$/m, '< initialize …');
}

describe('sessions', () => {
  it.each(SESSIONS)('%s, in this process', async (name, files, play) => {
    const space = workspace(files);
    const client = connected(space, { passing: ['output'] });
    await play(stageOf(client, space));
    await expect(withoutCapabilities(client.transcript())).toMatchFileSnapshot(`./transcripts/${name}.txt`);
  });

  it.each(SESSIONS.filter(([name]) => BUNDLED.includes(name)))(
    '%s, in the bundled process',
    async (name, files, play) => {
      if (!existsSync(BUNDLE)) throw new Error('dist/debugger.js is not built: run `npm run build` first.');
      const space = workspace(files);
      const adapter = spawn(process.execPath, [BUNDLE], { stdio: ['pipe', 'pipe', 'pipe'] });
      let complaints = '';
      adapter.stderr.on('data', (text) => (complaints += String(text)));
      const exited = new Promise<number | null>((resolve) => adapter.on('exit', resolve));
      const gone = exited.then(() => undefined);
      const client = clientOn(adapter.stdout, adapter.stdin, gone, {
        passing: ['output'],
        hide: [[space.folder, '<folder>']],
      });
      await play(stageOf(client, space));
      const transcript = withoutCapabilities(client.transcript());
      await client.end();
      expect(await exited).toBe(0);
      expect(complaints).toBe('');
      await expect(transcript).toMatchFileSnapshot(`./transcripts/${name}.txt`);
    },
  );
});
