// What a step costs in the debugger: from the request `next` until `stopped` is there, early and late in a run.
//   node test/bench/debugger.bench.ts
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { startAdapter } from '../../debugger/main.ts';
import { openWire } from '../../debugger/wire.ts';
import type { Figure } from './extension.bench.ts';

/** Records at which steps are measured; a turn of the loop makes `RECORDS_A_TURN` of them. */
const LENGTHS = [10, 1_000, 100_000];
const RECORDS_A_TURN = 3;
const STEPS = 200;

const LOOP = `workflow: loop
version: 1.0.0
limits: { transitions: 1000000 }
vars: { n: 0 }
states:
  turn:
    set: { n: "\${ vars.n + 1 }" }
    next: [{ when: "\${ vars.n < 1000000 }", next: turn }, { next: end }]
`;
const LINE_OF_STATE = 6;

/** Client and adapter are one process here, and the journal is on the disk, so that all of it is in the figures. */
export async function measureDebugger(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'backstep-bench-'));
  try {
    const program = join(folder, 'loop.workflow.yaml');
    writeFileSync(program, LOOP);
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
      const times: number[] = [];
      for (let step = 0; step < STEPS; step++) {
        const next = client.stopped();
        const start = performance.now();
        await client.request('next', { threadId: 1 });
        await next;
        times.push(performance.now() - start);
      }
      times.sort((a, b) => a - b);
      figures.push({
        name: `step over in the debugger after ${length.toLocaleString('en')} records`,
        value: times[STEPS >> 1] ?? 0,
        unit: 'ms',
        spread: [times[0] ?? 0, times.at(-1) ?? 0],
      });
    }
    await client.request('disconnect', {});
    await client.closed;
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function connect() {
  const toAdapter = new PassThrough();
  const fromAdapter = new PassThrough();
  const closed = startAdapter(toAdapter, fromAdapter);
  const answers = new Map<unknown, (ok: boolean) => void>();
  let watcher: () => void = () => undefined;
  let seq = 0;
  const wire = openWire(fromAdapter, toAdapter, {
    message(message) {
      if (message['type'] === 'response') answers.get(message['request_seq'])?.(message['success'] === true);
      else if (message['event'] === 'stopped') watcher();
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
    async request(command: string, args: unknown): Promise<void> {
      seq++;
      const answer = new Promise<boolean>((resolve) => answers.set(seq, resolve));
      wire.send({ seq, type: 'request', command, arguments: args });
      if (!(await answer)) throw new Error(`${command} was refused`);
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(JSON.stringify(await measureDebugger(), null, 2));
