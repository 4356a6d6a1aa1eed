/** The language servers that are measured, each with a text of its own language and what is typed in it. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ServerProcess, startProcess } from './servers.ts';
import { jobsOf, workflowOf } from './texts.ts';

/** A place in the middle of a text: behind the first of these words there. */
export interface Place {
  readonly behind: string;
}

export interface Subject {
  readonly name: string;
  start(): Promise<ServerProcess>;
  text(states: number): string;
  readonly languageId: string;
  readonly file: string;
  /** Where a letter is typed and taken back, by what it changes. */
  readonly typed: Readonly<Record<string, Place & { readonly letter: string }>>;
  /** Whether diagnostics are asked for; else the server sends them when it likes. */
  readonly pulls: boolean;
  /** How many keystrokes are measured at once, and whether as many come before. */
  pace(states: number): { readonly keystrokes: number; readonly warm: boolean };
  /** What else is asked, by what it is about. */
  readonly requests: Readonly<Record<string, Request>>;
}

export interface Request {
  readonly method: string;
  readonly at?: Place;
  readonly params?: object;
  /** A letter is typed before each of them, which is measured along. */
  readonly typing?: boolean;
}

const TOOLS = createRequire(import.meta.url);

/** @param folder where `server.js`, which is ours as it is packaged, and the JSON Schema of our language are */
export function subjects(folder: string): readonly [Subject, ...Subject[]] {
  const schema = pathToFileURL(join(folder, 'schema.json')).href;
  const textDocument = { synchronization: {}, publishDiagnostics: {}, completion: {}, rename: {} };
  const title = { behind: 'title: Step', letter: 'x' };
  return [
    {
      name: 'Backstep',
      start: () =>
        startProcess(join(folder, 'server.js'), ['--stdio'], {
          capabilities: { textDocument: { ...textDocument, diagnostic: {} } },
        }),
      text: workflowOf,
      languageId: 'backstep',
      file: 'large.workflow.yaml',
      typed: {
        title,
        with: { behind: 'input.amount + ', letter: '1' },
        when: { behind: 'vars.total > ', letter: '1' },
        next: { behind: 'next: step_', letter: '1' },
      },
      pulls: true,
      pace: () => ({ keystrokes: 40, warm: true }),
      requests: {
        'completion of a state': { method: 'completion', at: { behind: 'next: ' } },
        'completion in an expression': { method: 'completion', at: { behind: 'input.' } },
        'completion behind a letter typed': { method: 'completion', at: { behind: 'input.' }, typing: true },
        'renaming a state': { method: 'rename', at: { behind: 'next: s' }, params: { newName: 'renamed' } },
        'all semantic tokens': { method: 'semanticTokens/full' },
        'semantic tokens behind a letter typed': {
          method: 'semanticTokens/full',
          at: { behind: 'title: ' },
          typing: true,
        },
      },
    },
    {
      name: 'yaml-language-server',
      start: () =>
        startProcess(TOOLS.resolve('yaml-language-server/bin/yaml-language-server'), ['--stdio'], {
          capabilities: { textDocument },
        }),
      text: (states) => `# yaml-language-server: $schema=${schema}\n${workflowOf(states)}`,
      languageId: 'yaml',
      file: 'large.yaml',
      typed: { title },
      pulls: false,
      pace: (states) => ({ keystrokes: states > 1_000 ? 3 : 10, warm: states <= 1_000 }),
      requests: { 'completion of a key': { method: 'completion', at: { behind: '\n    title' } } },
    },
    {
      name: '@actions/languageserver',
      start: () =>
        startProcess(join(packageOf('@actions/languageserver'), 'bin', 'actions-languageserver'), ['--stdio'], {
          capabilities: { textDocument },
          initializationOptions: {},
        }),
      text: jobsOf,
      languageId: 'yaml',
      file: '.github/workflows/large.yml',
      typed: { title: { behind: 'name: Step', letter: 'x' } },
      pulls: false,
      pace: (states) => ({ keystrokes: states > 1_000 ? 1 : states > 100 ? 2 : 10, warm: states <= 1_000 }),
      requests: { 'completion of a key': { method: 'completion', at: { behind: '\n    name' } } },
    },
  ];
}

/** The folder of an installed package, which need not say that its files may be asked for. */
function packageOf(name: string): string {
  const found = (TOOLS.resolve.paths(name) ?? []).map((path) => join(path, name)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${name} is not installed: run npm ci.`);
  return found;
}
