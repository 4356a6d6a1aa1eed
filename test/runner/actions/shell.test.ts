import { describe, expect, it } from 'vitest';
import type { Json } from '../../../language/index.ts';
import { maskerOf } from '../../../runner/actions/mask.ts';
import { performBuiltInShell, performProgram } from '../../../runner/actions/shell.ts';
import { contextFor, isAlive } from './support.ts';

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
    const script = 'process.on("SIGTERM", () => process.exit(1)); setInterval(() => {}, 1000); console.error("ready")';
    expect(await node(script, '', context)).toMatchObject({ ok: false, error: { type: 'cancelled' } });
  });

  it('has done what it says that it did, though it was told to stop', async () => {
    const controller = new AbortController();
    const context = contextFor({ signal: controller.signal, log: () => controller.abort() });
    const script = `process.on("SIGTERM", () => { console.log("paid"); process.exit(0); });
      setInterval(() => {}, 1000); console.error("ready")`;
    expect(await node(script, '', context)).toEqual({ ok: true, result: 'paid' });
  });

  it('is waited for with all that it started', async () => {
    const controller = new AbortController();
    let started = 0;
    const context = contextFor({
      signal: controller.signal,
      log: (_, text) => {
        started = Number(text);
        controller.abort();
      },
    });
    // What it started does not hear SIGTERM, and says so before the program itself says who that is.
    const deaf = 'process.on("SIGTERM", () => {}); process.send("ready"); setInterval(() => {}, 1000)';
    const script = `const child = require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(deaf)}], { stdio: ["ignore", "ignore", "ignore", "ipc"] });
      child.on("message", () => { child.disconnect(); console.error(child.pid) });
      process.on("SIGTERM", () => process.exit(1))`;
    expect(await node(script, '', context)).toMatchObject({ ok: false, error: { type: 'cancelled' } });
    expect(started).toBeGreaterThan(0);
    expect(isAlive(started)).toBe(false);
  }, 30_000);

  it('ends with the process that started it', async () => {
    const shell = JSON.stringify(new URL('../../../runner/actions/shell.ts', import.meta.url).href);
    const parent = `const { performProgram } = await import(${shell});
      const log = (_, pid) => { console.log(pid); process.exit(0) };
      const script = 'process.on("SIGTERM", () => {}); console.error(process.pid); setInterval(() => {}, 1000)';
      const context = { signal: new AbortController().signal, log, heartbeat() {}, mask: (text) => text, env: process.env, key: 'k' };
      await performProgram({ command: [process.execPath, '-e', script], stdin: '', env: {}, cwd: '.' }, context)`;
    const outcome = await node(
      `import("node:child_process").then(({ execFileSync }) => process.stdout.write(execFileSync(process.execPath, ["--input-type=module", "-e", ${JSON.stringify(parent)}])))`,
    );
    const pid = outcome.ok ? Number(outcome.result) : 0;
    expect(pid).toBeGreaterThan(0);
    await expect.poll(() => isAlive(pid)).toBe(false);
  }, 30_000);

  it('is alive as long as it writes, wherever to', async () => {
    for (const stream of ['stdout', 'stderr']) {
      let beats = 0;
      expect(await node(`process.${stream}.write("x")`, '', contextFor({ heartbeat: () => beats++ }))).toMatchObject({
        ok: true,
      });
      expect(beats).toBe(1);
    }
  });

  it('keeps a secret to itself that its output is cut in', async () => {
    const secret = 'hunter2-secret';
    const { text: mask } = maskerOf([secret]);
    const kept = async (script: string) => {
      const context = contextFor({ mask });
      const outcome = await node(script, '', context);
      return JSON.stringify([outcome, context.logged.map(({ text }) => mask(text))]);
    };
    // In a line of 16,384 characters, where the last line of an error is cut, and where the kept output begins.
    const inLine = `process.stderr.write("x".repeat(16380) + "${secret}".slice(0, 6)); setTimeout(() => process.stderr.write("${secret}".slice(6)), 50)`;
    const inMessage = `process.stderr.write("y".repeat(295) + "${secret}"); process.exitCode = 1`;
    const atStart = `process.stderr.write("${secret}" + "z".repeat(3994)); process.exitCode = 1`;
    for (const script of [inLine, inMessage, atStart]) {
      const said = await kept(script);
      expect(said).toContain('•••');
      expect(said).not.toMatch(/hunter|2-secret|ecret/);
    }
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
