// How fast runs go: durable transitions against bare commits of SQLite with the same settings in the same process, and
// transitions in memory against XState and aws-local-stepfunctions.
//   node test/bench/runner.bench.ts
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StateMachine } from 'aws-local-stepfunctions';
import { assign, createActor, setup } from 'xstate';
import { readMocks } from '../../runner/actions/mocks.ts';
import { realClock } from '../../runner/clock.ts';
import { createHost } from '../../runner/host.ts';
import type { Journal } from '../../runner/journal/journal.ts';
import { memoryJournal } from '../../runner/journal/memory.ts';
import { openJournal } from '../../runner/journal/sqlite.ts';
import { CALLS, median, printFigures } from './figures.ts';
import type { Figure } from './figures.ts';

const ROUNDS = 5;
/** Rounds that are played and not counted: the engine makes its fastest code of what has run for a second or two. */
const WARM_UP = 2;
const DURABLE = 5000;
const IN_MEMORY = 20_000;
const STEP_FUNCTIONS = 2000;

/** An assignment and a guard, and nothing to perform. */
const TICKS = `
workflow: ticks
limits: { transitions: 1000000 }
vars: { n: 0 }
states:
  tick:
    set: { n: "\${ vars.n + 1 }" }
    next: [ { when: "\${ vars.n < input.n }", next: tick }, { next: end } ]
`;

/** Measures everything; takes about half a minute. */
export async function measureRunner(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'backstep-bench-'));
  try {
    const bare: number[] = [];
    const durable: number[] = [];
    const ratios: number[] = [];
    for (let round = -WARM_UP; round < ROUNDS; round++) {
      const limit = bareCommits(join(folder, `bare-${round}.db`));
      const journal = openJournal(join(folder, `runs-${round}.db`));
      const ours = await transitions(journal, join(folder, 'calls.workflow.yaml'), CALLS, DURABLE);
      journal.close();
      if (round < 0) continue;
      bare.push(limit);
      durable.push(ours);
      ratios.push(ours / limit);
    }
    const memory: number[] = [];
    const xstate: number[] = [];
    const stepFunctions: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      memory.push(await transitions(memoryJournal(), join(folder, 'ticks.workflow.yaml'), TICKS, IN_MEMORY));
      xstate.push(sends(IN_MEMORY));
      stepFunctions.push(await stepFunctionStates(STEP_FUNCTIONS));
    }
    return [
      median('bare one-row commits of node:sqlite', bare, '/s'),
      median('durable transitions of one run', durable, '/s'),
      median('durable transitions as a part of the bare commits', ratios, 'of 1'),
      median('transitions in memory', memory, '/s'),
      median('XState actor.send with a guard and an assignment', xstate, '/s'),
      median('aws-local-stepfunctions states', stepFunctions, '/s'),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Commits a second of rows of the size that a transition has. */
function bareCommits(file: string): number {
  const db = new DatabaseSync(file);
  db.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (id INTEGER PRIMARY KEY, at INTEGER, text TEXT) STRICT',
  );
  const insert = db.prepare('INSERT INTO t VALUES (?, ?, ?)');
  const text = 'x'.repeat(1000);
  const begin = performance.now();
  for (let id = 1; id <= DURABLE; id++) insert.run(id, id, text);
  const rate = (DURABLE * 1000) / (performance.now() - begin);
  db.close();
  return rate;
}

/** Transitions a second of one run of `text`, from its beginning to its end. */
async function transitions(journal: Journal, file: string, text: string, n: number): Promise<number> {
  writeFileSync(file, text);
  const read = readMocks({ 'service.do': { return: { ok: true } }, 'service.undo': { return: null } });
  if (!read.ok) throw new Error(read.message);
  const host = createHost({ journal, clock: realClock(), holder: 'bench', mocks: read.mocks });
  const begin = performance.now();
  const started = await host.start({ file, input: { n } });
  if (!started.ok) throw new Error(started.error.message);
  const status = await started.run.settled('ended');
  const rate = (n * 1000) / (performance.now() - begin);
  if (status !== 'completed') throw new Error(`The run was to complete and is ${status}.`);
  await host.close();
  return rate;
}

function sends(n: number): number {
  const machine = setup({
    types: { context: {} as { n: number }, events: {} as { type: 'tick' } },
    guards: { more: ({ context }) => context.n < n },
    actions: { count: assign({ n: ({ context }) => context.n + 1 }) },
  }).createMachine({
    context: { n: 0 },
    initial: 'a',
    states: {
      a: { on: { tick: [{ guard: 'more', actions: 'count', target: 'b' }] } },
      b: { on: { tick: [{ guard: 'more', actions: 'count', target: 'a' }] } },
    },
  });
  const actor = createActor(machine);
  actor.start();
  const begin = performance.now();
  for (let sent = 0; sent < n; sent++) actor.send({ type: 'tick' });
  const rate = (n * 1000) / (performance.now() - begin);
  if (actor.getSnapshot().context.n !== n) throw new Error('XState did not count.');
  actor.stop();
  return rate;
}

/** A Pass that counts and a Choice that compares, each a state. */
async function stepFunctionStates(n: number): Promise<number> {
  const machine = new StateMachine({
    StartAt: 'Tick',
    States: {
      Tick: { Type: 'Pass', Parameters: { 'n.$': 'States.MathAdd($.n, 1)' }, Next: 'More' },
      More: { Type: 'Choice', Choices: [{ Variable: '$.n', NumericLessThan: n, Next: 'Tick' }], Default: 'Done' },
      Done: { Type: 'Succeed' },
    },
  });
  const begin = performance.now();
  const { result } = machine.run({ n: 0 });
  await result;
  return (2 * n * 1000) / (performance.now() - begin);
}

if (import.meta.main) printFigures(await measureRunner());
