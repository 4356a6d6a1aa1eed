import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { ROOT, launchBrowser } from '../support/workbench/index.ts';
import { copyExample } from './example.ts';

test('npm start opens the example at the address that it prints, and ends everything on an interrupt', async () => {
  const { folder, remove } = copyExample();
  onTestFinished(remove);
  const args = [join(ROOT, 'scripts', 'start.ts'), '--workbench', '--folder', folder];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGTERM'));
  const ended = new Promise((done) => child.once('exit', done));
  const lines: string[] = [];
  const address = await new Promise<string>((done, fail) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const text = stripVTControlCharacters(line).trim();
      lines.push(text);
      if (/^http:\/\/127\.0\.0\.1:\d+\/\?folder=/.test(text)) done(text);
    });
    child.once('exit', () => fail(new Error(lines.join('\n'))));
  });
  expect(existsSync(join(folder, '.env'))).toBe(true);

  const browser = await launchBrowser();
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  await page.goto(address);
  await page
    .locator('.explorer-folders-view .monaco-list-row', { hasText: 'order-fulfillment.workflow.yaml' })
    .waitFor();
  expect(await page.title()).toContain('[Extension Development Host]');

  child.kill('SIGINT');
  expect(await ended).toBe(0);
  expect(lines).toContain('The services have stopped.');
  expect(existsSync(join(folder, '.env'))).toBe(false);
  await expect(fetch(address)).rejects.toThrow('fetch failed');
});
