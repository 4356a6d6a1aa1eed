/** What becomes of a run when its process is killed, stopped, or is not the only one. */
import { readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { backstep, folderWith, jsonLines, PATIENCE_MS, startBackstep, steady, type Started } from './backstep.ts';
import { ASK, TRIP } from './fixtures.ts';

/** A run of the trip that stands in `hold`, in a process that drives it. */
async function holding(cwd: string, id: string): Promise<Started> {
  const started = startBackstep(['run', 'trip.workflow.yaml', '--input', '{"seat":"4A"}', '--id', id], { cwd });
  await started.seen('→ hold');
  // The program itself is running only once it has said so.
  await called(cwd, `hold  ${id}/hold/1`);
  return started;
}

/** Resolves when a program has written this line about its call. */
function called(cwd: string, line: string): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!calls(cwd).includes(line)) return;
      watcher.close();
      resolve();
    };
    const watcher = watch(cwd, look);
    look();
  });
}

function calls(cwd: string): readonly string[] {
  try {
    return readFileSync(join(cwd, 'calls.txt'), 'utf8').trim().split('\n');
  } catch {
    return []; // Nothing was called yet.
  }
}

function touch(cwd: string, file: string): void {
  writeFileSync(join(cwd, file), '');
}

describe.concurrent('a run', { timeout: PATIENCE_MS }, () => {
  it('goes on after its process was killed, and runs no completed step again', async ({ expect }) => {
    const cwd = folderWith(TRIP);
    const running = await holding(cwd, 'killed');
    running.process.kill('SIGKILL');
    expect(await running.finished).toMatchObject({ status: null, signal: 'SIGKILL' });
    touch(cwd, 'go');
    const resumed = await backstep(['resume'], { cwd });
    expect(resumed).toMatchObject({ status: 0, stderr: '' });
    expect(resumed.stdout).toMatchInlineSnapshot(`
      "trip 1.0.0   run killed   goes on
        taken up again: hold may have been under way
        hold → pay
        pay → end
      completed   {"seat":"4A"}
      "
    `);
    expect(calls(cwd)).toEqual([
      'book 4A killed/book/1',
      'hold  killed/hold/1',
      'hold  killed/hold/1',
      'pay  killed/pay/1',
    ]);
    const again = await backstep(['resume', 'killed', '--json'], { cwd });
    expect(again.status).toBe(0);
    expect(jsonLines(again.stdout)).toMatchObject([
      { run: 'killed', status: 'completed', output: { seat: '4A' }, path: ['book', 'hold', 'pay'], compensated: [] },
    ]);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('is left as it stands by %s', async (signal, status) => {
    const cwd = folderWith(TRIP);
    const running = await holding(cwd, 'stopped');
    running.process.kill(signal);
    const stopped = await running.finished;
    expect(stopped.status).toBe(status);
    expect(stopped.stderr).toBe('The run stopped was left as it stands. Go on with: backstep resume stopped\n');
    const { stdout } = await backstep(['runs', '--json'], { cwd });
    expect(jsonLines(stdout)).toMatchObject([{ run: 'stopped', status: 'running', drivenBy: null }]);
    touch(cwd, 'go');
    expect((await backstep(['resume', 'stopped'], { cwd })).status).toBe(0);
  });

  it('is driven by one process at a time', async () => {
    const cwd = folderWith(TRIP);
    const running = await holding(cwd, 'held');
    const refused = await backstep(['resume', 'held'], { cwd });
    expect(refused).toMatchObject({ status: 1, stdout: '' });
    expect(steady(refused.stderr)).toBe('backstep: The run held is driven by backstep run (process PID on HOST).\n');
    const watching = startBackstep(['run', 'trip.workflow.yaml', '--id', 'held', '--json'], { cwd });
    touch(cwd, 'go');
    expect((await running.finished).status).toBe(0);
    const watched = await watching.finished;
    expect(watched.status).toBe(0);
    expect(jsonLines(watched.stdout).at(-1)).toMatchObject({ run: 'held', status: 'completed' });
    expect(calls(cwd)).toHaveLength(3);
  });

  it('is cancelled in whatever process drives it', async () => {
    const cwd = folderWith(TRIP);
    const running = await holding(cwd, 'live');
    const cancelled = await backstep(['cancel', 'live', '--as', 'erin', '--json'], { cwd });
    expect(cancelled.status).toBe(6);
    expect((await running.finished).status).toBe(6);
    expect(jsonLines(cancelled.stdout).at(-1)).toMatchObject({ status: 'cancelled', compensated: ['book'] });
    const again = await backstep(['cancel', 'live'], { cwd });
    expect(again).toMatchObject({ status: 1, stdout: '' });
    expect(again.stderr).toBe('backstep: The run live has ended: it is cancelled.\n');
  });

  it('is cancelled when nobody drives it, and undoes nothing if told so', async ({ expect }) => {
    const cwd = folderWith(ASK);
    expect((await backstep(['run', 'ask.workflow.yaml', '--id', 'a', '--no-wait'], { cwd })).status).toBe(7);
    const { status, stdout } = await backstep(['cancel', 'a', '--no-compensate', '--as', 'erin'], { cwd });
    expect(status).toBe(6);
    expect(stdout).toMatchInlineSnapshot(`
      "ask 1.0.0   run a   goes on
        taken up again
        cancelled by erin, undoing nothing
      cancelled
      "
    `);
  });

  it('waits for a person when a compensation fails, who lets it retry, skips it or resolves it', async ({ expect }) => {
    const cwd = folderWith(TRIP);
    for (const file of ['go', 'broke', 'jammed']) touch(cwd, file);
    const run = (id: string) => ['run', 'trip.workflow.yaml', '--input', '{"seat":"4A"}', '--id', id];
    const first = await backstep(run('r'), { cwd });
    expect(first).toMatchObject({ status: 5, stderr: '' });
    expect(first.stdout).toMatchInlineSnapshot(`
      "trip 1.0.0   run r
        → book
        book → hold
        hold → pay
        pay: attempt 1 failed, exit.3: node ended with 3.
        nothing catches exit.3, so what was done is undone
        ↩ undoing book: desk.release {"seat":"4A"}
        undoing book: attempt 1 failed, exit.4: node ended with 4.
        undoing book failed: exit.4: node ended with 4.
        suspended: a compensation failed, and a person has to decide
      suspended   exit.3: node ended with 3. (pay)
        left: book → desk.release {"seat":"4A"}   exit.4: node ended with 4.
        decide with: backstep retry r, backstep skip r STATE or backstep resolve r STATE
      "
    `);
    const shown = await backstep(['show', 'r'], { cwd });
    expect(shown.stdout).toMatchInlineSnapshot(`
      "Workflow: trip 1.0.0   run r   suspended
      Current state: pay
      History: book → hold → pay
      Next: —
      Compensation stack: book → desk.release {"seat":"4A"}   failed: exit.4: node ended with 4.
      Error: exit.3: node ended with 3. (pay)
      "
    `);

    const other = await backstep(['retry', 'r', 'pay'], { cwd });
    expect(other).toMatchObject({ status: 1, stdout: '' });
    expect(other.stderr).toContain('Nothing of pay waits for a retry. These wait: book.');
    expect((await backstep(['retry', 'r'], { cwd })).status).toBe(5);
    rmSync(join(cwd, 'jammed'));
    const retried = await backstep(['retry', 'r', 'book', '--json'], { cwd });
    expect(retried.status).toBe(3);
    expect(jsonLines(retried.stdout).at(-1)).toMatchObject({
      status: 'compensated',
      compensated: ['book'],
      pending: [],
    });

    touch(cwd, 'jammed');
    for (const [how, status, end] of [
      ['resolve', 3, 'compensated'],
      ['skip', 4, 'failed'],
    ] as const) {
      const suspended = await backstep([...run(how), '--json'], { cwd });
      expect(jsonLines(suspended.stdout).at(-1)).toMatchObject({
        status: 'suspended',
        pending: [{ state: 'book', action: 'desk.release', with: { seat: '4A' }, error: { type: 'exit.4' } }],
      });
      const settled = await backstep([how, how, 'book', '--json'], { cwd });
      expect(settled.status).toBe(status);
      expect(jsonLines(settled.stdout).at(-1)).toMatchObject({ status: end, compensated: [], pending: [] });
    }
  });

  it('is taken up with all others that were left', async () => {
    const cwd = folderWith(ASK);
    const none = await backstep(['resume'], { cwd });
    expect(none).toMatchObject({ status: 0, stdout: '' });
    for (const id of ['a', 'b']) await backstep(['run', 'ask.workflow.yaml', '--id', id, '--no-wait'], { cwd });
    const which = await backstep(['resume'], { cwd });
    expect(which).toMatchObject({ status: 1, stdout: '' });
    expect(which.stderr).toContain('2 runs were left: a, b. Name one of them, or take up --all.');
    for (const id of ['a', 'b']) {
      const answer = ['--outcome', 'approved', '--form', '{"note":"fine"}'];
      expect((await backstep(['task', 'complete', `${id}/approve`, ...answer], { cwd })).status).toBe(0);
    }
    const all = await backstep(['resume', '--all', '--json'], { cwd });
    expect(all.status).toBe(0);
    const ends = jsonLines(all.stdout).filter(({ type }) => type === undefined);
    expect(ends.map(({ run, status }) => [run, status]).sort()).toEqual([
      ['a', 'completed'],
      ['b', 'completed'],
    ]);
    const unknown = await backstep(['resume', 'c'], { cwd });
    expect(unknown).toMatchObject({ status: 1, stdout: '' });
    expect(unknown.stderr).toMatch(/There is no run c in .*runs\.db\. "backstep runs" lists those that are there\./);
  });

  it('that may only go forward waits at the state that failed, which a retry takes up', async () => {
    const forward = TRIP['trip.workflow.yaml'].replace('states:', 'recovery: suspend\nstates:');
    const cwd = folderWith({ ...TRIP, 'trip.workflow.yaml': forward });
    for (const file of ['go', 'broke']) touch(cwd, file);
    const run = ['run', 'trip.workflow.yaml', '--input', '{"seat":"4A"}', '--id', 'f', '--json'];
    const suspended = await backstep(run, { cwd });
    expect(suspended.status).toBe(5);
    expect(jsonLines(suspended.stdout).at(-1)).toMatchObject({
      status: 'suspended',
      error: { type: 'exit.3', state: 'pay' },
      pending: [{ state: 'pay', action: 'desk.pay', error: { type: 'exit.3' } }],
    });
    rmSync(join(cwd, 'broke'));
    const retried = await backstep(['retry', 'f', '--json'], { cwd });
    expect(retried.status).toBe(0);
    expect(jsonLines(retried.stdout).at(-1)).toMatchObject({ status: 'completed', error: null, pending: [] });
    expect(calls(cwd).slice(-2)).toEqual(['pay  f/pay/1', 'pay  f/pay/1']);
  });

  it('waits with the run that it started, and goes on by the outermost one', async () => {
    const parent = 'workflow: parent\nstates:\n  inner:\n    run: ./ask.workflow.yaml\n    next: end\n';
    const cwd = folderWith({ ...ASK, 'parent.workflow.yaml': parent });
    const run = ['run', 'parent.workflow.yaml', '--id', 'p'];
    const waiting = await backstep([...run, '--no-wait', '--json'], { cwd });
    expect(waiting.status).toBe(7);
    expect(jsonLines(waiting.stdout).at(-1)).toMatchObject({ run: 'p', status: 'waiting', path: ['inner'] });
    const listed = await backstep(['tasks', '--json'], { cwd });
    const [task] = jsonLines(listed.stdout) as readonly { run: string; state: string }[];
    const answer = ['--outcome', 'rejected', '--form', '{"note":"no"}'];
    const answered = await backstep(['task', 'complete', `${task?.run}/${task?.state}`, ...answer], { cwd });
    expect(answered.stdout).toMatch(/goes on with: backstep resume p\n$/);
    const resumed = await backstep(['resume', 'p', '--json'], { cwd });
    expect(resumed.status).toBe(4);
    expect(jsonLines(resumed.stdout).at(-1)).toMatchObject({
      run: 'p',
      error: { type: 'ask.refused', state: 'inner' },
    });

    const other = await backstep(['run', 'ask.workflow.yaml', '--id', 'p'], { cwd });
    expect(other).toMatchObject({ status: 1, stdout: '' });
    expect(other.stderr).toMatch(/The run p in .* is one of .*parent\.workflow\.yaml\. Take another --id\./);
  });
});
