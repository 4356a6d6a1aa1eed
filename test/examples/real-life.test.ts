/** The services and modules of each example at work: real HTTP, real SQLite, a real SMTP server. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { SMTPServer } from 'smtp-server';
import { afterAll, afterEach, expect, it } from 'vitest';
import { create } from '../../examples/database-migration/database.ts';
import { startBank } from '../../examples/money-transfer/banks.ts';
import { startProfiles } from '../../examples/optimistic-update/profiles.ts';
import type { Json } from '../../language/index.ts';
import { realClock } from '../../runner/clock.ts';
import { createHost, type Host, type RunHandle } from '../../runner/host.ts';
import { memoryJournal } from '../../runner/journal/memory.ts';
import { startService } from '../../runner/service/service.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
const PATIENCE = { timeout: 60_000 };

const folder = mkdtempSync(join(tmpdir(), 'backstep-examples-'));
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(() => rmSync(folder, { recursive: true }));

function hostWith(env: Readonly<Record<string, string>>): Host {
  const host = createHost({ journal: memoryJournal(), clock: realClock(), holder: 'test', env });
  closing.push(() => host.close());
  return host;
}

async function begin(host: Host, file: string, input: Json): Promise<RunHandle> {
  const started = await host.start({ file: join(EXAMPLES, file), input });
  if (!started.ok) throw new Error(started.error.message);
  return started.run;
}

async function statusOf(host: Host, file: string, input: Json): Promise<string> {
  return (await begin(host, file, input)).settled('ended');
}

it('moves money between two banks, or leaves it where it was', PATIENCE, async () => {
  const north = await startBank({ alice: 100 });
  const south = await startBank({ bob: 20 });
  closing.push(north.stop, south.stop);
  const host = hostWith({ NORTH_URL: north.url, SOUTH_URL: south.url });
  const balances = () => [north.balances.get('alice'), south.balances.get('bob')];
  const transfer = (file: string, transferId: string, to: string, amount: number) =>
    statusOf(host, `money-transfer/${file}.workflow.yaml`, { transferId, from: 'alice', to, amount });
  expect(await transfer('transfer', 't-1', 'bob', 40)).toBe('completed');
  expect(balances()).toEqual([60, 60]);
  expect(await transfer('transfer', 't-2', 'nobody', 40)).toBe('compensated');
  expect(await transfer('transfer', 't-3', 'bob', 400)).toBe('failed');
  expect(balances()).toEqual([60, 60]);
  expect(await transfer('transfer-tcc', 't-4', 'bob', 10)).toBe('completed');
  expect(balances()).toEqual([50, 70]);
  expect(await transfer('transfer-tcc', 't-5', 'nobody', 10)).toBe('compensated');
  expect(balances()).toEqual([50, 70]);
});

it('migrates a SQLite database, or restores it', PATIENCE, async () => {
  const host = hostWith({});
  const file = 'database-migration/migration.workflow.yaml';
  const good = join(folder, 'good.db');
  create(good, ['Ada Lovelace', 'Alan Turing', 'Grace Hopper']);
  expect(await statusOf(host, file, { file: good, batch: 2 })).toBe('completed');
  expect(rowsOf(good, 'SELECT first, last FROM people ORDER BY id')).toEqual([
    { first: 'Ada', last: 'Lovelace' },
    { first: 'Alan', last: 'Turing' },
    { first: 'Grace', last: 'Hopper' },
  ]);
  const bad = join(folder, 'bad.db');
  create(bad, ['Ada Lovelace', 'Plato']);
  expect(await statusOf(host, file, { file: bad, batch: 1 })).toBe('compensated');
  expect(rowsOf(bad, "SELECT name FROM sqlite_master WHERE type = 'table'")).toEqual([{ name: 'customers' }]);
  expect(rowsOf(bad, 'SELECT name FROM customers')).toEqual([{ name: 'Ada Lovelace' }, { name: 'Plato' }]);
});

it('puts a name back that the server refuses', PATIENCE, async () => {
  const profiles = await startProfiles({ ada: 'Ada', ben: 'Ben' });
  closing.push(profiles.stop);
  const screen = join(folder, 'screen.json');
  const host = hostWith({ PROFILES_URL: profiles.url, SCREEN_FILE: screen });
  const shown = () => (JSON.parse(readFileSync(screen, 'utf8')) as { ada: { name: string } }).ada.name;
  const rename = (name: string) => statusOf(host, 'optimistic-update/rename.workflow.yaml', { user: 'ada', name });
  expect(await rename('Augusta')).toBe('completed');
  expect([shown(), profiles.names.get('ada')]).toEqual(['Augusta', 'Augusta']);
  expect(await rename('Ben')).toBe('compensated');
  expect([shown(), profiles.names.get('ada')]).toEqual(['Augusta', 'Augusta']);
});

it('processes an upload in the background, or removes it', PATIENCE, async () => {
  const uploads = join(folder, 'uploads');
  const host = hostWith({ UPLOADS: uploads });
  const upload = (name: string, content: string) =>
    statusOf(host, 'file-upload/upload.workflow.yaml', { name, content, owner: 'ada' });
  expect(await upload('a.txt', 'hello\nbrave new world')).toBe('completed');
  expect(readFileSync(join(uploads, 'a.txt.words'), 'utf8')).toBe('4');
  expect(await upload('b.txt', 'no\0text')).toBe('completed');
  expect(() => readFileSync(join(uploads, 'b.txt'))).toThrow('ENOENT');
  expect(readFileSync(join(uploads, 'mailbox.txt'), 'utf8')).toBe(
    'ada: a.txt has 4 words\nada: b.txt is no text and was removed\n',
  );
});

it('reserves budget for a purchase and gives it back when somebody refuses', PATIENCE, async () => {
  const budget = join(folder, 'budget.json');
  const host = hostWith({ BUDGET_FILE: budget });
  const reserved = () => JSON.parse(readFileSync(budget, 'utf8')) as unknown;
  const run = await begin(host, 'approval/purchase.workflow.yaml', { purchaseId: 'p-1', amount: 200 });
  expect(await run.settled('waiting')).toBe('waiting');
  expect(reserved()).toEqual({ 'p-1': 200 });
  const decision = { type: 'decision', state: 'lead', by: { name: 'ada' }, outcome: 'rejected', form: {} } as const;
  expect(await run.send(decision)).toBeNull();
  expect(await run.settled('ended')).toBe('compensated');
  expect(reserved()).toEqual({});
});

it('registers a user whose token comes back from a real e-mail', PATIENCE, async () => {
  let received: (text: string) => void = () => undefined;
  const mail = new Promise<string>((resolve) => {
    received = resolve;
  });
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _, done) {
      let text = '';
      stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      stream.on('end', () => {
        received(text);
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(() => resolve())));
  const { port } = server.server.address() as AddressInfo;
  const accounts = join(folder, 'accounts.db');
  const host = hostWith({ SMTP_URL: `smtp://127.0.0.1:${port}`, ACCOUNTS: accounts });
  const email = 'ada@example.org';
  const run = await begin(host, 'user-registration/registration.workflow.yaml', { email });
  const text = await mail;
  expect(text).toContain(`To: ${email}`);
  const token = /Your token is (\w+)/.exec(text)?.[1] ?? '';
  expect(rowsOf(accounts, 'SELECT email, token, active FROM accounts')).toEqual([{ email, token, active: 0 }]);
  const event = { id: 'e-1', source: '/web', type: 'email.verified', time: new Date().toISOString() };
  host.publish({ ...event, data: { token }, attributes: {} });
  expect(await run.settled('ended')).toBe('completed');
  expect(rowsOf(accounts, 'SELECT active FROM accounts')).toEqual([{ active: 1 }]);
});

it('lets three workflows hear each other', PATIENCE, async () => {
  const ledger = join(folder, 'ledger.json');
  const service = await startService({
    ...{
      folder: join(EXAMPLES, 'choreography'),
      journal: memoryJournal(),
      port: 0,
      token: 'a-token',
      version: '1.0.0',
    },
    ...{ env: { LEDGER: ledger }, log: () => undefined },
  });
  closing.push(() => service.close());
  const order = async (orderId: string, amount: number) => {
    const run = await begin(service.host, 'choreography/order.workflow.yaml', { orderId, amount });
    return [await run.settled('ended'), run.view().state.error?.type ?? null];
  };
  expect(await order('o-1', 40)).toEqual(['completed', null]);
  expect(await order('o-2', 4000)).toEqual(['failed', 'order.unpaid']);
  expect(await order('large-1', 40)).toEqual(['failed', 'order.unpaid']);
  expect(JSON.parse(readFileSync(ledger, 'utf8'))).toEqual({ 'o-1': 'packed', 'large-1': 'paid back' });
});

function rowsOf(file: string, query: string): unknown {
  const database = new DatabaseSync(file);
  try {
    return database
      .prepare(query)
      .all()
      .map((row) => ({ ...row }));
  } finally {
    database.close();
  }
}
