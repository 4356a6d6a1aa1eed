/** Moving runs to newer versions, forks, numbers about runs, and what is handed on of a run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { createHost, openJournal, realClock } from '../../runner/host.ts';
import { backstep, folderWith, jsonLines, PATIENCE_MS, startBackstep, steady } from './backstep.ts';
import { ASK, ORDER } from './fixtures.ts';

const NEWER = ASK['ask.workflow.yaml']
  .replace('version: 1.0.0', 'version: 1.1.0\nmigrations: [ { from: "1.0.x", states: { approve: confirm } } ]')
  .replace('  approve:', '  confirm:')
  .replace('results.approve', 'results.confirm');

const RUN = ['run', 'order.workflow.yaml', '--input', '{"amount":5}', '--clock', 'virtual', '--mocks'] as const;

describe.concurrent('versions', { timeout: PATIENCE_MS }, () => {
  it('move a waiting run to a newer file, which it then goes on with', async ({ expect }) => {
    const cwd = folderWith({ ...ASK, 'newer.workflow.yaml': NEWER });
    await backstep(['run', 'ask.workflow.yaml', '--id', 'q', '--no-wait'], { cwd });
    const moved = await backstep(['migrate', 'q', 'newer.workflow.yaml', '--as', 'ada'], { cwd });
    expect({ ...moved, stdout: steady(moved.stdout, cwd) }).toMatchObject({
      status: 0,
      stderr: '',
      stdout:
        'The run q has moved from version 1.0.0 to 1.1.0 ($FOLDER/newer.workflow.yaml).\nIt goes on with: backstep resume q\n',
    });
    const told = (await backstep(['history', 'q'], { cwd })).stdout;
    expect(told).toContain('moved from version 1.0.0 to 1.1.0 by ada');
    expect((await backstep(['show', 'q'], { cwd })).stdout).toContain('Workflow: ask 1.1.0   run q   waiting');
    const answer = ['q/confirm', '--outcome', 'approved', '--form', '{"note":"fine"}'];
    expect(await backstep(['task', 'complete', ...answer], { cwd })).toMatchObject({ status: 0 });
    const resumed = await backstep(['resume', 'q', '--json'], { cwd });
    expect(resumed.status).toBe(0);
    expect(jsonLines(resumed.stdout).at(-1)).toMatchObject({ status: 'completed', output: { note: 'fine' } });
  });

  it('move a run while a process drives it, where it goes on', async ({ expect }) => {
    const cwd = folderWith({ ...ASK, 'newer.workflow.yaml': NEWER });
    const driven = startBackstep(['run', 'ask.workflow.yaml', '--id', 'q'], { cwd });
    await driven.seen('waits for office');
    expect(await backstep(['migrate', 'q', 'newer.workflow.yaml', '--as', 'ada'], { cwd })).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringMatching(/^The run q has moved from version 1\.0\.0 to 1\.1\.0 \(.*\)\.\n$/) as string,
    });
    await driven.seen('taken up again');
    await backstep(
      ['task', 'complete', 'q/confirm', '--outcome', 'approved', '--form', '{"note":"fine"}', '--as', 'erin'],
      { cwd },
    );
    const { status, stdout, stderr } = await driven.finished;
    expect([status, stderr]).toEqual([0, '']);
    expect(steady(stdout)).toMatchInlineSnapshot(`
      "ask 1.0.0   run q
        → approve
        approve waits for office: May it go on?
        answer with: backstep task complete q/approve --outcome approved|rejected
        moved from version 1.0.0 to 1.1.0 by ada
        taken up again
        confirm: approved by erin
        confirm → done
        done → end
      completed   {"note":"fine"}
      "
    `);
  });

  it('let a run be watched where it was let go, when another process takes it up', async ({ expect }) => {
    const cwd = folderWith(ASK);
    const first = startBackstep(['run', 'ask.workflow.yaml', '--id', 'q'], { cwd });
    await first.seen('waits for office');
    const journal = openJournal(join(cwd, '.backstep', 'runs.db'));
    journal.post('q', { type: 'let-go' });
    while (journal.holder('q') !== null) await new Promise((resolve) => setTimeout(resolve, 5));
    const other = createHost({ journal, clock: realClock(), holder: 'quicker' });
    expect(await other.resume('q')).toMatchObject({ ok: true });
    await first.seen('taken up again');
    const form = { note: 'fine' };
    const yes = { type: 'decision', state: 'approve', by: { name: 'erin' }, outcome: 'approved', form } as const;
    expect(await other.runs.get('q')?.send(yes)).toBeNull();
    const { status, stdout, stderr } = await first.finished;
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /taken up again\n {2}approve: approved by erin\n {2}approve → done\n {2}done → end\ncompleted/,
    );
    await other.close();
    journal.close();
  });

  it('say what has no place, and change nothing, whoever drives the run', async ({ expect }) => {
    const unmapped = NEWER.replace(', states: { approve: confirm }', '');
    const cwd = folderWith({ ...ASK, 'newer.workflow.yaml': unmapped, 'bad.workflow.yaml': 'workflow: ask\n' });
    const driven = startBackstep(['run', 'ask.workflow.yaml', '--id', 'q'], { cwd });
    await driven.seen('waits for office');
    expect(await backstep(['migrate', 'q', 'newer.workflow.yaml'], { cwd })).toMatchObject({
      status: 1,
      stdout: '',
      stderr: 'backstep: The run q stays in version 1.0.0: the active state approve has no place.\n',
    });
    await driven.seen('taken up again');
    driven.process.kill('SIGKILL');
    await driven.finished;
    expect(await backstep(['migrate', 'q', 'newer.workflow.yaml'], { cwd })).toMatchObject({
      status: 1,
      stderr: 'backstep: The run q stays in version 1.0.0: the active state approve has no place.\n',
    });
    const bad = await backstep(['migrate', 'q', 'bad.workflow.yaml'], { cwd });
    expect(bad).toMatchObject({ status: 1, stdout: '' });
    expect(bad.stderr).toContain('bad.workflow.yaml:1:');
    expect((await backstep(['show', 'q'], { cwd })).stdout).toContain('ask 1.0.0');
  });
});

describe.concurrent('a fork', { timeout: PATIENCE_MS }, () => {
  it('goes on from a record of another run, whose later effects are named', async ({ expect }) => {
    const cwd = folderWith(ORDER);
    await backstep([...RUN, 'declined.yaml', '--id', 'd'], { cwd });
    const records = jsonLines((await backstep(['history', 'd', '--json'], { cwd })).stdout);
    const at = records.find(({ type, way }) => type === 'state.entered' && way === 'pause')?.['seq'] as number;
    const forked = await backstep(['fork', 'd', '--at', String(at - 1), '--id', 'f'], { cwd });
    expect(forked).toMatchObject({ status: 0, stderr: '' });
    expect(steady(forked.stdout)).toBe(
      `f begins with the first ${at} records of d; record ${at - 1} belongs together with those up to ${at}.
After that point these effects had already happened:
  YYYY-MM-DD hh:mm:ss   charge → cards.charge   in doubt
  YYYY-MM-DD hh:mm:ss   reserve (undoing) → stock.release
It goes on with: backstep resume f
`,
    );
    const lines = jsonLines((await backstep(['history', 'f', '--json'], { cwd })).stdout);
    expect(lines.slice(0, at).map(({ run: _, ...record }) => record)).toEqual(
      records.slice(0, at).map(({ run: _, ...record }) => record),
    );
    expect(lines.at(at)).toMatchObject({ type: 'run.forked', run: 'f', from: 'd', upTo: at });

    const json = await backstep(['fork', 'd', '--at', String(at), '--json'], { cwd });
    expect(jsonLines(json.stdout)).toMatchObject([
      { from: 'd', at, effects: [{ state: 'charge', certain: false }, {}] },
    ]);
  });

  it('is refused with what is wrong', async ({ expect }) => {
    const cwd = folderWith(ORDER);
    await backstep([...RUN, 'good.yaml', '--id', 'd'], { cwd });
    for (const [args, status, message] of [
      [['--at', 'x'], 2, '--at takes the number of a record, and "x" is none.'],
      [['--at', '3', '--set', 'amount'], 2, '--set takes NAME=JSON, and "amount" is not that.'],
      [['--at', '3', '--set', 'amount={'], 1, '--set amount:1:2: This is no JSON'],
      [['--at', '3', '--set', 'amount=7'], 1, 'The run has no variable amount. It has none there.'],
      [['--at', '9999'], 1, 'it cannot be forked at 9999.'],
      [['--at', '3', '--id', 'd'], 1, 'There is already a run d.'],
      [['--at', '3', '--id', 'a b'], 1, '"a b" cannot be a run\'s id'],
    ] as const) {
      const refused = await backstep(['fork', 'd', ...args], { cwd });
      expect(refused).toMatchObject({ status, stdout: '' });
      expect(refused.stderr).toContain(message);
    }
  });
});

describe.concurrent('metrics', { timeout: PATIENCE_MS }, () => {
  it('are printed for people and for programs', async ({ expect }) => {
    const cwd = folderWith(ORDER);
    expect(await backstep(['metrics'], { cwd })).toMatchObject({ status: 0, stdout: '' });
    const [none] = jsonLines((await backstep(['metrics', '--json'], { cwd })).stdout);
    expect(none).toMatchObject({ runs: { total: 0, active: 0, successRate: null, duration: null }, states: [] });
    await backstep([...RUN, 'declined.yaml'], { cwd });
    await backstep([...RUN, 'good.yaml'], { cwd });
    const { stdout } = await backstep(['metrics'], { cwd });
    expect(stdout.replace(/Rate: .*/, 'Rate: RATE')).toMatchInlineSnapshot(`
      "Runs: 2   0 active   1 compensated, 1 completed
      Rate: RATE
      Success: 50 %
      Duration: p50 2h   p90 2h1m   p95 2h1m   p99 2h1m   max 2h1m

      STATE     ENTERED   ACTIVE   SUCCESS   ATTEMPTS   RETRIES   UNDONE   P50   P95   MAX
      reserve   2         0        100 %     2          0         1        0s    0s    0s
      pause     2         0        100 %     2          0         0        2h    2h    2h
      charge    2         0        50 %      3          1         0        0s    0s    0s

      Slowest: pause (2h)
      Most retried: charge (1 retry)
      "
    `);
    const [json] = jsonLines((await backstep(['metrics', '--workflow', 'order', '--json'], { cwd })).stdout);
    expect(json).toMatchObject({
      runs: { total: 2, active: 0, successRate: 0.5, duration: { max: 7_260_000 } },
      states: [{ state: 'reserve', compensated: 1 }, { state: 'pause' }, { state: 'charge', retries: 1 }],
    });
    expect(await backstep(['metrics', '--workflow', 'other'], { cwd })).toMatchObject({
      status: 0,
      stderr: 'No run of the journal fits.\n',
    });
  });
});

describe.concurrent('the history of a run', { timeout: PATIENCE_MS }, () => {
  it('is handed on whole in one file, with what it started and with every text', async ({ expect }) => {
    const parent =
      'workflow: parent\nversion: 1.0.0\nstates:\n  sub: { run: ./ask.workflow.yaml, with: {}, next: end }\n';
    const cwd = folderWith({ ...ASK, 'parent.workflow.yaml': parent });
    await backstep(['run', 'parent.workflow.yaml', '--id', 'p', '--no-wait'], { cwd });
    const exported = await backstep(['history', 'p', '--export', 'p.json'], { cwd });
    expect(exported).toMatchObject({ status: 0, stdout: 'p.json holds 2 runs: p, p.sub.1.\n', stderr: '' });
    const file = JSON.parse(readFileSync(join(cwd, 'p.json'), 'utf8')) as {
      runs: { run: string; hash: string; resources: string; records: unknown[] }[];
      texts: Record<string, string>;
    };
    expect(file).toMatchObject({ format: 'backstep-runs', version: 1, runs: [{ run: 'p' }, { run: 'p.sub.1', parent: 'p' }] }); // prettier-ignore
    expect(file.runs.map(({ hash }) => file.texts[hash])).toEqual([parent, ASK['ask.workflow.yaml']]);
    const records = jsonLines((await backstep(['history', 'p', '--json'], { cwd })).stdout);
    expect(file.runs[0]?.records).toEqual(
      records.map(({ run: _, ...record }) => expect.objectContaining(record) as unknown),
    );

    const piped = await backstep(['history', 'p', '--export', '-'], { cwd });
    expect(JSON.parse(piped.stdout)).toEqual(file);
    const nowhere = await backstep(['history', 'p', '--export', 'no/such/folder.json'], { cwd });
    expect(nowhere).toMatchObject({ status: 1, stdout: '' });
    expect(nowhere.stderr).toContain('no/such/folder.json cannot be written: ');
  });
});
