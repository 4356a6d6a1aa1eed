/** The local event bus, as the command line shows it. */
import { describe, expect, it } from 'vitest';
import { backstep, folderWith, jsonLines, PATIENCE_MS, startBackstep, steady } from './backstep.ts';

const HEAR = `
workflow: hear
events:
  order.paid: { data: { type: object, required: [order], properties: { order: { type: string } } }, ttl: 2h }
states:
  hear:
    listen: { on: { order.paid: { match: "\${ event.data.order = input.order }", next: end } }, timeout: 1h, onTimeout: end }
    output: "\${ event.data.order }"
`;
const FILES = { '.git/HEAD': '', 'hear.workflow.yaml': HEAR };

describe.concurrent('events', { timeout: PATIENCE_MS }, () => {
  it('are kept, dropped when seen before, given to the run that awaits them, and listed', async ({ expect }) => {
    const cwd = folderWith(FILES);
    const input = ['--input', '{"order":"o1"}', '--id', 'r'];
    const emit = ['emit', 'order.paid', '--data', '{"order":"o1"}', '--id', 'e1'];
    expect(await backstep(emit, { cwd })).toMatchObject({ status: 0, stdout: 'order.paid e1: received\n', stderr: '' });
    expect((await backstep(emit, { cwd })).stdout).toBe(
      'order.paid e1: an event of /backstep with this id was already seen; it is dropped\n',
    );
    const ran = await backstep(['run', 'hear.workflow.yaml', ...input], { cwd });
    expect(ran).toMatchObject({ status: 0 });
    expect(ran.stdout).toContain('event order.paid for hear: {"order":"o1"}');
    const listed = await backstep(['events'], { cwd });
    expect(
      steady(listed.stdout)
        .split('\n')
        .map((line) => line.split(/ {2,}/)),
    ).toEqual([
      ['RECEIVED', 'TYPE', 'ID', 'SOURCE', 'GIVEN TO', 'DATA'],
      ['YYYY-MM-DD hh:mm:ss', 'order.paid', 'e1', '/backstep', 'r', '{"order":"o1"}'],
      [''],
    ]);
    const [event] = jsonLines((await backstep(['events', '--json'], { cwd })).stdout);
    expect(event).toMatchObject({ specversion: '1.0', id: 'e1', data: { order: 'o1' }, deliveredTo: ['r'] });
  });

  it('reach a live run of another process', async ({ expect }) => {
    const cwd = folderWith(FILES);
    const run = startBackstep(['run', 'hear.workflow.yaml', '--input', '{"order":"o2"}', '--id', 'r'], { cwd });
    await run.seen('hear waits');
    await backstep(['emit', 'order.paid', '--data', '{"order":"o1"}'], { cwd });
    await backstep(['emit', 'order.paid', '--data', '{"order":"o2"}'], { cwd });
    const { status, stdout } = await run.finished;
    expect(status).toBe(0);
    expect(stdout).toContain('completed   "o2"');
  });

  it('that fit nothing become dead letters with their reason, and can be sent again', async ({ expect }) => {
    const cwd = folderWith(FILES);
    const emitted = await backstep(['emit', 'order.paid', '--data', '{"order":5}', '--id', 'bad'], { cwd });
    expect(emitted).toMatchObject({ status: 0, stdout: 'order.paid bad: received\n' });
    expect(emitted.stderr).toMatch(
      /It is a dead letter\. The data does not fit what the workflow hear 0\.0\.0 declares/,
    );
    const listed = await backstep(['dead-letters'], { cwd });
    expect(listed.stdout).toMatch(
      /^LETTER +SINCE +TYPE +EVENT +REASON\n1 .*order\.paid +bad +The data does not fit .*\n$/,
    );
    const [letter] = jsonLines((await backstep(['dead-letters', '--json'], { cwd })).stdout);
    expect(letter).toMatchObject({ letter: 1, workflow: 'hear', event: { id: 'bad', data: { order: 5 } } });
    const again = await backstep(['dead-letters', 'resend', 'bad'], { cwd });
    expect(again).toMatchObject({ status: 0, stdout: 'order.paid bad: sent again\n' });
    expect(again.stderr).toContain('It is a dead letter again.');
    const none = await backstep(['dead-letters', 'resend', 'nothing'], { cwd });
    expect(none).toMatchObject({ status: 1, stdout: '' });
    expect(none.stderr).toContain('There is no dead letter nothing.');
  });

  it.each([
    [['emit', 'order.paid', '--data', '{'], 1, /--data:1:2: This is no JSON/],
    [['emit', ''], 2, /type/],
    [['emit', 'order.paid', '--id', ''], 2, /The event lacks id/],
    [['emit', 'order.paid', '--source', 'no uri %%'], 2, /source must match format "uri-reference"/],
    [['emit'], 2, /missing required argument 'type'/],
  ])('say what is wrong with %j', async (args, status, message) => {
    const cwd = folderWith(FILES);
    const finished = await backstep(args, { cwd });
    expect(finished).toMatchObject({ status, stdout: '' });
    expect(finished.stderr).toMatch(message);
  });
});
