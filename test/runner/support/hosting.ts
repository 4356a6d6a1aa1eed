/** Hosts over workflows in a folder of their own, for tests of the runner. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach } from 'vitest';
import type { Json } from '../../../language/index.ts';
import { readMocks } from '../../../runner/actions/mocks.ts';
import { virtualClock } from '../../../runner/clock.ts';
import { createHost } from '../../../runner/host.ts';
import type { Host, HostOptions, RunHandle, StartRequest } from '../../../runner/host.ts';
import type { Journal } from '../../../runner/journal/journal.ts';
import { memoryJournal } from '../../../runner/journal/memory.ts';
import { compensatedOf, pathOf } from '../../../runner/machine/index.ts';
import type { RunRecord, RunStatus } from '../../../runner/machine/index.ts';

import { serve } from '../actions/support.ts';
import type { TestServer } from '../actions/support.ts';

export interface Place {
  readonly folder: string;
  /** Writes a file below the folder and gives its path. */
  write(name: string, text: string): string;
  /** A host on a virtual clock and a journal in memory, unless `options` say otherwise. */
  host(options?: Partial<Omit<HostOptions, 'mocks'>> & { readonly mocks?: Json }): Host;
  /** Closes every host and removes the folder. */
  close(): Promise<void>;
}

export function makePlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'backstep-host-'));
  const hosts: Host[] = [];
  return {
    folder,
    write(name, text) {
      const file = join(folder, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      return file;
    },
    host({ mocks, ...options } = {}) {
      const read = mocks === undefined ? undefined : readMocks(mocks);
      if (read?.ok === false) throw new Error(read.message);
      const host = createHost({
        journal: memoryJournal(),
        clock: virtualClock(0),
        holder: 'test',
        ...(read === undefined ? {} : { mocks: read.mocks }),
        ...options,
      });
      hosts.push(host);
      return host;
    },
    async close() {
      for (const host of hosts) await host.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** For each test of a file a place of its own, and a server when it asks for one; both are closed after it. */
export function placeOfEach(): {
  readonly place: Place;
  serving(answer: Parameters<typeof serve>[0]): Promise<TestServer>;
} {
  let place = makePlace();
  const servers: TestServer[] = [];
  afterEach(async () => {
    await place.close();
    for (const server of servers.splice(0)) await server.close();
    place = makePlace();
  });
  afterAll(() => place.close());
  return {
    get place() {
      return place;
    },
    async serving(answer) {
      const server = await serve(answer);
      servers.push(server);
      return server;
    },
  };
}

/** Begins a run; throws when it cannot be begun. */
export async function begin(
  host: Host,
  request: Omit<StartRequest, 'input'> & { readonly input?: Json },
): Promise<RunHandle> {
  const started = await host.start({ input: {}, ...request });
  if (started.ok) return started.run;
  const findings = started.error.findings?.map(({ code, message }) => `${code}: ${message}`) ?? [];
  throw new Error([started.error.message, ...findings].join('\n'));
}

export interface Seen {
  readonly status: RunStatus;
  readonly path: readonly string[];
  readonly compensated: readonly string[];
}

/** What a run came to. */
export async function ended(run: RunHandle, journal: Journal): Promise<Seen> {
  const status = await run.settled('ended');
  return { status, ...seen(journal.read(run.id)) };
}

export function seen(records: readonly RunRecord[]): Omit<Seen, 'status'> {
  return { path: pathOf(records), compensated: compensatedOf(records) };
}

/** A journal that does as `journal` does, with `over` in place of some of its functions. */
export function wrapped(journal: Journal, over: Partial<Journal>): Journal {
  return { ...journal, ...over };
}
