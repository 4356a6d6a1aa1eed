// What the debugger costs: a step over and a step back early and late in a run, from the request until `stopped` is
// there; a loop under a condition that never holds, beside the same loop without a debugger; attaching to a long run.
//   node test/bench/debugger.bench.ts
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { createHost, openJournal, realClock } from '../../runner/host.ts';
import { startAdapter } from '../../debugger/main.ts';
import { openWire } from '../../debugger/wire.ts';
import type { Figure } from './extension.bench.ts';

/** Records at which steps are measured; a turn of the loop makes `RECORDS_A_TURN` of them. */
const LENGTHS = [10, 1_000, 100_000];
const RECORDS_A_TURN = 3;
const STEPS = 200;

/** Transitions of the loop that is run to its end, and how often it is. */
const TRANSITIONS = 100_000;
const ROUNDS = 3;

const loopOf = (turns: number): string => `workflow: loop
version: 1.0.0
limits: { transitions: 1000000 }
vars: { n: 0 }
states:
  turn:
    set: { n: "\${ vars.n + 1 }" }
    next: [{ when: "\${ vars.n < ${turns} }", next: turn }, { next: end }]
`;
const LINE_OF_STATE = 6;

/** Client and adapter are one process here, and the journal is on the disk, so that all of it is in the figures. */
export async function measureDebugger(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'backstep-bench-'));
  try {
    const program = join(folder, 'loop.workflow.yaml');
    writeFileSync(program, loopOf(1_000_000));
    const client = connect();
    await client.request('initialize', { adapterID: 'backstep' });
    await client.request('launch', { program, journal: join(folder, 'runs.db') });
    const stopAt = (turn: number) =>
      client.request('setBreakpoints', {
        source: { path: program },
        breakpoints: [{ line: LINE_OF_STATE, condition: `vars.n = ${turn}` }],
      });
    const figures: Figure[] = [];
    for (const length of LENGTHS) {
      const turn = Math.ceil(length / RECORDS_A_TURN);
      await stopAt(turn);
      const stopped = client.stopped();
      await (length === LENGTHS[0]
        ? client.request('configurationDone', {})
        : client.request('continue', { threadId: 1 }));
      await stopped;
      const after = `after ${length.toLocaleString('en')} records`;
      const over = await timed(STEPS, () => move(client, 'next'));
      figures.push(figure(`step over in the debugger ${after}`, over));
      const back = await timed(Math.min(STEPS, turn), () => move(client, 'stepBack'));
      figures.push(figure(`step back in the debugger ${after}`, back));
      await stopAt(-1);
      await move(client, 'continue');
    }
    await client.request('disconnect', {});
    await client.closed;
    return [...figures, ...(await loops(folder)), ...(await attaching(folder))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Client = ReturnType<typeof connect>;

/** Sends a request that moves, and waits for the stop. */
async function move(client: Client, command: string): Promise<void> {
  const stopped = client.stopped();
  await client.request(command, { threadId: 1 });
  await stopped;
}

/** The loop to its end without a debugger, and with one that tests a condition at each turn. */
async function loops(folder: string): Promise<Figure[]> {
  const program = join(folder, 'turns.workflow.yaml');
  writeFileSync(program, loopOf(TRANSITIONS));
  let round = 0;
  const plain = await timed(ROUNDS, async () => {
    const journal = openJournal(join(folder, `plain${String(++round)}.db`));
    const host = createHost({ journal, clock: realClock(), holder: 'bench' });
    const started = await host.start({ file: program, input: {} });
    if (!started.ok) throw new Error(started.error.message);
    await started.run.settled('ended');
    await host.close();
    journal.close();
  });
  const debugged = await timed(ROUNDS, async () => {
    const client = connect();
    await client.request('initialize', { adapterID: 'backstep' });
    await client.request('launch', { program, journal: join(folder, `debugged${String(++round)}.db`), runId: 'turns' });
    const breakpoints = [{ line: LINE_OF_STATE, condition: 'vars.n = -1' }];
    await client.request('setBreakpoints', { source: { path: program }, breakpoints });
    const ended = client.terminated();
    await client.request('configurationDone', {});
    await ended;
    await client.request('disconnect', {});
    await client.closed;
  });
  const transitions = `a loop of ${TRANSITIONS.toLocaleString('en')} transitions`;
  return [
    figure(`${transitions} without a debugger`, plain),
    figure(`${transitions} under a condition that never holds`, debugged),
  ];
}

/** Attaching to a run with the most records, up to the first look at its frames, and the first step back. */
async function attaching(folder: string): Promise<Figure[]> {
  const client = connect();
  await client.request('initialize', { adapterID: 'backstep' });
  const attached = await timed(1, async () => {
    const stopped = client.stopped();
    await client.request('attach', { runId: 'turns', journal: join(folder, `debugged${String(2 * ROUNDS)}.db`) });
    await client.request('configurationDone', {});
    await stopped;
    await client.request('stackTrace', { threadId: 1 });
  });
  const back = await timed(1, () => move(client, 'stepBack'));
  const memory = process.memoryUsage().heapUsed / 1024;
  await client.request('disconnect', {});
  await client.closed;
  const records = `${(RECORDS_A_TURN * TRANSITIONS).toLocaleString('en')} records`;
  return [
    figure(`attach to a run with ${records}`, attached),
    figure(`the first step back in a run with ${records}`, back),
    { name: `heap with a run of ${records} attached`, value: memory, unit: 'KiB' },
  ];
}

/** Milliseconds of each of several calls, the shortest first. */
async function timed(count: number, work: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  for (let call = 0; call < count; call++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b);
}

function figure(name: string, times: readonly number[]): Figure {
  return { name, value: times[times.length >> 1] ?? 0, unit: 'ms', spread: [times[0] ?? 0, times.at(-1) ?? 0] };
}

function connect() {
  const toAdapter = new PassThrough();
  const fromAdapter = new PassThrough();
  const closed = startAdapter(toAdapter, fromAdapter);
  const answers = new Map<unknown, (ok: boolean) => void>();
  let watcher: () => void = () => undefined;
  let ended: () => void = () => undefined;
  let seq = 0;
  const wire = openWire(fromAdapter, toAdapter, {
    message(message) {
      if (message['type'] === 'response') answers.get(message['request_seq'])?.(message['success'] === true);
      else if (message['event'] === 'stopped') watcher();
      else if (message['event'] === 'terminated') ended();
    },
    garbage: (why) => {
      throw new Error(why);
    },
    closed: () => undefined,
  });
  return {
    closed,
    stopped: () =>
      new Promise<void>((resolve) => {
        watcher = resolve;
      }),
    terminated: () =>
      new Promise<void>((resolve) => {
        ended = resolve;
      }),
    async request(command: string, args: unknown): Promise<void> {
      seq++;
      const answer = new Promise<boolean>((resolve) => answers.set(seq, resolve));
      wire.send({ seq, type: 'request', command, arguments: args });
      if (!(await answer)) throw new Error(`${command} was refused`);
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(JSON.stringify(await measureDebugger(), null, 2));
