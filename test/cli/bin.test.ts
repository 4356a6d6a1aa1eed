import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

// A Node told to do without SQLite stands for one that never had it.
const OLD = ['--no-experimental-sqlite'];
const NODE = join('node_modules', 'node');

const MAIN = `
export async function main([what, ...rest]) {
  if (what === 'echo') for await (const data of process.stdin) process.stdout.write(data);
  if (what === 'status') return Number(rest[0]);
  if (what === 'kill') process.kill(process.pid, 'SIGKILL');
  if (what === 'wait') {
    process.on('SIGTERM', () => process.exit(9));
    console.log('waiting');
    await new Promise((done) => setTimeout(done, 60_000));
  }
  return 0;
}
`;

let folder: string;
let bin: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'backstep-bin-'));
  bin = join(folder, 'cli', 'bin.ts');
  mkdirSync(join(folder, 'cli'));
  mkdirSync(join(folder, 'node_modules'));
  copyFileSync(join(import.meta.dirname, '..', '..', 'cli', 'bin.ts'), bin);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'cli', 'main.ts'), MAIN);
  symlinkSync(join(import.meta.dirname, '..', '..', NODE), join(folder, NODE), 'dir');
});

afterAll(() => rmSync(folder, { recursive: true }));

const run = (args: string[], input = ''): ReturnType<typeof spawnSync> =>
  spawnSync(process.execPath, [...args.slice(0, -1), bin, ...(args.at(-1) ?? '').split(' ')], { input });

interface Waiting {
  parent: ReturnType<typeof spawn>;
  /** How the parent ended. */
  ended: Promise<string | number | null>;
  /** Resolves when nobody can write to the streams any more: when both processes are dead. */
  silent: Promise<void>;
}

/** Starts the handed-over `wait` and resolves once the other run is at work. */
async function waiting(): Promise<Waiting> {
  const parent = spawn(process.execPath, [...OLD, bin, 'wait'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<string | number | null>((done) =>
    parent.once('exit', (code, signal) => done(signal ?? code)),
  );
  const silent = new Promise<void>((done) => parent.stdout.once('end', done));
  await new Promise((done) => parent.stdout.once('data', done));
  return { parent, ended, silent };
}

test('runs at once where SQLite is inside', () => {
  expect(run(['status 5']).status).toBe(5);
});

test('hands over with its streams, arguments and exit status', () => {
  expect(String(run([...OLD, 'echo'], 'some words').stdout)).toBe('some words');
  expect(run([...OLD, 'status 5']).status).toBe(5);
});

test('ends as the other run ended when a signal ended it', () => {
  expect(run([...OLD, 'kill']).signal).toBe('SIGKILL');
});

test('passes a signal on', async () => {
  const { parent, ended } = await waiting();
  parent.kill('SIGTERM');
  expect(await ended).toBe(9);
});

test('does not leave the other run behind when it is killed', async () => {
  const { parent, ended, silent } = await waiting();
  parent.kill('SIGKILL');
  expect(await ended).toBe('SIGKILL');
  await silent;
});

test('says which Node is needed when there is none beside it', () => {
  const lonely = mkdtempSync(join(tmpdir(), 'backstep-bin-'));
  copyFileSync(bin, join(lonely, 'bin.mts'));
  const { status, stderr } = spawnSync(process.execPath, [...OLD, join(lonely, 'bin.mts')], { encoding: 'utf8' });
  rmSync(lonely, { recursive: true });
  expect(status).toBe(70);
  expect(stderr).toMatch(/^backstep needs Node 22\.13 or later, and this is Node [\d.]+: .*\n$/);
});
