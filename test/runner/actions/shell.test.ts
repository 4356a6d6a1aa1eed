import { describe, expect, it } from 'vitest';
import type { Json } from '../../../language/index.ts';
import { performBuiltInShell, performProgram } from '../../../runner/actions/shell.ts';
import { contextFor } from './support.ts';

/** Runs a script of Node as the program. */
function node(script: string, stdin = '', context = contextFor()) {
  const command = [process.execPath, '-e', script, 'an argument; echo no shell'];
  return performProgram({ command, stdin, env: { EXTRA: 'e' }, cwd: import.meta.dirname }, context);
}

describe('a program', () => {
  it('gets its arguments as they are, its input on stdin and the idempotency key', async () => {
    const script = `let s = ''; process.stdin.on('data', (d) => (s += d)).on('end', () =>
      console.log(JSON.stringify([process.argv[1], JSON.parse(s), process.env.IDEMPOTENCY_KEY, process.env.EXTRA])))`;
    expect(await node(script, '{"a":1}')).toEqual({
      ok: true,
      result: ['an argument; echo no shell', { a: 1 }, 'run/state/1', 'e'],
    });
  });

  it.each([
    ['console.log("plain text")', 'plain text'],
    ['console.log(\'{"a": [1, 2]}\')', { a: [1, 2] }],
    ['', null],
  ])('gives what %s writes', async (script, result) => {
    expect(await node(script)).toEqual({ ok: true, result });
  });

  it('raises exit.n with the last line of its standard error, which also goes to the log', async () => {
    const context = contextFor();
    const outcome = await node('console.log("out"); console.error("first\\nlast"); process.exit(3)', '', context);
    expect(outcome).toMatchObject({
      ok: false,
      error: { type: 'exit.3', data: { stdout: 'out', stderr: 'first\nlast\n' } },
    });
    expect(outcome.ok ? '' : outcome.error.message).toMatch(/ended with 3: last\.$/);
    expect(context.logged.map(({ text }) => text)).toEqual(['first', 'last']);
  });

  it('counts a signal as shells do', async () => {
    expect(await node('process.kill(process.pid, "SIGKILL")')).toMatchObject({ error: { type: 'exit.137' } });
  });

  it('says that there is no such program', async () => {
    const call = { command: ['no-such-program-here'], stdin: 'x', env: {}, cwd: import.meta.dirname };
    expect(await performProgram(call, contextFor())).toMatchObject({
      error: { type: 'exit.127', message: expect.stringContaining('no-such-program-here was not found') as string },
    });
  });

  it('asks an aborted program to end', async () => {
    const controller = new AbortController();
    const context = contextFor({ signal: controller.signal, log: () => controller.abort() });
    const script = 'process.on("SIGTERM", () => process.exit(0)); setInterval(() => {}, 1000); console.error("ready")';
    expect(await node(script, '', context)).toMatchObject({ ok: false, error: { type: 'cancelled' } });
  });

  it('stops a program that writes without an end', async () => {
    const script =
      'const more = () => { while (process.stdout.write("x".repeat(65536))); }; process.stdout.on("drain", more); more()';
    expect(await node(script)).toMatchObject({ error: { type: 'limit', acted: true } });
  });

  it('does not mind a program that leaves its input unread', async () => {
    expect(await node('process.stdin.destroy(); console.log(1)', 'x'.repeat(1_000_000))).toEqual({
      ok: true,
      result: 1,
    });
  });
});

describe('the built-in shell', () => {
  it('takes command, env, cwd and stdin', async () => {
    const script = 'process.stdin.on("data", (d) => console.log(process.cwd() + process.env.A + d))';
    const input = { command: [process.execPath, '-e', script], env: { A: 1 }, cwd: '..', stdin: '!' };
    const outcome = await performBuiltInShell(input, contextFor());
    expect(outcome).toEqual({ ok: true, result: `${new URL('..', import.meta.url).pathname.replace(/\/$/, '')}1!` });
  });

  it.each<Json>([null, {}, { command: [] }, { command: 'ls -l' }])('refuses %j', async (input) => {
    expect(await performBuiltInShell(input, contextFor())).toMatchObject({ error: { type: 'validation' } });
  });
});
