// How the runner bears many runs and long ones: a hundred runs at once against bare commits of SQLite with as many rows,
// taking up unfinished runs, what waiting runs hold in memory, and a run with very many records.
//   node test/bench/runner-many.bench.ts [RUNS]   10,000 unfinished runs, or as many as are named
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { DatabaseSync } from 'node:sqlite';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readMocks } from '../../runner/actions/mocks.ts';
import { realClock } from '../../runner/clock.ts';
import { createHost } from '../../runner/host.ts';
import type { Host, RunHandle } from '../../runner/host.ts';
import { openJournal } from '../../runner/journal/sqlite.ts';
import { sideBySide } from '../../runner/side-by-side.ts';
import { CALLS, median, printFigures } from './figures.ts';
import type { Figure } from './figures.ts';

const AT_ONCE = 100;
const TRANSITIONS = 250;
const ROUNDS = 5;
const RECORDS = 100_000;

/** Where it waits a run holds what runs hold: a result, a variable and something to undo. */
const WAITS = `
workflow: waits
participants:
  service: { baseUrl: "http://localhost", operations: { do: { http: POST /do }, undo: { http: POST /undo } } }
vars: { order: "" }
states:
  reserve:
    call: service.do
    with: { order: "\${ input.order }" }
    compensate: { call: service.undo, with: { order: "\${ input.order }" } }
    assign: { order: "\${ input.order }" }
    next: rest
  rest: { wait: 30d, next: end }
`;

/** Makes records and then waits for a person. */
const LONG = `
workflow: long
limits: { transitions: 1000000 }
vars: { n: 0 }
states:
  tick:
    set: { n: "\${ vars.n + 1 }" }
    next: [ { when: "\${ vars.n < input.n }", next: tick }, { next: ask } ]
  ask:
    human: { title: "Go on?" }
    on: { yes: end }
`;

const MOCKS = { 'service.do': { return: { ok: true } }, 'service.undo': { return: null } };

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Measures everything; takes about a minute. */
export async function measureManyRuns(runs: number): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'backstep-bench-'));
  try {
    return [...(await atOnce(folder)), ...(await unfinished(folder, runs)), ...(await long(folder))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function hosted(database: string): { readonly host: Host; close(): Promise<void> } {
  const mocks = readMocks(MOCKS);
  if (!mocks.ok) throw new Error(mocks.message);
  const journal = openJournal(database);
  const host = createHost({ journal, clock: realClock(), holder: 'bench', mocks: mocks.mocks });
  return {
    host,
    async close() {
      await host.close();
      journal.close();
    },
  };
}

async function begun(host: Host, file: string, input: { readonly [name: string]: string | number }, id?: string) {
  const started = await host.start({ file, input, ...(id !== undefined && { id }) });
  if (!started.ok) throw new Error(started.error.message);
  return started.run;
}

async function atOnce(folder: string): Promise<Figure[]> {
  const file = join(folder, 'calls.workflow.yaml');
  writeFileSync(file, CALLS);
  const rates: number[] = [];
  const spent: number[] = [];
  const limits: number[] = [];
  const tens: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    limits.push(bareRows(join(folder, `bare-${round}.db`), AT_ONCE));
    tens.push(bareRows(join(folder, `tens-${round}.db`), 10));
    const { host, close } = hosted(join(folder, `at-once-${round}.db`));
    const begin = performance.now();
    const before = process.cpuUsage();
    const started = await Promise.all(Array.from({ length: AT_ONCE }, () => begun(host, file, { n: TRANSITIONS })));
    await Promise.all(started.map((run) => run.settled('ended')));
    rates.push((AT_ONCE * TRANSITIONS * 1000) / (performance.now() - begin));
    const { user, system } = process.cpuUsage(before);
    spent.push((user + system) / (AT_ONCE * TRANSITIONS));
    await close();
  }
  const ratios = rates.map((rate, at) => rate / (limits[at] ?? 1));
  return [
    median('bare rows of node:sqlite, 10 to a commit', tens, '/s'),
    median(`bare rows of node:sqlite, ${AT_ONCE} to a commit`, limits, '/s'),
    median(`durable transitions of ${AT_ONCE} runs at once`, rates, '/s'),
    median(`time of the processor for each of them`, spent, 'µs'),
    median(`durable transitions of ${AT_ONCE} runs as a part of the bare rows`, ratios, 'of 1'),
  ];
}

/** Rows a second of the size that a transition has. */
function bareRows(file: string, toACommit: number): number {
  const rows = AT_ONCE * TRANSITIONS;
  const db = new DatabaseSync(file);
  db.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (id INTEGER PRIMARY KEY, at INTEGER, text TEXT) STRICT',
  );
  const insert = db.prepare('INSERT INTO t VALUES (?, ?, ?)');
  const text = 'x'.repeat(1000);
  const begin = performance.now();
  for (let id = 1; id <= rows; id++) {
    if (id % toACommit === 1) db.exec('BEGIN IMMEDIATE');
    insert.run(id, id, text);
    if (id % toACommit === 0) db.exec('COMMIT');
  }
  const rate = (rows * 1000) / (performance.now() - begin);
  db.close();
  return rate;
}

async function unfinished(folder: string, runs: number): Promise<Figure[]> {
  const database = join(folder, 'unfinished.db');
  const file = join(folder, 'waits.workflow.yaml');
  writeFileSync(file, WAITS);
  const first = hosted(database);
  const starting = performance.now();
  const before = process.cpuUsage();
  const handles = await Promise.all(named(runs).map((id) => begun(first.host, file, { order: id }, id)));
  await Promise.all(handles.map((run) => run.settled('waiting')));
  const started = performance.now() - starting;
  const { user, system } = process.cpuUsage(before);
  const closing = performance.now();
  await first.close();
  const closed = performance.now() - closing;
  // What a run holds is measured in a process that has held nothing before.
  const args = ['--no-warnings', import.meta.filename, String(runs), database];
  const { stdout, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error('The runs could not be taken up.');
  const each = (what: string, milliseconds: number): Figure => ({
    name: what,
    value: (milliseconds * 1000) / runs,
    unit: 'µs each',
  });
  return [
    each(`beginning ${runs} runs that then wait`, started),
    each(`beginning ${runs} runs that then wait, time of the processor`, (user + system) / 1000),
    each(`letting go of ${runs} waiting runs`, closed),
    ...(JSON.parse(stdout) as Figure[]),
  ];
}

const named = (runs: number): string[] => Array.from({ length: runs }, (_, at) => `r${at}`);

/** Takes up the unfinished runs of a journal, in the process that is there for it. */
async function takeUp(database: string, runs: number): Promise<Figure[]> {
  const { host, close } = hosted(database);
  const before = held();
  const begin = performance.now();
  const spent = process.cpuUsage();
  const resumed: RunHandle[] = [];
  await sideBySide(named(runs), AT_ONCE, async (id) => {
    const result = await host.resume(id);
    if (!result.ok) throw new Error(result.error.message);
    resumed.push(result.run);
  });
  await Promise.all(resumed.map((run) => run.settled('waiting')));
  const taken = performance.now() - begin;
  const { user, system } = process.cpuUsage(spent);
  const after = held();
  const told = await publication(host);
  await close();
  return [
    { name: `taking up ${runs} unfinished runs`, value: (taken * 1000) / runs, unit: 'µs each' },
    {
      name: `taking up ${runs} unfinished runs, time of the processor`,
      value: (user + system) / runs,
      unit: 'µs each',
    },
    { name: `taking up ${runs} unfinished runs, all of them`, value: taken, unit: 'ms' },
    { name: 'heap of a waiting run', value: (after.heap - before.heap) / runs / 1024, unit: 'KiB' },
    { name: 'resident memory of a waiting run', value: (after.rss - before.rss) / runs / 1024, unit: 'KiB' },
    { name: `an event that none of ${runs} waiting runs awaits`, value: told, unit: 'ms' },
  ];
}

/** Milliseconds until the process has nothing to do any more after an event. */
async function publication(host: Host): Promise<number> {
  const begin = performance.now();
  const time = new Date().toISOString();
  host.publish({ id: 'e1', source: '/bench', type: 'bench.told', time, data: null, attributes: {} });
  await new Promise((resolve) => setImmediate(resolve));
  return performance.now() - begin;
}

/** What the process holds, in bytes, when everything that nobody needs is collected. */
function held(): { readonly heap: number; readonly rss: number } {
  collect();
  collect();
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed, rss };
}

async function long(folder: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  const file = join(folder, 'long.workflow.yaml');
  writeFileSync(file, LONG);
  for (const records of [RECORDS / 10, RECORDS]) {
    const database = join(folder, `long-${records}.db`);
    const first = hosted(database);
    // Each round makes three records.
    const made = await begun(first.host, file, { n: Math.ceil(records / 3) }, 'long');
    await made.settled('waiting');
    await first.close();
    const second = hosted(database);
    const before = held();
    const begin = performance.now();
    const resumed = await second.host.resume('long');
    if (!resumed.ok) throw new Error(resumed.error.message);
    await resumed.run.settled('waiting');
    const taken = performance.now() - begin;
    const { seq } = resumed.run.view().state;
    const { heap } = held();
    const answering = performance.now();
    const answer = { type: 'decision', state: 'ask', by: { name: 'ada' }, outcome: 'yes', form: null } as const;
    const refused = await resumed.run.send(answer);
    if (refused !== null) throw new Error(refused);
    await resumed.run.settled('ended');
    const stepped = performance.now() - answering;
    await second.close();
    const name = `a run with ${seq.toLocaleString('en')} records`;
    figures.push(
      { name: `${name}: taking it up`, value: taken, unit: 'ms' },
      { name: `${name}: its next step and its end`, value: stepped, unit: 'ms' },
      { name: `${name}: what it holds`, value: (heap - before.heap) / 1024, unit: 'KiB' },
    );
  }
  return figures;
}

if (import.meta.main) {
  const [runs = '10000', database] = process.argv.slice(2);
  if (database === undefined) printFigures(await measureManyRuns(Number(runs)));
  else process.stdout.write(JSON.stringify(await takeUp(database, Number(runs))));
}
