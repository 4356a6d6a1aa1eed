import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { backstep, folderWith, jsonLines, steady, PATIENCE_MS } from './backstep.ts';
import { ASK, ORDER } from './fixtures.ts';

const VIRTUAL = ['--clock', 'virtual'] as const;

describe.concurrent('run', { timeout: PATIENCE_MS }, () => {
  it('tells each transition and what came of it', async ({ expect }) => {
    const cwd = folderWith(ORDER);
    const run = ['run', 'order.workflow.yaml', '--input', '{"amount": 5}', ...VIRTUAL];
    const good = await backstep([...run, '--mocks', 'good.yaml', '--id', 'good'], { cwd });
    expect(good).toMatchObject({ status: 0, stderr: '' });
    expect(steady(good.stdout)).toMatchInlineSnapshot(`
      "order 1.2.0   run good
        → reserve
        reserve → pause
        pause waits until YYYY-MM-DD hh:mm:ss
        pause → charge
        charge → end
      completed   {"charge":"c-1"}
      "
    `);
    const declined = await backstep([...run, '--mocks', 'declined.yaml', '--id', 'declined'], { cwd });
    expect(declined).toMatchObject({ status: 3, stderr: '' });
    expect(steady(declined.stdout)).toMatchInlineSnapshot(`
      "order 1.2.0   run declined
        → reserve
        reserve → pause
        pause waits until YYYY-MM-DD hh:mm:ss
        pause → charge
        charge: attempt 1 failed, network: gone
        charge: attempt 2
        charge: attempt 2 failed, http.402: declined
        nothing catches http.402, so what was done is undone
        ↩ undoing reserve: stock.release {"id":"r-1"}
          reserve is undone
      compensated   http.402: declined (charge)   undone: reserve
      "
    `);
  });

  it('prints every record as JSON, and last what came of the run', async () => {
    const cwd = folderWith(ORDER);
    const run = ['run', 'order.workflow.yaml', '--input', '{"amount": 5}', ...VIRTUAL, '--json'];
    const { status, stdout } = await backstep([...run, '--mocks', 'declined.yaml', '--id', 'd'], { cwd });
    expect(status).toBe(3);
    const lines = jsonLines(stdout);
    expect(lines.at(-1)).toEqual({
      run: 'd',
      status: 'compensated',
      output: null,
      error: { type: 'http.402', message: 'declined', state: 'charge' },
      path: ['reserve', 'pause', 'charge'],
      compensated: ['reserve'],
      pending: [],
    });
    expect(lines.slice(0, -1).map(({ seq }) => seq)).toEqual(lines.slice(0, -1).map((_, at) => at + 1));
    const history = await backstep(['history', 'd', '--json'], { cwd });
    expect(jsonLines(history.stdout)).toEqual(lines.slice(0, -1));
  });

  it('takes the input from a file and from standard input, too', async () => {
    const cwd = folderWith({ ...ORDER, 'input.json': '\uFEFF{"amount": 5}' });
    const run = ['run', 'order.workflow.yaml', ...VIRTUAL, '--mocks', 'good.yaml', '--json'];
    const file = await backstep([...run, '--input', '@input.json'], { cwd });
    const stdin = await backstep([...run, '--input', '-'], { cwd, input: '{"amount": 5}' });
    for (const { stdout } of [file, stdin]) {
      expect(jsonLines(stdout)[0]).toMatchObject({ type: 'run.started', input: { amount: 5 } });
      expect(jsonLines(stdout).at(-1)).toMatchObject({ status: 'completed', output: { charge: 'c-1' } });
    }
  });

  it('returns the same run for the same id', async () => {
    const cwd = folderWith(ORDER);
    const run = ['run', 'order.workflow.yaml', '--input', '{"amount": 5}', '--id', 'one', '--json', ...VIRTUAL];
    const first = await backstep([...run, '--mocks', 'good.yaml'], { cwd });
    const again = await backstep([...run, '--mocks', 'declined.yaml'], { cwd });
    expect(again.status).toBe(0);
    expect(jsonLines(again.stdout)).toEqual(jsonLines(first.stdout).slice(-1));
  });

  it('begins no run whose calls do not fit the types of a module, as validate says', async ({ expect }) => {
    const text = `workflow: count
participants: { counts: { module: ./counts.ts } }
states:
  a: { call: counts.add, with: { amount: "\${ input.amount }" }, timeout: 5s, compensate: none, next: end }
output: "\${ results.a.totl }"
`;
    const counts = `import type { Input } from './types.ts';
export function add({ amount }: Input): { total: number } { return { total: amount }; }
`;
    const types = 'export interface Input { readonly amount: number }\n';
    const cwd = folderWith({ 'count.workflow.yaml': text, 'counts.ts': counts, 'types.ts': types });
    const run = ['run', 'count.workflow.yaml', '--id', 'c', '--input', '{"amount": 3}'];
    const refused = await backstep(run, { cwd });
    const finding =
      'count.workflow.yaml:5:23 error unknown-property: ‘a’ has no property ‘totl’. Did you mean ‘total’?';
    expect(refused).toMatchObject({ status: 1, stdout: '' });
    expect(refused.stderr).toContain(finding);
    expect((await backstep(['validate'], { cwd })).stdout).toContain(finding);
    writeFileSync(join(cwd, 'count.workflow.yaml'), text.replace('totl', 'total'));
    expect(await backstep(run, { cwd })).toMatchObject({ status: 0, stderr: '' });
    // What has begun is not held against types that have changed since.
    writeFileSync(join(cwd, 'types.ts'), types.replace('number', 'string'));
    expect(await backstep(run, { cwd })).toMatchObject({ status: 0, stderr: '' });
  });

  it('fails a state at every attempt with --inject', async () => {
    const cwd = folderWith(ORDER);
    const run = [
      'run',
      'order.workflow.yaml',
      '--input',
      '{"amount": 5}',
      '--mocks',
      'good.yaml',
      '--json',
      ...VIRTUAL,
    ];
    const { status, stdout } = await backstep([...run, '--inject', 'charge=network'], { cwd });
    expect(status).toBe(3);
    const failed = jsonLines(stdout).filter(({ type }) => type === 'attempt.failed');
    expect(failed.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(jsonLines(stdout).at(-1)).toMatchObject({ error: { type: 'network', state: 'charge' } });
    const misspelt = await backstep([...run, '--inject', 'chrge=network'], { cwd });
    expect(misspelt).toMatchObject({ status: 2, stdout: '' });
    expect(misspelt.stderr).toContain('--inject names the state chrge, which order.workflow.yaml does not have.');
  });

  it('names the items of a call by their number', async ({ expect }) => {
    const text = `workflow: pack
states:
  box: { foreach: { in: "\${ [7, 8] }", as: n, call: log, with: { message: "\${ 'n' & n }" } }, next: end }
`;
    const cwd = folderWith({ 'pack.workflow.yaml': text });
    const packed = await backstep(['run', 'pack.workflow.yaml', '--id', 'p', ...VIRTUAL], { cwd });
    expect(packed.stdout).toContain('  box/0 → end\n');
    expect(packed.stdout).not.toContain('box/0/box');
  });

  it('leaves a run whose undoing waits for a person with --no-wait', async ({ expect }) => {
    const text = `workflow: refund
participants: { clerk: { role: clerk } }
states:
  pay: { call: log, with: { message: paid }, compensate: { human: { title: Pay back, assignee: clerk, outcomes: [done] } }, next: stop }
  stop: { fail: { error: order.refused } }
`;
    const cwd = folderWith({ 'refund.workflow.yaml': text });
    for (const clock of ['real', 'virtual']) {
      const run = ['run', 'refund.workflow.yaml', '--id', clock, '--no-wait', '--json', '--clock', clock];
      const left = await backstep(run, { cwd });
      expect(left.status).toBe(7);
      expect(jsonLines(left.stdout).at(-1)).toMatchObject({ status: 'waiting', error: { type: 'order.refused' } });
    }
  });

  it('leaves a run that waits with --no-wait', async ({ expect }) => {
    const cwd = folderWith({ ...ASK, ...ORDER });
    const asked = await backstep(['run', 'ask.workflow.yaml', '--id', 'ask', '--no-wait'], { cwd });
    expect(asked).toMatchObject({ status: 7, stderr: '' });
    expect(asked.stdout).toMatchInlineSnapshot(`
      "ask 1.0.0   run ask
        → approve
        approve waits for office: May it go on?
        answer with: backstep task complete ask/approve --outcome approved|rejected
      waiting   it goes on with: backstep resume ask
      "
    `);
    const timer = [
      'run',
      'order.workflow.yaml',
      '--input',
      '{"amount": 5}',
      '--mocks',
      'good.yaml',
      '--no-wait',
      '--json',
    ];
    const real = await backstep(timer, { cwd });
    expect(real.status).toBe(7);
    expect(jsonLines(real.stdout).at(-1)).toMatchObject({ status: 'waiting', path: ['reserve', 'pause'], error: null });
    // On a virtual clock a timer is nothing to wait for.
    expect((await backstep([...timer, ...VIRTUAL], { cwd })).status).toBe(0);
  });

  it('plays a scenario that stands beside the workflow', async () => {
    const scenarios = `workflow: ./ask.workflow.yaml
scenarios:
  the office says yes:
    decisions: { approve: { after: 1h, outcome: approved, form: { note: fine }, actor: erin } }
  the office says no:
    decisions: { approve: { outcome: rejected, form: { note: no } } }
`;
    const cwd = folderWith({ ...ASK, 'ask.workflow.test.yaml': scenarios });
    const run = ['run', 'ask.workflow.yaml', '--json', '--scenario'];
    const yes = await backstep([...run, 'the office says yes'], { cwd });
    expect(yes.status).toBe(0);
    expect(jsonLines(yes.stdout).at(-1)).toMatchObject({ status: 'completed', output: { note: 'fine' } });
    const no = await backstep([...run, 'the office says no'], { cwd });
    expect(no.status).toBe(4);
    expect(jsonLines(no.stdout).at(-1)).toMatchObject({ error: { type: 'ask.refused', state: 'refuse' } });
    const none = await backstep([...run, 'nobody speaks'], { cwd });
    expect(none).toMatchObject({ status: 1, stdout: '' });
    expect(none.stderr).toContain('There are: the office says yes; the office says no.');
  });
});
