/**
 * A client of the debug adapter for tests: it speaks the protocol over a pair of streams and keeps a transcript.
 *
 * 1. Every message of the adapter is held against the protocol's schema.
 * 2. Nothing is waited for by time: what is awaited is a message.
 * 3. `end` fails when a message was not asserted: taken by the test, or compared as part of the whole transcript.
 */
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { expect } from 'vitest';
import { startAdapter } from '../../../debugger/main.ts';
import { openWire, type Incoming } from '../../../debugger/wire.ts';
import { assertDapMessage } from '../../support/protocols/dap.ts';

export type Body = Readonly<Record<string, unknown>>;

export interface Client {
  /** Sends a request and gives its answer's body; fails when it is refused. */
  request(command: string, args?: unknown): Promise<Body>;
  /** Sends a request that must be refused, and gives the sentence. */
  refused(command: string, args?: unknown): Promise<string>;
  /** Sends a request and gives its answer, whatever it is. */
  answer(command: string, args?: unknown): Promise<Incoming>;
  /** The next event of this name; fails on another one, but those of `passing` are let by. */
  event(name: string): Promise<Body>;
  /** The next event, whatever it is. */
  any(): Promise<Incoming>;
  /** Waits for the next `stopped` and its position. */
  stopped(): Promise<Body>;
  /** Waits for the end of the session, and gives the exit code. */
  terminated(): Promise<number>;
  /** Bytes as they are. */
  write(bytes: string | Buffer): void;
  /** The transcript so far, and all of it counts as asserted. */
  transcript(): string;
  /** Disconnects and fails on messages that nobody looked at. */
  end(): Promise<void>;
  /** Ends the connection without a word. */
  hangUp(): void;
  /** Resolves when the adapter has closed its side. */
  readonly closed: Promise<void>;
}

export interface ClientOptions {
  /** What is replaced in the transcript: a folder's name, say. */
  readonly hide?: readonly (readonly [string, string])[];
  /** Events that no test of this client looks at. */
  readonly passing?: readonly string[];
}

/** A client of an adapter in this process. */
export function connect(options: ClientOptions = {}): Client {
  const toAdapter = new PassThrough();
  const fromAdapter = new PassThrough();
  const closed = startAdapter(toAdapter, fromAdapter);
  return clientOn(fromAdapter, toAdapter, closed, options);
}

/** A client on any pair of streams. */
export function clientOn(
  input: Readable,
  output: Writable,
  closed: Promise<void>,
  options: ClientOptions = {},
): Client {
  const { hide = [], passing = [] } = options;
  const lines: string[] = [];
  const events: Incoming[] = [];
  const answers = new Map<number, (message: Incoming) => void>();
  let watcher: (() => void) | null = null;
  let problem: unknown = null;
  let seq = 0;
  let lastSeq = 0;
  let ended = false;

  const note = (sign: string, name: string, body: unknown): void => {
    let text = body === undefined ? '' : ` ${JSON.stringify(body)}`;
    for (const [found, shown] of hide) text = text.replaceAll(found, shown);
    lines.push(`${sign} ${name}${text}`);
  };
  const wire = openWire(input, output, {
    message(message) {
      try {
        assertDapMessage(message);
        expect(message['seq']).toBe(++lastSeq);
      } catch (error) {
        problem ??= error;
      }
      if (message['type'] === 'response') {
        note(message['success'] === true ? '<' : '!', String(message['command']), message['body'] ?? undefined);
        const requestSeq = message['request_seq'] as number;
        answers.get(requestSeq)?.(message);
        answers.delete(requestSeq);
        return;
      }
      note('*', String(message['event']), message['body']);
      if (!passing.includes(String(message['event']))) events.push(message);
      watcher?.();
    },
    garbage: (why) => {
      problem ??= new Error(why);
    },
    closed: () => watcher?.(),
  });

  const ask = (command: string, args: unknown): Promise<Incoming> => {
    seq++;
    note('>', command, args);
    const answer = new Promise<Incoming>((resolve) => answers.set(seq, resolve));
    wire.send({ seq, type: 'request', command, ...(args !== undefined && { arguments: args }) });
    return answer;
  };
  const nextEvent = async (): Promise<Incoming> => {
    while (events.length === 0) {
      await new Promise<void>((resolve) => {
        watcher = resolve;
      });
    }
    if (problem !== null) throw problem as Error;
    const [first] = events.splice(0, 1);
    if (first === undefined) throw new Error('No event.');
    return first;
  };
  const client: Client = {
    closed,
    async request(command, args) {
      if (command === 'disconnect') ended = true;
      const answer = await ask(command, args);
      if (problem !== null) throw problem as Error;
      if (answer['success'] !== true) throw new Error(`${command} was refused: ${String(answer['message'])}`);
      return (answer['body'] ?? {}) as Body;
    },
    async answer(command, args) {
      const answer = await ask(command, args);
      if (problem !== null) throw problem as Error;
      return answer;
    },
    async refused(command, args) {
      const answer = await ask(command, args);
      if (problem !== null) throw problem as Error;
      expect(answer, `${command} must be refused`).toMatchObject({ success: false });
      return String(answer['message']);
    },
    async event(name) {
      const event = await nextEvent();
      // A failure shows the whole session.
      expect(event['event'], `\n${lines.join('\n')}\n`).toBe(name);
      return (event['body'] ?? {}) as Body;
    },
    any: nextEvent,
    async stopped() {
      const body = await client.event('stopped');
      if (!passing.includes('backstep/position')) await client.event('backstep/position');
      return body;
    },
    async terminated() {
      if (!passing.includes('backstep/position')) await client.event('backstep/position');
      const { exitCode } = await client.event('exited');
      await client.event('terminated');
      return exitCode as number;
    },
    write: (bytes) => output.write(bytes),
    transcript() {
      events.length = 0;
      return `${lines.join('\n')}\n`;
    },
    hangUp() {
      ended = true;
      output.end();
    },
    async end() {
      if (ended) return;
      ended = true;
      await ask('disconnect', {});
      await closed;
      if (problem !== null) throw problem as Error;
      expect(
        events.map((event) => ({ event: event['event'], body: event['body'] })),
        'events that no one asserted',
      ).toEqual([]);
    },
  };
  return client;
}
