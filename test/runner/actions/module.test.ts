import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../../language/index.ts';
import { createModules, performScript } from '../../../runner/actions/module.ts';
import { contextFor, isAlive } from './support.ts';

const MODULE = `
interface Context { idempotencyKey: string; attempt: number; signal: AbortSignal; heartbeat(): void; log(...all: unknown[]): void }
export const echo = async (input: unknown, { idempotencyKey, attempt }: Context) => ({ input, idempotencyKey, attempt });
export function nothing(): void {}
export function declined(): never { throw Object.assign(new Error('Card declined'), { type: 'card.declined', data: { left: 3 }, code: 51 }); }
export function broken(): never { throw new TypeError('x is not a function'); }
export function odd(): never { throw 'just text'; }
export function endless() { const a: unknown[] = []; a.push(a); return a; }
export function crash(): never { process.exit(7); }
export async function patient(_: unknown, { signal, log, heartbeat }: Context) {
  log('waiting', { for: 'abort' });
  heartbeat();
  await new Promise((done) => signal.addEventListener('abort', done));
  return 'stopped';
}
let count = 0;
export const counted = () => ++count;
export const nan = () => ({ nan: NaN, when: new Date(0), fun: () => 1, nothing: undefined, map: new Map([[1, 2]]) });
export const big = () => ({ big: 10n });
export const huge = () => 'x'.repeat(11_000_000);
export const nulled = () => { throw null; };
export const symbol = () => { throw Symbol('s'); };
export const getter = () => { throw { get type() { throw new Error('type'); }, get message() { throw new Error('message'); } }; };
export const proxy = () => { const no = () => { throw new Error('no'); }; throw new Proxy({}, { get: no, has: no, ownKeys: no, getOwnPropertyDescriptor: no, getPrototypeOf: no }); };
export const numbered = () => { throw Object.assign(new Error('x'), { message: 5, type: 7, data: () => 1 }); };
export const floating = async () => { void Promise.reject(new RangeError('floated away')); await new Promise(() => {}); };
export const sends = async () => {
  for (const message of [null, 'x', 1, [], {}, { type: 'outcome', call: 'x' }, { type: 'outcome', call: 1e9 }, { type: 'log', call: 1e9 }]) process.send?.(message);
  for (let call = 0; call < 100; call++) {
    for (const outcome of [undefined, null, {}, { ok: false }, { ok: false, error: {} }, { ok: true }]) process.send?.({ type: 'outcome', call, outcome });
    process.send?.({ type: 'log', call });
  }
  await new Promise((done) => setTimeout(done, 10));
  return 'sent';
};
enum Colour { Red = 'red' }
export const colour = () => Colour.Red;
export const starts = async (_: unknown, { log }: Context) => {
  const { spawn } = await import('node:child_process');
  log(spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' }).pid);
  for (;;);
};
export const shout = () => { console.log('to stdout'); return 1; };
`;

let folder: string;
const modules = createModules();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'backstep-module-'));
  mkdirSync(join(folder, 'ws'));
  writeFileSync(join(folder, 'ws', 'steps.ts'), MODULE);
  writeFileSync(join(folder, 'ws', 'old.cjs'), 'module.exports = { hello: (input) => "hello " + input };');
  writeFileSync(join(folder, 'ws', 'wrong.ts'), 'export const x = ;');
  writeFileSync(join(folder, 'outside.ts'), 'export const f = () => 1;');
  symlinkSync(join(folder, 'outside.ts'), join(folder, 'ws', 'link.ts'));
});
afterAll(() => {
  modules.close();
  rmSync(folder, { recursive: true });
});

function call(name: string, input: Json = null, more: Parameters<typeof contextFor>[0] = {}, path = './steps.ts') {
  const context = contextFor({ folder: join(folder, 'ws'), root: join(folder, 'ws'), ...more });
  return modules.call(path, name, input, context);
}

describe('a module', () => {
  it('is called with its input and context, in TypeScript as it is', async () => {
    expect(await call('echo', { a: [1] }, { attempt: 2 })).toEqual({
      ok: true,
      result: { input: { a: [1] }, idempotencyKey: 'run/state/1', attempt: 2 },
    });
    expect(await call('nothing')).toEqual({ ok: true, result: null });
    expect(await call('hello', 'you', {}, './old.cjs')).toEqual({ ok: true, result: 'hello you' });
  });

  it('stays loaded from call to call', async () => {
    expect(await call('counted')).toEqual({ ok: true, result: 1 });
    expect(await call('counted')).toEqual({ ok: true, result: 2 });
  });

  it('raises the type of what it throws, and `error` for anything else', async () => {
    expect(await call('declined')).toEqual({
      ok: false,
      error: { type: 'card.declined', message: 'Card declined', code: '51', status: null, data: { left: 3 } },
    });
    expect(await call('broken')).toMatchObject({ error: { type: 'error', message: 'x is not a function' } });
    expect(await call('odd')).toMatchObject({ error: { type: 'error', message: 'just text' } });
    expect(await call('endless')).toMatchObject({ error: { type: 'validation', acted: true } });
  });

  it('may return anything that JSON can hold, up to a size', async () => {
    expect(await call('nan')).toEqual({ ok: true, result: { nan: null, when: '1970-01-01T00:00:00.000Z', map: {} } });
    expect(await call('big')).toMatchObject({ error: { type: 'validation', acted: true } });
    expect(await call('huge')).toMatchObject({ error: { type: 'limit', acted: true } });
    expect(await call('colour')).toEqual({ ok: true, result: 'red' });
  });

  it.each([
    ['nulled', 'null'],
    ['symbol', 'Symbol(s)'],
    ['numbered', /^Error: 5/],
    ['getter', /Getter/],
    ['proxy', ''],
  ])('may throw anything: %s', async (name, message) => {
    const outcome = await call(name);
    expect(outcome).toMatchObject({ ok: false, error: { type: 'error', code: null, status: null } });
    expect(outcome.ok ? '' : outcome.error.message).toMatch(message);
  });

  it('may send whatever it likes to the runner', async () => {
    expect(await call('sends')).toEqual({ ok: true, result: 'sent' });
  });

  it('says what nobody caught when that ends its process', async () => {
    expect(await call('floating')).toMatchObject({
      error: {
        type: 'error',
        message: expect.stringMatching(/exit code 1 after RangeError: floated away\.$/) as string,
      },
    });
  });

  it('ends with all that it started', async () => {
    const controller = new AbortController();
    let started = 0;
    const log = (_: string, text: string) => {
      started = Number(text);
      controller.abort();
    };
    expect(await call('starts', null, { signal: controller.signal, log })).toMatchObject({ error: { type: 'error' } });
    expect(started).toBeGreaterThan(0);
    await expect.poll(() => isAlive(started)).toBe(false);
  }, 30_000);

  it('is told to stop through its signal, and speaks meanwhile', async () => {
    const controller = new AbortController();
    const said: string[] = [];
    const outcome = await call('patient', null, {
      signal: controller.signal,
      log: (_, text) => said.push(text),
      heartbeat: () => controller.abort(),
    });
    expect(outcome).toEqual({ ok: true, result: 'stopped' });
    expect(said).toEqual(["waiting { for: 'abort' }"]);
  });

  it('has what it prints in the log', async () => {
    let logged: (text: string) => void = () => undefined;
    const printed = new Promise<string>((resolve) => {
      logged = resolve;
    });
    expect(await call('shout', null, { log: (_, text) => logged(text) })).toEqual({ ok: true, result: 1 });
    expect(await printed).toBe('to stdout');
  });

  it('takes only itself down when it ends the process, and the next call begins another', async () => {
    expect(await call('crash')).toMatchObject({
      error: {
        type: 'error',
        message: "The process that runs the workflow's modules ended before it answered: exit code 7.",
      },
    });
    expect(await call('echo', 1)).toMatchObject({ ok: true });
  });

  it.each([
    ['missing', './steps.ts', 'validation', /exports no function "missing"/],
    ['x', './wrong.ts', 'error', /wrong\.ts cannot be loaded/],
    ['f', './absent.ts', 'validation', /There is no module .*absent\.ts/],
    ['f', '../outside.ts', 'validation', /outside the workspace/],
    ['f', './link.ts', 'validation', /outside the workspace/],
    ['toString', './steps.ts', 'validation', /exports no function/],
  ])('says why %s of %s cannot be called', async (name, path, type, message) => {
    expect(await call(name, null, {}, path)).toMatchObject({
      ok: false,
      error: { type, message: expect.stringMatching(message) as string },
    });
  });

  it('is what the built-in script calls', async () => {
    const context = contextFor({ folder, root: folder });
    expect(
      await performScript(modules, { module: './ws/steps.ts', function: 'echo', input: 5 }, context),
    ).toMatchObject({
      result: { input: 5 },
    });
    expect(await performScript(modules, { module: './ws/steps.ts' }, context)).toMatchObject({
      error: { type: 'validation' },
    });
  });
});
