/** Runs that somebody else drives, for a debugger to attach to: by a host of this process, or by a process of its own. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';
import { createHost, openJournal, readMocks, realClock } from '../../../runner/host.ts';
import type { Host, HostOptions, Journal } from '../../../runner/host.ts';
import type { Json } from '../../../language/index.ts';
import { folderWith, startBackstep, type Started } from '../../cli/backstep.ts';
import { TRIP } from '../../cli/fixtures.ts';
import type { Body, Client } from '../support/client.ts';
import { initialized, type Workspace } from '../support/workspace.ts';

export const THREAD = { threadId: 1 };

export interface Driving {
  readonly host: Host;
  readonly journal: Journal;
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A host that lets debuggers attach, on the journal of the workspace; it is closed after the test. */
export function driving(
  space: Workspace,
  { mocks, ...options }: Partial<Omit<HostOptions, 'mocks'>> & { readonly mocks?: Json } = {},
): Driving {
  const journal = openJournal(space.path('runs.db'));
  const read = readMocks(mocks ?? {});
  if (!read.ok) throw new Error(read.message);
  const { mocks: player } = read;
  const common = { journal, clock: realClock(), holder: 'backstep serve', attach: true };
  const host = createHost({ ...common, ...(mocks !== undefined && { mocks: player }), ...options });
  closing.push(async () => {
    await host.close();
    journal.close();
  });
  return { host, journal };
}

/** Begins the run `id` of a workflow of the workspace, and waits until nothing but time, people or events is left. */
export async function waiting(
  { host }: Driving,
  space: Workspace,
  id: string,
  file: string,
  input: Json = {},
): Promise<void> {
  const started = await host.start({ file: space.path(file), input, id });
  if (!started.ok) throw new Error(started.error.message);
  await started.run.settled('waiting');
}

export interface Attaching {
  /** Lines with breakpoints, by file. */
  readonly breakpoints?: Readonly<Record<string, readonly (number | Body)[]>>;
  readonly exceptions?: readonly string[];
  readonly passing?: readonly string[];
}

/** A client that is attached to a run of the workspace, which stands. */
export async function attached(space: Workspace, run: string, sitting: Attaching = {}): Promise<Client> {
  const client = await initialized(space, { passing: sitting.passing ?? ['output'] });
  await client.request('attach', { runId: run, journal: space.path('runs.db') });
  for (const [name, lines] of Object.entries(sitting.breakpoints ?? {})) {
    const breakpoints = lines.map((each) => (typeof each === 'number' ? { line: each } : each));
    await client.request('setBreakpoints', { source: { path: space.path(name) }, breakpoints });
  }
  if (sitting.exceptions !== undefined)
    await client.request('setExceptionBreakpoints', { filters: sitting.exceptions });
  await client.request('configurationDone');
  await client.stopped();
  return client;
}

export interface Trip extends Started {
  readonly folder: string;
  readonly journal: string;
  /** Lets the call go on that the run waits for. */
  go(): void;
}

/** A process that does not outlive its test. */
export function mortal(started: Started): Started {
  closing.push(async () => {
    started.process.kill('SIGKILL');
    await started.finished;
  });
  return started;
}

/** The command line in a process that kills itself at the first commit after there is a file `doomed` in its folder. */
export const DOOMED = fileURLToPath(new URL('./doomed.ts', import.meta.url));

/**
 * `backstep run` in a process of its own: the run `live` of a trip, whose call of `hold` goes on until it is told to.
 * `program` is run in place of the command line.
 */
export async function trip(args: readonly string[] = [], program?: string): Promise<Trip> {
  const folder = folderWith(TRIP);
  const run = ['run', 'trip.workflow.yaml', '--id', 'live', '--input', '{"seat":"7A"}'];
  const shell = `exec "${process.execPath}" "${program ?? ''}" "\${@:3}"`;
  const started = mortal(startBackstep([...run, ...args], { cwd: folder, ...(program !== undefined && { shell }) }));
  const go = () => writeFileSync(join(folder, 'go'), '');
  // What a killed run left ends by this, too.
  closing.unshift(async () => go());
  await started.seen('book → hold');
  return { ...started, folder, journal: join(folder, '.backstep', 'runs.db'), go };
}
