/** `backstep resume --all`: all runs that were left go on at the same time, each with its own end and its own failure. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'vitest';
import { backstep, folderWith, jsonLines, PATIENCE_MS, startBackstep } from './backstep.ts';
import { ASK } from './fixtures.ts';

const ANSWER = ['--outcome', 'approved', '--form', '{"note":"fine"}'];
const REFUSAL = ['--outcome', 'rejected', '--form', '{"note":"no"}'];

/** A folder in which these runs of `ask` were left; those that are named with an answer have it in their inbox. */
async function left(runs: Readonly<Record<string, readonly string[] | null>>): Promise<string> {
  const cwd = folderWith(ASK);
  for (const [id, answer] of Object.entries(runs)) {
    await backstep(['run', 'ask.workflow.yaml', '--id', id, '--no-wait'], { cwd });
    if (answer !== null) await backstep(['task', 'complete', `${id}/approve`, ...answer], { cwd });
  }
  return cwd;
}

/** Changes the records of a run behind the journal's back. */
function damage(cwd: string, run: string): void {
  const database = new DatabaseSync(join(cwd, '.backstep', 'runs.db'));
  for (const table of ['commits', 'shared_commits'])
    database.exec(`UPDATE ${table} SET records = replace(records, '"run":"${run}"', '"run":"x"')`);
  database.close();
}

describe.concurrent('all runs that were left', { timeout: PATIENCE_MS }, () => {
  it('go on while one of them waits, and each tells its own end', async ({ expect }) => {
    const cwd = await left({ slow: null, good: ANSWER, bad: REFUSAL });
    const resumed = startBackstep(['resume', '--all'], { cwd });
    await resumed.seen('good   completed   {"note":"fine"}');
    await resumed.seen('bad   failed   ask.refused: It may not.');
    expect(resumed.printed()).toContain('ask 1.0.0   run slow   goes on\n');
    expect(resumed.printed()).toContain('  good │ approve: approved by ');
    await backstep(['task', 'complete', 'slow/approve', ...ANSWER], { cwd });
    const { status, stdout, stderr } = await resumed.finished;
    expect([status, stderr]).toEqual([4, '']);
    expect(stdout).toContain('\nslow   completed   {"note":"fine"}\n');
  });

  it('end with the status of the first that did not complete, and a line for each', async ({ expect }) => {
    const cwd = await left({ a: ANSWER, b: null, c: REFUSAL });
    const resumed = await backstep(['resume', '--all', '--no-wait', '--json'], { cwd });
    expect(resumed).toMatchObject({ status: 7, stderr: '' });
    const ends = jsonLines(resumed.stdout).filter(({ type }) => type === undefined);
    expect(ends.map(({ run, status }) => [run, status]).sort()).toEqual([
      ['a', 'completed'],
      ['b', 'waiting'],
      ['c', 'failed'],
    ]);
    expect(await backstep(['resume', 'b', '--no-wait'], { cwd })).toMatchObject({ status: 7 });
  });

  it('go on without the one whose records are damaged, which is named', async ({ expect }) => {
    const cwd = await left({ a: ANSWER, b: ANSWER, c: REFUSAL });
    damage(cwd, 'b');
    const resumed = await backstep(['resume', '--all', '--json'], { cwd });
    expect(resumed.status).toBe(1);
    expect(resumed.stderr).toMatch(
      /^backstep: The journal .*runs\.db is damaged: records \d+ to \d+ of run b are not what was written\. Nothing was changed; restore the file from a copy, or move it away\.\n$/,
    );
    const ends = jsonLines(resumed.stdout).filter(({ type }) => type === undefined);
    expect(ends.map(({ run, status }) => [run, status]).sort()).toEqual([
      ['a', 'completed'],
      ['c', 'failed'],
    ]);
  });

  it('are taken up by one process each, when several are started at the same time', async ({ expect }) => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const cwd = await left(Object.fromEntries(names.map((name) => [name, ANSWER])));
    const all = await Promise.all([1, 2, 3].map(() => backstep(['resume', '--all', '--json'], { cwd })));
    expect(all.map(({ status }) => status)).toEqual([0, 0, 0]);
    const ends = all.flatMap(({ stdout }) => jsonLines(stdout)).filter(({ type }) => type === undefined);
    // A process that comes too late shows how the run ended.
    expect(new Set(ends.map(({ run, status }) => `${run as string} ${status as string}`))).toEqual(
      new Set(names.map((name) => `${name} completed`)),
    );
    for (const name of names) {
      const records = jsonLines((await backstep(['history', name, '--json'], { cwd })).stdout);
      expect(records.filter(({ type }) => type === 'run.recovered')).toHaveLength(1);
    }
  });

  it('stand in the journal when a signal stops them, and go on later', async ({ expect }) => {
    const cwd = await left({ a: null, b: null });
    const resumed = startBackstep(['resume', '--all'], { cwd });
    await resumed.seen('run b   goes on');
    resumed.process.kill('SIGINT');
    expect(await resumed.finished).toMatchObject({
      status: 130,
      stderr: 'The runs that have not ended were left as they stand. Go on with: backstep resume --all\n',
    });
    for (const id of ['a', 'b']) await backstep(['task', 'complete', `${id}/approve`, ...ANSWER], { cwd });
    expect(await backstep(['resume', '--all'], { cwd })).toMatchObject({ status: 0, stderr: '' });
    const none = await backstep(['resume', '--all'], { cwd });
    expect(none).toMatchObject({ status: 0, stdout: '' });
    expect(none.stderr).toMatch(/^No run was left in /);
  });
});
