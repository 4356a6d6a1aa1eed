/** A visit: how a debugger comes to the door of the process that drives a run, and speaks with it (docs/adr/0018). */
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { hostname } from 'node:os';
import process from 'node:process';
import type { Holder } from '../journal/journal.ts';
import { openLines } from './lines.ts';
import { LINE_LIMIT, PROTOCOL, readReply } from './protocol.ts';
import type { Reply, Word } from './protocol.ts';

export interface Visit {
  readonly holder: Holder;
  readonly welcome: Extract<Reply, { type: 'welcome' }>;
  /** Gives what the holder says to `hear`, what it said before included; `gone` is called once when it says no more. */
  listen(hear: (reply: Reply) => void, gone: () => void): void;
  say(word: Word): void;
  /** Ends the visit: the run goes on by itself. Resolves when the connection is over. */
  leave(): Promise<void>;
}

export type VisitResult =
  | { readonly ok: true; readonly visit: Visit }
  /** `not-driven`: the run was let go meanwhile. The message is a sentence for a person. */
  | { readonly ok: false; readonly code: 'not-driven' | 'refused'; readonly message: string };

/** Milliseconds until the holder's answer. */
const PATIENCE = 10_000;

/**
 * Attaches to `run`, which `holder` drives, as `name` (for a person): the run and all that it begins stand from then on,
 * until they are let go. Never rejects.
 */
export function visitHolder(holder: Holder, run: string, name: string): Promise<VisitResult> {
  const who = `The run ${run} is driven by ${holder.name} (process ${holder.pid} on ${holder.host})`;
  const refuse = (message: string): Promise<VisitResult> => Promise.resolve({ ok: false, code: 'refused', message });
  if (holder.host !== hostname()) return refuse(`${who}; only a run of this machine can be attached to.`);
  if (holder.attach === undefined) return refuse(`${who}, which lets no debugger attach.`);
  return new Promise((resolve) => knock(createConnection(holder.attach ?? ''), resolve));

  function knock(socket: Socket, tell: (result: VisitResult) => void): void {
    let replies: Reply[] = [];
    let hear: ((reply: Reply) => void) | null = null;
    let gone = (): void => undefined;
    let welcomed = false;
    let over = false;
    let fault: string | null = null;
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    const late = setTimeout(() => end('it does not answer'), PATIENCE);
    socket.once('error', (error: NodeJS.ErrnoException) => {
      fault ??= `nobody answers at ${holder.attach ?? ''} (${error.code ?? error.message})`;
    });
    const lines = openLines(socket, LINE_LIMIT, { line, closed: finish });
    socket.once('connect', () => {
      const visitor = { name, pid: process.pid, host: hostname() };
      lines.send({ type: 'hello', protocol: PROTOCOL, holder: holder.id, run, visitor } satisfies Word);
    });

    function line(text: string): void {
      const reply = readReply(text);
      if (reply === null) {
        end('it says what is no message');
        return;
      }
      if (welcomed) {
        if (hear === null) replies.push(reply);
        else hear(reply);
        return;
      }
      if (reply.type === 'refused') {
        const code = reply.code === 'not-driven' ? 'not-driven' : 'refused';
        tell({ ok: false, code, message: reply.message });
        socket.destroy();
        return;
      }
      if (reply.type !== 'welcome') {
        // Commits that were under way when this side came in.
        replies.push(reply);
        return;
      }
      clearTimeout(late);
      welcomed = true;
      tell({ ok: true, visit: visitOf(reply) });
    }

    function end(why: string): void {
      fault ??= why;
      socket.destroy();
    }

    function finish(): void {
      clearTimeout(late);
      over = true;
      if (welcomed) gone();
      // Where it was told before, this changes nothing.
      else tell({ ok: false, code: 'refused', message: `${who}; ${fault ?? 'it let nobody in'}.` });
    }

    function visitOf(welcome: Visit['welcome']): Visit {
      return {
        holder,
        welcome,
        listen(listener, whenGone) {
          hear = listener;
          gone = whenGone;
          const before = replies;
          replies = [];
          for (const reply of before) listener(reply);
          if (over) whenGone();
        },
        say: (word) => lines.send(word),
        leave() {
          lines.end();
          return closed;
        },
      };
    }
  }
}
