/** `backstep serve` as a process. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { backstep, folderWith, PATIENCE_MS, startBackstep } from './backstep.ts';

const HEAR = `
workflow: hear
events: { order.paid: { data: { type: object } } }
states:
  hear: { listen: { on: { order.paid: { next: end } } }, output: "\${ event.data.n }" }
`;
const FILES = { '.git/HEAD': '', 'hear.workflow.yaml': HEAR };
const WAITING = ['run', 'hear.workflow.yaml', '--id', 'r', '--no-wait'];

describe.concurrent('backstep serve', { timeout: PATIENCE_MS }, () => {
  it('takes up what was left, hears events of other processes and ends in good order', async ({ expect }) => {
    const cwd = folderWith(FILES);
    await backstep(WAITING, { cwd });
    const served = startBackstep(['serve', '--port', '0'], { cwd });
    await served.seen('run r is taken up');
    await backstep(['emit', 'order.paid', '--data', '{"n":7}'], { cwd });
    await served.seen('run r completed');
    const path = join(cwd, '.backstep', 'serve.token');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await served.seen('Serving');
    served.process.kill('SIGTERM');
    await served.seen('ending');
    served.process.kill('SIGTERM');
    const { status, stdout, stderr } = await served.finished;
    expect(status).toBe(0);
    expect(stderr).toContain('ended: every run stands in the journal');
    expect(stdout).toContain(`The token is in ${path}`);
    expect(stdout).not.toContain(readFileSync(path, 'utf8').trim());
  });

  it('answers to the token that was given', async ({ expect }) => {
    const cwd = folderWith(FILES);
    const token = 'given-for-this-test-alone';
    const served = startBackstep(['serve', '.', '--port', '0'], { cwd, env: { BACKSTEP_TOKEN: token } });
    await served.seen('The token is');
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(served.printed())?.[0] ?? '';
    const answer = await fetch(`${url}/v1/workflows`, { headers: { authorization: `Bearer ${token}` } });
    expect(await answer.json()).toMatchObject({ workflows: [{ workflow: 'hear' }] });
    served.process.kill('SIGTERM');
    expect((await served.finished).status).toBe(0);
  });

  it('says that its token cannot be kept, and goes without where one is given', async ({ expect }) => {
    const cwd = folderWith({ ...FILES, '.backstep/serve.token/in-the-way': '' });
    const { status, stderr } = await backstep(['serve', '--port', '0'], { cwd });
    expect([status, stderr.split('\n').length]).toEqual([1, 2]);
    expect(stderr).toMatch(/The token of the service cannot be kept in .*serve\.token: .* --token or BACKSTEP_TOKEN/);
    const served = startBackstep(['serve', '--port', '0', '--token', 'given-for-this-test-alone'], { cwd });
    await served.seen('The token is the one that was given');
    served.process.kill('SIGTERM');
    expect((await served.finished).status).toBe(0);
  });

  it.each([
    [['serve', 'nowhere'], 1, /There is no folder/],
    [['serve', '--port', 'x'], 2, /--port takes a number/],
    [['serve', '--allow-origin', 'localhost:5173'], 2, /--allow-origin takes an origin such as/],
    [['serve', '--allow-origin', 'http://localhost:5173/app'], 2, /--allow-origin takes an origin such as/],
    [['serve', '--port', '0', '--host', 'nowhere.invalid'], 1, /The address nowhere\.invalid cannot be listened on/],
    [['serve', '--token', 'short'], 2, /at least 16 characters/],
  ])('says what is wrong with %j', async (args, status, message) => {
    const finished = await backstep(args, { cwd: folderWith(FILES) });
    expect(finished).toMatchObject({ status, stdout: '' });
    expect(finished.stderr).toMatch(message);
  });
});
