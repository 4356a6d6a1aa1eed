/** A bank as a small HTTP service: accounts, postings, and amounts that are held until they are confirmed or cancelled. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';

export interface Bank {
  readonly url: string;
  /** What is on each account, without what is held for others. */
  readonly balances: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

interface Posting {
  readonly amount?: number;
  readonly hold?: string;
  readonly transfer?: string;
}

interface Hold {
  readonly account: string;
  /** Below zero for money that leaves the account. */
  readonly amount: number;
  state: 'open' | 'confirmed' | 'cancelled';
}

/** Starts a bank on a free loopback port, or on `port`. */
export async function startBank(accounts: Readonly<Record<string, number>>, port = 0): Promise<Bank> {
  const balances = new Map(Object.entries(accounts));
  const holds = new Map<string, Hold>();
  const withdrawals = new Map<string, { account: string; amount: number; reversed: boolean }>();
  const answers = new Map<string, Answer>();

  function post(account: string, amount: number): Answer {
    const balance = balances.get(account);
    if (balance === undefined) return { status: 404, body: { title: `There is no account ${account}.` } };
    if (balance + amount < 0) return { status: 409, body: { title: `Account ${account} holds only ${balance}.` } };
    balances.set(account, balance + amount);
    return { status: 200, body: { account, balance: balance + amount } };
  }

  function withdraw(account: string, transfer: string, amount: number): Answer {
    // A reversal that came first, because this was slow, has settled it.
    if (withdrawals.get(transfer)?.reversed === true)
      return { status: 409, body: { title: `${transfer} was reversed.` } };
    const taken = post(account, -amount);
    if (taken.status === 200) withdrawals.set(transfer, { account, amount, reversed: false });
    return taken;
  }

  /** Pays back what a transfer took; nothing, if it took nothing. */
  function reverse(transfer: string): Answer {
    const taken = withdrawals.get(transfer);
    if (taken !== undefined && !taken.reversed) post(taken.account, taken.amount);
    withdrawals.set(transfer, { ...(taken ?? { account: '', amount: 0 }), reversed: true });
    return { status: 200, body: { transfer, reversed: taken?.amount ?? 0 } };
  }

  function hold(account: string, id: string, amount: number): Answer {
    if (!balances.has(account)) return { status: 404, body: { title: `There is no account ${account}.` } };
    if (holds.get(id)?.state === 'cancelled') return { status: 409, body: { title: `${id} was cancelled.` } };
    // Money that leaves is set aside at once; money that arrives is only announced.
    const set = amount < 0 ? post(account, amount) : { status: 200, body: {} };
    if (set.status !== 200) return set;
    holds.set(id, { account, amount, state: 'open' });
    return { status: 200, body: { hold: id } };
  }

  function settle(id: string, to: 'confirmed' | 'cancelled'): Answer {
    const held = holds.get(id);
    // Whether the hold was ever made may be unknown to whoever cancels it; one that comes later is refused.
    if (held === undefined && to === 'cancelled') {
      holds.set(id, { account: '', amount: 0, state: 'cancelled' });
      return { status: 200, body: { hold: id, state: to } };
    }
    if (held === undefined) return { status: 404, body: { title: `There is no hold ${id}.` } };
    if (held.state !== 'open' && held.state !== to)
      return { status: 409, body: { title: `The hold ${id} was ${held.state}.` } };
    if (held.state === 'open' && (to === 'confirmed') === held.amount > 0) post(held.account, Math.abs(held.amount));
    held.state = to;
    return { status: 200, body: { hold: id, state: to } };
  }

  function answer(path: string, body: Posting): Answer {
    const [, collection = '', name = '', action = ''] = path.split('/').map(decodeURIComponent);
    const amount = body.amount ?? 0;
    switch (`${collection}/${action}`) {
      case 'accounts/withdrawals':
        return withdraw(name, body.transfer ?? '', amount);
      case 'transfers/reversal':
        return reverse(name);
      case 'accounts/deposits':
        return post(name, amount);
      case 'accounts/outgoing-holds':
        return hold(name, body.hold ?? '', -amount);
      case 'accounts/incoming-holds':
        return hold(name, body.hold ?? '', amount);
      case 'holds/confirm':
        return settle(name, 'confirmed');
      case 'holds/cancel':
        return settle(name, 'cancelled');
      default:
        return { status: 404, body: { title: `There is no ${path}.` } };
    }
  }

  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      // The same key again gets the first answer, and changes nothing more.
      const key = String(request.headers['idempotency-key']);
      const given = answers.get(key) ?? answer(request.url ?? '/', JSON.parse(body || '{}') as Posting);
      answers.set(key, given);
      response.writeHead(given.status, { 'content-type': 'application/json' }).end(JSON.stringify(given.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    balances,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const north = await startBank({ alice: 100 }, 7421);
  const south = await startBank({ bob: 20 }, 7422);
  console.log(`NORTH_URL=${north.url}\nSOUTH_URL=${south.url}\nCtrl-C stops both banks.`);
}
