// What it costs that debuggers may attach: the door while nobody is there; and, attached to a run of a process of its own,
// the way in, a step over, and a loop with breakpoints elsewhere and with a condition that never holds.
//   node test/bench/attach.bench.ts
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { startAdapter } from '../../debugger/main.ts';
import { openWire } from '../../debugger/wire.ts';
import { createHost, openJournal, realClock } from '../../runner/host.ts';
import type { Figure } from './extension.bench.ts';

const CLI = fileURLToPath(new URL('../../cli/bin.ts', import.meta.url));

/** Transitions of the loops, a turn of which makes so many records, and how often one is run. */
const TRANSITIONS = 33_334;
const TESTED = 3_000;
const RECORDS_A_TURN = 3;
const ROUNDS = 5;

/** How many steps are measured, and how many hosts. */
const STEPS = 100;
const HOSTS = 200;

const loopOf = (turns: number): string => `workflow: loop
version: 1.0.0
limits: { transitions: 1000000 }
vars: { n: 0 }
states:
  first: { wait: 1h, next: turn }
  turn:
    set: { n: "\${ vars.n + 1 }" }
    next: [{ when: "\${ vars.n < ${turns} }", next: turn }, { next: last }]
  last: { set: {}, next: end }
`;
const LINES = { turn: 7, last: 10 };

/** Host and client are processes of their own, as they are when a person attaches. Takes about a minute. */
export async function measureAttaching(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'backstep-bench-'));
  try {
    return [...(await doors(folder)), ...(await sessions(folder))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** CPU time of a loop with and without a door, in turns, and of opening and closing a host. */
async function doors(folder: string): Promise<Figure[]> {
  const program = join(folder, 'plain.workflow.yaml');
  writeFileSync(program, loopOf(TRANSITIONS).replace('wait: 1h', 'wait: 1ms'));
  let round = 0;
  const loop = async (attach: boolean): Promise<void> => {
    const journal = openJournal(join(folder, `plain${String(++round)}.db`));
    const host = createHost({ journal, clock: realClock(), holder: 'bench', attach });
    const started = await host.start({ file: program, input: {} });
    if (!started.ok) throw new Error(started.error.message);
    await started.run.settled('ended');
    await host.close();
    journal.close();
  };
  const journal = openJournal(join(folder, 'hosts.db'));
  const hosts = async (attach: boolean): Promise<void> => {
    for (let host = 0; host < HOSTS; host++)
      await createHost({ journal, clock: realClock(), holder: 'bench', attach }).close();
  };
  const figures: Figure[] = [];
  for (const [name, work, count] of [
    [`CPU of ${loopName(TRANSITIONS)}`, loop, 1],
    ['CPU of a host from beginning to end', hosts, HOSTS],
  ] as const) {
    await work(false);
    const times: { readonly without: number[]; readonly with: number[] } = { without: [], with: [] };
    for (let turn = 0; turn < ROUNDS; turn++) {
      times.without.push((await cpu(() => work(false))) / count);
      times.with.push((await cpu(() => work(true))) / count);
    }
    figures.push(figure(`${name}, no door`, times.without), figure(`${name}, a door and nobody there`, times.with));
  }
  journal.close();
  return figures;
}

/** Sessions, each with the process of a run. */
async function sessions(folder: string): Promise<Figure[]> {
  const journal = join(folder, 'runs.db');
  const program = join(folder, 'loop.workflow.yaml');
  const begin = async (id: string, turns: number, breakpoint: object): Promise<Session> => {
    writeFileSync(program, loopOf(turns));
    const made = await session(program, journal, id);
    await made.request('setBreakpoints', { source: { path: program }, breakpoints: [breakpoint] });
    await made.move('backstep/skipWait');
    return made;
  };
  const steps = (made: Session, command: string): Promise<number[]> => timed(STEPS, () => made.move(command));

  const long = await begin('long', TRANSITIONS, { line: LINES.last });
  const early = await steps(long, 'next');
  const loop = await timed(1, () => long.move('continue'));
  const records = `${(RECORDS_A_TURN * TRANSITIONS).toLocaleString('en')} records`;
  const back = await steps(long, 'stepBack');
  await long.end();

  const tested = await begin('tested', TESTED, { line: LINES.turn, condition: 'vars.n = -1' });
  const late = await timed(1, () => tested.move('continue', 'terminated'));
  await tested.end();
  return [
    figure('attach to a live run', long.attached),
    figure('step over in a live run of another process', early),
    figure(`${loopName(TRANSITIONS)}, attached, with a breakpoint elsewhere`, loop),
    figure(`step back in a live run after ${records}`, back),
    figure(`${loopName(TESTED)}, attached, under a condition that never holds`, late),
  ];
}

interface Session {
  /** Milliseconds that it took to attach, up to the stop. */
  readonly attached: readonly number[];
  request(command: string, args?: object): Promise<void>;
  /** Sends a request that moves, and waits for the stop, or for the event that is named. */
  move(command: string, until?: string): Promise<void>;
  /** Lets go, and waits until the run's process has ended. */
  end(): Promise<void>;
}

async function session(program: string, journal: string, id: string): Promise<Session> {
  const child = spawn(process.execPath, [CLI, 'run', program, '--id', id, '--journal', journal]);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await new Promise<void>((resolve) => {
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.includes('first')) resolve();
    });
  });
  const toAdapter = new PassThrough();
  const fromAdapter = new PassThrough();
  const closed = startAdapter(toAdapter, fromAdapter);
  const answers = new Map<unknown, (refused: string | null) => void>();
  let awaited: { readonly event: string; readonly come: () => void } | null = null;
  let seq = 0;
  const wire = openWire(fromAdapter, toAdapter, {
    message(message) {
      if (message['type'] === 'response')
        answers.get(message['request_seq'])?.(message['success'] === true ? null : String(message['message']));
      else if (message['event'] === awaited?.event) awaited?.come();
    },
    garbage: (why) => {
      throw new Error(why);
    },
    closed: () => undefined,
  });
  const request = async (command: string, args: object = {}): Promise<void> => {
    seq++;
    const answer = new Promise<string | null>((resolve) => answers.set(seq, resolve));
    wire.send({ seq, type: 'request', command, arguments: { threadId: 1, ...args } });
    const refused = await answer;
    if (refused !== null) throw new Error(`${command} was refused: ${refused}`);
  };
  const event = (name: string): Promise<void> => new Promise((come) => (awaited = { event: name, come }));
  await request('initialize', { adapterID: 'backstep' });
  const attached = await timed(1, async () => {
    const stopped = event('stopped');
    await request('attach', { runId: id, journal });
    await stopped;
  });
  await request('configurationDone');
  return {
    attached,
    request,
    async move(command, until = 'stopped') {
      const come = event(until);
      await request(command);
      await come;
    },
    async end() {
      await request('disconnect');
      await closed;
      await ended;
    },
  };
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

/** Milliseconds of CPU time. */
async function cpu(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function loopName(turns: number): string {
  return `a loop of ${turns.toLocaleString('en')} transitions`;
}

function figure(name: string, times: readonly number[]): Figure {
  const sorted = [...times].sort((a, b) => a - b);
  return { name, value: sorted[sorted.length >> 1] ?? 0, unit: 'ms', spread: [sorted[0] ?? 0, sorted.at(-1) ?? 0] };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(JSON.stringify(await measureAttaching(), null, 2));
