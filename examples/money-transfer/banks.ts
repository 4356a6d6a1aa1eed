/**
 * The two banks of this example: `node banks.ts` opens both until Ctrl-C, `node banks.ts balances` shows their accounts.
 * Their databases are in data/, or in the folder of `--data`; `--fresh` begins with new ones.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { balancesOf, startBank } from './bank.ts';

const ACCOUNTS = { north: { alice: 10_000 }, south: { bob: 2_000 } };

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string', default: join(import.meta.dirname, 'data') },
    /** Milliseconds that an answer comes after what it answers was done. */
    slow: { type: 'string', default: '0' },
    fresh: { type: 'boolean', default: false },
  },
});
const file = (bank: keyof typeof ACCOUNTS): string => join(values.data, `${bank}.db`);

if (positionals[0] === 'balances') showBalances();
else await openBanks().catch(refuse);

async function openBanks(): Promise<void> {
  if (values.fresh) rmSync(values.data, { recursive: true, force: true });
  mkdirSync(values.data, { recursive: true });
  // The north bank has this port, the south bank the next one; 0 gives free ones.
  const port = Number(process.env['PORT'] ?? 7421);
  const beforeAnswer = (): Promise<void> => pause(Number(values.slow));
  const north = await startBank({ file: file('north'), accounts: ACCOUNTS.north, port, beforeAnswer });
  const south = await startBank({
    file: file('south'),
    accounts: ACCOUNTS.south,
    port: port && port + 1,
    beforeAnswer,
  });
  writeFileSync(join(values.data, '../.env'), `NORTH_URL=${north.url}\nSOUTH_URL=${south.url}\n`);
  console.log(`north ${north.url}\nsouth ${south.url}\nThe same is in .env. Ctrl-C closes the banks.`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void Promise.all([north.stop(), south.stop()]));
}

function refuse(error: NodeJS.ErrnoException): void {
  const why = error.code === 'EADDRINUSE' ? 'they are open already, or PORT names another port' : error.message;
  console.error(`The banks cannot be opened: ${why}.`);
  process.exit(1);
}

function showBalances(): void {
  for (const bank of ['north', 'south'] as const) {
    const balances = existsSync(file(bank)) ? Object.entries(balancesOf(file(bank))) : [];
    for (const [account, cents] of balances) console.log(`${bank}  ${account.padEnd(5)}  ${(cents / 100).toFixed(2)}`);
  }
}
