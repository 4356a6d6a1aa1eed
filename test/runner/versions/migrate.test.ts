// Moving runs to a newer version of their workflow: what has a place there, what has none, and how a run goes on.
// It is long because all of it is about one operation, over the same few workflows and the ways to move their runs.
import { afterEach, describe, expect, it } from 'vitest';
import type { Json } from '../../../language/index.ts';
import { realClock, virtualClock } from '../../../runner/clock.ts';
import type { HostOptions, RunHandle } from '../../../runner/host.ts';
import type { Journal } from '../../../runner/journal/journal.ts';
import { memoryJournal } from '../../../runner/journal/memory.ts';
import { openJournal } from '../../../runner/journal/sqlite.ts';
import { loadRecorded, textAt } from '../../../runner/load.ts';
import { compensatedOf, fold, pathOf, pendingStack } from '../../../runner/machine/index.ts';
import type { StimulusBody } from '../../../runner/machine/index.ts';
import { migrateRun } from '../../../runner/migrate.ts';
import type { MigrateRequest, MigrateResult } from '../../../runner/migrate.ts';
import { begin, makePlace } from '../support/hosting.ts';
import type { Place } from '../support/hosting.ts';

const places: Place[] = [];
afterEach(async () => {
  for (const place of places.splice(0)) await place.close();
});

const BY = { name: 'ada' };

function workflow(version: string, states: string, top = ''): string {
  return `workflow: order
version: ${version}
participants:
  stock: { operations: { reserve: { shell: [reserve] }, release: { shell: [release] }, free: { shell: [free] } } }
  cards: { operations: { charge: { shell: [charge] }, refund: { shell: [refund] }, take: { shell: [take] } } }
  boss: { role: boss }
${top}
states:
${states}`;
}

/** A run of `before` that rests, its journal, and the move to `after`. */
async function resting(before: string, mocks: Json = {}, journal: Journal = memoryJournal()) {
  const place = makePlace();
  places.push(place);
  const clock = virtualClock(1_000_000);
  const first = place.host({ journal, clock, mocks: { ...ALL, ...(mocks as object) } });
  const handle = await begin(first, { file: place.write('order.workflow.yaml', before), id: 'r', input: { n: 4 } });
  await handle.settled('waiting');
  await first.close();
  return {
    place,
    journal,
    move: (after: string): Promise<MigrateResult> =>
      migrateRun(journal, { run: 'r', file: place.write('newer.workflow.yaml', after), by: BY, now: clock.now() }),
    /** Takes the run up, says `words` to it, and gives its end. */
    async goOn(...words: StimulusBody[]): Promise<RunHandle> {
      const again = place.host({ journal, clock, mocks: ALL });
      const resumed = await again.resume('r');
      if (!resumed.ok) throw new Error(resumed.error.message);
      for (const word of words) {
        await resumed.run.settled('waiting');
        expect(await resumed.run.send(word)).toBeNull();
      }
      await resumed.run.settled('ended');
      return resumed.run;
    },
  };
}

const ALL = Object.fromEntries(
  ['stock.reserve', 'stock.release', 'stock.free', 'cards.charge', 'cards.refund', 'cards.take'].map((name) => [
    name,
    { return: { by: name } },
  ]),
);

function refusal(result: MigrateResult): string {
  return result.ok ? 'it was moved' : result.error.message;
}

const ANSWER = (state: string, outcome = 'yes') =>
  ({ type: 'decision', state, by: BY, outcome, form: { note: 'well' } }) as const;

const V1 = workflow(
  '1.2.0',
  `  reserve:
    call: stock.reserve
    compensate: { call: stock.release, with: { of: "\${ vars.count }" } }
    assign: { count: "\${ vars.count + 1 }" }
    next: ask
  ask:
    human: { title: Sure?, assignee: boss, due: 1h }
    on: { yes: charge, no: end }
  charge: { call: cards.charge, next: end }
`,
  'vars: { count: 1, amount: 20 }',
);

const V2 = workflow(
  '2.0.0',
  `  hold:
    call: stock.reserve
    compensate: { call: stock.free, with: { of: "\${ vars.count }" } }
    next: approve
  approve:
    human: { title: Really?, assignee: boss, due: 3h, escalate: [ { after: 2h, outcome: no } ] }
    on: { yes: pay, no: refuse }
  pay: { call: cards.take, with: { cents: "\${ vars.cents }", first: "\${ results.hold.by }" }, next: end }
  refuse: { fail: { error: refused, message: "no" } }
`,
  `vars: { count: 0, cents: 0, note: none }
migrations:
  - from: "1.x"
    states: { reserve: hold, ask: approve, charge: pay }
    vars: { cents: "\${ vars.amount * 100 + input.n }" }
output: "\${ vars }"
`,
);

describe('a waiting run that is moved', () => {
  it('goes on with the new text, its variables taken over, and calls what that says', async () => {
    const { journal, move, goOn } = await resting(V1);
    const moved = await move(V2);
    expect(moved).toMatchObject({ ok: true, record: { type: 'run.migrated', by: BY, to: { version: '2.0.0' } } });
    expect(journal.summary('r')).toMatchObject({ version: '2.0.0', status: 'waiting' });
    const run = await goOn(ANSWER('approve'));
    expect(run.view().state).toMatchObject({
      lifecycle: 'completed',
      version: '2.0.0',
      output: { count: 2, cents: 2004, note: 'none' },
    });
    expect(pathOf(journal.read('r'))).toEqual(['reserve', 'ask', 'pay']);
    const called = journal.read('r').find((record) => record.type === 'state.prepared' && record.key === 'r/pay/1');
    expect(called).toMatchObject({ input: { value: { cents: 2004, first: 'stock.reserve' } } });
  });

  it('undoes what it had done by the new version, under the key and the name that it was done with', async () => {
    const { journal, move, goOn } = await resting(V1);
    expect(await move(V2)).toMatchObject({ ok: true });
    const run = await goOn(ANSWER('approve', 'no'));
    expect(run.view().state.lifecycle).toBe('compensated');
    const records = journal.read('r');
    expect(compensatedOf(records)).toEqual(['reserve']);
    const undoing = records.find((record) => record.type === 'compensation.entered');
    expect(undoing).toMatchObject({ key: 'r/reserve/1/compensate' });
    expect(run.view().state.error?.type).toBe('refused');
  });

  it('gives an open task the times of the new text, counted from its beginning', async () => {
    const { journal, move, goOn } = await resting(V1);
    const before = fold(journal.read('r'));
    const created = [...before.activations.values()].find(({ task }) => task !== null)?.task?.createdAt ?? 0;
    await move(V2);
    const task = [...fold(journal.read('r')).activations.values()].find((each) => each.task !== null)?.task;
    expect(task).toMatchObject({
      title: 'Sure?',
      due: created + 3 * 3_600_000,
      escalations: [created + 2 * 3_600_000],
    });
    // On the virtual clock the escalation comes by itself.
    expect((await goOn()).view().state.lifecycle).toBe('compensated');
  });

  it('is replayed across the move to the same state, and each part belongs to its own text', async () => {
    const { place, journal, move, goOn } = await resting(V1, {}, memoryJournal());
    await move(V2);
    const run = await goOn(ANSWER('approve'));
    const records = journal.read('r');
    const again = fold(JSON.parse(JSON.stringify(records)) as typeof records);
    expect(again).toEqual(run.view().state);
    const summary = journal.summary('r');
    const at = records.find(({ type }) => type === 'run.migrated')?.seq ?? 0;
    if (summary === null) throw new Error('no run');
    for (const [seq, version, file] of [
      [1, '1.2.0', 'order'],
      [at - 1, '1.2.0', 'order'],
      [at, '2.0.0', 'newer'],
      [records.length, '2.0.0', 'newer'],
    ] as const) {
      const loaded = loadRecorded(journal, textAt(summary, records, seq));
      expect(loaded).toMatchObject({ file: `${place.folder}/${file}.workflow.yaml`, plan: { version } });
    }
  });

  it('is kept so in a file, with both texts', async () => {
    const place = makePlace();
    places.push(place);
    const file = place.write('runs.db', '');
    const journal = openJournal(file);
    const { move } = await resting(V1, {}, journal);
    await move(V2);
    const kept = openJournal(file);
    expect(kept.summary('r')).toEqual(journal.summary('r'));
    expect(kept.summary('r')).toMatchObject({ version: '2.0.0' });
    const [migrated] = kept.read('r').filter(({ type }) => type === 'run.migrated');
    if (migrated?.type !== 'run.migrated') throw new Error('not moved');
    expect(kept.text(migrated.from.hash)).toBe(V1);
    expect(kept.text(migrated.to.hash)).toBe(V2);
    kept.close();
    journal.close();
  });

  it('waits on in scopes, branches and items, whose states follow the state around them', async () => {
    const inner = (ask: string, more = '') => `states:
              ${ask}: { human: { title: Sure?, assignee: boss }, on: { yes: end } }${more}`;
    const nested = (version: string, [outer, ask, item]: readonly string[], top = '') =>
      workflow(
        version,
        `  ${outer ?? ''}:
    scope:
      vars: { x: 1 }
      states:
        fork:
          parallel:
            branches:
              left:
                ${inner(ask ?? '').replaceAll('\n', '\n    ')}
              right: { states: { done: { call: stock.reserve, compensate: { call: stock.release }, next: end } } }
          next: each
        each:
          foreach:
            in: "\${ [7, 8] }"
            as: ${item ?? ''}
            states:
              look: { human: { title: "\${ ${item ?? ''} }", assignee: boss }, on: { yes: end } }
          next: end
    next: end
`,
        top,
      );
    const { journal, move, goOn } = await resting(nested('1.0.0', ['pack', 'ask', 'one']));
    const top = 'migrations: [ { from: "^1.0.0", states: { pack: wrap, pack/fork/left/ask: wrap/fork/left/sure } } ]';
    expect(refusal(await move(nested('1.1.0', ['wrap', 'sure', 'piece'], top)))).toBe('it was moved');
    const answers = [ANSWER('wrap/fork/left/sure'), ANSWER('wrap/each/0/look'), ANSWER('wrap/each/1/look')];
    expect((await goOn(...answers)).view().state.lifecycle).toBe('completed');
    const titles = journal.read('r').flatMap((record) => (record.type === 'task.created' ? [record.task.title] : []));
    expect(titles).toEqual(['Sure?', '7', '8']);
  });

  it('never uses a key twice, also where two states have changed their names', async () => {
    const swapped = (version: string, [one, two]: readonly [string, string], top = '') =>
      workflow(
        version,
        `  ${one}: { call: stock.reserve, compensate: { call: stock.release }, next: ${two} }
  ${two}:
    human: { title: Again?, assignee: boss }
    compensate: { call: cards.refund }
    on: { yes: ${one}, no: failing }
  failing: { fail: { error: done, message: done } }
`,
        top,
      );
    const { journal, move, goOn } = await resting(swapped('1.0.0', ['a', 'b']));
    const top = 'migrations: [ { from: "1", states: { a: b, b: a } } ]';
    expect(refusal(await move(swapped('2.0.0', ['b', 'a'], top)))).toBe('it was moved');
    await goOn(ANSWER('a'), ANSWER('a', 'no'));
    const keys = journal
      .read('r')
      .flatMap((record) =>
        record.type === 'state.prepared' || record.type === 'compensation.entered' ? [record.key] : [],
      );
    expect(new Set(keys).size).toBe(keys.length);
    // The task was b's second name, so that what undoes it has a visit of its own.
    expect(keys).toEqual(['r/a/1', 'r/b/1', 'r/b/2', 'r/a/3', 'r/a/3/compensate', 'r/b/2/compensate', 'r/a/2/compensate', 'r/a/1/compensate']); // prettier-ignore
  });
});

describe('a suspended run that is moved', () => {
  const top = (version: string) => `recovery: suspend\n${version === '1.0.0' ? '' : 'migrations: [ { from: "1.x" } ]'}`;
  const calls = (version: string, charge: string) =>
    workflow(version, `  charge: { call: ${charge}, retry: { attempts: 1 }, next: end }\n`, top(version));
  const retry = { type: 'retry', by: BY, state: null } as const;

  it('evaluates its input anew where its attempts surely did nothing', async () => {
    const refused = { 'cards.charge': { fail: { error: 'http.422' } } };
    const { journal, move, goOn } = await resting(calls('1.0.0', 'cards.charge, with: { n: 1 }'), refused);
    expect(refusal(await move(calls('1.0.1', 'cards.take, with: { n: 2 }')))).toBe('it was moved');
    expect((await goOn(retry)).view().state.lifecycle).toBe('completed');
    const inputs = journal
      .read('r')
      .flatMap((record) => (record.type === 'state.prepared' ? [record.input.value] : []));
    expect(inputs).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('keeps input and key where an effect is in doubt', async () => {
    const lost: Json = { 'cards.charge': [{ fail: { error: 'network' } }, { return: {} }] };
    const { journal, move, goOn } = await resting(calls('1.0.0', 'cards.charge, with: { n: 1 }'), lost);
    expect(refusal(await move(calls('1.0.1', 'cards.charge, with: { n: 2 }')))).toBe('it was moved');
    expect((await goOn(retry)).view().state.lifecycle).toBe('completed');
    const prepared = journal.read('r').filter(({ type }) => type === 'state.prepared');
    expect(prepared).toMatchObject([{ key: 'r/charge/1', input: { value: { n: 1 } } }]);
  });

  it('can be given a compensation that works', async () => {
    const undo = (version: string, operation: string, more = '') =>
      workflow(
        version,
        `  a: { call: stock.reserve, compensate: { call: ${operation}, with: { id: 1 } }, next: b }
  b: { fail: { error: e, message: m } }
`,
        more,
      );
    const broken = { 'stock.release': { fail: { error: 'http.500' } } };
    const { journal, move, goOn } = await resting(undo('1.0.0', 'stock.release'), broken);
    expect(journal.summary('r')?.status).toBe('suspended');
    expect(refusal(await move(undo('1.1.0', 'stock.free', 'migrations: [ { from: 1.0.0 } ]')))).toBe('it was moved');
    const summary = journal.summary('r');
    const loaded = summary === null ? null : loadRecorded(journal, summary);
    if (loaded === null || 'error' in loaded) throw new Error('the text is lost');
    expect(pendingStack(loaded.plan, fold(journal.read('r')))).toMatchObject([{ state: 'a', action: 'stock.free' }]);
    expect((await goOn(retry)).view().state.lifecycle).toBe('compensated');
  });
});

describe('a run that cannot be moved stays as it is', () => {
  const waiting = (version: string, top: string, state = 'ask') =>
    workflow(version, `  ${state}: { human: { title: x, assignee: boss }, on: { yes: end } }\n`, top);
  const moving = 'migrations: [ { from: "1.x" } ]';

  it.each<readonly [string, string, string, string]>([
    ['an active state without a place', V1, waiting('2.0.0', moving, 'other'), 'the active state ask has no place'],
    [
      'a variable without a place',
      waiting('1.0.0', 'vars: { left: 1 }'),
      waiting('2.0.0', moving),
      'the variable left has no place',
    ],
    [
      'a pending compensation without a place',
      V1,
      V2.replace('    compensate: { call: stock.free, with: { of: "${ vars.count }" } }\n', ''),
      'the pending compensation of reserve has no place',
    ],
    [
      'a pending compensation whose arguments do not fit any more',
      V1,
      V2.replace('free: { shell: [free] }', 'free: { shell: [free], input: { properties: { of: { minimum: 5 } } } }'),
      'the pending compensation of reserve does not fit stock.free',
    ],
    [
      'a state that has become another kind',
      waiting('1.0.0', ''),
      workflow('2.0.0', '  ask: { wait: 1h, next: end }\n', moving),
      'ask has begun as `human` and is a `wait` there',
    ],
    [
      'a branch that is new in a state that has begun',
      workflow(
        '1.0.0',
        '  p: { parallel: { branches: { l: { states: { a: { wait: 1h, next: end } } } } }, next: end }\n',
      )
        .replace('wait: 1h', 'human: { title: x, assignee: boss }')
        .replace('next: end } } } } }', 'on: { yes: end } } } } } }'),
      workflow(
        '2.0.0',
        `  p:
    parallel:
      branches:
        l: { states: { a: { human: { title: x, assignee: boss }, on: { yes: end } } } }
        m: { states: { a: { set: {}, next: end } } }
    next: end
`,
        moving,
      ),
      'p has begun without its new branch m',
    ],
    [
      'a value that cannot be evaluated',
      waiting('1.0.0', ''),
      waiting('2.0.0', 'vars: { n: 0 }\nmigrations: [ { from: "1.x", vars: { n: "${ $error(\'no\') }" } } ]'),
      'the variable n cannot be evaluated',
    ],
    ['a version that no migration covers', waiting('1.0.0', ''), waiting('3.0.0', 'migrations: [ { from: "2.x" } ]'), 'no migration from version 1.0.0'], // prettier-ignore
    ['another workflow', waiting('1.0.0', ''), waiting('2.0.0', moving).replace('order', 'other'), 'cannot move to other'], // prettier-ignore
    ['the same text', waiting('1.0.0', ''), waiting('1.0.0', ''), 'already bound to this text'],
    ['a text with errors', waiting('1.0.0', ''), 'workflow: order\n', 'has an error'],
  ])('%s', async (_, before, after, why) => {
    const { journal, move, goOn } = await resting(before);
    const [summary, records] = [journal.summary('r'), journal.read('r').length];
    const result = await move(after);
    expect(refusal(result)).toContain(why);
    expect([journal.summary('r'), journal.read('r').length]).toEqual([summary, records]);
    expect(journal.holder('r')).toBeNull();
    expect((await goOn(ANSWER(before.includes('  p:') ? 'p/l/a' : 'ask'))).view().state.lifecycle).toBe('completed');
  });

  it('also one that has ended, or that another process drives', async () => {
    const { journal, move, goOn, place } = await resting(waiting('1.0.0', ''));
    const lease = journal.acquire('r', { id: 'x', pid: 1, host: 'elsewhere', name: 'someone', start: null }, 30_000);
    if ('heldBy' in lease) throw new Error('held');
    expect(refusal(await move(waiting('2.0.0', moving)))).toBe(
      'The run r is driven by someone (process 1 on elsewhere). It does not let go of it: end that process or debug session, then move the run.',
    );
    journal.release(lease);
    await goOn(ANSWER('ask'));
    expect(refusal(await move(waiting('2.0.0', moving)))).toBe('The run r has ended: it is completed.');
    const file = place.write('v2.workflow.yaml', waiting('2.0.0', moving));
    const unknown = await migrateRun(journal, { run: 'nobody', file, by: BY, now: 0 });
    expect(refusal(unknown)).toBe('The journal has no run nobody.');
  });
});

describe('a run that another process drives', () => {
  const PARENT = 'workflow: parent\nstates:\n  sub: { run: ./order.workflow.yaml, next: end }\n';
  const BEFORE = workflow('1.0.0', '  ask: { human: { title: x, assignee: boss }, on: { yes: end } }\n');
  const AFTER = workflow(
    '2.0.0',
    `  sure: { human: { title: x, assignee: boss }, on: { yes: pay } }
  pay: { call: cards.take, next: end }
`,
    'migrations: [ { from: "1.x", states: { ask: sure } } ]\noutput: moved',
  );

  /** A host that drives run `r` of `text`, and another connection to its journal from which the run is to be moved. */
  async function driving(text: string, options: Partial<Omit<HostOptions, 'mocks'>> = {}, mocks: Json = ALL) {
    const place = makePlace();
    places.push(place);
    const database = place.write('runs.db', '');
    const own = openJournal(database);
    const other = openJournal(database);
    made.push(() => {
      own.close();
      other.close();
    });
    const host = place.host({ journal: own, clock: realClock(), mocks, letsGo: true, ...options });
    place.write('order.workflow.yaml', BEFORE);
    const run = await begin(host, { file: place.write('main.workflow.yaml', text), id: 'r' });
    const newer = place.write('newer.workflow.yaml', AFTER);
    const request = { file: newer, by: BY, now: Date.now(), patience: 20_000 };
    const move = (id = 'r', more: Partial<MigrateRequest> = {}) => migrateRun(other, { run: id, ...request, ...more });
    return { place, host, own, other, run, move };
  }

  const made: (() => void)[] = [];
  afterEach(() => {
    for (const undo of made.splice(0)) undo();
  });

  it('is let go for the move, and goes on where it was driven, for whoever waits for it there', async () => {
    const { run, own, other, move } = await driving(BEFORE);
    await run.settled('waiting');
    const ended = run.settled('ended');
    expect(own.holder('r')).toMatchObject({ letsGo: true });
    expect(await move()).toMatchObject({ ok: true, letGo: true });
    expect(other.inbox('r')).toEqual([]);
    await expect.poll(() => other.holder('r')?.name).toBe('test');
    expect(await run.send(ANSWER('sure'))).toBeNull();
    expect(await ended).toBe('completed');
    expect(run.view()).toMatchObject({ plan: { version: '2.0.0' }, text: AFTER, state: { output: 'moved' } });
  });

  it('goes on there with the text that it has when the move is refused', async () => {
    const { run, other, move } = await driving(BEFORE);
    await run.settled('waiting');
    const ended = run.settled('ended');
    expect(refusal(await move('r', { text: AFTER.replace('ask: sure', '') }))).toContain('ask has no place');
    expect(other.inbox('r')).toEqual([]);
    await expect.poll(() => other.holder('r')?.name).toBe('test');
    expect(await run.send(ANSWER('ask'))).toBeNull();
    expect(await ended).toBe('completed');
  });

  it('is let go alone, be it the child of one that goes on waiting for it, or the parent', async () => {
    const { run, host, other, move, place } = await driving(PARENT);
    await expect.poll(() => other.summary('r')?.status).toBe('waiting');
    const child = 'r.sub.1';
    expect(await move(child)).toMatchObject({ ok: true, letGo: true });
    await expect.poll(() => other.holder(child)?.name).toBe('test');
    const text = `${PARENT}version: 2.0.0\nmigrations: [ { from: "*" } ]\noutput: both\n`;
    const file = place.write('newer-parent.workflow.yaml', text);
    expect(refusal(await move('r', { file }))).toBe('it was moved');
    await expect.poll(() => other.holder('r')?.name).toBe('test');
    expect(await host.runs.get(child)?.send(ANSWER('sure'))).toBeNull();
    expect(await run.settled('ended')).toBe('completed');
    expect(run.view().state.output).toBe('both');
    expect(other.summary(child)).toMatchObject({ status: 'completed', version: '2.0.0' });
  });

  it('is moved as soon as it waits, when it acts at first', async () => {
    const later = `  first: { call: stock.reserve, next: ask }\n`;
    const text = workflow('1.0.0', `${later}  ask: { human: { title: x, assignee: boss }, on: { yes: end } }\n`);
    const { own, other, move } = await driving(text, {}, { ...ALL, 'stock.reserve': { return: {}, delay: '1s' } });
    expect(own.summary('r')?.status).toBe('running');
    const after = AFTER.replace('states:\n', `states:\n${later.replace('next: ask', 'next: sure')}`);
    expect(await move('r', { text: after })).toMatchObject({ ok: true, letGo: true });
    expect(other.summary('r')).toMatchObject({ version: '2.0.0', status: 'waiting' });
  });

  it.each<readonly [string, { readonly letsGo?: boolean; readonly held?: true }, Json, string]>([
    [
      'acts all the time',
      {},
      { 'cards.charge': { return: {}, delay: '1h' } },
      'Only a waiting or suspended run can be moved, and it is running; try again when it waits.',
    ],
    [
      'is held by a debugger',
      { held: true },
      ALL,
      'It has not let go of it: let it go on where it is being debugged, or end that process, then try again.',
    ],
    [
      'is driven by one who keeps it',
      { letsGo: false },
      ALL,
      'It does not let go of it: end that process or debug session, then move the run.',
    ],
  ])('is refused with what to do where it %s', async (_, { held = false, ...options }, mocks, why) => {
    let holds = false;
    const observer = { hold: () => (holds ? new Promise<void>(() => undefined) : null) };
    const text = mocks === ALL ? BEFORE : BEFORE.replace(/ask:.*/, 'ask: { call: cards.charge, next: end }');
    const { run, own, other, move } = await driving(text, { ...options, observer }, mocks);
    if (mocks === ALL) await run.settled('waiting');
    holds = held;
    expect(refusal(await move('r', { patience: 700 }))).toBe(
      `The run r is driven by test (process ${process.pid} on ${own.holder('r')?.host ?? ''}). ${why}`,
    );
    expect(own.holder('r')?.name).toBe('test');
    expect(other.summary('r')?.version).toBe('1.0.0');
  });

  it('is left to the process that was quicker, of which whoever waits for it is told by its status', async () => {
    const { run, own, other, place, host } = await driving(BEFORE);
    await run.settled('waiting');
    const ended = run.settled('ended');
    const word = other.post('r', { type: 'let-go' });
    await expect.poll(() => other.holder('r')).toBeNull();
    const quicker = place.host({ journal: other, clock: realClock(), holder: 'quicker', mocks: ALL });
    expect(await quicker.resume('r')).toMatchObject({ ok: true });
    await expect.poll(() => other.inbox('r').map(({ id }) => id)).not.toContain(word);
    expect(await ended).toBe('waiting');
    expect(own.holder('r')?.name).toBe('quicker');
    expect(await host.resume('r')).toMatchObject({ ok: false, error: { code: 'held' } });
    await quicker.close();
  });
});
