import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { ROOT } from '../support/workbench/index.ts';
import { stage } from './harness.ts';

const { open } = stage();
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'backstep-travel-'));
  cpSync(join(ROOT, 'test', 'e2e', 'fixtures', 'travel'), folder, { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The line (from 1) of the first line that is `text` but for what follows it, from the line of `state` on. */
function lineOf(file: string, text: string, state = ''): number {
  const lines = readFileSync(join(folder, file), 'utf8').split('\n');
  const from = state === '' ? 0 : lines.indexOf(`  ${state}:`);
  const at = lines.findIndex((line, index) => index >= from && line.trimStart().startsWith(text));
  if (at < 0) throw new Error(`${file} has no line ${text}`);
  return at + 1;
}

const LONG = { timeout: 240_000 };

test(
  'a failure is injected, undone step by step, gone back from, and avoided in a fork with another amount',
  LONG,
  async () => {
    const file = 'booking.workflow.yaml';
    const workbench = await open({ folder, extension: ROOT });
    const { debug, history, menus, page, quick } = workbench;
    await quick.openFile(file);
    await quick.run('Backstep: Open Diagram to the Side');
    const diagram = workbench.webviews.document();
    const node = (name: string) => diagram.locator(`[role=button][aria-label^="${name},"]`);
    await node('Send the tickets').waitFor();
    await quick.run('View: Show Run and Debug');
    await quick.run('View: Focus First Editor Group');
    await debug.start();
    await debug.waitForStop({ line: lineOf(file, 'reserve:', 'reserve'), frame: 'reserve' });

    await history.open();
    await menus.choose(node('Send the tickets'), 'Inject a Failure…');
    await quick.waitFor('When to fail');
    await quick.pick('When the run comes to send next');
    await quick.waitFor('Error to inject');
    await quick.answer('post.lost');
    await debug.waitForOutput('send will fail: post.lost');
    await workbench.screenshot('injected');
    await debug.continue();
    await debug.waitForStop({ line: lineOf(file, 'call: post.send'), frame: 'send' });
    await workbench.screenshot('injected-failure');
    await debug.stepOver();
    await debug.waitForStop({ line: lineOf(file, 'compensate:', 'charge') });
    await debug.stepOver();
    await debug.waitForStop({ line: lineOf(file, 'compensate:', 'reserve') });
    await debug.stepIn();
    await history.waitForView('reserve: gave {}');
    await workbench.screenshot('undone');

    await history.goTo('charge: entered');
    await debug.waitForStop({ line: lineOf(file, 'charge:', 'charge'), frame: 'charge' });
    await history.waitForView('charge: entered');
    await diagram.locator('.run-current[aria-label^="Charge the card,"]').waitFor();
    expect(await diagram.locator('.run-undone').count()).toBe(0);
    await workbench.screenshot('before-the-charge');

    await debug.tool('Fork from Here');
    expect(await menus.dialog()).toContain('• charge → bank.charge\n• undo charge → bank.refund');
    await workbench.screenshot('fork-question');
    await menus.press('Fork with Other Values…');
    await quick.waitFor('Variables of the fork');
    await quick.answer('{"amount":40}');
    await history.waitForView('a value is set to 40');
    await debug.evaluate('"now " & vars.amount');
    await debug.waitForOutput('now 40');
    await workbench.screenshot('forked');
    await debug.continue();
    await debug.waitForEnd();
    await quick.run('Debug Console: Focus on Debug Console View');
    await debug.waitForOutput('completed {"charged":40}');
    await workbench.screenshot('fork-completed');

    await quick.run('Backstep: Save This Session as a Scenario…');
    await quick.waitFor('Name of the scenario');
    await quick.answer('a smaller amount');
    await page.locator('.tab.active[data-resource-name="booking.workflow.test.yaml"]').waitFor();
    await workbench.screenshot('saved-scenario');
    expect(readFileSync(join(folder, 'booking.workflow.test.yaml'), 'utf8')).toContain('a smaller amount');

    await quick.run('Backstep: Debug a Run of the Journal…');
    await quick.waitFor('Run to debug');
    await quick.pick(/-fork-1$/);
    await history.waitForView('completed');
    await workbench.screenshot('afterwards');
    await debug.stop();
    await debug.waitForEnd();

    // As a colleague's run, held against a workflow that no longer sends anything.
    exportFork('fork.json');
    const edited = join(folder, file);
    writeFileSync(edited, readFileSync(edited, 'utf8').replace('next: send', 'next: end'));
    await quick.run('Backstep: Open Run History for Debugging…');
    await quick.waitFor('History to debug');
    await quick.pick('fork.json');
    await quick.waitFor('Look at the run with');
    await quick.pick(file);
    await page.locator('.pane', { hasText: 'The edited workflow decides otherwise from record' }).first().waitFor();
    await history.goTo('charge: completed');
    await history.waitForView('charge: completed');
    await workbench.screenshot('drift');
  },
);

/** Writes the history of the fork that the journal holds into a file of the folder. */
function exportFork(name: string): void {
  const cli = (...args: string[]): string =>
    execFileSync(process.execPath, [join(ROOT, 'dist', 'cli.js'), ...args], { cwd: folder, encoding: 'utf8' });
  const [, fork] = /"run":"([^"]+-fork-1)"/.exec(cli('runs', '--json')) ?? [];
  if (fork === undefined) throw new Error('The journal has no fork.');
  cli('history', fork, '--export', name);
}

test('a condition stops a loop in one round, and branches are threads', async () => {
  const file = 'notify.workflow.yaml';
  const workbench = await open({ folder, extension: ROOT });
  const { breakpoints, debug, page, quick } = workbench;
  await quick.openFile(file);
  const again = lineOf(file, 'again:');
  await quick.goTo(again);
  await quick.run('Debug: Add Conditional Breakpoint...');
  await page.locator('.breakpoint-widget .monaco-editor.focused').waitFor();
  await page.keyboard.insertText('vars.count = 3');
  await page.keyboard.press('Enter');
  await breakpoints.waitForCount(1, 'breakpoint-conditional');
  await quick.run('View: Show Run and Debug');
  await quick.run('View: Focus First Editor Group');
  await debug.start();
  await debug.waitForStop({ line: lineOf(file, 'count:', 'count'), frame: 'count' });
  await debug.continue();
  await debug.waitForStop({ line: again, frame: 'again' });
  await debug.expandScope('Data');
  await debug.expand('vars');
  await debug.waitForVariable('count', '3');
  await workbench.screenshot('third-round');

  const ring = lineOf(file, 'ring:');
  await quick.goTo(ring);
  await breakpoints.toggleAtCursor();
  await debug.continue();
  await debug.waitForStop({ line: ring, frame: 'ring' });
  await workbench.screenshot('branches');
  const threads = (await debug.callStack()).flatMap((row) => /\| (Thread \S+)/.exec(row)?.[1] ?? []);
  expect(threads).toEqual(['Thread notify', 'Thread tell/email', 'Thread tell/phone']);

  await quick.run('Backstep: Restart with Another Input…');
  await quick.waitFor('Another input of the run');
  await quick.answer('{"again":true}');
  await debug.waitForStop({ line: lineOf(file, 'count:', 'count'), frame: 'count' });
  await debug.evaluate('input.again');
  await debug.waitForOutput('true');
});

test('a wait is skipped, a task completed, an event sent and a call answered by hand', async () => {
  const workbench = await open({ folder, extension: ROOT });
  const { debug, editor, menus, page, quick } = workbench;
  await quick.openFile('order.workflow.yaml');
  await quick.run('Backstep: Open Diagram to the Side');
  const diagram = workbench.webviews.document();
  const current = (name: string) => diagram.locator(`.run-current[aria-label^="${name},"]`).waitFor();
  await diagram.locator('[role=button]').first().waitFor();
  await quick.run('View: Show Run and Debug');
  await editor.lens('Debug');
  await current('cool_down');

  await quick.goTo(lineOf('order.workflow.yaml', 'call: shop.order'));
  await menus.choose(editor.root.locator('.view-line', { hasText: 'shop.order' }).last(), 'Answer the Call Instead…');
  await quick.waitFor('When to answer');
  await quick.pick('When the run comes to buy next');
  await quick.waitFor('Answer of buy');
  await quick.answer('{"number":');
  await page.locator('.quick-input-message', { hasText: 'This is not JSON' }).waitFor();
  await quick.answer('{"number":12}');
  await debug.waitForOutput('buy will be answered');
  // The diagram's menu, by the keyboard.
  await diagram.locator('[role=button][aria-label^="buy,"]').focus();
  await page.keyboard.press('ContextMenu');
  await page.locator('.monaco-menu .action-item', { hasText: 'Inject a Failure…' }).waitFor();
  await workbench.screenshot('menu-by-keyboard');
  await page.keyboard.press('Escape');
  await debug.tool('Skip the Wait');
  await current('approve');
  await workbench.screenshot('waits-for-a-person');
  await debug.tool('Complete the Waiting Task');
  await quick.waitFor('Outcome of approve');
  await quick.pick('approved');
  await quick.waitFor('Form of approve');
  await quick.answer('{"note":"fine"}');
  await current('hear');
  await debug.tool('Send an Event');
  await quick.waitFor('Event to send');
  await quick.pick('order.paid');
  await quick.waitFor('Data of order.paid');
  await quick.answer('{"sum":3}');
  await debug.waitForEnd();
  await quick.run('Debug Console: Focus on Debug Console View');
  await debug.waitForOutput('completed {"number":12}');
  await workbench.screenshot('by-hand');
});

test('a run of another process is held, stepped, and let go', async () => {
  const file = 'order.workflow.yaml';
  const cli = [join(ROOT, 'dist', 'cli.js'), 'run', file, '--id', 'live'];
  const run = spawn(process.execPath, cli, { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise((done) => run.once('exit', done));
  onTestFinished(async () => {
    run.kill();
    await ended;
  });
  const asked = new Promise<void>((done) => {
    createInterface({ input: run.stdout }).on('line', (line) => line.includes('approve waits for boss') && done());
  });
  const workbench = await open({ folder, extension: ROOT });
  const { debug, quick } = workbench;
  await quick.openFile(file);
  await quick.run('View: Show Run and Debug');
  await quick.run('Backstep: Debug a Run of the Journal…');
  await quick.waitFor('Run to debug');
  await quick.pick('live');
  await debug.waitForStop({ line: lineOf(file, 'wait:', 'cool_down'), frame: 'cool_down' });
  await debug.waitForOutput('live is driven by backstep run');
  await workbench.screenshot('attached');
  await debug.tool('Skip the Wait');
  await debug.waitForOutput('cool_down waits no longer');
  await debug.stepOver();
  await debug.waitForStop({ line: lineOf(file, 'approve:', 'approve'), frame: 'approve' });
  await debug.tool('Disconnect');
  await debug.waitForEnd();
  await asked;
});
