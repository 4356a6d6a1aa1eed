/** Messages on a local socket: one JSON object a line, in UTF-8. What the reader holds is bounded. */
import type { Socket } from 'node:net';

export interface Lines {
  /** Writes a message; lost when the other side is gone. */
  send(message: object): void;
  /** Bytes that the other side has not taken yet. */
  readonly waiting: number;
  /** From now on a line may have this many bytes. */
  limit(bytes: number): void;
  /** Ends the connection after what was written, also when the other side does not answer to that. */
  end(): void;
}

export interface LinesEvents {
  line(line: string): void;
  /** The connection is over, whoever ended it. Called once. */
  closed(): void;
}

const NEWLINE = 0x0a;

/** Milliseconds for the other side to take the last words and to end its side. */
const PATIENCE = 1000;

/** Reads lines of at most `bytes` bytes from `socket`. A longer one ends the connection, and so does one that cannot be dealt with. */
export function openLines(socket: Socket, bytes: number, events: LinesEvents): Lines {
  let most = bytes;
  let chunks: Buffer[] = [];
  let held = 0;

  socket.on('data', (data: Buffer) => {
    let rest = data;
    for (let at = rest.indexOf(NEWLINE); at >= 0; at = rest.indexOf(NEWLINE)) {
      if (held + at > most || socket.destroyed) break;
      const line = Buffer.concat([...chunks, rest.subarray(0, at)]).toString('utf8');
      chunks = [];
      held = 0;
      rest = rest.subarray(at + 1);
      try {
        events.line(line);
      } catch {
        // Whatever a line leads to is the matter of this connection alone.
        socket.destroy();
      }
    }
    chunks.push(rest);
    held += rest.length;
    if (held > most) socket.destroy();
  });
  // `close` follows, which says all that there is to say.
  socket.on('error', () => socket.destroy());
  socket.once('close', () => events.closed());

  return {
    send(message) {
      if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
    },
    get waiting() {
      return socket.writableLength;
    },
    limit(now) {
      most = now;
    },
    end() {
      if (socket.destroyed) return;
      const late = setTimeout(() => socket.destroy(), PATIENCE);
      socket.once('close', () => clearTimeout(late));
      socket.end();
    },
  };
}
