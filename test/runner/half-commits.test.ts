// A crash inside a commit. After each statement of each transaction the journal's files are copied as a kill at that instant
// would leave them. Opened anew, nothing of the transaction may be visible, and the runs go on from what came before it.
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { realClock } from '../../runner/clock.ts';
import type { Host, RunHandle } from '../../runner/host.ts';
import type { Journal } from '../../runner/journal/journal.ts';
import { openJournal } from '../../runner/journal/sqlite.ts';
import { ENDED, fold, statusOf } from '../../runner/machine/index.ts';
import { loadRecorded } from '../../runner/load.ts';
import { broken } from '../support/invariants.ts';
import { begin, makePlace } from './support/hosting.ts';
import type { Place } from './support/hosting.ts';

/** Everything that belongs into one commit with records: a lock, a child, an event, a word, a task, the end. */
const WHOLE = `workflow: whole
input: { type: object }
lock: one at a time
participants:
  s: { baseUrl: "http://localhost", operations: { do: { http: POST /do }, undo: { http: POST /undo } } }
  boss: { role: boss, members: [ada, bob] }
events: { whole.told: { data: { type: object } } }
states:
  one: { call: s.do, compensate: { call: s.undo }, next: sub }
  sub: { run: ./child.workflow.yaml, next: tell }
  tell: { emit: whole.told, data: { of: "\${ run.id }" }, next: ask }
  ask: { human: { title: Sure?, candidates: boss, assign: round-robin }, on: { yes: bad } }
  bad: { fail: { error: refused } }
`;

const CHILD = `workflow: child
participants:
  s: { baseUrl: "http://localhost", operations: { do: { http: POST /do }, undo: { http: POST /undo } } }
states:
  inner: { call: s.do, compensate: { call: s.undo }, next: end }
`;

const LISTENS = `workflow: listens
events: { whole.told: { data: { type: object } } }
states:
  hear: { listen: { on: { whole.told: { match: "\${ event.data.of = 'a' }", next: end } } } }
`;

const MOCKS = { 's.do': { return: {} }, 's.undo': { return: null } };
const YES = { type: 'decision', state: 'ask', by: { name: 'ada' }, outcome: 'yes', form: null } as const;

let place: Place;
const journals: Journal[] = [];
beforeEach(() => {
  place = makePlace();
  place.write('child.workflow.yaml', CHILD);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await place.close();
  for (const journal of journals.splice(0)) journal.close();
});

function open(file: string): Journal {
  const journal = openJournal(file);
  journals.push(journal);
  return journal;
}

/** All that a journal tells, as whoever opens it finds it. */
function told(journal: Journal) {
  const events = journal.bus.events();
  return {
    runs: journal.list().map((summary) => ({
      ...summary,
      records: journal.read(summary.run),
      lockedOutBy: journal.locks.holderOf(summary.run),
    })),
    inbox: journal.inbox(),
    events: events.map((event) => ({ ...event, takers: journal.bus.takers(event.number) })),
    loads: [...journal.tasks.loads()],
  };
}

interface Crash {
  readonly file: string;
  /** What was committed when the transaction began, and the SQL of its latest statement. */
  readonly before: ReturnType<typeof told>;
  readonly after: string;
  /** Whether pages of the transaction were in the file beside the journal already. */
  readonly spilled: boolean;
}

/** Copies the journal in `file` after each statement inside of a transaction of any connection to it. */
function crashes(file: string): Crash[] {
  const all: Crash[] = [];
  const reader = open(file);
  const run = StatementSync.prototype.run;
  const walSize = () => statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  let before: ReturnType<typeof told> | null = null;
  let size = 0;
  vi.spyOn(StatementSync.prototype, 'run').mockImplementation(function (this: StatementSync, ...args) {
    const result = run.apply(this, args);
    const sql = this.sourceSQL;
    if (sql === 'COMMIT' || sql === 'ROLLBACK') before = null;
    else if (sql === 'BEGIN IMMEDIATE') {
      before = told(reader);
      size = walSize();
    } else if (before !== null) {
      const folder = join(place.folder, `crash-${all.length}`);
      mkdirSync(folder);
      const copy = join(folder, 'runs.db');
      for (const end of ['', '-wal']) if (existsSync(file + end)) copyFileSync(file + end, copy + end);
      all.push({ file: copy, before, after: sql, spilled: walSize() > size });
    }
    return result;
  });
  return all;
}

/** What is wrong with what a journal tells: what belongs together must be there together. */
function faults({ runs, events, inbox }: ReturnType<typeof told>, journal: Journal): string[] {
  const emitted = runs.flatMap(({ records }) =>
    records.flatMap((record) =>
      record.type === 'state.completed' && record.emitted !== null ? [record.emitted.id] : [],
    ),
  );
  const published = events.map(({ id }) => id);
  const heard = runs.filter(({ records }) => records.some(({ type }) => type === 'event.received'));
  const wrong = runs.flatMap((summary) => {
    const { run, status, records } = summary;
    const loaded = loadRecorded(journal, summary);
    if ('error' in loaded) return [`the text of ${run} is lost`];
    const state = fold(records);
    const own = statusOf(loaded.plan, state);
    const answered = records.some(({ type }) => type === 'task.completed');
    return [
      // In between a run may well stand.
      ...broken(records, own, state).flatMap((fault) => (fault.startsWith('stuck') ? [] : [`${run}: ${fault}`])),
      ...(records.length === 0 ? [`${run} has no records`] : []),
      ...(ENDED.has(status) === ENDED.has(own) ? [] : [`${run} is ${status}, by its records ${own}`]),
      ...(answered && inbox.some((message) => message.run === run) ? [`${run} has its answer and its word`] : []),
    ];
  });
  if (published.toSorted().join() !== emitted.toSorted().join())
    wrong.push(`emitted ${emitted.join()}, published ${published.join()}`);
  for (const { run } of heard)
    if (!events.some(({ takers }) => takers.includes(run))) wrong.push(`${run} has an event that was not given to it`);
  return wrong;
}

/** Answers whoever asks, by `say`, until all runs have ended. */
async function answerAll(journal: Journal, host: Host, say: (run: string) => void): Promise<void> {
  const asked = new Set<string>();
  await expect
    .poll(
      () => {
        for (const [id, handle] of host.runs) {
          const task = [...handle.view().state.activations.values()].find(({ task: open }) => open?.owner != null);
          if (task === undefined || asked.has(id)) continue;
          asked.add(id);
          say(id);
        }
        return journal.list().every(({ status }) => ENDED.has(status));
      },
      { timeout: 30_000, interval: 5 },
    )
    .toBe(true);
}

/** The process that wrote the copy is dead: its leases hold no more. */
function die(file: string): void {
  const db = new DatabaseSync(file);
  db.exec(`UPDATE leases SET until = 0, holder = json_set(holder, '$.start', 'before')`);
  db.close();
}

/** Takes up all runs of a copy, and begins those that are missing; gives their ends. */
async function goOn(journal: Journal, names: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const host = place.host({ journal, clock: realClock(), mocks: MOCKS });
  await Promise.all(Object.entries(names).map(([id, file]) => begin(host, { file, id })));
  await answerAll(journal, host, (run) => void host.runs.get(run)?.send(YES));
  await host.close();
  expect(faults(told(journal), journal)).toEqual([]);
  return Object.fromEntries(journal.list().map(({ run, status }) => [run, status]));
}

const ENDS = {
  a: 'compensated',
  b: 'compensated',
  'a.sub.1': 'compensated',
  'b.sub.1': 'compensated',
  listens: 'completed',
};

describe('a crash between two statements of a commit', () => {
  it.each([
    ['runs that share commits', 0],
    ['runs whose commits are larger than what SQLite keeps in memory', 1_500_000],
  ])('of %s leaves nothing half, and they go on from before it', { timeout: 120_000 }, async (_, size) => {
    const file = join(place.folder, 'runs.db');
    const journal = open(file);
    const whole = place.write('whole.workflow.yaml', WHOLE);
    const names = { a: whole, b: whole, listens: place.write('listens.workflow.yaml', LISTENS) };
    const all = crashes(file);
    const host = place.host({ journal, clock: realClock(), mocks: MOCKS });
    const input = { fill: 'x'.repeat(size) };
    const handles: RunHandle[] = await Promise.all(
      Object.entries(names).map(([id, each]) => begin(host, { file: each, id, input: each === whole ? input : {} })),
    );
    await answerAll(journal, host, (run) => void journal.post(run, YES));
    expect(await Promise.all(handles.map((run) => run.settled('ended')))).toEqual([
      'compensated',
      'compensated',
      'completed',
    ]);
    await host.close();
    vi.restoreAllMocks();

    expect(all.some((crash) => crash.spilled)).toBe(size > 0);
    for (const [at, { file: copy, before, after, spilled }] of all.entries()) {
      const left = open(copy);
      const now = told(left);
      expect({ after, now }).toEqual({ after, now: before });
      expect([after, ...faults(now, left)]).toEqual([after]);
      // Of each transaction the copy that has most of it goes on; where much is kept, of those that were half in the file.
      if (all[at + 1]?.before === before || (size > 0 && !spilled)) continue;
      die(copy);
      expect({ after, ends: await goOn(left, names) }).toEqual({ after, ends: ENDS });
    }
    const statements = new Set(all.map(({ after }) => after.split(' ').slice(0, 3).join(' ')));
    // Whatever stands beside records was cut off from them once.
    for (const each of [
      'INSERT INTO runs',
      'INSERT INTO leases',
      'INSERT INTO locks',
      'INSERT INTO shared_commits',
      'INSERT INTO commits',
      'INSERT INTO events',
      'INSERT INTO deliveries',
      'DELETE FROM messages',
      'INSERT INTO owners',
      'UPDATE runs SET',
      'DELETE FROM locks',
      'UPDATE leases SET',
    ])
      // prettier-ignore
      expect([...statements]).toContain(each);
  });
});

describe('a file beside the journal that ends too early, or is not what was written', () => {
  /** Bytes of its head, and of a frame: a page with what is said of it (https://sqlite.org/fileformat2.html#walformat). */
  const HEAD = 32;
  const FRAME = 24 + 4096;

  it.each<readonly [string, (wal: Buffer, at: number) => Buffer]>([
    ['cut between two pages', (wal, at) => wal.subarray(0, at)],
    ['cut inside of a page', (wal, at) => wal.subarray(0, at + 1000)],
    [
      'changed in a page',
      (wal, at) => Buffer.concat([wal.subarray(0, at + 100), Buffer.alloc(8, 7), wal.subarray(at + 108)]),
    ],
  ])('leaves whole commits, when it is %s', { timeout: 60_000 }, async (_, spoil) => {
    // prettier-ignore
    const file = join(place.folder, 'runs.db');
    const journal = open(file);
    const whole = place.write('whole.workflow.yaml', WHOLE);
    const names = { a: whole, b: whole, listens: place.write('listens.workflow.yaml', LISTENS) };
    const host = place.host({ journal, clock: realClock(), mocks: MOCKS });
    await Promise.all(Object.entries(names).map(([id, each]) => begin(host, { file: each, id })));
    await answerAll(journal, host, (run) => void host.runs.get(run)?.send(YES));
    await host.close();
    const all = new Map(told(journal).runs.map(({ run, records }) => [run, records]));
    const wal = readFileSync(`${file}-wal`);
    const frames = Math.floor((wal.length - HEAD) / FRAME);
    expect(frames).toBeGreaterThan(30);
    const lengths = new Set<number>();
    // The first ones make the tables.
    for (let frame = 20; frame < frames; frame += 2) {
      const copy = join(place.folder, `spoilt-${frame}.db`);
      copyFileSync(file, copy);
      writeFileSync(`${copy}-wal`, spoil(wal, HEAD + frame * FRAME));
      const left = openJournal(copy);
      const now = told(left);
      expect([frame, ...faults(now, left)]).toEqual([frame]);
      for (const { run, records } of now.runs) expect(records).toEqual(all.get(run)?.slice(0, records.length));
      lengths.add(now.runs.reduce((sum, { records }) => sum + records.length, 0));
      left.close();
    }
    expect(lengths.size).toBeGreaterThan(5);
    const half = join(place.folder, 'half.db');
    copyFileSync(file, half);
    writeFileSync(`${half}-wal`, spoil(wal, HEAD + Math.floor((20 + frames) / 2) * FRAME));
    die(half);
    expect(await goOn(open(half), names)).toEqual(ENDS);
  });
});
