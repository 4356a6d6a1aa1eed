/** How a host begins runs, drives them, and takes them up again. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../language/index.ts';
import { realClock, virtualClock } from '../../runner/clock.ts';
import { thisHolder } from '../../runner/journal/holders.ts';
import { memoryJournal } from '../../runner/journal/memory.ts';
import { json } from './actions/support.ts';
import { begin, ended, placeOfEach, wrapped } from './support/hosting.ts';
import { SHOP, ENV, simple, SIMPLE_MOCKS, still } from './support/workflows.ts';

const own = placeOfEach();

describe('starting', () => {
  const file = () =>
    own.place.write(
      'x.workflow.yaml',
      simple('  a: { call: s.a, next: end }', 'input: { type: object, required: [id] }'),
    );

  it.each<[string, () => Parameters<typeof begin>[1] & { input: Json }, string, RegExp]>([
    [
      'a file that is not there',
      () => ({ file: join(own.place.folder, 'no.workflow.yaml'), input: {} }),
      'unreadable-file',
      /There is no file .*no\.workflow\.yaml/,
    ],
    ['a folder', () => ({ file: own.place.folder, input: {} }), 'unreadable-file', /is a folder/],
    [
      'an empty file',
      () => ({ file: own.place.write('e.workflow.yaml', ''), input: {} }),
      'invalid-workflow',
      /has .*errors?; it was not run/,
    ],
    [
      'a broken file',
      () => ({ file: own.place.write('b.workflow.yaml', 'workflow: [x'), input: {} }),
      'invalid-workflow',
      /has/,
    ],
    [
      'an input that does not fit',
      () => ({ file: file(), input: {} }),
      'invalid-input',
      /does not fit the workflow simple: \/id is missing/,
    ],
    ['an id with a slash', () => ({ file: file(), input: { id: 1 }, id: 'a/b' }), 'invalid-id', /cannot be a run's id/],
  ])('%s begins no run', async (_, request, code, message) => {
    const journal = memoryJournal();
    const host = own.place.host({ journal, mocks: SIMPLE_MOCKS });
    expect(await host.start(request())).toMatchObject({
      ok: false,
      error: { code, message: expect.stringMatching(message) as string },
    });
    expect(journal.list()).toEqual([]);
  });

  it('gives the same run for the same id, and refuses it when it must be new', async () => {
    const journal = memoryJournal();
    const host = own.place.host({ journal, mocks: SIMPLE_MOCKS });
    const request = { file: file(), input: { id: 1 }, id: 'same' };
    expect(await (await begin(host, request)).settled('ended')).toBe('completed');
    const records = journal.read('same').length;
    const again = own.place.host({ journal, mocks: SIMPLE_MOCKS });
    expect(await again.start(request)).toMatchObject({ ok: true, existed: true });
    expect(await again.runs.get('same')?.settled('ended')).toBe('completed');
    expect(journal.read('same')).toHaveLength(records);
    expect(await again.start({ ...request, mustBeNew: true })).toMatchObject({ ok: false, error: { code: 'exists' } });
    expect(await again.runs.get('same')?.send({ type: 'advance' })).toMatch(/has ended/);
  });

  it('refuses a run that is unknown, and names who drives one that is held', async () => {
    const journal = memoryJournal();
    const host = own.place.host({ journal, mocks: {} });
    expect(await host.resume('nope')).toMatchObject({ ok: false, error: { code: 'unknown-run' } });
    const run = await begin(host, {
      file: own.place.write('w.workflow.yaml', simple('  a: { wait: 1h, next: end }')),
      id: 'w',
    });
    void run;
    const other = own.place.host({ journal, mocks: {}, holder: 'other' });
    expect(await other.resume('w')).toMatchObject({
      ok: false,
      error: { code: 'held', message: expect.stringMatching(/is driven by test \(process \d+ on /) as string },
    });
  });
});

describe('driving', () => {
  it('commits before it performs', async () => {
    const journal = memoryJournal();
    const known: (readonly string[])[] = [];
    const { url } = await own.serving((_, response) => {
      known.push(journal.read('r1').map(({ type }) => type));
      json(response, 200, { r: 1, charge: 2 });
    });
    const host = own.place.host({ journal, clock: realClock(), env: { ...ENV, SHOP_URL: url } });
    const run = await begin(host, { file: own.place.write('shop.workflow.yaml', SHOP), input: { id: 'o1' }, id: 'r1' });
    await run.settled('ended');
    expect(known.map((types) => types.at(-1))).toEqual(['attempt.started', 'attempt.started']);
    expect(known[1]).toContain('state.completed');
  });

  it('gathers steps that perform nothing into one commit, and a completion with the next call', async () => {
    const commits: string[][] = [];
    const host = own.place.host({
      mocks: SIMPLE_MOCKS,
      observer: { committed: (records) => void commits.push(records.map(({ type }) => type)) },
    });
    const states =
      '  one: { set: { n: 1 }, next: two }\n  two: { switch: [ { next: a } ] }\n  a: { call: s.a, compensate: { call: s.undo }, next: b }\n  b: { call: s.b, next: end }';
    const run = await begin(host, { file: own.place.write('g.workflow.yaml', simple(states, 'vars: { n: 0 }')) });
    await run.settled('ended');
    expect(commits).toHaveLength(4);
    expect(commits[2]).toEqual(expect.arrayContaining(['state.completed', 'transition.taken', 'attempt.started']));
    expect(commits[3]?.at(-1)).toBe('run.completed');
  });

  it('lets an observer see every step before it is taken, and takes what is sent meanwhile first', async () => {
    const journal = memoryJournal();
    const steps: string[] = [];
    const host = own.place.host({
      journal,
      mocks: SIMPLE_MOCKS,
      observer: {
        async before({ place, way, activation }, { state }) {
          steps.push(`${place} ${way}`);
          expect(journal.read(state.run)).toHaveLength(state.seq);
          if (place !== 'call' || activation === null) return;
          const run = host.runs.get(state.run);
          expect(
            await run?.send({ type: 'inject', activation, error: { type: 'made.up', message: 'by hand' } }),
          ).toBeNull();
        },
      },
    });
    const run = await begin(host, {
      file: own.place.write(
        'g.workflow.yaml',
        simple('  a: { call: s.a, catch: [ { errors: [made], next: z } ], next: end }\n  z: { set: {}, next: end }'),
      ),
    });
    expect(await run.settled('ended')).toBe('completed');
    expect(host.mocks?.calls.size).toBe(0);
    expect(steps.filter((step) => step.endsWith('a')).slice(0, 2)).toEqual(['enter a', 'call a']);
    expect(steps).toContain('enter z');
  });

  it('keeps outcomes waiting while an observer holds the run', async () => {
    const journal = memoryJournal();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let holding = false;
    const host = own.place.host({
      journal,
      mocks: SIMPLE_MOCKS,
      observer: {
        committed: (records) => {
          if (records.some(({ type }) => type === 'attempt.started')) holding = true;
        },
        hold: () => (holding ? held : null),
      },
    });
    const run = await begin(host, {
      file: own.place.write('g.workflow.yaml', simple('  a: { call: s.a, next: end }')),
    });
    const types = () => journal.read(run.id).map(({ type }) => type);
    // What is sent is answered also now, and by then the outcome of the mock has long been there.
    expect(await run.send({ type: 'skip', by: { name: 'x' }, state: 'a' })).toMatch(/No failed compensation/);
    expect(types()).not.toContain('attempt.succeeded');
    holding = false;
    release();
    expect(await run.settled('ended')).toBe('completed');
  });

  it('waits on the virtual clock without waiting', async () => {
    const clock = virtualClock(0);
    const host = own.place.host({
      clock,
      mocks: { 's.a': [{ delay: '5s', fail: { error: 'network' } }, { return: 1 }] },
    });
    const states = '  w: { wait: 3d, next: a }\n  a: { call: s.a, retry: { attempts: 2, delay: 10s }, next: end }';
    const run = await begin(host, { file: own.place.write('w.workflow.yaml', simple(states)) });
    expect(await run.settled('ended')).toBe('completed');
    expect(clock.now()).toBe(3 * 86_400_000 + 15_000);
  });

  it('takes long silence of a call for a timeout', async () => {
    const host = own.place.host({ mocks: { 's.a': { delay: '1h', return: 1 } } });
    const run = await begin(host, {
      file: own.place.write('h.workflow.yaml', simple('  a: { call: s.a, heartbeat: 2s, next: end }')),
    });
    expect(await run.settled('ended')).toBe('failed');
    expect(run.view().state.error).toMatchObject({ type: 'timeout', message: 'There was no heartbeat for 2000 ms.' });
  });

  it('extends the limit of each further attempt, but not its heartbeat: whichever is first ends it', async () => {
    const journal = memoryJournal();
    const host = own.place.host({ journal, mocks: { 's.a': { delay: '1h', return: 1 } } });
    const keys = 'heartbeat: 4s, timeout: { attempt: 3s, extend: 2 }, retry: { attempts: 3, delay: 1s, factor: 1 }';
    const file = own.place.write('h.workflow.yaml', simple(`  a: { call: s.a, ${keys}, next: end }`));
    expect(await (await begin(host, { file, id: 'h' })).settled('ended')).toBe('failed');
    const attempts = journal.read('h').flatMap((record) => {
      if (record.type === 'attempt.started') return [record.at];
      return record.type === 'attempt.failed' ? [record.at, record.error.message] : [];
    });
    const begun = Number(attempts[0]);
    expect(attempts.map((each) => (typeof each === 'number' ? (each - begun) / 1000 : each))).toEqual([
      ...[0, 3, 'The attempt took longer than 3000 ms.'],
      ...[4, 8, 'There was no heartbeat for 4000 ms.'],
      ...[9, 13, 'There was no heartbeat for 4000 ms.'],
    ]);
  });

  it('reports a run that waits for a person, and goes on with the decision of one', async () => {
    const journal = memoryJournal();
    const host = own.place.host({ journal, mocks: SIMPLE_MOCKS });
    const states =
      '  ask: { human: { title: Sure?, assignee: boss }, on: { yes: a, no: end } }\n  a: { call: s.a, next: end }';
    const file = own.place.write(
      'p.workflow.yaml',
      simple(states, '').replace('participants:', 'participants:\n  boss: { role: boss }'),
    );
    const run = await begin(host, { file });
    expect(await run.settled('waiting')).toBe('waiting');
    expect(journal.summary(run.id)?.status).toBe('waiting');
    const by = { name: 'ada' };
    expect(await run.send({ type: 'decision', state: 'ask', by, outcome: 'maybe', form: null })).toMatch(
      /no outcome maybe/,
    );
    // From another process it comes by way of the journal.
    journal.post(run.id, { type: 'decision', state: 'ask', by, outcome: 'yes', form: null });
    expect(await ended(run, journal)).toMatchObject({ status: 'completed', path: ['ask', 'a'] });
    expect(journal.inbox(run.id)).toEqual([]);
  });

  it('leaves no timer behind when it is closed while a driver lets others in', async () => {
    const file = own.place.write('w.workflow.yaml', simple('  a: { call: s.a, timeout: 8h, next: end }'));
    const real = realClock();
    const timers = new Set<object>();
    const at: typeof real.at = (instant, fire) => {
      const timer = {};
      timers.add(timer);
      const cancel = real.at(instant, fire);
      return () => {
        timers.delete(timer);
        cancel();
      };
    };
    const host = own.place.host({
      clock: { ...real, at },
      mocks: { 's.a': { delay: '1h', return: {} } },
      observer: {
        committed() {
          // Longer than a driver goes on without letting others in, which is when the host is closed.
          for (const since = performance.now(); performance.now() - since < 25;);
          setImmediate(() => void host.close());
        },
      },
    });
    const run = await begin(host, { file, input: {} });
    await run.settled('ended').catch(() => undefined);
    await host.close();
    expect(timers.size).toBe(0);
  });

  it('delivers a message that came while nobody drove the run', async () => {
    const journal = memoryJournal();
    const first = own.place.host({ journal, mocks: SIMPLE_MOCKS });
    const file = own.place.write(
      'c.workflow.yaml',
      simple('  a: { call: s.a, compensate: { call: s.undo }, next: w }\n  w: { wait: 30d, next: end }'),
    );
    const run = await begin(first, { file, id: 'c' });
    // The virtual clock would jump: this host is stopped as soon as it waits.
    void run;
    await first.close();
    journal.post('c', { type: 'cancel', by: { name: 'ada' }, compensate: true, force: false });
    const second = own.place.host({ journal, mocks: SIMPLE_MOCKS });
    expect(await second.resume('c')).toMatchObject({ ok: true });
    const again = second.runs.get('c');
    expect(await again?.settled('ended')).toBe('cancelled');
  });

  it('publishes an event once for each completion', async () => {
    const journal = memoryJournal();
    const host = own.place.host({ journal, mocks: SIMPLE_MOCKS });
    const states = '  tell: { emit: order.placed, data: { id: "${ input.id }" }, next: end }';
    const run = await begin(host, {
      file: own.place.write('e.workflow.yaml', simple(states, 'events: { order.placed: {} }')),
      input: { id: 5 },
      id: 'e',
    });
    expect(await run.settled('ended')).toBe('completed');
    expect(journal.bus.events()).toMatchObject([{ type: 'order.placed', run: 'e', data: { id: 5 } }]);
  });

  it('fails a call that has no mock', async () => {
    const host = own.place.host({ mocks: {} });
    const run = await begin(host, {
      file: own.place.write('m.workflow.yaml', simple('  a: { call: s.a, next: end }')),
    });
    expect(await run.settled('ended')).toBe('failed');
    expect(run.view().state.error?.type).toBe('mock-missing');
    expect([...(host.mocks?.missing ?? [])]).toEqual(['s.a']);
  });

  it('counts failures of a participant, and stops calling it for a while', async () => {
    const top = '';
    const text = simple('  a: { call: s.a, retry: { attempts: 5, delay: 1s, factor: 1 }, next: end }', top).replace(
      'baseUrl: http://localhost',
      'baseUrl: http://localhost\n    circuitBreaker: { failures: 2, reset: 10s }',
    );
    const host = own.place.host({ mocks: { 's.a': { fail: { error: 'http.503' } } } });
    const run = await begin(host, { file: own.place.write('cb.workflow.yaml', text) });
    expect(await run.settled('ended')).toBe('failed');
    expect(host.mocks?.calls.get('s.a')).toBe(2);
    expect(run.view().state.error?.type).toBe('circuit-open');
  });
});

describe('taking a run up', () => {
  it('performs what was under way again with the same key, and nothing that was completed', async () => {
    const journal = memoryJournal();
    const file = own.place.write('t.workflow.yaml', SHOP);
    const keys: (string | undefined)[] = [];
    let hang = true;
    let arrived: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const { url } = await own.serving(({ url, headers }, response) => {
      keys.push(headers['idempotency-key'] as string);
      if (hang && url.endsWith('/charge')) arrived();
      else json(response, 200, { r: 1, charge: 2 });
    });
    const first = own.place.host({ journal, clock: realClock(), env: { ...ENV, SHOP_URL: url } });
    await begin(first, { file, input: { id: 'o1' }, id: 't' });
    await waiting;
    await first.close();
    expect(journal.holder('t')).toBeNull();
    hang = false;
    const second = own.place.host({ journal, clock: realClock(), env: { ...ENV, SHOP_URL: url } });
    // The file has changed meanwhile: the run goes on with the text that it began with.
    own.place.write('t.workflow.yaml', SHOP.replaceAll('charge', 'other'));
    expect(await second.resume('t')).toMatchObject({ ok: true, existed: true });
    expect(await second.runs.get('t')?.settled('ended')).toBe('completed');
    expect(keys).toEqual(['t/reserve/1', 't/charge/1', 't/charge/1']);
  });

  it('goes on with the documents of services as they were when it began', async () => {
    const journal = memoryJournal();
    const document = (path: string) =>
      `openapi: 3.1.0\ninfo: { title: s, version: '1' }\npaths:\n  ${path}:\n    post: { operationId: go, responses: { '200': { description: ok } } }\n`;
    own.place.write('service.yaml', document('/old'));
    const text =
      'workflow: api\nparticipants:\n  s: { openapi: ./service.yaml, baseUrl: "${ env.SHOP_URL }" }\nstates:\n  ask: { human: { assignee: boss }, on: { ok: a } }\n  a: { call: s.go, next: end }\n';
    const file = own.place.write(
      'api.workflow.yaml',
      text.replace('participants:', 'participants:\n  boss: { role: boss }'),
    );
    const { url, heard } = await own.serving((_, response) => json(response, 200, {}));
    const options = { journal, clock: realClock(), env: { SHOP_URL: url } };
    const first = own.place.host(options);
    await begin(first, { file, id: 'api' });
    await first.close();
    own.place.write('service.yaml', document('/new'));
    const second = own.place.host(options);
    expect(await second.resume('api')).toMatchObject({ ok: true });
    const run = second.runs.get('api');
    expect(await run?.settled('waiting')).toBe('waiting');
    await run?.send({ type: 'decision', state: 'ask', by: { name: 'ada' }, outcome: 'ok', form: null });
    await run?.settled('ended');
    expect(run?.view().state).toMatchObject({ error: null, lifecycle: 'completed' });
    expect(heard.map(({ url }) => url)).toEqual(['/old']);
  });

  it('takes a run from a holder that died', async () => {
    const journal = memoryJournal();
    const file = own.place.write('t.workflow.yaml', simple('  a: { call: s.a, next: end }'));
    const first = own.place.host({ journal, mocks: { 's.a': { delay: '1h', return: 1 } } });
    const dead = { ...thisHolder('gone'), start: 'another time' };
    const stolen = wrapped(journal, {
      create: (about, texts, _, ttl, begin) => journal.create(about, texts, dead, ttl, begin),
    });
    await first.close();
    const held = own.place.host({
      journal: stolen,
      mocks: { 's.a': { delay: '1h', return: 1 } },
      clock: still(),
    });
    await begin(held, { file, id: 't' });
    const second = own.place.host({ journal, mocks: SIMPLE_MOCKS });
    expect(await second.resume('t')).toMatchObject({ ok: true });
    expect(await second.runs.get('t')?.settled('ended')).toBe('completed');
  });
});

it.each([
  ['a list that is exported as a whole', 'list.cjs', 'module.exports = { tell: () => "told" };'],
  ['an export of CommonJS', 'single.cjs', 'exports.tell = () => "told";'],
  ['everything of another module', 'all.mjs', "export * from './other.mjs';"],
  ['an export behind something else on its line', 'line.mjs', 'const t = () => "told"; export { t as tell };'],
])('calls what a module exports: %s', async (_what, name, text) => {
  const journal = memoryJournal();
  own.place.write('other.mjs', 'export const tell = () => "told";');
  own.place.write(name, text);
  const host = own.place.host({ journal });
  const workflow = `workflow: w\nparticipants: { m: { module: ./${name} } }\nstates: { a: { call: m.tell, next: end } }`;
  const run = await begin(host, { file: own.place.write('m.workflow.yaml', workflow) });
  expect(await run.settled('ended')).toBe('completed');
  expect(run.view().state.output).toBe('told');
});
