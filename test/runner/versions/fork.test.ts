// Forks: runs that begin with the first records of another one.
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Json } from '../../../language/index.ts';
import { virtualClock } from '../../../runner/clock.ts';
import { forkRun } from '../../../runner/fork.ts';
import type { ForkRequest, ForkResult } from '../../../runner/fork.ts';
import type { Journal } from '../../../runner/journal/journal.ts';
import { memoryJournal } from '../../../runner/journal/memory.ts';
import { openJournal } from '../../../runner/journal/sqlite.ts';
import { compensatedOf, fold, pathOf, wholeUntil } from '../../../runner/machine/index.ts';
import type { RunRecord } from '../../../runner/machine/index.ts';
import { migrateRun } from '../../../runner/migrate.ts';
import { broken } from '../../support/invariants.ts';
import { play } from '../../support/machine.ts';
import { everyKind, randomCase } from '../../support/random-workflow.ts';
import { workflow } from '../../support/workflows.ts';
import { begin, makePlace } from '../support/hosting.ts';
import type { Place } from '../support/hosting.ts';

const places: Place[] = [];
afterEach(async () => {
  for (const place of places.splice(0)) await place.close();
});

const BY = { name: 'ada' };
const LONG_AGO = 1_000_000;

interface Setting {
  readonly journal?: Journal;
  readonly files?: Readonly<Record<string, string>>;
  readonly until?: 'ended' | 'waiting';
}

/** A run that has come to rest, long ago, and what forks of it come to now. */
async function rested(
  text: string,
  mocks: Json,
  { journal = memoryJournal(), files = {}, until = 'waiting' }: Setting = {},
) {
  const place = makePlace();
  places.push(place);
  for (const [name, content] of Object.entries(files)) place.write(name, content);
  const file = place.write('w.workflow.yaml', text);
  const host = place.host({ journal, clock: virtualClock(LONG_AGO), mocks });
  const run = await begin(host, { file, id: 'r' });
  await run.settled(until);
  await host.close();
  const now = LONG_AGO + 30 * 86_400_000;
  return {
    place,
    journal,
    file,
    records: journal.read('r'),
    fork: (request: Partial<ForkRequest> & { at: number }): ForkResult =>
      forkRun(journal, { run: 'r', id: 'f', by: BY, now, ...request }),
    async goOn(answers: Json = mocks, id = 'f') {
      const again = place.host({ journal, clock: virtualClock(now), mocks: answers });
      const resumed = await again.resume(id);
      if (!resumed.ok) throw new Error(resumed.error.message);
      const status = await resumed.run.settled(until);
      return { status, calls: Object.fromEntries(again.mocks?.calls ?? []), state: resumed.run.view().state };
    },
  };
}

function seqOf(records: readonly RunRecord[], type: RunRecord['type'], way?: string): number {
  const state = fold([]);
  const ways = new Map<number, string>();
  for (const record of records) {
    if (record.type === 'state.entered') ways.set(record.activation, record.way);
    const here = 'way' in record ? record.way : 'activation' in record ? ways.get(record.activation ?? -1) : undefined;
    if (record.type === type && (way === undefined || here === way)) return record.seq;
  }
  throw new Error(`no ${type} in ${state.run}`);
}

function refusal(result: ForkResult): string {
  return result.ok ? 'it was forked' : result.error.message;
}

const SAGA = workflow(
  `  a: { call: s.a, compensate: { call: s.undo_a }, next: b }
  b: { call: s.b, with: { n: "\${ vars.n }" }, compensate: { call: s.undo_b, with: { of: "\${ result.id }" } }, next: c }
  c: { call: s.c, next: end }
`,
  "vars: { n: 1 }\noutput: \"${ { 'n': vars.n, 'a': results.a.id } }\"",
);
const GOOD = { 's.a': { return: { id: 'a1' } }, 's.b': { return: { id: 'b1' } }, 's.c': { return: {} }, 's.undo_a': { return: {} }, 's.undo_b': { return: {} } }; // prettier-ignore
const BAD = { ...GOOD, 's.c': { fail: { error: 'http.422' } } };

describe('a fork', () => {
  it('goes on from the record, with other values, and repeats nothing that came before', async () => {
    const { journal, records, fork, goOn } = await rested(SAGA, BAD);
    const at = seqOf(records, 'state.entered', 'b');
    const forked = fork({ at, set: [{ target: 'n', value: 7 }] });
    expect(forked).toMatchObject({ ok: true, run: 'f', at });
    expect(await goOn(GOOD)).toMatchObject({ status: 'completed', calls: { 's.b': 1, 's.c': 1 }, state: { output: { n: 7, a: 'a1' } } }); // prettier-ignore
    expect(journal.read('f').slice(0, at)).toEqual(records.slice(0, at));
    expect(journal.read('r')).toEqual(records);
    expect(pathOf(journal.read('f'))).toEqual(['a', 'b', 'c']);
  });

  it('names what had happened after that point, the undoing included', async () => {
    const { records, fork } = await rested(SAGA, BAD);
    const forked = fork({ at: seqOf(records, 'state.entered', 'b') });
    expect(forked.ok && forked.effects).toMatchObject([
      { state: 'b', action: 's.b', role: 'state', key: 'r/b/1', certain: true },
      { state: 'b', action: 's.undo_b', role: 'compensation', key: 'r/b/1/compensate', certain: true },
      { state: 'a', action: 's.undo_a', role: 'compensation', key: 'r/a/1/compensate', certain: true },
    ]);
  });

  it('has idempotency keys of its own, also for what was under way', async () => {
    const { journal, records, fork, goOn } = await rested(SAGA, BAD);
    const at = seqOf(records, 'attempt.started', 'b');
    expect(fork({ at })).toMatchObject({ ok: true, at, effects: [{ key: 'r/b/1', certain: true }, {}, {}] });
    const state = fold(journal.read('f'));
    expect([...state.activations.values()]).toMatchObject([{ key: 'f/b/1', phase: 'acting' }]);
    // The charge was in doubt: it is made by the fork, and undone under the fork's own keys.
    expect(await goOn(BAD)).toMatchObject({ status: 'compensated', calls: { 's.b': 1, 's.undo_b': 1, 's.undo_a': 1 } });
    const keys = journal.read('f').flatMap((record) => (record.type === 'compensation.entered' ? [record.key] : []));
    expect(keys).toEqual(['f/b/1/compensate', 'f/a/1/compensate']);
    expect(compensatedOf(journal.read('f'))).toEqual(['b', 'a']);
  });

  it('waits as long as there was left to wait, but until an instant only until then', async () => {
    const waits = (what: string) =>
      workflow(`  w: { wait: ${what}, timeout: { total: 3d }, next: end }\n`, 'timeout: 5d');
    for (const [what, left] of [
      ['2h', 2 * 3_600_000],
      ['{ until: "${ 1000000 + 60 * 86400000 }" }', 30 * 86_400_000],
    ] as const) {
      const place = makePlace();
      places.push(place);
      const journal = memoryJournal();
      const host = place.host({ journal, clock: { ...virtualClock(LONG_AGO), at: () => () => undefined } });
      const run = await begin(host, { file: place.write('w.workflow.yaml', waits(what)), id: 'r' });
      await run.settled('waiting');
      await host.close();
      const now = LONG_AGO + 30 * 86_400_000;
      expect(refusal(forkRun(journal, { run: 'r', id: 'f', at: journal.read('r').length, by: BY, now }))).toBe(
        'it was forked',
      );
      const state = fold(journal.read('f'));
      expect([...state.activations.values()].map(({ wakeAt }) => (wakeAt ?? 0) - now)).toEqual([left]);
      expect((state.timeoutAt ?? 0) - now).toBe(5 * 86_400_000);
    }
  });

  it('starts child runs of its own, and is itself nobody’s child', async () => {
    const files = { 'child.workflow.yaml': SAGA.replace('workflow: test', 'workflow: child') };
    const text = workflow('  sub: { run: ./child.workflow.yaml, with: {}, next: d }\n  d: { call: s.d, next: end }\n');
    const answers = { ...GOOD, 's.d': { fail: { error: 'http.422' } } };
    const { journal, records, fork, goOn } = await rested(text, answers, { files });
    expect(journal.list().map(({ run, status }) => `${run} ${status}`)).toEqual([
      'r compensated',
      'r.sub.1 compensated',
    ]);
    expect(fork({ at: seqOf(records, 'attempt.started', 'sub') })).toMatchObject({ ok: true });
    expect(await goOn({ ...GOOD, 's.d': { return: {} } })).toMatchObject({ status: 'completed' });
    expect(journal.summary('f.sub.1')).toMatchObject({ status: 'completed', parent: 'f' });

    const childs = journal.read('r.sub.1');
    expect(fork({ run: 'r.sub.1', id: 'g', at: seqOf(childs, 'state.entered', 'c') })).toMatchObject({ ok: true });
    expect(journal.summary('g')?.parent).toBeNull();
    expect(fold(journal.read('g')).parent).toBeNull();
    expect(await goOn(GOOD, 'g')).toMatchObject({ status: 'completed' });
  });

  it('of a run that has moved to a newer version has the text of that moment', async () => {
    const ask = (version: string, name: string, top = '') =>
      workflow(`  ${name}: { human: { title: x, assignee: people }, on: { yes: end } }\n`, top).replace(
        '1.0.0',
        version,
      );
    const { place, journal, fork, goOn } = await rested(ask('1.0.0', 'ask'), {});
    const newer = place.write('v2.workflow.yaml', ask('2.0.0', 'tell', 'migrations: [ { from: "1.x", states: { ask: tell } } ]')); // prettier-ignore
    expect(await migrateRun(journal, { run: 'r', file: newer, by: BY, now: 5 })).toMatchObject({ ok: true });
    const moved = seqOf(journal.read('r'), 'run.migrated');
    expect(fork({ at: moved - 1 })).toMatchObject({ ok: true });
    expect(fork({ at: moved, id: 'g' })).toMatchObject({ ok: true });
    expect([journal.summary('f')?.version, journal.summary('g')?.version]).toEqual(['1.0.0', '2.0.0']);
    expect(await goOn({}, 'f')).toMatchObject({ status: 'waiting' });
    expect(await goOn({}, 'g')).toMatchObject({ status: 'waiting' });
  });

  it('is kept in a file as in memory', async () => {
    const place = makePlace();
    places.push(place);
    const path = place.write('runs.db', '');
    const journal: Journal = openJournal(path);
    const { records, fork } = await rested(SAGA, BAD, { journal });
    expect(fork({ at: seqOf(records, 'state.entered', 'c') })).toMatchObject({ ok: true });
    const again = openJournal(path);
    expect(again.read('f')).toEqual(journal.read('f'));
    expect(again.summary('f')).toMatchObject({ status: 'running', workflow: 'test', version: '1.0.0' });
    expect(again.holder('f')).toBeNull();
    again.close();
    journal.close();
  });

  it('is refused, with a sentence, where nothing can go on or nothing is known', async () => {
    const { records, fork } = await rested(SAGA, GOOD);
    const last = records.length;
    expect(refusal(fork({ at: last }))).toBe(`At record ${last} the run r had ended: it was completed. Fork it at an earlier one.`); // prettier-ignore
    for (const at of [0, last + 1, 1.5])
      expect(refusal(fork({ at }))).toBe(`The run r has the records 1 to ${last}; it cannot be forked at ${at}.`);
    expect(refusal(fork({ at: 3, set: [{ target: 'm', value: 1 }] }))).toBe(
      'The run has no variable m. It has n there.',
    );
    expect(refusal(fork({ at: 3, run: 'nobody' }))).toBe('The journal has no run nobody.');
    expect(refusal(fork({ at: 3 }))).toBe('it was forked');
    expect(refusal(fork({ at: 3 }))).toBe('There is already a run f.');
  });

  it('sets a variable of a branch by its way', async () => {
    const branches = (name: string) =>
      `{ vars: { x: 1 }, states: { ${name}: { human: { title: x, assignee: people }, assign: { x: 2 }, on: { yes: end } } } }`;
    const text = workflow(`  p: { parallel: { branches: { l: ${branches('a')}, m: ${branches('b')} } }, next: end }\n`);
    const { journal, records, fork } = await rested(text, {});
    const at = records.length;
    expect(refusal(fork({ at, set: [{ target: 'x', value: 5 }] }))).toBe(
      'The run has several variables x: p/l/x, p/m/x.',
    );
    expect(refusal(fork({ at, set: [{ target: 'p/m/x', value: 5 }] }))).toBe('it was forked');
    const scopes = [...fold(journal.read('f')).scopes.values()];
    expect(scopes.map(({ way, vars }) => [way, { ...vars }])).toEqual([['', {}], ['p/l', { x: 1 }], ['p/m', { x: 5 }]]); // prettier-ignore
  });
});

const RUNS = Number(process.env['BACKSTEP_RANDOM_RUNS'] ?? 100);

it('never parts records that were decided together', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(everyKind(), fc.nat({ max: 150 }), async ({ text, services }, at) => {
      const by = { name: 'someone' };
      const cancel = { type: 'cancel', by, compensate: true, force: false } as const;
      const hands = [
        { when: (state: { seq: number }) => state.seq >= at, give: cancel },
        { give: { type: 'retry', by, state: null } as const },
      ];
      const { plan, records, decisions } = await play(text, { services, hands });
      const whole = new Set(decisions);
      for (const { seq } of records) expect(whole).toContain(wholeUntil(plan, records, seq));
    }),
    { numRuns: RUNS },
  );
});

it('can go on from anywhere', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(randomCase(), async ({ text, services }) => {
      const answers = Object.fromEntries(Object.keys(services).map((name) => [name, { return: {} }]));
      const { journal, fork, goOn, records } = await rested(text, answers, { until: 'ended' });
      for (let at = 1; at < records.length; at += 1 + (at % 7)) {
        const id = `f${at}`;
        if (!fork({ at, id }).ok) continue;
        const { status, state } = await goOn(answers, id);
        expect(broken(journal.read(id), status, state)).toEqual([]);
      }
    }),
    { numRuns: Math.ceil(RUNS / 10) },
  );
});
