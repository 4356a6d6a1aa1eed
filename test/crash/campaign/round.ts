/**
 * One round of the crash campaign: a random workflow whose calls are real programs, two processes that fight for its run
 * with clocks that jump, each killed by SIGKILL at random moments and started again; then everything that must hold.
 *
 * 1. Records that anybody has seen are never lost or changed: what was read after a kill begins what is there in the end.
 * 2. Nothing is performed that was not announced, and nothing more often than it was announced.
 * 3. What the records say was done was done, and undone where they say so; what was undone is not pending.
 * 4. Section 8 of the language holds (`broken`): nothing completed is repeated, keys are stable, the order of undoing is
 *    exact, nothing is undone that was discarded or confirmed; and the status in the journal is that of the records.
 * 5. Each completed `emit` has published its event, once. All of it holds of the child runs, too.
 * 6. The instants of records go back only where the run says that the clock was set.
 */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Plan } from '../../../language/index.ts';
import { LEAST_SETTING } from '../../../runner/clock.ts';
import type { Journal } from '../../../runner/journal/journal.ts';
import { openJournal } from '../../../runner/journal/sqlite.ts';
import { load } from '../../../runner/load.ts';
import { ENDED, fold, indexOf, statusOf } from '../../../runner/machine/index.ts';
import type { RunRecord, RunStatus } from '../../../runner/machine/index.ts';
import { broken } from '../../support/invariants.ts';
import { CHILD_FILE, everyKind } from '../../support/random-workflow.ts';
import type { RandomCase } from '../../support/random-workflow.ts';
import { startVictim } from '../victims.ts';
import type { Victim } from '../victims.ts';

export interface Round {
  readonly seed: number;
  readonly status: RunStatus;
  readonly kills: number;
  /** How often a process took the run up after another one. */
  readonly takeovers: number;
  readonly records: number;
  readonly asked: number;
  /** How often runs noticed that the clock was set back, and forward. */
  readonly back: number;
  readonly forward: number;
  /** Sentences of what does not hold. */
  readonly faults: readonly string[];
}

interface Files {
  readonly workflow: string;
  readonly child: string;
}

/** The records of each run as somebody saw them at some time. */
type Glimpse = ReadonlyMap<string, readonly RunRecord[]>;

interface Fighter extends Victim {
  over: boolean;
}

const DAY = 86_400_000;
/** How far off the clock is of some that take the run up. */
const OFFSETS = [DAY, -DAY, 31_000, -31_000];
const RUN = 'run';
/** How often a person has what was left of a suspended run tried again. */
const RETRIES = 3;

/** Plays the round of `seed` in `folder`, with the bundled `fighter`. The folder holds all of it afterwards. */
export async function playRound(fighter: string, participant: string, folder: string, seed: number): Promise<Round> {
  const random = drawing(seed);
  const [given] = fc.sample(everyKind(2), { numRuns: 1, seed });
  if (given === undefined) throw new Error('no case');
  const files = prepare(folder, given, participant);
  const database = join(folder, 'runs.db');
  openJournal(database).close();
  /** Half of those that fight kill themselves right before, inside or after a commit; the others are killed from outside. */
  const fight = (own: number, offset: number): Fighter => {
    const at = random() < 0.5 ? 1 + Math.floor(random() * 12) : 0;
    const victim = begin(own, offset, ['before', 'within', 'after'][Math.floor(random() * 3)] ?? 'after', at);
    const made = { ...victim, over: false };
    void victim.ended.then(() => (made.over = true));
    return made;
  };
  const begin = (own: number, offset: number, ...dies: (string | number)[]): Victim =>
    startVictim(fighter, [files.workflow, database, RUN, String(own), String(offset), ...dies.map(String)]);

  const seen: Glimpse[] = [];
  const look = (): RunStatus | undefined => {
    const journal = openJournal(database);
    seen.push(new Map(journal.list().map(({ run }) => [run, journal.read(run)])));
    const status = journal.summary(RUN)?.status;
    journal.close();
    return status;
  };

  let kills = 0;
  const most = 2 + Math.floor(random() * 4);
  const two: Fighter[] = [fight(seed * 2 + 1, 0), fight(seed * 2 + 2, 0)];
  while (kills < most) {
    await Promise.race(two.map(({ spoke }) => spoke));
    await Promise.race([pause(random() * 150), ...two.map(({ ended }) => ended)]);
    const at = two.findIndex(({ over }) => over) < 0 ? Math.floor(random() * 2) : two.findIndex(({ over }) => over);
    const victim = two[at];
    if (victim === undefined) break;
    victim.process.kill('SIGKILL');
    const end = await victim.ended;
    if (end.signal === 'SIGKILL') kills++;
    else if (end.code !== 0 && end.code !== 5) throw new Error(`seed ${seed}: ${end.output}`);
    const status = look();
    if (status !== undefined && (ENDED.has(status) || status === 'suspended')) break;
    two[at] = fight(seed * 100 + kills, random() < 0.5 ? (OFFSETS[Math.floor(random() * OFFSETS.length)] ?? 0) : 0);
  }
  for (const { process, ended } of two) {
    process.kill('SIGKILL');
    await ended;
  }

  // By a clock that is ahead of all others everything that was waited for is due.
  for (let retries = 0; ; retries++) {
    const end = await begin(0, 10 * DAY).ended;
    if (end.code !== 0 && end.code !== 5) throw new Error(`seed ${seed}: ${String(end.signal)} ${end.output}`);
    if (look() !== 'suspended' || retries === RETRIES) break;
    const journal = openJournal(database);
    journal.post(RUN, { type: 'retry', by: { name: 'someone' }, state: null });
    journal.close();
  }
  const journal = openJournal(database);
  try {
    return { seed, kills, ...judge(journal, files, folder, seen) };
  } finally {
    journal.close();
  }
}

/** Everything that must hold in the end, of the run and of its child runs. */
function judge(journal: Journal, files: Files, folder: string, seen: readonly Glimpse[]) {
  const asked = linesOf(join(folder, 'asked.txt')).map((line) => line.split(' ')[1]?.replaceAll('~', '/') ?? '');
  const performed = new Set(readdirSync(join(folder, 'performed')).map((key) => key.replaceAll('~', '/')));
  const faults: string[] = [];
  const announced = new Map<string, number>();
  const emitted: string[] = [];
  let [count, takeovers, back, forward] = [0, 0, 0, 0];
  let status: RunStatus = 'failed';
  for (const summary of journal.list()) {
    const { run } = summary;
    const records = journal.read(run);
    const loaded = load(run === RUN ? files.workflow : files.child);
    if ('error' in loaded) throw new Error(loaded.error.message);
    const { plan } = loaded;
    const state = fold(records);
    const ended = statusOf(plan, state);
    if (run === RUN) status = ended;
    // What a suspended run has under way goes on for as long as a process drives it, and the last one has ended.
    const isLeft = run !== RUN && status === 'suspended' && !ENDED.has(ended);
    const broke = broken(records, ended, state).filter((fault) => !isLeft || !fault.startsWith('stuck as '));
    faults.push(...broke.map((fault) => `${run}: ${fault}`));
    if (summary.status !== ended) faults.push(`the journal says ${summary.status} of ${run}, its records ${ended}`);
    for (const earlier of seen.map((glimpse) => glimpse.get(run) ?? []))
      if (JSON.stringify(records.slice(0, earlier.length)) !== JSON.stringify(earlier))
        faults.push(`records of ${run} up to ${earlier.length} were lost or changed`);

    const { calls, succeeded, undone } = told(plan, records);
    for (const key of calls) announced.set(key, (announced.get(key) ?? 0) + 1);
    for (const key of succeeded) if (!performed.has(key)) faults.push(`${key} is recorded as done and was not`);
    for (const { entry, key } of undone) {
      if (key !== null && !performed.has(key)) faults.push(`${key} is recorded as undone and was not`);
      if (state.entries.has(entry)) faults.push(`entry ${entry} of ${run} is undone and pending at once`);
    }
    for (const record of records)
      if (record.type === 'state.completed' && record.emitted !== null) emitted.push(record.emitted.id);
    for (const [at, record] of records.entries()) {
      if (record.type === 'clock.set' && record.shift < 0) back++;
      else if (record.type === 'clock.set') forward++;
      else if (record.at < (records[at - 1]?.at ?? 0) - LEAST_SETTING)
        faults.push(`record ${record.seq} of ${run} is from before the one before it`);
    }
    takeovers += records.filter(({ type }) => type === 'run.recovered').length;
    count += records.length;
  }
  const counts = new Map<string, number>();
  for (const key of asked) counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const [key, times] of counts)
    if (times > (announced.get(key) ?? 0))
      faults.push(`${key} was asked for ${times} times and announced ${announced.get(key) ?? 0} times`);
  const published = journal.bus.events().map(({ id }) => id);
  if (JSON.stringify(published.toSorted()) !== JSON.stringify(emitted.toSorted()))
    faults.push(`${published.length} events were published for ${emitted.length} completions of emit`);
  return { status, takeovers, records: count, asked: asked.length, back, forward, faults };
}

/** Keys of calls as often as they were announced, keys of those that succeeded, and what was undone, by a call or not. */
function told(plan: Plan, records: readonly RunRecord[]) {
  const { states } = indexOf(plan);
  const keys = new Map<number, string>();
  const entries = new Map<number, string>();
  /** Activations whose action is a call; scopes, branches and items are called by nobody. */
  const called = new Set<number>();
  const calls: string[] = [];
  const succeeded: string[] = [];
  const undone: { readonly entry: number; readonly key: string | null }[] = [];
  const announce = (activation: number): void => {
    const key = keys.get(activation);
    if (key !== undefined) calls.push(key);
  };
  for (const record of records) {
    if ('entry' in record && record.entry !== null && typeof record.entry === 'object')
      entries.set(record.entry.entry, record.entry.plan);
    if (record.type === 'state.entered' && states.get(record.plan)?.action.kind === 'call')
      called.add(record.activation);
    if (record.type === 'state.prepared' && record.key !== null) keys.set(record.activation, record.key);
    if (record.type === 'compensation.entered') {
      keys.set(record.activation, record.key);
      const of = states.get(entries.get(record.entry) ?? '');
      const action = record.role === 'compensation' ? of?.compensate?.action : of?.confirm?.action;
      if (action?.kind === 'call') called.add(record.activation);
    }
    if (record.type === 'attempt.started') announce(record.activation);
    if (record.type === 'run.recovered') for (const { activation } of record.interrupted) announce(activation);
    const key =
      'activation' in record && called.has(record.activation ?? -1) ? keys.get(record.activation ?? -1) : null;
    if (record.type === 'attempt.succeeded' && key != null) succeeded.push(key);
    if (record.type === 'compensation.completed') undone.push({ entry: record.entry, key: key ?? null });
  }
  return { calls, succeeded, undone };
}

/** Writes the workflow, with programs in place of services, and what the participant answers. */
function prepare(folder: string, { text, services }: RandomCase, participant: string): Files {
  mkdirSync(join(folder, 'performed'), { recursive: true });
  mkdirSync(join(folder, 'answers'));
  writeFileSync(join(folder, 'asked.txt'), '');
  for (const [operation, answers] of Object.entries(services)) {
    const lines = answers.map(({ fail, delay = 0 }) => {
      if (fail === undefined) return `ok ${delay / 1000}`;
      return { 'http.402': 'fail 3', 'http.503': 'lost 5', network: 'lost 6' }[fail] ?? 'fail 7';
    });
    writeFileSync(join(folder, 'answers', operation.replace('s.', '')), `${lines.join('\n')}\n`);
  }
  const file = join(folder, 'random.workflow.yaml');
  const program = (_: string, name: string): string =>
    `{ shell: [sh, ${JSON.stringify(participant)}, ${name}], errors: [exit.3] }`;
  writeFileSync(
    file,
    text
      .replace('    baseUrl: http://localhost\n', '')
      .replaceAll(/\{ http: POST \/(\w+) \}/g, program)
      .replaceAll('errors: [http, boom]', 'errors: [exit.3, exit.7]')
      .replaceAll('timeout: 100ms', 'timeout: 400ms'),
  );
  const child = join(folder, CHILD_FILE);
  writeFileSync(child, CHILD.replaceAll(/PROGRAM (\w+)/g, program));
  writeFileSync(join(folder, 'answers', 'child_do'), 'ok 0.02\n');
  writeFileSync(join(folder, 'answers', 'child_undo'), 'ok 0\n');
  return { workflow: file, child };
}

/** A child run does one or two things, and fails after the first when it is told to. */
const CHILD = `workflow: child
version: 1.0.0
input: { type: object, required: [fails], properties: { fails: { type: boolean } } }
participants: { s: { operations: { child_do: PROGRAM child_do, child_undo: PROGRAM child_undo } } }
states:
  one: { call: s.child_do, compensate: { call: s.child_undo }, next: two }
  two: { switch: [ { when: "\${ input.fails }", next: bad }, { next: three } ] }
  three: { call: s.child_do, compensate: { call: s.child_undo }, next: end }
  bad: { fail: { error: child.failed } }
output: { child: true }
`;

function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8').split('\n').filter(Boolean);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Numbers from 0 up to 1 that follow from `seed` (mulberry32). */
function drawing(seed: number): () => number {
  let at = seed;
  return () => {
    at = (at + 0x6d2b79f5) | 0;
    let mixed = Math.imul(at ^ (at >>> 15), 1 | at);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
