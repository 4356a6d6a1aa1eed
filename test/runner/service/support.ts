/** A service over a folder of its own, and requests to it. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Json } from '../../../language/index.ts';
import { readMocks } from '../../../runner/actions/mocks.ts';
import { openJournal } from '../../../runner/journal/sqlite.ts';
import type { Journal } from '../../../runner/journal/journal.ts';
import { startService } from '../../../runner/service/service.ts';
import type { Service, ServiceOptions } from '../../../runner/service/service.ts';
import { makePlace } from '../support/hosting.ts';
import { expectDocumented } from './documented.ts';

export const TOKEN = 'a-token-for-tests-only';

/** Milliseconds between two looks at a run's status. */
const POLL = 5;

export interface Served {
  readonly service: Service;
  readonly journal: Journal;
  readonly url: string;
  readonly log: readonly string[];
  /** A request with the token; the body is sent as JSON. The answer must be one that the OpenAPI document promises. */
  ask(method: string, path: string, body?: Json, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Resolves when the run has this status, which the service tells. */
  status(run: string, status: string): Promise<void>;
  /** Ends the service; the folder and its journal stay. */
  end(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, Json>>;
}

export interface ServedPlace {
  readonly folder: string;
  write(name: string, text: string): string;
  serve(mocks?: Json, more?: Partial<ServiceOptions>): Promise<Served>;
  close(): Promise<void>;
}

export function makeServedPlace(): ServedPlace {
  const place = makePlace();
  const ends: (() => Promise<void>)[] = [];
  return {
    folder: place.folder,
    write: place.write,
    async serve(mocks, more = {}) {
      const read = mocks === undefined ? undefined : readMocks(mocks);
      if (read?.ok === false) throw new Error(read.message);
      const journal = openJournal(join(place.folder, '.backstep', 'runs.db'));
      const log: string[] = [];
      const service = await startService({
        ...{ folder: place.folder, journal, port: 0, token: TOKEN, version: '1.2.3', log: (line) => log.push(line) },
        ...(read !== undefined && { mocks: read.mocks }),
        ...more,
      });
      const url = `http://127.0.0.1:${service.address.port}`;
      let ended = false;
      const end = async (): Promise<void> => {
        if (ended) return;
        ended = true;
        await service.close();
        journal.close();
      };
      ends.push(end);
      const served: Served = {
        ...{ service, journal, url, log, end },
        async ask(method, path, body, headers) {
          const response = await fetch(`${url}${path}`, {
            method,
            headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
            ...(body !== undefined && { body: JSON.stringify(body) }),
          });
          const text = await response.text();
          const type = response.headers.get('content-type');
          const json = /json/.test(type ?? '') ? (JSON.parse(text) as Answer['body']) : null;
          expectDocumented(method, path, response, json);
          return { status: response.status, type, headers: response.headers, body: json ?? { text } };
        },
        async status(run, status) {
          while (journal.summary(run)?.status !== status) await pause(POLL);
        },
      };
      return served;
    },
    async close() {
      for (const end of ends) await end();
      await place.close();
    },
  };
}

/** Reads server-sent events until one is called `until` or the stream ends; of ids only the number. */
export async function readUpdates(
  url: string,
  headers: Readonly<Record<string, string>>,
  until: (event: string, id: number) => boolean,
): Promise<readonly { readonly event: string; readonly id: number; readonly data: Readonly<Record<string, Json>> }[]> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${TOKEN}`, ...headers } });
  const events = [];
  let text = '';
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const read = await reader?.read();
    if (read === undefined || read.done) return events;
    text += read.value;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const fields = new Map(
        text
          .slice(0, end)
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]),
      );
      text = text.slice(end + 2);
      const event = fields.get('event');
      if (event === undefined) continue;
      const id = Number.parseInt(fields.get('id') ?? '');
      events.push({ event, id, data: JSON.parse(fields.get('data') ?? '{}') as Record<string, Json> });
      if (!until(event, id)) continue;
      await reader?.cancel();
      return events;
    }
  }
}
