/**
 * A bank as a small HTTP service over an SQLite database.
 *
 * 1. A transfer touches an account of this bank at most once, and its id is the key: the same request again gets the same
 *    answer and moves nothing more, whatever crashed in between.
 * 2. A balance and the entry that says why it is so are committed together, before the answer.
 * 3. Taking back what never came leaves a mark: if the request is only late, it is refused when it arrives.
 * 4. What is settled is never taken back.
 * 5. Amounts are whole cents.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DatabaseSync } from 'node:sqlite';

export interface Bank {
  readonly url: string;
  stop(): Promise<void>;
}

export interface BankOptions {
  /** The database; made on first use. */
  readonly file: string;
  /** What the accounts of a new database hold, in cents. */
  readonly accounts: Readonly<Record<string, number>>;
  /** A free loopback port by default. */
  readonly port?: number;
  /** What is waited for between a commit and its answer. */
  readonly beforeAnswer?: () => Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

interface Entry {
  readonly account: string;
  /** Below zero for money that leaves the account. */
  readonly cents: number;
  readonly state: 'held' | 'booked' | 'settled' | 'undone';
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS accounts (
    name TEXT PRIMARY KEY,
    cents INTEGER NOT NULL CHECK (cents >= 0)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS entries (
    transfer TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    cents INTEGER NOT NULL,
    state TEXT NOT NULL
  ) STRICT;
`;

/** Serves until it is stopped. */
export async function startBank({ file, accounts, port = 0, beforeAnswer }: BankOptions): Promise<Bank> {
  const database = open(file);
  for (const [name, cents] of Object.entries(accounts))
    database.prepare('INSERT OR IGNORE INTO accounts (name, cents) VALUES (?, ?)').run(name, cents);

  const server = createServer((request, response) => {
    const answered = bodyOf(request).then(async (body) => {
      const answer = transaction(database, () => handle(database, request.url ?? '/', body));
      await beforeAnswer?.();
      return answer;
    });
    answered
      .catch((error: unknown) => problem(error instanceof SyntaxError ? 400 : 500, String(error)))
      .then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      }, console.error);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          database.close();
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** What each account holds, in cents, and without what is held for others: from the file, whether the bank is open or not. */
export function balancesOf(file: string): Readonly<Record<string, number>> {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  try {
    const rows = database.prepare('SELECT name, cents FROM accounts ORDER BY name').all();
    return Object.fromEntries(rows.map(({ name, cents }) => [String(name), Number(cents)]));
  } finally {
    database.close();
  }
}

function open(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 5000 });
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${SCHEMA}`);
  return database;
}

/** What this bank does at each path. */
function handle(database: DatabaseSync, url: string, body: Readonly<Record<string, unknown>>): Answer {
  const [, collection, name = '', action] = url.split('/').map(decodeURIComponent);
  if (collection === 'transfers' && action === 'reversal') return undo(database, name);
  if (collection === 'transfers' && action === 'settlement') return settle(database, name);
  if (collection !== 'accounts') return problem(404, `There is nothing at ${url}.`);

  const { transfer, amount } = body;
  if (typeof transfer !== 'string' || transfer === '') return problem(422, 'transfer must name the transfer.');
  if (typeof amount !== 'number' || !Number.isSafeInteger(amount) || amount < 1)
    return problem(422, 'amount must be a whole number of cents above 0.');
  switch (action) {
    case 'withdrawals':
      return enter(database, transfer, { account: name, cents: -amount, state: 'booked' });
    case 'deposits':
      return enter(database, transfer, { account: name, cents: amount, state: 'booked' });
    case 'outgoing-holds':
      return enter(database, transfer, { account: name, cents: -amount, state: 'held' });
    case 'incoming-holds':
      return enter(database, transfer, { account: name, cents: amount, state: 'held' });
    default:
      return problem(404, `There is nothing at ${url}.`);
  }
}

function enter(database: DatabaseSync, transfer: string, entry: Entry): Answer {
  const known = entryOf(database, transfer);
  if (known?.state === 'undone') return problem(409, `Transfer ${transfer} was taken back.`);
  if (known !== null && (known.account !== entry.account || known.cents !== entry.cents))
    return problem(409, `Transfer ${transfer} is another one here.`);
  if (known === null) {
    const balance = balanceOf(database, entry.account);
    if (balance === null) return problem(404, `There is no account ${entry.account}.`);
    if (balance + entry.cents < 0) return problem(409, `Account ${entry.account} holds only ${balance} cents.`);
    move(database, entry.account, movedBy(entry));
    database
      .prepare('INSERT INTO entries (transfer, account, cents, state) VALUES (?, ?, ?, ?)')
      .run(transfer, entry.account, entry.cents, entry.state);
  }
  return { status: 200, body: { account: entry.account, balance: balanceOf(database, entry.account) } };
}

/** Takes back what a transfer did here, if it did anything. */
function undo(database: DatabaseSync, transfer: string): Answer {
  const known = entryOf(database, transfer);
  if (known?.state === 'settled') return problem(409, `Transfer ${transfer} is settled.`);
  const back = known === null || known.state === 'undone' ? 0 : -movedBy(known);
  if (known !== null) move(database, known.account, back);
  database
    .prepare(
      `INSERT INTO entries (transfer, account, cents, state) VALUES (?, '', 0, 'undone')
       ON CONFLICT (transfer) DO UPDATE SET state = 'undone'`,
    )
    .run(transfer);
  return { status: 200, body: { transfer, returned: back } };
}

function settle(database: DatabaseSync, transfer: string): Answer {
  const known = entryOf(database, transfer);
  if (known === null) return problem(404, `There is no transfer ${transfer}.`);
  if (known.state === 'undone') return problem(409, `Transfer ${transfer} was taken back.`);
  // Money that was only announced arrives now.
  if (known.state === 'held' && known.cents > 0) move(database, known.account, known.cents);
  database.prepare(`UPDATE entries SET state = 'settled' WHERE transfer = ?`).run(transfer);
  return { status: 200, body: { transfer } };
}

/** How much an entry changed its account when it was made: money that leaves is set aside at once. */
function movedBy({ cents, state }: Entry): number {
  return state === 'held' && cents > 0 ? 0 : cents;
}

function move(database: DatabaseSync, account: string, cents: number): void {
  database.prepare('UPDATE accounts SET cents = cents + ? WHERE name = ?').run(cents, account);
}

function balanceOf(database: DatabaseSync, account: string): number | null {
  const row = database.prepare('SELECT cents FROM accounts WHERE name = ?').get(account);
  return row === undefined ? null : Number(row['cents']);
}

function entryOf(database: DatabaseSync, transfer: string): Entry | null {
  const row = database.prepare('SELECT account, cents, state FROM entries WHERE transfer = ?').get(transfer);
  return row === undefined ? null : (row as unknown as Entry);
}

function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

async function bodyOf(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}');
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
}

function problem(status: number, detail: string): Answer {
  return { status, body: { title: detail, status } };
}
