// What the language server costs: from a keystroke to fresh diagnostics, completion, renaming, colours, the start of the
// process, and memory; beside YAML's own language server with the JSON Schema of our language on the same text, and that
// of GitHub Actions on a workflow of as many jobs. Each server is a process of its own, ours as it is packaged.
//   node test/bench/server.bench.ts [STATES…]   10, 100, 1000 and 5000 unless told; the peers at 5000 take minutes
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { type DocumentDiagnosticReport, TextDocumentSyncKind } from 'vscode-languageserver/node';
import { jsonSchema } from '../../language/index.ts';
import { type ServerProcess, startProcess } from './servers.ts';
import { jobsOf, workflowOf } from './texts.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const RUNS = 5;

interface Subject {
  readonly name: string;
  start(): Promise<ServerProcess>;
  text(states: number): string;
  readonly languageId: string;
  readonly file: string;
  /** Behind which words letters are typed. */
  readonly typedBehind: string;
  /** Whether diagnostics are asked for; else the server sends them when it likes. */
  readonly pulls: boolean;
  /** How many keystrokes are measured. */
  keystrokes(states: number): number;
}

/** Milliseconds: of processor time of the server's process, and on the clock. */
interface Cost {
  readonly cpu: number;
  readonly wall: number;
}

const TOOLS = createRequire(import.meta.url);

function subjects(folder: string): readonly [Subject, ...Subject[]] {
  const schema = pathToFileURL(join(folder, 'schema.json')).href;
  const capabilities = { textDocument: { synchronization: {}, publishDiagnostics: {}, completion: {}, rename: {} } };
  return [
    {
      name: 'Backstep',
      start: () =>
        startProcess(join(folder, 'server.js'), ['--stdio'], {
          capabilities: { textDocument: { ...capabilities.textDocument, diagnostic: {} } },
        }),
      text: workflowOf,
      languageId: 'backstep',
      file: 'large.workflow.yaml',
      typedBehind: 'title: Step',
      pulls: true,
      keystrokes: () => 40,
    },
    {
      name: 'yaml-language-server',
      start: () =>
        startProcess(TOOLS.resolve('yaml-language-server/bin/yaml-language-server'), ['--stdio'], { capabilities }),
      text: (states) => `# yaml-language-server: $schema=${schema}\n${workflowOf(states)}`,
      languageId: 'yaml',
      file: 'large.yaml',
      typedBehind: 'title: Step',
      pulls: false,
      keystrokes: (states) => (states > 1_000 ? 3 : 10),
    },
    {
      name: '@actions/languageserver',
      start: () =>
        startProcess(join(packageOf('@actions/languageserver'), 'bin', 'actions-languageserver'), ['--stdio'], {
          capabilities,
          initializationOptions: {},
        }),
      text: jobsOf,
      languageId: 'yaml',
      file: '.github/workflows/large.yml',
      typedBehind: 'name: Step',
      pulls: false,
      keystrokes: (states) => (states > 1_000 ? 1 : states > 100 ? 2 : 10),
    },
  ];
}

/** The folder of an installed package, which need not say that its files may be asked for. */
function packageOf(name: string): string {
  const found = (TOOLS.resolve.paths(name) ?? []).map((path) => join(path, name)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${name} is not installed: run npm ci.`);
  return found;
}

async function measure(subject: Subject, states: number): Promise<{ readonly keystroke: Cost; readonly peak: number }> {
  const server = await subject.start();
  const text = subject.text(states);
  const uri = pathToFileURL(join(tmpdir(), subject.file)).href;
  const before = text
    .slice(0, text.indexOf(subject.typedBehind, text.length / 2) + subject.typedBehind.length)
    .split('\n');
  const at = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
  const next = { ...at, character: at.character + 1 };
  const rest = text.slice(before.join('\n').length);
  let version = 1;
  const fresh = async (change: () => Promise<void>): Promise<void> => {
    const published = subject.pulls ? null : server.published(uri);
    await change();
    if (published !== null) return void (await published);
    const report = await server.connection.sendRequest<DocumentDiagnosticReport>('textDocument/diagnostic', {
      textDocument: { uri },
    });
    if (report.kind !== 'full') throw new Error('The server did not look at the text again.');
  };
  const type = (key: number): Promise<void> => {
    const edit =
      key % 2 === 0 ? { range: { start: at, end: at }, text: 'x' } : { range: { start: at, end: next }, text: '' };
    const whole = { text: key % 2 === 0 ? [before.join('\n'), rest].join('x') : text };
    const contentChanges = [server.sync === TextDocumentSyncKind.Full ? whole : edit];
    const textDocument = { uri, version: ++version };
    return fresh(() => server.connection.sendNotification('textDocument/didChange', { textDocument, contentChanges }));
  };
  const textDocument = { uri, languageId: subject.languageId, version, text };
  await fresh(() => server.connection.sendNotification('textDocument/didOpen', { textDocument }));
  const count = subject.keystrokes(states);
  for (let key = 0; key < count; key++) await type(key);
  const runs: Cost[] = [];
  for (let run = 0; run < (count >= 10 ? RUNS : 1); run++) {
    const start = { cpu: server.cpu(), wall: performance.now() };
    for (let key = 0; key < count; key++) await type(key + (count % 2));
    runs.push({ cpu: (server.cpu() - start.cpu) / count, wall: (performance.now() - start.wall) / count });
  }
  const peak = server.peak();
  await server.stop();
  runs.sort((a, b) => a.cpu - b.cpu);
  return { keystroke: runs[runs.length >> 1] ?? { cpu: 0, wall: 0 }, peak };
}

/** What requests about a workflow that is open cost, each the median of a few. */
async function measureRequests(subject: Subject, states: number): Promise<readonly (readonly [string, number])[]> {
  const server = await subject.start();
  const text = subject.text(states);
  const uri = pathToFileURL(join(tmpdir(), subject.file)).href;
  await server.connection.sendNotification('textDocument/didOpen', {
    textDocument: { uri, languageId: subject.languageId, version: 1, text },
  });
  const position = (needle: string, shift: number): object => {
    const before = text.slice(0, text.indexOf(needle, text.length / 2) + shift).split('\n');
    return { position: { line: before.length - 1, character: before.at(-1)?.length ?? 0 } };
  };
  const requests = [
    ['completion of a state', 'completion', position('next: step_', 'next: '.length)],
    ['completion in an expression', 'completion', position('input.amount', 'input.'.length)],
    ['renaming a state', 'rename', { ...position('next: step_', 'next: s'.length), newName: 'renamed' }],
    ['semantic tokens', 'semanticTokens/full', {}],
  ] as const;
  const figures: (readonly [string, number])[] = [];
  for (const [name, method, params] of requests) {
    const runs: number[] = [];
    for (let run = 0; run < RUNS * 2; run++) {
      const start = server.cpu();
      await server.connection.sendRequest(`textDocument/${method}`, { textDocument: { uri }, ...params });
      if (run >= RUNS) runs.push(server.cpu() - start);
    }
    runs.sort((a, b) => a - b);
    figures.push([name, runs[RUNS >> 1] ?? 0]);
  }
  await server.stop();
  return figures;
}

/** From the start of the process to the diagnostics of a small file. */
async function measureStart(subject: Subject): Promise<Cost> {
  const runs: Cost[] = [];
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    const server = await subject.start();
    const uri = pathToFileURL(join(tmpdir(), subject.file)).href;
    const published = subject.pulls ? null : server.published(uri);
    const textDocument = { uri, languageId: subject.languageId, version: 1, text: subject.text(10) };
    await server.connection.sendNotification('textDocument/didOpen', { textDocument });
    if (published !== null) await published;
    else await server.connection.sendRequest('textDocument/diagnostic', { textDocument: { uri } });
    runs.push({ cpu: server.cpu(), wall: performance.now() - start });
    await server.stop();
  }
  runs.sort((a, b) => a.cpu - b.cpu);
  return runs[RUNS >> 1] ?? { cpu: 0, wall: 0 };
}

function row(what: string, name: string, { cpu, wall }: Cost, own: Cost | null, more = ''): void {
  const ratio = own === null ? '' : `  ${(cpu / own.cpu).toFixed(0)} times ours`;
  console.log(
    `${what.padEnd(26)}${name.padEnd(26)}${cpu.toFixed(1).padStart(9)} ms CPU${wall.toFixed(1).padStart(9)} ms${more}${ratio}`,
  );
}

const sizes = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), 'backstep-bench-'));
try {
  const built = spawnSync(process.execPath, ['esbuild.mjs', '--production', `--outdir=${folder}`], { cwd: ROOT });
  if (built.status !== 0) throw new Error(`The server could not be built:\n${String(built.stderr)}`);
  writeFileSync(join(folder, 'schema.json'), JSON.stringify(jsonSchema()));
  const [own, ...peers] = subjects(folder);
  const start = await measureStart(own);
  row('start, small file', own.name, start, null);
  for (const peer of peers) row('start, small file', peer.name, await measureStart(peer), start);
  for (const states of sizes.length > 0 ? sizes : [10, 100, 1_000, 5_000]) {
    const ours = await measure(own, states);
    const what = `keystroke, ${states} states`;
    const memory = (peak: number): string => `  peak ${peak.toFixed(0)} MiB`;
    row(what, own.name, ours.keystroke, null, memory(ours.peak));
    for (const peer of peers) {
      const theirs = await measure(peer, states);
      row(what, peer.name, theirs.keystroke, ours.keystroke, memory(theirs.peak));
    }
    for (const [name, cpu] of await measureRequests(own, states)) console.log(`  ${name}: ${cpu.toFixed(1)} ms CPU`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
