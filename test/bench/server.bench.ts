// What the language server costs: from a keystroke to fresh diagnostics, for several kinds of edit; completion, renaming,
// colours; the start of the process; and memory. Beside YAML's own language server with the JSON Schema of our language on
// the same text, and that of GitHub Actions on a workflow of as many jobs. Each server is a process of its own, ours as it
// is packaged. What takes longer than the limit is given up, and said to.
//   node test/bench/server.bench.ts [STATES…]   10, 100, 1000 and 5000 unless told; the peers at 5000 take minutes
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { type DocumentDiagnosticReport, type Position, TextDocumentSyncKind } from 'vscode-languageserver/node';
import { jsonSchema } from '../../language/index.ts';
import type { ServerProcess } from './servers.ts';
import { type Place, type Request, type Subject, subjects } from './subjects.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const RUNS = 5;
/** Seconds that all keystrokes, or one kind of request, of one server at one size may take. */
const LIMIT = 240;

/** Milliseconds: of processor time of the server's process, and on the clock. */
interface Cost {
  readonly cpu: number;
  readonly wall: number;
}

/** A server with its document open and looked at once. */
interface Session {
  readonly server: ServerProcess;
  readonly textDocument: { readonly uri: string };
  /** The position behind these words. */
  position(place: Place): Position;
  /** Types a letter at a position, or takes it back. */
  type(at: Position, letter: string, back: boolean): Promise<void>;
  /** Makes a change and waits for the diagnostics of the text as it is then. */
  fresh(change: () => Promise<void>): Promise<void>;
}

async function opened(server: ServerProcess, subject: Subject, states: number): Promise<Session> {
  const { connection, sync } = server;
  const original = subject.text(states);
  const lines = original.split('\n');
  const uri = pathToFileURL(join(tmpdir(), subject.file)).href;
  let version = 1;
  const fresh = async (change: () => Promise<void>): Promise<void> => {
    const published = subject.pulls ? null : server.published(uri);
    await change();
    if (published !== null) return void (await published);
    const about = { textDocument: { uri } };
    const report = await connection.sendRequest<DocumentDiagnosticReport>('textDocument/diagnostic', about);
    if (report.kind !== 'full') throw new Error('The server did not look at the text again.');
  };
  const position = ({ behind }: Place): Position => {
    const found = original.indexOf(behind, original.length / 2);
    if (found < 0) throw new Error(`There is no ${behind} in the text.`);
    const before = original.slice(0, found + behind.length).split('\n');
    return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
  };
  const type = async (at: Position, letter: string, back: boolean): Promise<void> => {
    const line = lines[at.line] ?? '';
    const typed = line.slice(0, at.character) + letter + line.slice(at.character);
    const end = back ? { ...at, character: at.character + letter.length } : at;
    const edit = { range: { start: at, end }, text: back ? '' : letter };
    const whole = (): { readonly text: string } => ({
      text: back ? original : lines.with(at.line, typed).join('\n'),
    });
    const contentChanges = [sync === TextDocumentSyncKind.Full ? whole() : edit];
    const textDocument = { uri, version: ++version };
    await connection.sendNotification('textDocument/didChange', { textDocument, contentChanges });
  };
  const textDocument = { uri, languageId: subject.languageId, version, text: original };
  await fresh(() => connection.sendNotification('textDocument/didOpen', { textDocument }));
  return { server, textDocument: { uri }, position, type, fresh };
}

/** The median of a few runs, each divided by what was done in it. */
async function median(server: ServerProcess, runs: number, times: number, work: () => Promise<void>): Promise<Cost> {
  const costs: Cost[] = [];
  for (let run = 0; run < runs; run++) {
    const start = { cpu: server.cpu(), wall: performance.now() };
    await work();
    costs.push({ cpu: (server.cpu() - start.cpu) / times, wall: (performance.now() - start.wall) / times });
  }
  costs.sort((a, b) => a.cpu - b.cpu);
  return costs[costs.length >> 1] ?? { cpu: 0, wall: 0 };
}

/** From a letter to fresh diagnostics. An even number of them leaves the text as it was. */
async function keystroke(session: Session, subject: Subject, kind: string, states: number): Promise<Cost> {
  const { keystrokes, warm } = subject.pace(states);
  const { letter, ...place } = subject.typed[kind] ?? { letter: 'x', behind: '' };
  const at = session.position(place);
  let typed = 0;
  const keys = async (): Promise<void> => {
    for (let key = 0; key < keystrokes; key++) {
      await session.fresh(() => session.type(at, letter, typed++ % 2 === 1));
    }
  };
  if (warm) await keys();
  return median(session.server, keystrokes >= 10 ? RUNS : 1, keystrokes, keys);
}

async function request(session: Session, { method, at, params, typing }: Request, pace: number): Promise<Cost> {
  const { server, textDocument, type } = session;
  const place = at === undefined ? null : session.position(at);
  const about = { textDocument, ...(place === null ? {} : { position: place }), ...params };
  let asked = 0;
  const ask = async (): Promise<void> => {
    if (typing === true && place !== null) await type(place, 'x', asked++ % 2 === 1);
    await server.connection.sendRequest(`textDocument/${method}`, about);
  };
  for (let run = 0; run < pace; run++) await ask();
  return median(server, pace, 1, ask);
}

/** Everything about one server and one size, told as it comes. */
async function measure(subject: Subject, states: number, tell: (what: string, cost: Cost) => void): Promise<number> {
  const server = await subject.start();
  let timer: NodeJS.Timeout | undefined;
  try {
    const work = async (): Promise<void> => {
      const session = await opened(server, subject, states);
      console.log(line(states, subject.name, 'peak of memory when the file is open', figure(server.peak(), 'MiB')));
      for (const kind of Object.keys(subject.typed)) {
        tell(`keystroke in ${kind}`, await keystroke(session, subject, kind, states));
      }
      const pace = subject.pace(states).keystrokes >= 10 ? RUNS * 2 : 1;
      for (const [what, one] of Object.entries(subject.requests)) tell(what, await request(session, one, pace));
    };
    const isLate = await Promise.race([
      work().then(() => false),
      new Promise<boolean>((resolve) => {
        timer = setTimeout(() => resolve(true), LIMIT * 1_000);
      }),
    ]);
    if (isLate) console.log(line(states, subject.name, `given up after ${LIMIT} s`));
    return server.peak();
  } finally {
    clearTimeout(timer);
    await server.stop();
  }
}

/** From the start of the process to the diagnostics of a small file. */
async function measureStart(subject: Subject): Promise<Cost> {
  const runs: Cost[] = [];
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    const server = await subject.start();
    await opened(server, subject, 10);
    runs.push({ cpu: server.cpu(), wall: performance.now() - start });
    await server.stop();
  }
  runs.sort((a, b) => a.cpu - b.cpu);
  return runs[RUNS >> 1] ?? { cpu: 0, wall: 0 };
}

function line(states: number | string, name: string, what: string, ...figures: readonly string[]): string {
  return [String(states).padStart(6), `  ${name}`.padEnd(27), what.padEnd(40), ...figures].join('').trimEnd();
}

const figure = (value: number, unit: string): string => `${value.toFixed(1).padStart(10)} ${unit}`;

const sizes = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), 'backstep-bench-'));
try {
  const built = spawnSync(process.execPath, ['esbuild.mjs', '--production', `--outdir=${folder}`], { cwd: ROOT });
  if (built.status !== 0) throw new Error(`The server could not be built:\n${String(built.stderr)}`);
  writeFileSync(join(folder, 'schema.json'), JSON.stringify(jsonSchema()));
  const all = subjects(folder);
  console.log(line('states', 'server', 'what', '       CPU', '            clock'));
  for (const subject of all) {
    const { cpu, wall } = await measureStart(subject);
    console.log(line(10, subject.name, 'start of the process to diagnostics', figure(cpu, 'ms'), figure(wall, 'ms')));
  }
  for (const states of sizes.length > 0 ? sizes : [10, 100, 1_000, 5_000]) {
    let own: number | null = null;
    for (const subject of all) {
      const peak = await measure(subject, states, (what, { cpu, wall }) => {
        const isKeystroke = what.startsWith('keystroke in title');
        const times = isKeystroke && own !== null ? `  ${(cpu / own).toFixed(0)} times ours` : '';
        if (isKeystroke) own ??= cpu;
        console.log(line(states, subject.name, what, figure(cpu, 'ms'), figure(wall, 'ms'), times));
      });
      console.log(line(states, subject.name, 'peak of memory after all of this', figure(peak, 'MiB')));
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
