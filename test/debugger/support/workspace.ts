/** Folders with workflows for debug sessions, and the shortest way to a session that stands. */
import { mkdtempSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from 'vitest';
import { connect, type Body, type Client, type ClientOptions } from './client.ts';

export interface Workspace {
  readonly folder: string;
  path(name: string): string;
  /** The number, from 1, of the only line of `name` that is `text`, or else of the only one that holds it. */
  line(name: string, text: string): number;
}

const folders: string[] = [];
const clients: Client[] = [];

/** Writes files into a folder of their own, which is gone after the test. */
export function workspace(files: Readonly<Record<string, string>>): Workspace {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'backstep-debug-')));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return {
    folder,
    path: (name) => join(folder, name),
    line(name, text) {
      const lines = (files[name] ?? '').split('\n');
      const exact = lines.flatMap((line, at) => (line === text ? [at + 1] : []));
      const found = exact.length > 0 ? exact : lines.flatMap((line, at) => (line.includes(text) ? [at + 1] : []));
      if (found.length !== 1 || found[0] === undefined)
        throw new Error(`${name} has ${found.length} lines with ${text}.`);
      return found[0];
    },
  };
}

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.end()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A client that is disconnected after the test, when all that it was told must have been asserted. */
export function client(space: Workspace, options: ClientOptions = {}): Client {
  const made = connect({ hide: [[space.folder, '<folder>']], ...options });
  clients.push(made);
  return made;
}

/** A client that has heard of `initialized`. */
export async function initialized(space: Workspace, options: ClientOptions = {}): Promise<Client> {
  const made = client(space, options);
  await made.request('initialize', { adapterID: 'backstep', clientID: 'test' });
  await made.event('initialized');
  return made;
}

export interface Sitting {
  readonly launch: Body;
  /** Lines with breakpoints, by file. */
  readonly breakpoints?: Readonly<Record<string, readonly (number | Body)[]>>;
  readonly exceptions?: readonly string[];
}

/** Launches on the virtual clock, with a journal in the workspace. */
export async function launched(space: Workspace, sitting: Sitting, options: ClientOptions = {}): Promise<Client> {
  const made = await initialized(space, { passing: ['output'], ...options });
  await made.request('launch', {
    clock: 'virtual',
    journal: space.path('runs.db'),
    runId: 'run-1',
    ...sitting.launch,
    program: space.path(String(sitting.launch['program'])),
  });
  for (const [name, breakpoints] of Object.entries(sitting.breakpoints ?? {})) {
    await made.request('setBreakpoints', {
      source: { path: space.path(name) },
      breakpoints: breakpoints.map((each) => (typeof each === 'number' ? { line: each } : each)),
    });
  }
  if (sitting.exceptions !== undefined) await made.request('setExceptionBreakpoints', { filters: sitting.exceptions });
  await made.request('configurationDone');
  return made;
}

/** The name and line of each frame, innermost first. */
export async function frames(made: Client): Promise<readonly string[]> {
  const { stackFrames } = await made.request('stackTrace', { threadId: 1 });
  return (stackFrames as readonly Body[]).map((frame) => `${String(frame['name'])}:${String(frame['line'])}`);
}

/** The lines of one scope of the innermost frame, as `name = value`. */
export async function scopeLines(made: Client, name: string): Promise<readonly string[]> {
  const { stackFrames } = await made.request('stackTrace', { threadId: 1, levels: 1 });
  const { scopes } = await made.request('scopes', { frameId: (stackFrames as readonly Body[])[0]?.['id'] });
  const scope = (scopes as readonly Body[]).find((each) => each['name'] === name);
  const { variables } = await made.request('variables', { variablesReference: scope?.['variablesReference'] });
  return (variables as readonly Body[]).map((each) => `${String(each['name'])} = ${String(each['value'])}`);
}
