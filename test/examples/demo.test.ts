import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const DEMO = fileURLToPath(new URL('../../scripts/demo.ts', import.meta.url));

it('shows a completed order, a compensated one, and one that goes on after a crash', { timeout: 120_000 }, async () => {
  const { status, output } = await new Promise<{ status: number | null; output: string }>((resolve, reject) => {
    const demo = spawn(process.execPath, [DEMO], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [demo.stdout, demo.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    demo.once('error', reject);
    demo.once('close', (status) => {
      resolve({ status, output });
    });
  });
  expect(status, output).toBe(0);
  expect(output).toMatch(/run completed {3}completed\n/);
  expect(output).toMatch(/run shipping-fails {3}compensated\n/);
  expect(output).toMatch(/SIGKILL[\s\S]*run slow-payment {3}completed\n/);
  expect(output).toMatch(/All three orders ended as they should\.\n$/);
});
