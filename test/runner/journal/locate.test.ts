import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { locateJournal, workspaceRoot } from '../../../runner/journal/locate.ts';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'backstep-locate-')));
});
afterEach(() => rmSync(root, { recursive: true }));

function touch(...path: string[]): string {
  const file = join(root, ...path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '');
  return file;
}

describe('locateJournal', () => {
  it('takes the nearest journal upwards, before any root', () => {
    touch('.backstep', 'runs.db');
    const nearer = touch('a', '.backstep', 'runs.db');
    touch('a', 'b', '.git', 'HEAD');
    expect(locateJournal(touch('a', 'b', 'c', 'x.workflow.yaml'))).toBe(nearer);
  });

  it.each(['.git/HEAD', '.backstep.yaml'])('else goes beside the root that %s marks', (mark) => {
    touch('project', ...mark.split('/'));
    const file = touch('project', 'flows', 'x.workflow.yaml');
    expect(locateJournal(file)).toBe(join(root, 'project', '.backstep', 'runs.db'));
    expect(workspaceRoot(file)).toBe(join(root, 'project'));
  });

  it('else goes beside the workflow', () => {
    const file = touch('flows', 'x.workflow.yaml');
    expect(locateJournal(file)).toBe(join(root, 'flows', '.backstep', 'runs.db'));
    expect(locateJournal(join(root, 'flows'))).toBe(join(root, 'flows', '.backstep', 'runs.db'));
    expect(workspaceRoot(file)).toBe(join(root, 'flows'));
  });
});
