/**
 * The mail server of this example: a real SMTP server on this machine that keeps each mail in mailbox/, as ADDRESS.eml.
 * It keeps one of the mails with the same Message-ID, as mail servers do, and has no mailbox for `nobody@…`.
 *
 *   node mailbox.ts              until Ctrl-C, at PORT (2525); the address is written to .env
 *   node mailbox.ts --slow 3000  takes a mail, and says so three seconds later
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SMTPServer } from 'smtp-server';

export interface Mail {
  readonly to: string;
  readonly messageId: string;
  readonly text: string;
}

export interface Mailbox {
  readonly url: string;
  /** What was kept, in the order in which it came. */
  readonly mails: readonly Mail[];
  /** How often a mail was handed in, those that were there already included. */
  readonly deliveries: number;
  stop(): Promise<void>;
}

export interface MailboxOptions {
  /** A free loopback port by default. */
  readonly port?: number;
  /** Called with each mail that is kept, before it is acknowledged. */
  readonly keep?: (mail: Mail) => void;
  /** What is waited for between keeping a mail and acknowledging it. */
  readonly beforeAnswer?: () => Promise<void>;
}

/** Serves until it is stopped. */
export async function startMailbox({
  port = 0,
  keep = () => undefined,
  beforeAnswer = async () => undefined,
}: MailboxOptions): Promise<Mailbox> {
  const mails: Mail[] = [];
  let deliveries = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo({ address }, _, done) {
      const refused = Object.assign(new Error(`There is no mailbox ${address}`), { responseCode: 550 });
      done(address.startsWith('nobody@') ? refused : null);
    },
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const messageId = /^Message-ID: *(.*?)\r?$/im.exec(text)?.[1] ?? '';
        const mail = { to: envelope.rcptTo[0]?.address ?? '', messageId, text };
        deliveries += 1;
        if (!mails.some((known) => known.messageId === messageId)) {
          mails.push(mail);
          keep(mail);
        }
        beforeAnswer().then(() => done(), done);
      });
    },
  });
  // A client that goes away in the middle of a conversation is no fault of the server.
  server.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    mails,
    get deliveries() {
      return deliveries;
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { slow: { type: 'string', default: '0' } } });
  const folder = join(import.meta.dirname, 'mailbox');
  mkdirSync(folder, { recursive: true });
  const { url } = await startMailbox({
    port: Number(process.env['PORT'] ?? 2525),
    keep: ({ to, text }) => {
      const file = join(folder, `${encodeURIComponent(to)}.eml`.replace('%40', '@'));
      writeFileSync(file, text);
      console.log(`A mail to ${to}: ${file}`);
    },
    beforeAnswer: () => pause(Number(values.slow)),
  });
  writeFileSync(join(dirname(folder), '.env'), `SMTP_URL=${url}\n`);
  console.log(`${url}, which is also in .env. Ctrl-C ends it.`);
}

/** Says why in one sentence, and ends. */
function refuse(error: NodeJS.ErrnoException): void {
  const why =
    error.code === 'EADDRINUSE' ? 'its port is taken, perhaps by itself; PORT names another one' : error.message;
  console.error(`The mailbox cannot be opened: ${why}.`);
  process.exit(1);
}

if (import.meta.main) await main().catch(refuse);
