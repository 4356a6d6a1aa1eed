/** Tasks, and everything that only looks at runs. */
import { writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { backstep, folderWith, jsonLines, PATIENCE_MS, startBackstep, steady } from './backstep.ts';
import { ASK, ORDER } from './fixtures.ts';

const WAITING = ['run', 'ask.workflow.yaml', '--id', 'q', '--no-wait'] as const;
const YES = ['--outcome', 'approved', '--form', '{"note":"fine"}'] as const;

describe.concurrent('a task', { timeout: PATIENCE_MS }, () => {
  it('is listed, claimed, delegated, given back and completed while nobody drives its run', async ({ expect }) => {
    const cwd = folderWith(ASK);
    const none = await backstep(['tasks'], { cwd });
    expect(none).toMatchObject({ status: 0, stdout: '' });
    await backstep(WAITING, { cwd });
    const listed = await backstep(['tasks'], { cwd });
    expect(steady(listed.stdout)).toMatchInlineSnapshot(`
      "TASK        TITLE           FOR      DUE                   OUTCOMES
      q/approve   May it go on?   office   YYYY-MM-DD hh:mm:ss   approved | rejected
      "
    `);

    const claimed = await backstep(['task', 'claim', 'q/approve', '--as', 'erin'], { cwd });
    expect(claimed).toMatchObject({
      status: 0,
      stdout: 'q/approve: claimed for erin; the run goes on with: backstep resume q\n',
    });
    const again = await backstep(['task', 'claim', 'q/approve', '--as', 'frank'], { cwd });
    expect(again).toMatchObject({ status: 1, stdout: '' });
    expect(again.stderr).toContain('The task approve is already claimed by erin; release it first.');
    await backstep(['task', 'delegate', 'q/approve', '--to', 'frank', '--as', 'erin'], { cwd });
    const ownedBy = async () => jsonLines((await backstep(['tasks', '--json'], { cwd })).stdout)[0]?.['owner'];
    expect(await ownedBy()).toBe('frank');
    await backstep(['task', 'release', 'q/approve', '--as', 'frank'], { cwd });
    expect(await ownedBy()).toBeNull();

    const completed = await backstep(['task', 'complete', 'q/approve', ...YES, '--as', 'erin', '--json'], { cwd });
    expect(jsonLines(completed.stdout)).toEqual([{ run: 'q', state: 'approve', done: 'completed', delivered: false }]);
    const late = await backstep(['task', 'complete', 'q/approve', ...YES], { cwd });
    expect(late).toMatchObject({ status: 1, stdout: '' });
    expect(late.stderr).toContain('The run q has no open task approve. It has none.');
    expect((await backstep(['tasks', '--json'], { cwd })).stdout).toBe('');

    const resumed = await backstep(['resume', 'q'], { cwd });
    expect(resumed.status).toBe(0);
    expect(resumed.stdout).toMatchInlineSnapshot(`
      "ask 1.0.0   run q   goes on
        taken up again
        approve: claimed for erin by erin
        approve: delegated to frank by erin
        approve: given back by frank
        approve: approved by erin
        approve → done
        done → end
      completed   {"note":"fine"}
      "
    `);
    const over = await backstep(['task', 'release', 'q/approve'], { cwd });
    expect(over.stderr).toBe('backstep: The run q has ended: it is completed.\n');
  });

  it.each([
    [
      'with an outcome that it does not have',
      ['--outcome', 'maybe'],
      /has no outcome maybe; it has approved, rejected/,
    ],
    ['without its form', ['--outcome', 'approved'], /The form of approve does not fit: \/note is missing/],
    ['with a form of the wrong type', ['--outcome', 'approved', '--form', '{"note":1}'], /\/note must be a string/],
    [
      'with a form that is wrong in several fields',
      ['--outcome', 'approved', '--form', '{"note":1,"amount":"x","to":{}}'],
      /The form of approve does not fit: \/note must be a string; \/amount must be a number; \/to\/name is missing\.\n$/,
    ],
    [
      'with a form that is no object',
      ['--outcome', 'approved', '--form', '"x"'],
      /does not fit: it must be an object\.\n$/,
    ],
    ['with a form that is no JSON', ['--outcome', 'approved', '--form', '{'], /--form:1:2: This is no JSON/],
  ])('is not completed %s', async (_, answer, message) => {
    const cwd = folderWith(ASK);
    await backstep(WAITING, { cwd });
    const { status, stdout, stderr } = await backstep(['task', 'complete', 'q/approve', ...answer], { cwd });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(message);
    expect(jsonLines((await backstep(['tasks', '--json'], { cwd })).stdout)).toMatchObject([
      { run: 'q', state: 'approve' },
    ]);
  });

  it.each([
    ['claim', ['--as', ''], 2, '--as names nobody.'],
    ['claim', ['--as', ' '], 2, '--as names nobody.'],
    ['delegate', ['--to', ''], 2, '--to names nobody.'],
    ['delegate', [], 2, "required option '--to <name>' not specified\nRun it with --help to see what it takes."],
    ['release', [], 1, 'Nobody has the task approve: there is nothing to give back.'],
  ])('is not changed by %s %j', async (what, options, status, message) => {
    const cwd = folderWith(ASK);
    await backstep(WAITING, { cwd });
    const said = await backstep(['task', what, 'q/approve', ...options], { cwd });
    expect(said).toMatchObject({ status, stdout: '', stderr: `backstep: ${message}\n` });
  });

  it('asks for the outcome where there are several', async () => {
    const cwd = folderWith(ASK);
    await backstep(WAITING, { cwd });
    const { status, stderr } = await backstep(['task', 'complete', 'q/approve'], { cwd });
    expect(status).toBe(2);
    expect(stderr).toContain('Say which way q/approve goes: --outcome approved|rejected.');
    const unknown = await backstep(['task', 'claim', 'q/done'], { cwd });
    expect(unknown).toMatchObject({ status: 1, stdout: '' });
    expect(unknown.stderr).toContain('The run q has no open task done. It has q/approve.');
  });

  it.each([
    ['claim', [], 'nobody drives'],
    ['claim', [], 'a process drives'],
    ['complete', YES, 'nobody drives'],
    ['complete', YES, 'a process drives'],
  ])('is for one of two people who %s it (%j) at the same instant while %s its run', async (what, answer, who) => {
    const cwd = folderWith(ASK);
    const isDriven = who === 'a process drives';
    const running = startBackstep(['run', 'ask.workflow.yaml', '--id', 'q', ...(isDriven ? [] : ['--no-wait'])], {
      cwd,
    });
    await (isDriven ? running.seen('approve waits for office') : running.finished);
    const people = ['erin', 'frank'];
    const said = await Promise.all(
      people.map((name) => backstep(['task', what, 'q/approve', ...answer, '--as', name], { cwd })),
    );
    expect(said.map(({ status }) => status).toSorted()).toEqual([0, 1]);
    const winner = people[said.findIndex(({ status }) => status === 0)] ?? '';
    const loser = said.find(({ status }) => status === 1);
    expect(loser?.stdout).toBe('');
    const claimed = `already claimed by ${winner}; release it first`;
    const completed = `already completed by ${winner}: approved|has no open task approve|The run q has ended`;
    expect(loser?.stderr).toMatch(new RegExp(what === 'claim' ? claimed : completed));
    if (what === 'claim') {
      expect(jsonLines((await backstep(['tasks', '--json'], { cwd })).stdout)).toMatchObject([{ owner: winner }]);
      await backstep(['task', 'complete', 'q/approve', ...YES, '--as', winner], { cwd });
    }
    if (isDriven) expect(await running.finished).toMatchObject({ status: 0 });
    const { stdout } = isDriven ? await running.finished : await backstep(['resume', 'q'], { cwd });
    expect(stdout).toContain(`approve: approved by ${winner}\n`);
  });

  it('reaches the run at once while a process drives it', async () => {
    const cwd = folderWith(ASK);
    const running = startBackstep(['run', 'ask.workflow.yaml', '--id', 'q'], { cwd });
    await running.seen('approve waits for office');
    const { status, stdout } = await backstep(['task', 'complete', 'q/approve', ...YES], { cwd });
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'q/approve: completed\n' });
    expect(await running.finished).toMatchObject({ status: 0, stderr: '' });
  });
});

describe.concurrent('runs', { timeout: PATIENCE_MS }, () => {
  it('that wait for a child run which waits for a person say so, and whose', async ({ expect }) => {
    const child = `workflow: child
recovery: suspend
vars: { n: 0 }
states:
  work: { set: { n: "\${ $error('no') }" }, next: end }
`;
    const parent = 'workflow: parent\nstates:\n  sub: { run: ./child.workflow.yaml, next: end }\n';
    const cwd = folderWith({ 'child.workflow.yaml': child, 'parent.workflow.yaml': parent });
    const run = await backstep(['run', 'parent.workflow.yaml', '--id', 'p', '--no-wait'], { cwd });
    expect(run.status).toBe(7);
    expect(run.stdout).toContain('decide with: backstep retry p.sub.1 or backstep cancel p.sub.1\n');
    const again = await backstep(['retry', 'p.sub.1'], { cwd });
    expect(again.status).toBe(5);
    expect(again.stdout).toMatch(
      /left: work → set {3}expression: .*\n {2}decide with: backstep retry p\.sub\.1 or backstep cancel p\.sub\.1\n$/,
    );
    const listed = jsonLines((await backstep(['runs', '--json'], { cwd })).stdout);
    expect(listed.map(({ run: id, status }) => [id, status])).toEqual([
      ['p', 'waiting'],
      ['p.sub.1', 'suspended'],
    ]);
    expect((await backstep(['show', 'p'], { cwd })).stdout).toBe(
      `Workflow: parent 0.0.0   run p   waiting
Current state: sub
History: sub
Next: end
Compensation stack: —
Waits: sub for the run p.sub.1, which is suspended
`,
    );
  });

  it('are listed, shown and told', async ({ expect }) => {
    const cwd = folderWith({ ...ORDER, ...ASK });
    const before = await backstep(['runs'], { cwd });
    expect(before).toMatchObject({ status: 0, stdout: '' });
    expect(before.stderr).toMatch(/^There are no runs yet/);
    const run = ['run', 'order.workflow.yaml', '--input', '{"amount":5}', '--clock', 'virtual', '--mocks'];
    await backstep([...run, 'declined.yaml', '--id', 'd'], { cwd });
    await backstep([...run, 'good.yaml', '--no-wait', '--clock', 'real', '--id', 'w'], { cwd });
    await backstep(WAITING, { cwd });

    expect(steady((await backstep(['runs'], { cwd })).stdout)).toMatchInlineSnapshot(`
      "RUN   WORKFLOW      STATUS        STARTED               LAST CHANGE
      d     order 1.2.0   compensated   YYYY-MM-DD hh:mm:ss   YYYY-MM-DD hh:mm:ss
      w     order 1.2.0   waiting       YYYY-MM-DD hh:mm:ss   YYYY-MM-DD hh:mm:ss
      q     ask 1.0.0     waiting       YYYY-MM-DD hh:mm:ss   YYYY-MM-DD hh:mm:ss
      "
    `);
    const ids = async (...args: string[]) =>
      jsonLines((await backstep(['runs', '--json', ...args], { cwd })).stdout).map((each) => each['run']);
    expect(await ids('--status', 'compensated')).toEqual(['d']);
    expect(await ids('--workflow', 'order', '--status', 'waiting')).toEqual(['w']);
    expect(await ids('--workflow', 'nothing')).toEqual([]);

    expect(steady((await backstep(['show', 'w'], { cwd })).stdout)).toMatchInlineSnapshot(`
      "Workflow: order 1.2.0   run w   waiting
      Current state: pause
      History: reserve → pause
      Next: charge
      Compensation stack: reserve → stock.release {"id":"r-1"}
      Waits: pause until YYYY-MM-DD hh:mm:ss
      "
    `);
    expect(steady((await backstep(['show', 'q'], { cwd })).stdout)).toMatchInlineSnapshot(`
      "Workflow: ask 1.0.0   run q   waiting
      Current state: approve
      History: approve
      Next: done | refuse
      Compensation stack: —
      Waits: approve for office: May it go on?
      "
    `);
    const shown = JSON.parse((await backstep(['show', 'd', '--json'], { cwd })).stdout) as unknown;
    expect(shown).toMatchObject({
      run: 'd',
      status: 'compensated',
      history: ['reserve', 'pause', 'charge'],
      stack: [],
      error: { type: 'http.402', state: 'charge' },
    });
    const told = (await backstep(['history', 'd'], { cwd })).stdout.replaceAll(
      ` by ${userInfo().username}`,
      ' by USER',
    );
    expect(steady(told)).toMatchInlineSnapshot(`
      "TIME                      SEQ   RECORD                   WHAT HAPPENED
      YYYY-MM-DD hh:mm:ss.mmm   1     run.started              order 1.2.0 begins with {"amount":5}, by USER
      YYYY-MM-DD hh:mm:ss.mmm   2     scope.entered            the workflow is entered
      YYYY-MM-DD hh:mm:ss.mmm   3     state.entered            → reserve
      YYYY-MM-DD hh:mm:ss.mmm   4     state.prepared           reserve is called with {"amount":5}
      YYYY-MM-DD hh:mm:ss.mmm   5     attempt.started          reserve: attempt 1
      YYYY-MM-DD hh:mm:ss.mmm   6     attempt.succeeded        reserve answered {"id":"r-1"}
      YYYY-MM-DD hh:mm:ss.mmm   7     state.completed          reserve is complete: {"id":"r-1"}
      YYYY-MM-DD hh:mm:ss.mmm   8     transition.taken         reserve → pause
      YYYY-MM-DD hh:mm:ss.mmm   9     state.entered            → pause
      YYYY-MM-DD hh:mm:ss.mmm   10    state.prepared           pause is called with null
      YYYY-MM-DD hh:mm:ss.mmm   11    attempt.started          pause: attempt 1
      YYYY-MM-DD hh:mm:ss.mmm   12    wait.started             pause waits until YYYY-MM-DD hh:mm:ss
      YYYY-MM-DD hh:mm:ss.mmm   13    attempt.succeeded        pause answered null
      YYYY-MM-DD hh:mm:ss.mmm   14    state.completed          pause is complete: null
      YYYY-MM-DD hh:mm:ss.mmm   15    transition.taken         pause → charge
      YYYY-MM-DD hh:mm:ss.mmm   16    state.entered            → charge
      YYYY-MM-DD hh:mm:ss.mmm   17    state.prepared           charge is called with {"amount":5}
      YYYY-MM-DD hh:mm:ss.mmm   18    attempt.started          charge: attempt 1
      YYYY-MM-DD hh:mm:ss.mmm   19    attempt.failed           charge: attempt 1 failed, network: gone
      YYYY-MM-DD hh:mm:ss.mmm   20    retry.scheduled          charge is tried again at YYYY-MM-DD hh:mm:ss.mmm
      YYYY-MM-DD hh:mm:ss.mmm   21    retry.due                charge is tried again
      YYYY-MM-DD hh:mm:ss.mmm   22    attempt.started          charge: attempt 2
      YYYY-MM-DD hh:mm:ss.mmm   23    attempt.failed           charge: attempt 2 failed, http.402: declined
      YYYY-MM-DD hh:mm:ss.mmm   24    error.raised             nothing catches http.402, so what was done is undone
      YYYY-MM-DD hh:mm:ss.mmm   25    rollback.started         the run is rolled back
      YYYY-MM-DD hh:mm:ss.mmm   26    compensation.entered     ↩ undoing reserve: stock.release {"id":"r-1"}
      YYYY-MM-DD hh:mm:ss.mmm   27    attempt.started          undoing reserve: attempt 1
      YYYY-MM-DD hh:mm:ss.mmm   28    attempt.succeeded        undoing reserve answered {}
      YYYY-MM-DD hh:mm:ss.mmm   29    compensation.completed     reserve is undone
      YYYY-MM-DD hh:mm:ss.mmm   30    rollback.completed       the run is rolled back: done
      YYYY-MM-DD hh:mm:ss.mmm   31    run.ended                compensated
      "
    `);

    for (const command of ['show', 'history']) {
      const unknown = await backstep([command, 'nobody'], { cwd });
      expect(unknown).toMatchObject({ status: 1, stdout: '' });
      expect(unknown.stderr).toContain('There is no run nobody in ');
    }
    const elsewhere = await backstep(['show', 'd', '--journal', 'other.db'], { cwd });
    expect(elsewhere).toMatchObject({ status: 1, stdout: '' });
    expect(elsewhere.stderr).toContain('no journal is at ');
  });

  it('are printed as scenarios that go as they did', async () => {
    const cwd = folderWith(ORDER);
    const run = ['run', 'order.workflow.yaml', '--input', '{"amount":5}', '--clock', 'virtual', '--mocks'];
    await backstep([...run, 'declined.yaml', '--id', 'd'], { cwd });
    const printed = await backstep(['history', 'd', '--scenario', 'a declined card'], { cwd });
    expect(printed).toMatchObject({ status: 0, stderr: '' });
    expect(printed.stdout).toMatch(/^a declined card:\n {2}input: \{ amount: 5 \}\n {2}mocks:\n/);
    const whole = await backstep(['history', 'd', '--scenario', 'a declined card', '--json'], { cwd });
    const [saved] = jsonLines(whole.stdout) as { file: string; updated: string; text: string; differences: string[] }[];
    expect(saved?.differences).toEqual([]);
    expect(saved?.text).toBe(printed.stdout);
    writeFileSync(saved?.file ?? '', saved?.updated ?? '');
    expect(await backstep(['test'], { cwd })).toMatchObject({ status: 0 });
    const again = await backstep(['history', 'd', '--scenario', 'a declined card'], { cwd });
    expect(again).toMatchObject({ status: 1, stdout: '' });
    expect(again.stderr).toContain('There is a scenario "a declined card" already');
  });

  it('are drawn with their path', async () => {
    const cwd = folderWith(ORDER);
    const run = ['run', 'order.workflow.yaml', '--input', '{"amount":5}', '--clock', 'virtual', '--mocks'];
    await backstep([...run, 'declined.yaml', '--id', 'd'], { cwd });
    const plain = await backstep(['diagram', 'order.workflow.yaml'], { cwd });
    expect(plain).toMatchObject({ status: 0, stderr: '' });
    expect(plain.stdout).toMatch(/^stateDiagram-v2\n/);
    expect(plain.stdout).not.toContain(' visited');
    const marked = await backstep(['diagram', 'order.workflow.yaml', '--run', 'd'], { cwd });
    expect(marked.stdout).toMatch(/class reserve,pause,charge visited/);
    expect(marked.stdout).toMatch(/class reserve_undo undone/);
  });
});

describe.concurrent('secrets', { timeout: PATIENCE_MS }, () => {
  it('are in nothing that is printed', async () => {
    const cwd = folderWith({
      '.env': 'BACKSTEP_SECRET_KEY=open-sesame\nWHO=reader\n',
      'w.workflow.yaml': `workflow: w
participants:
  tool: { operations: { echo: { shell: [node, echo.mjs, "\${ args.key }", "\${ args.who }"] } } }
states:
  a:
    call: tool.echo
    with: { key: "\${ secrets.KEY }", who: "\${ env.WHO }" }
    timeout: 1m
    compensate: none
    next: end
`,
      'echo.mjs': `console.error('told: ' + process.argv[2]);
console.log(JSON.stringify({ key: process.argv[2], who: process.argv[3], length: process.argv[2].length }));
`,
    });
    const run = await backstep(['run', 'w.workflow.yaml', '--id', 's', '--json'], { cwd });
    expect(run.status).toBe(0);
    expect(jsonLines(run.stdout).at(-1)).toMatchObject({ output: { key: '•••', who: 'reader', length: 11 } });
    expect(run.stderr).toContain('told: •••');
    const others = await Promise.all(
      ['show', 'history']
        .flatMap((command) => [
          [command, 's'],
          [command, 's', '--json'],
        ])
        .map((args) => backstep(args, { cwd })),
    );
    for (const { stdout, stderr } of [run, ...others]) expect(stdout + stderr).not.toContain('open-sesame');
  });
});
