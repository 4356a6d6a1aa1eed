/**
 * The examples for real: their services, databases and mailboxes, and the command line as processes that are killed in the
 * middle. What counts is what the data are like afterwards. (order-fulfillment: outcomes.test.ts and demo.test.ts.)
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { createShop, readShop } from '../../examples/database-migration/shop.ts';
import { startServer } from '../../examples/file-upload/server.ts';
import { startBank } from '../../examples/money-transfer/bank.ts';
import { startProfiles } from '../../examples/optimistic-update/profiles.ts';
import { startMailbox } from '../../examples/user-registration/mailbox.ts';
import { PATIENCE_MS, backstep, jsonLines, startBackstep, type Finished, type Started } from '../cli/backstep.ts';
import { service, workspace, type Workspace } from './workspace.ts';

const PATIENCE = { timeout: 2 * PATIENCE_MS };

function start({ folder, env }: Workspace, ...args: readonly string[]): Started {
  return startBackstep(args, { cwd: folder, env });
}

function run({ folder, env }: Workspace, ...args: readonly string[]): Promise<Finished> {
  return backstep(args, { cwd: folder, env });
}

/** Kills a runner as a power cut would. */
async function kill(runner: Started): Promise<void> {
  runner.process.kill('SIGKILL');
  expect((await runner.finished).signal).toBe('SIGKILL');
}

/** A gate that is shut until it is opened: `reached` resolves when somebody stands before it. */
function gate(): { readonly reached: Promise<void>; readonly wait: () => Promise<void>; open(): void } {
  let reach = (): void => undefined;
  let open = (): void => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const opened = new Promise<void>((resolve) => (open = resolve));
  const wait = (): Promise<void> => {
    reach();
    return opened;
  };
  onTestFinished(() => open());
  return { reached, wait, open: () => open() };
}

function rowsOf(file: string, query: string): unknown {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  try {
    const rows = database.prepare(query).all();
    return rows.map((row) => ({ ...row }));
  } finally {
    database.close();
  }
}

it('moves money once, though the runner is killed before the bank has answered', PATIENCE, async () => {
  const place = workspace('money-transfer');
  const answer = gate();
  const bank = (name: string, accounts: Record<string, number>, beforeAnswer?: () => Promise<void>) =>
    startBank({ file: join(place.folder, name), accounts, ...(beforeAnswer && { beforeAnswer }) });
  const north = await bank('north.db', { alice: 10_000 }, answer.wait);
  const south = await bank('south.db', { bob: 2_000 });
  onTestFinished(async () => void (await Promise.all([north.stop(), south.stop()])));
  writeFileSync(join(place.folder, '.env'), `NORTH_URL=${north.url}\nSOUTH_URL=${south.url}\n`);
  const balances = () => [
    rowsOf(join(place.folder, 'north.db'), 'SELECT * FROM accounts'),
    rowsOf(join(place.folder, 'south.db'), 'SELECT * FROM accounts'),
  ];
  const hold = (alice: number, bob: number) => [[{ name: 'alice', cents: alice }], [{ name: 'bob', cents: bob }]];

  const runner = start(place, 'run', 'transfer.workflow.yaml', '--input', '@inputs/completed.json', '--id', 't-1');
  await answer.reached;
  await kill(runner);
  expect(balances()).toEqual(hold(6_000, 2_000));
  answer.open();
  expect(await run(place, 'resume', 't-1')).toMatchObject({ status: 0 });
  expect(balances()).toEqual(hold(6_000, 6_000));

  const held = start(
    place,
    'run',
    'transfer-tcc.workflow.yaml',
    '--input',
    '@inputs/held.json',
    '--id',
    't-4',
    '--json',
  );
  await held.seen('"type":"scope.confirming"');
  await kill(held);
  expect(await run(place, 'resume', 't-4')).toMatchObject({ status: 0 });
  expect(balances()).toEqual(hold(5_000, 7_000));
});

it('loses no money when the banks are killed and cannot be reached', PATIENCE, async () => {
  const place = workspace('money-transfer');
  const banks = await service(place, 'node banks.ts --slow 60000');
  const centsAt = (bank: string) => rowsOf(join(place.folder, `data/${bank}.db`), 'SELECT cents FROM accounts');
  const runner = start(
    place,
    'run',
    'transfer.workflow.yaml',
    '--input',
    '@inputs/completed.json',
    '--id',
    't-1',
    '--json',
  );
  await expect.poll(() => centsAt('north'), { timeout: PATIENCE_MS }).toEqual([{ cents: 6_000 }]);
  await banks.stop('SIGKILL');
  // It tries again, and then cannot give the money back either.
  expect(await runner.finished).toMatchObject({ status: 5 });
  const again = await service(place, 'node banks.ts');
  expect(await run(place, 'retry', 't-1')).toMatchObject({ status: 3 });
  expect([centsAt('north'), centsAt('south')]).toEqual([[{ cents: 10_000 }], [{ cents: 2_000 }]]);
  await again.stop();
});

it('migrates a database behind its checkpoint when it is killed between two batches', PATIENCE, async () => {
  const place = workspace('database-migration');
  const shop = join(place.folder, 'shop.db');
  createShop(shop, 400);
  const before = readShop(shop).customers.map(({ id, name }) => [id, name]);
  const input = ['--input', '@inputs/one-by-one.json'];
  const runner = start(place, 'run', 'migration.workflow.yaml', ...input, '--id', 'm', '--json');
  await runner.seen('"done":20,');
  await kill(runner);
  const halfway = readShop(shop);
  expect(halfway.tables).toContain('checkpoint');
  // Nobody else may change customers meanwhile.
  expect(() => new DatabaseSync(shop).exec('DELETE FROM customers')).toThrow('being migrated');
  expect(await run(place, 'resume', 'm')).toMatchObject({ status: 0 });
  const { version, tables, customers } = readShop(shop);
  expect([version, tables]).toEqual([2, ['customers']]);
  expect(customers.map((one) => [one['id'], `${String(one['first_name'])} ${String(one['last_name'])}`])).toEqual(
    before,
  );
  expect(readdirSync(place.folder).filter((file) => /backup|part/.test(file))).toEqual([]);
});

it('restores a database that cannot be migrated, also when it is killed in the middle of that', PATIENCE, async () => {
  const place = workspace('database-migration');
  const plato = join(place.folder, 'plato.db');
  createShop(plato, 50, ['Plato']);
  const before = readShop(plato);
  const input = ['--input', '@inputs/plato.json'];
  const runner = start(place, 'run', 'migration.workflow.yaml', ...input, '--id', 'm', '--json');
  await runner.seen('"type":"compensation.entered"');
  await kill(runner);
  const { status, stdout } = await run(place, 'resume', 'm', '--json');
  expect(status).toBe(3);
  expect(jsonLines(stdout).at(-1)).toMatchObject({ compensated: ['backup', 'freeze'], pending: [] });
  expect(readShop(plato)).toEqual(before);
});

it(
  'sends one e-mail, though the runner is killed before the mail server has said that it has it',
  PATIENCE,
  async () => {
    const place = workspace('user-registration');
    const answer = gate();
    const mailbox = await startMailbox({ beforeAnswer: answer.wait });
    onTestFinished(() => mailbox.stop());
    writeFileSync(join(place.folder, '.env'), `SMTP_URL=${mailbox.url}\n`);
    const accounts = () => rowsOf(join(place.folder, 'accounts.db'), 'SELECT email, active FROM accounts');
    const register = ['run', 'registration.workflow.yaml', '--input', '@inputs/ada.json', '--id', 'ada', '--no-wait'];
    const runner = start(place, ...register);
    await answer.reached;
    await kill(runner);
    answer.open();
    expect(await run(place, 'resume', 'ada', '--no-wait')).toMatchObject({ status: 7 });
    expect([mailbox.mails.length, mailbox.deliveries]).toEqual([1, 2]);
    expect(mailbox.mails[0]).toMatchObject({ to: 'ada@example.org' });
    expect(accounts()).toEqual([{ email: 'ada@example.org', active: 0 }]);
    const token = /Your token is (\w+)/.exec(mailbox.mails[0]?.text ?? '')?.[1];
    expect(await run(place, 'emit', 'email.verified', '--data', JSON.stringify({ token }))).toMatchObject({
      status: 0,
    });
    expect(await run(place, 'resume', 'ada')).toMatchObject({ status: 0 });
    expect(accounts()).toEqual([{ email: 'ada@example.org', active: 1 }]);
  },
);

it('publishes an upload and notifies its owner once, though the runner is killed meanwhile', PATIENCE, async () => {
  const place = workspace('file-upload');
  const answer = gate();
  const uploads = join(place.folder, 'uploads');
  const server = await startServer({ folder: uploads, beforeAnswer: answer.wait });
  onTestFinished(() => server.stop());
  writeFileSync(join(place.folder, '.env'), `UPLOADS_URL=${server.url}\n`);
  await fetch(`${server.url}/uploads/u-1`, { method: 'PUT', body: 'one two\nthree\n'.repeat(100) });
  const upload = ['run', 'upload.workflow.yaml', '--input', '@inputs/report.json', '--id', 'u', '--json'];
  // In the middle of the job …
  const first = startBackstep(upload, { cwd: place.folder, env: { ...place.env, MS_PER_LINE: '600' } });
  await first.seen('"type":"state.prepared","activation":3');
  await kill(first);
  // … and before the notification is answered.
  const second = start(place, 'resume', 'u');
  await answer.reached;
  await kill(second);
  answer.open();
  expect(await run(place, 'resume', 'u')).toMatchObject({ status: 0 });
  expect(server.notifications()).toEqual([{ to: 'ada', text: 'report.txt has 300 words' }]);
  expect(readdirSync(join(uploads, 'files/u-1')).sort()).toEqual(['about.json', 'file-report.txt']);
  // Whoever was not sure and sends it again changes nothing.
  expect((await fetch(`${server.url}/uploads/u-1`, { method: 'PUT', body: 'again' })).status).toBe(200);
  expect(readdirSync(join(uploads, 'inbox'))).toEqual([]);
});

it('forgets nobody’s approval, though the runner is killed while it waits for them', PATIENCE, async () => {
  const place = workspace('approval');
  const budget = () => rowsOf(join(place.folder, 'budget.db'), 'SELECT id, state FROM purchases');
  const runner = start(place, 'run', 'purchase.workflow.yaml', '--input', '@inputs/small.json', '--id', 'p');
  await runner.seen('lead: assigned to ada by round-robin');
  await kill(runner);
  expect(budget()).toEqual([{ id: 'p-1', state: 'reserved' }]);
  const approve = ['--outcome', 'approved', '--as'];
  expect(await run(place, 'task', 'complete', 'p/lead', ...approve, 'ada')).toMatchObject({ status: 0 });
  const second = start(place, 'resume', 'p');
  await second.seen('department_head waits for department');
  await kill(second);
  expect(await run(place, 'task', 'complete', 'p/department_head', ...approve, 'cora')).toMatchObject({ status: 0 });
  expect(await run(place, 'resume', 'p')).toMatchObject({ status: 0 });
  expect(budget()).toEqual([{ id: 'p-1', state: 'spent' }]);
});

it(
  'shows what the server has, though the runner is killed before the answer and the answer is lost',
  PATIENCE,
  async () => {
    const place = workspace('optimistic-update');
    const answer = gate();
    let isBroken = false;
    const profiles = await startProfiles({
      file: join(place.folder, 'profiles.db'),
      names: { ada: 'Ada', ben: 'Ben' },
      async beforeAnswer() {
        if (isBroken) throw new Error('it broke');
        await answer.wait();
      },
    });
    onTestFinished(() => profiles.stop());
    writeFileSync(join(place.folder, '.env'), `PROFILES_URL=${profiles.url}\n`);
    const screen = () => rowsOf(join(place.folder, 'screen.db'), 'SELECT name, pending FROM shown');
    const rename = (name: string) => ['run', 'rename.workflow.yaml', '--input', JSON.stringify({ user: 'ada', name })];
    const runner = start(place, ...rename('Augusta'), '--id', 'r');
    await answer.reached;
    expect(screen()).toEqual([{ name: 'Augusta', pending: 1 }]);
    await kill(runner);
    answer.open();
    expect(await run(place, 'resume', 'r')).toMatchObject({ status: 0 });
    expect([profiles.nameOf('ada'), screen()]).toEqual(['Augusta', [{ name: 'Augusta', pending: 0 }]]);

    expect(await run(place, ...rename('Ben'))).toMatchObject({ status: 3 });
    expect([profiles.nameOf('ada'), screen()]).toEqual(['Augusta', [{ name: 'Augusta', pending: 0 }]]);

    isBroken = true;
    const { status, stdout } = await run(place, ...rename('Countess'), '--json');
    expect([status, jsonLines(stdout).at(-1)?.['path']]).toEqual([0, ['show', 'save', 'ask', 'settle']]);
    expect([profiles.nameOf('ada'), screen()]).toEqual(['Countess', [{ name: 'Countess', pending: 0 }]]);
  },
);

it('takes a payment and packs a parcel once, though the service is killed meanwhile', PATIENCE, async () => {
  const place = workspace('choreography');
  const rows = (file: string, query: string) => () => rowsOf(join(place.folder, file), query);
  const served = await service(place, 'backstep serve');
  const order = start(place, 'run', 'order.workflow.yaml', '--input', '@inputs/order.json');
  await order.seen('place → follow');
  await served.stop('SIGKILL');
  const again = await service(place, 'backstep serve');
  expect(await order.finished).toMatchObject({ status: 0 });
  expect(rows('payments.db', 'SELECT order_id, state FROM payments')()).toEqual([{ order_id: 'o-1', state: 'taken' }]);
  expect(rows('depot.db', 'SELECT order_id FROM parcels')()).toEqual([{ order_id: 'o-1' }]);
  const { stdout } = await run(place, 'events', '--json');
  expect(jsonLines(stdout).map(({ type }) => type)).toEqual(['order.placed', 'payment.taken', 'parcel.sent']);

  const large = await run(place, 'run', 'order.workflow.yaml', '--input', '@inputs/large.json');
  expect(large.status).toBe(4);
  expect(rows('payments.db', 'SELECT state FROM payments ORDER BY order_id')()).toEqual([
    { state: 'returned' },
    { state: 'taken' },
  ]);
  await again.stop();
});
