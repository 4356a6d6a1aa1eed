/**
 * The life of a debug session: how it is launched, paused and ended, what a person does in it, and what it bears. It is long
 * because all of them start the same services and sessions.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { openJournal } from '../../runner/host.ts';
import type { Body } from './support/client.ts';
import { FILES, INPUT, LAUNCH, MOCKS } from './support/order.ts';
import {
  client as connected,
  frames,
  initialized,
  launched,
  scopeLines,
  workspace,
  type Workspace,
} from './support/workspace.ts';

const THREAD = { threadId: 1 };
const NAME = 'order.workflow.yaml';
const ADAPTER = fileURLToPath(new URL('../../debugger/bin.ts', import.meta.url));

const TASK = `workflow: approval
version: 1.0.0
participants:
  finance: { role: finance-team }
states:
  approve:
    human:
      title: "Approve it"
      assignee: finance
      form: { type: object, properties: { note: { type: string } }, additionalProperties: false }
    on:
      approved: end
      rejected: refuse
  refuse:
    fail: { error: order.refused }
`;

const WAIT = `workflow: patience
version: 1.0.0
vars: { n: 0 }
states:
  first: { set: { n: 1 }, next: sleep }
  sleep: { wait: 1d, next: end }
`;

const SLOW = (port: number): string => `workflow: slow
version: 1.0.0
participants:
  service: { baseUrl: "http://127.0.0.1:${port}", operations: { ask: { http: GET /slow } } }
states:
  ask: { call: service.ask, next: end }
`;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

function statusOf(space: Workspace, run = 'run-1'): string | undefined {
  const journal = openJournal(space.path('runs.db'));
  try {
    return journal.summary(run)?.status;
  } finally {
    journal.close();
  }
}

describe('launching', () => {
  const bad = (space: Workspace, args: Body): Body => ({
    journal: space.path('runs.db'),
    program: space.path(NAME),
    input: INPUT,
    ...args,
  });

  it('refuses what cannot begin, with the place', async () => {
    const space = workspace({
      ...FILES,
      'broken.workflow.yaml': 'workflow: broken\nversion: 1.0.0\nstates:\n  a: { wait: 1s, next: nowhere }\n',
      'input.json': '{ "orderId": }',
    });
    const client = await initialized(space);
    const refused = (args: Body): Promise<string> => client.refused('launch', bad(space, args));
    expect(await refused({ program: space.path('none.workflow.yaml') })).toMatch(
      /There is no workflow .*none\.workflow\.yaml/,
    );
    expect(await refused({ program: space.path('broken.workflow.yaml') })).toMatch(
      /broken\.workflow\.yaml:4:\d+: .*nowhere/,
    );
    expect(await refused({ input: { orderId: 'o-1' } })).toMatch(/does not fit .*amount/);
    expect(await refused({ input: space.path('input.json') })).toMatch(/input\.json:1:\d+: /);
    expect(await refused({ input: 'missing.json' })).toMatch(/There is no file .*missing\.json/);
    expect(await refused({ program: undefined })).toMatch(/`program` must be a text/);
    expect(await refused({ clock: 'fast' })).toMatch(/`real` or `virtual`/);
    expect(await refused({ mocks: { 'payments.charge': { answer: 1 } } })).toMatch(/mocks.*answer/);
    expect(await refused({ env: { A: 1 } })).toMatch(/`env` must be an object of texts/);
    expect(await refused({ runId: '../x' })).toMatch(/cannot be a run's id/);
    expect(await client.request('threads')).toEqual({ threads: [] });
  });

  it('takes input from a file, and a scenario with its mocks', async () => {
    const space = workspace({
      ...FILES,
      'input.json': JSON.stringify(INPUT),
      'order.workflow.test.yaml': `workflow: ./order.workflow.yaml\nscenarios:\n  all is well:\n    input: ${JSON.stringify(INPUT)}\n    mocks: ${JSON.stringify(MOCKS)}\n`,
    });
    const fromFile = await launched(space, { launch: { ...LAUNCH, input: 'input.json' } });
    expect(await fromFile.terminated()).toBe(0);
    const scenario = { file: space.path('order.workflow.test.yaml'), name: 'all is well' };
    const staged = await launched(space, { launch: { program: NAME, scenario, runId: 'run-2', clock: undefined } });
    expect(await staged.terminated()).toBe(0);
    const byName = await launched(space, {
      launch: { program: NAME, scenario: 'all is well', runId: 'run-3', clock: undefined },
    });
    expect(await byName.terminated()).toBe(0);
    const other = await initialized(space);
    expect(await other.refused('launch', bad(space, { scenario: { ...scenario, name: 'x' } }))).toMatch(
      /has no scenario "x".*all is well/,
    );
  });

  it('lets the people of a scenario decide, and its events arrive', async () => {
    const space = workspace({
      'ask.workflow.yaml': `workflow: ask
version: 1.0.0
participants: { office: { role: office } }
events: { paid: {} }
states:
  ask:
    human: { title: Good?, assignee: office, due: 2h }
    on: { approved: wait_for, rejected: refuse }
  refuse: { fail: { error: refused } }
  wait_for: { listen: { on: { paid: { next: end } }, timeout: 1d, onTimeout: refuse } }
`,
      'ask.workflow.test.yaml': `workflow: ./ask.workflow.yaml
scenarios:
  it goes well:
    decisions: { ask: { after: 1h, outcome: approved } }
    events: [{ at: 3h, type: paid }]
`,
    });
    const launch = {
      ...LAUNCH,
      program: 'ask.workflow.yaml',
      scenario: 'it goes well',
      clock: undefined,
      mocks: undefined,
    };
    const passing = ['output', 'backstep/position'];
    const client = await launched(space, { launch: { ...launch, input: {} } }, { passing });
    expect(await client.terminated()).toBe(0);
  });

  it('puts the journal where the command line has it', async () => {
    const space = workspace({ ...FILES, '.backstep.yaml': '' });
    const client = await launched(space, { launch: { ...LAUNCH, journal: undefined } });
    expect(await client.terminated()).toBe(0);
    expect(existsSync(space.path('.backstep/runs.db'))).toBe(true);
  });

  it('begins whichever of launch and configuration comes last', async () => {
    const space = workspace(FILES);
    const client = await initialized(space, { passing: ['output'] });
    await client.request('configurationDone');
    await client.request('launch', {
      ...LAUNCH,
      program: space.path(NAME),
      clock: 'virtual',
      journal: space.path('runs.db'),
    });
    expect(await client.terminated()).toBe(0);
  });
});

describe('a person', () => {
  it('completes a task by request and by console', async () => {
    const space = workspace({ 'task.workflow.yaml': TASK });
    for (const [run, answer] of [
      ['run-1', 'request'],
      ['run-2', 'console'],
    ] as const) {
      const client = await launched(space, { launch: { program: 'task.workflow.yaml', runId: run } });
      expect(await client.event('backstep/position')).toMatchObject({
        state: 'approve',
        status: 'waiting',
        path: ['approve'],
      });
      expect(await client.refused('backstep/completeTask', { state: 'refuse', outcome: 'approved' })).toMatch(
        /These wait: approve/,
      );
      expect(await client.refused('backstep/completeTask', { state: 'approve', outcome: 'perhaps' })).not.toBe('');
      const odd = { state: 'approve', outcome: 'approved', form: { age: 3 } };
      expect(await client.refused('backstep/completeTask', odd)).not.toBe('');
      if (answer === 'request')
        await client.request('backstep/completeTask', { state: 'approve', outcome: 'approved', form: { note: 'ok' } });
      else
        await client.request('evaluate', { expression: ':complete approve approved {"note": "ok"}', context: 'repl' });
      expect(await client.terminated()).toBe(0);
    }
  });

  it('completes a task while the run stands', async () => {
    const space = workspace({ 'task.workflow.yaml': TASK });
    const client = await launched(space, { launch: { program: 'task.workflow.yaml' } });
    await client.event('backstep/position');
    await client.request('pause', THREAD);
    expect(await client.stopped()).toMatchObject({ reason: 'pause' });
    await client.request('backstep/completeTask', { state: 'approve', outcome: 'rejected' });
    await client.request('next', THREAD);
    expect(await client.stopped()).toMatchObject({ reason: 'step' });
    expect((await frames(client))[0]).toMatch(/^refuse:/);
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(4);
  });

  it('injects a failure at enter and at call, and nowhere else', async () => {
    const space = workspace(FILES);
    for (const [run, text] of [
      ['run-1', '  charge:'],
      ['run-2', '    call: payments.charge'],
    ] as const) {
      const client = await launched(space, {
        launch: { ...LAUNCH, runId: run },
        breakpoints: { [NAME]: [space.line(NAME, text), space.line(NAME, '    next: check')] },
        exceptions: ['uncaught'],
      });
      await client.stopped();
      expect(await client.refused('backstep/fail', { threadId: 1, error: 'network' })).toMatch(/at `enter` or `call`/);
      await client.request('continue', THREAD);
      await client.stopped();
      expect(await client.refused('backstep/fail', { threadId: 1, error: 'no type' })).toMatch(/no type of errors/);
      await client.request('backstep/fail', { threadId: 1, error: 'http.503', message: 'overloaded' });
      await client.request('continue', THREAD);
      expect(await client.stopped()).toMatchObject({ reason: 'exception', text: 'http.503: overloaded' });
      await client.request('continue', THREAD);
      expect(await client.terminated()).toBe(3);
    }
  });
});

describe('pausing', () => {
  it('stops at once during a wait, whose time passes only afterwards', async () => {
    const space = workspace({ 'wait.workflow.yaml': WAIT });
    const client = await launched(space, { launch: { program: 'wait.workflow.yaml', clock: 'real' } });
    expect(await client.event('backstep/position')).toMatchObject({ state: 'sleep', status: 'waiting' });
    await client.request('pause', THREAD);
    expect(await client.stopped()).toMatchObject({ reason: 'pause' });
    expect((await frames(client))[0]).toMatch(/^sleep:/);
    await client.request('pause', THREAD);
    expect(await client.request('evaluate', { expression: 'vars.n' })).toMatchObject({ result: '1' });
    await client.request('disconnect');
    expect(statusOf(space)).toBe('waiting');
  });

  it('records the outcome of a call when the run goes on', async () => {
    let answer = (): void => undefined;
    let asked = (): void => undefined;
    const question = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const server = createServer((_request, response) => {
      answer = () => response.setHeader('content-type', 'application/json').end('{"late": true}');
      asked();
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const space = workspace({ 'slow.workflow.yaml': SLOW((server.address() as AddressInfo).port) });
    const client = await launched(space, { launch: { program: 'slow.workflow.yaml', clock: 'real' } });
    await question;
    await client.request('pause', THREAD);
    expect(await client.stopped()).toMatchObject({ reason: 'pause' });
    expect((await frames(client))[0]).toMatch(/^ask:/);
    answer();
    expect(await scopeLines(client, 'State')).toContain('result = null');
    await client.request('stepIn', THREAD);
    await client.stopped();
    expect(await scopeLines(client, 'State')).toContain('result = {"late": true}');
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(0);
  });
});

describe('ending', () => {
  it('leaves the run as it stands and gives up the lease on disconnect', async () => {
    const space = workspace(FILES);
    const first = await launched(space, { launch: LAUNCH, breakpoints: { [NAME]: [space.line(NAME, '  charge:')] } });
    await first.stopped();
    const second = await initialized(space, { passing: ['output'] });
    const attach = { runId: 'run-1', journal: space.path('runs.db'), mocks: MOCKS };
    expect(await second.refused('attach', attach)).toMatch(/driven by debugger/);
    await first.request('disconnect');
    expect(statusOf(space)).toBe('running');
    await second.request('attach', attach);
    await second.request('configurationDone');
    expect(await second.stopped()).toMatchObject({ reason: 'entry' });
    expect((await frames(second))[0]).toMatch(/^charge:/);
    expect(await scopeLines(second, 'History')).toHaveLength(3);
    await second.request('continue', THREAD);
    expect(await second.terminated()).toBe(0);
  });

  it('takes no further step when the client goes away without a word', async () => {
    const space = workspace(FILES);
    const client = await launched(space, { launch: LAUNCH, breakpoints: { [NAME]: [space.line(NAME, '  charge:')] } });
    await client.stopped();
    client.hangUp();
    await client.closed;
    expect(statusOf(space)).toBe('running');
    const journal = openJournal(space.path('runs.db'));
    expect(journal.holder('run-1')).toBeNull();
    journal.close();
  });

  it('stands where a killed process left the run, and performs nothing before it goes on', async () => {
    let calls = 0;
    let asked = (): void => undefined;
    const question = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const server = createServer((_request, response) => {
      calls++;
      if (calls === 1) asked();
      else response.setHeader('content-type', 'application/json').end('{}');
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const space = workspace({ 'slow.workflow.yaml': SLOW((server.address() as AddressInfo).port) });
    const journal = space.path('runs.db');
    const killed = spawn(process.execPath, [ADAPTER], { stdio: ['pipe', 'ignore', 'inherit'] });
    const launch = { program: space.path('slow.workflow.yaml'), journal, runId: 'run-1' };
    for (const [seq, [command, args]] of [
      ['initialize', {}],
      ['launch', launch],
      ['configurationDone', {}],
    ].entries()) {
      const text = JSON.stringify({ seq: seq + 1, type: 'request', command, arguments: args });
      killed.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    }
    await question;
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    const client = await initialized(space, { passing: ['output'] });
    await client.request('attach', { runId: 'run-1', journal });
    await client.request('configurationDone');
    await client.stopped();
    expect((await frames(client))[0]).toMatch(/^ask:/);
    expect(calls).toBe(1);
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(0);
    expect(calls).toBe(2);
  });

  it('cancels on terminate: nothing goes forward, what was done is undone', async () => {
    const space = workspace(FILES);
    const client = await launched(space, { launch: LAUNCH, breakpoints: { [NAME]: [space.line(NAME, '  charge:')] } });
    await client.stopped();
    await client.request('terminate');
    expect(await client.terminated()).toBe(6);
    expect(client.transcript()).toMatch(/undo reserve/);
    expect(client.transcript()).not.toMatch(/undo charge/);
    expect(statusOf(space)).toBe('cancelled');
  });

  it('restarts as another run, after the first one was cancelled', async () => {
    const space = workspace(FILES);
    const client = await launched(space, { launch: LAUNCH, breakpoints: { [NAME]: [space.line(NAME, '  charge:')] } });
    await client.stopped();
    await client.request('restart');
    const again = await client.stopped();
    expect(again).toMatchObject({ reason: 'breakpoint' });
    expect(statusOf(space)).toBe('cancelled');
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(0);
  });

  it('stands at the last record of a run that has ended', async () => {
    const space = workspace(FILES);
    const first = await launched(space, { launch: LAUNCH });
    expect(await first.terminated()).toBe(0);
    const client = await initialized(space, { passing: ['output'] });
    await client.request('attach', { runId: 'run-1', journal: space.path('runs.db') });
    await client.request('configurationDone');
    await client.stopped();
    expect((await frames(client))[0]).toMatch(/^ship:/);
    expect(await client.request('evaluate', { expression: 'results.charge.chargeId' })).toMatchObject({
      result: '"c-1"',
    });
    expect(await client.refused('setExpression', { expression: 'vars.note', value: '1' })).toMatch(/has ended/);
    await client.request('next', THREAD);
    expect(await client.terminated()).toBe(0);
  });

  it('says which run or journal is not there', async () => {
    const space = workspace(FILES);
    const client = await initialized(space);
    expect(await client.refused('attach', { runId: 'x', journal: space.path('none.db') })).toMatch(
      /There is no journal/,
    );
    openJournal(space.path('runs.db')).close();
    expect(await client.refused('attach', { runId: 'x', journal: space.path('runs.db') })).toMatch(/There is no run x/);
  });
});

describe('robustness', () => {
  it('answers requests out of order with a sentence', async () => {
    const space = workspace(FILES);
    const client = connected(space, { passing: ['initialized'] });
    expect(await client.refused('launch', {})).toMatch(/`initialize` comes first/);
    await client.request('initialize', { adapterID: 'backstep' });
    expect(await client.refused('initialize', { adapterID: 'backstep' })).toMatch(/already/);
    for (const command of [
      'continue',
      'next',
      'stepIn',
      'stepOut',
      'pause',
      'stackTrace',
      'terminate',
      'restart',
      'exceptionInfo',
    ]) {
      expect(await client.refused(command, THREAD), command).toMatch(/`launch` or `attach` comes first/);
    }
    expect(await client.refused('scopes', { frameId: 1 })).toMatch(/comes first/);
    expect(await client.refused('variables', { variablesReference: 1 })).toMatch(/no variables 1/);
    expect(await client.refused('disassemble', THREAD)).toMatch(/no request/);
    expect(await client.refused('setBreakpoints', { source: 3 })).toMatch(/`source` must be an object/);
    expect(await client.refused('setBreakpoints', { source: { path: 'x' }, breakpoints: 'all' })).toMatch(
      /`breakpoints` must be a list/,
    );
    expect(await client.request('loadedSources')).toEqual({ sources: [] });
  });

  it('refuses unknown threads, frames and a second launch while a run stands', async () => {
    const space = workspace(FILES);
    const client = await launched(space, { launch: { ...LAUNCH, stopOnEntry: true } });
    await client.stopped();
    expect(await client.refused('next', { threadId: 7 })).toMatch(/no thread 7/);
    expect(await client.refused('next', { threadId: 'one' })).toMatch(/`threadId` must be a whole number/);
    expect(await client.refused('next')).toMatch(/`threadId` must be a whole number/);
    expect(await client.refused('scopes', { frameId: 99 })).toMatch(/no frame 99/);
    expect(await client.refused('launch', {})).toMatch(/debugs a run already/);
    expect(await client.refused('evaluate', { expression: ':dance', context: 'repl' })).toMatch(/no command `:dance`/);
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(0);
    expect(await client.refused('next', THREAD)).toMatch(/not|going/);
  });

  it('answers a client that asks everything at once and goes', async () => {
    const space = workspace(FILES);
    const client = connected(space, { passing: ['initialized'] });
    const answers = Promise.all([
      client.request('initialize', { adapterID: 'backstep' }),
      client.refused('launch', { program: space.path('none.workflow.yaml') }),
      client.request('threads'),
    ]);
    client.hangUp();
    expect((await answers)[1]).toMatch(/There is no workflow/);
    await client.closed;
  });

  it('goes on after bytes that are no messages', async () => {
    const space = workspace(FILES);
    const client = await initialized(space);
    client.write('Content-Length: 3\r\n\r\n{{{GET / HTTP/1.1\r\n\r\n');
    expect(await client.event('output')).toMatchObject({ category: 'stderr' });
    expect(await client.event('output')).toMatchObject({ category: 'stderr' });
    expect(await client.request('threads')).toEqual({ threads: [] });
  });
});
