// What keeps a journal from being written, as a user meets it: a process of its own, without the rights of root.
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { thisHolder } from '../../../runner/journal/holders.ts';
import { openJournal } from '../../../runner/journal/sqlite.ts';

/** Nobody in particular; whoever runs the tests as somebody else than root is that already. */
const NOBODY = 65_534;

const PROGRAM = `
import { openJournal } from ${JSON.stringify(join(import.meta.dirname, '../../../runner/journal/sqlite.ts'))};
import { thisHolder } from ${JSON.stringify(join(import.meta.dirname, '../../../runner/journal/holders.ts'))};
try {
  const journal = openJournal(process.argv[1]);
  const run = { run: 'r', workflow: 'w', version: '1.0.0', file: '/w', hash: 'h', resources: null, startedAt: 1, parent: null };
  journal.create(run, [['h', 'text']], thisHolder('test'), 30_000);
  console.log('written');
} catch (error) {
  console.log(error.code + ': ' + error.message);
}
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backstep-faults-'));
  chmodSync(folder, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What a user without rights of its own is told who writes to the journal in `file`. */
function told(file: string): string {
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const args = ['--no-warnings', '--input-type=module', '--eval', PROGRAM, file];
  const { stdout, stderr } = spawnSync(process.execPath, args, { ...user, encoding: 'utf8', cwd: folder });
  return (stdout + stderr).trim();
}

it('is said of a file that may not be written', () => {
  const file = join(folder, 'open', 'runs.db');
  openJournal(file).close();
  chmodSync(join(folder, 'open'), 0o777);
  chmodSync(file, 0o444);
  expect(told(file)).toMatch(
    /^journal-read-only: The journal .*runs\.db cannot be written: .*\. Make the file and its folder writable, or name another with --journal\.$/,
  );
});

it('is said of a folder that may not be written', () => {
  const place = join(folder, 'closed');
  mkdirSync(place);
  openJournal(join(place, 'runs.db')).close();
  chmodSync(join(place, 'runs.db'), 0o666);
  if (process.getuid?.() === 0) chownSync(join(place, 'runs.db'), NOBODY, NOBODY);
  chmodSync(place, 0o555);
  expect(told(join(place, 'runs.db'))).toMatch(/^journal-read-only: The journal .*runs\.db cannot be written: /);
  expect(told(join(place, '.backstep', 'runs.db'))).toMatch(/^journal-read-only: The journal .*cannot be written: /);
  chmodSync(place, 0o755);
});

const CLI = join(import.meta.dirname, '../../../cli/bin.ts');

/** What the command line says to a user without rights of its own. */
function said(file: string, ...args: string[]): string {
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const command = ['--no-warnings', CLI, ...args, '--journal', file];
  const { stdout, stderr } = spawnSync(process.execPath, command, { ...user, encoding: 'utf8', cwd: folder });
  return (stdout + stderr).trim();
}

it('keeps nobody from looking into the journal, whether another process has it open, was killed, or closed it', () => {
  const place = join(folder, 'closed');
  const file = join(place, 'runs.db');
  const journal = openJournal(file);
  const run = { run: 'r7', workflow: 'w', version: '1.0.0', file: '/w', hash: 'h', resources: null, startedAt: 1, parent: null }; // prettier-ignore
  journal.create(run, [['h', 'text']], thisHolder('test'), 30_000);
  const at = Date.now() - 1000;
  const event = {
    id: 'e1',
    source: '/x',
    type: 'a.happened',
    time: '2026-01-01T00:00:00Z',
    data: null,
    attributes: {},
  };
  journal.bus.receive([{ ...event, at: at - 1000, until: at, run: null, family: null }]);
  chmodSync(place, 0o555);
  expect(said(file, 'runs')).toMatch(/\nr7 /);
  journal.close();
  expect(said(file, 'runs')).toMatch(/\nr7 /);
  expect(said(file, 'events')).toContain('e1');
  // It would be one by now, and nobody can make it one.
  expect(said(file, 'dead-letters')).toBe('There are no dead letters.');
  expect(said(file, 'tasks')).toBe('No task waits for anybody.');
  expect(said(file, 'metrics')).toContain('1');
  expect(said(file, 'emit', 'a.happened')).toMatch(/cannot be written: .* Make the file and its folder writable/);
  expect(said(file, 'cancel', 'r7')).toMatch(/cannot be written/);
  chmodSync(place, 0o755);
});
