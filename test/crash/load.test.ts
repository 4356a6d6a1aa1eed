// Five hundred runs asked for at once over HTTP, of a service that is killed in the middle and started again, by clients that
// ask until they are answered: each run is begun once, and nothing that was committed is done again.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openJournal } from '../../runner/journal/sqlite.ts';
import type { Journal } from '../../runner/journal/journal.ts';
import { bundleVictim, startVictim } from './victims.ts';
import type { Victim } from './victims.ts';

const RUNS = Array.from({ length: 500 }, (_, at) => `r${at}`);

/** Every fifth run is undone. */
const TEXT = `workflow: load
input: { type: object, required: [n], properties: { n: { type: number } } }
participants:
  s: { baseUrl: "\${ env.SERVICE_URL }", operations: { do: { http: POST /do }, undo: { http: POST /undo } } }
states:
  one: { call: s.do, compensate: { call: s.undo }, next: pause }
  pause: { wait: 20ms, next: two }
  two: { call: s.do, compensate: { call: s.undo }, next: check }
  check: { switch: [ { when: "\${ input.n % 5 = 0 }", next: refuse }, { next: end } ] }
  refuse: { fail: { error: refused } }
`;

let folder = '';
let service: Server;
/** How often each key was asked for. */
let asked: Map<string, number>;
/** Called at each request. */
let heard: () => void;
let victim: Victim | null;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'backstep-load-'));
  writeFileSync(join(folder, 'load.workflow.yaml'), TEXT);
  asked = new Map();
  heard = () => undefined;
  victim = null;
  service = createServer((request, response) => {
    const key = String(request.headers['idempotency-key']);
    asked.set(key, (asked.get(key) ?? 0) + 1);
    heard();
    request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
  });
  await new Promise<void>((done) => service.listen(0, '127.0.0.1', done));
});
afterEach(async () => {
  victim?.process.kill('SIGKILL');
  await victim?.ended;
  service.closeAllConnections();
  await new Promise((done) => service.close(done));
  rmSync(folder, { recursive: true });
});

/** Keys of what the journal knows as done. */
function doneIn(journal: Journal): Set<string> {
  const keys = RUNS.flatMap((run) => {
    const under = new Map<number, string>();
    return journal.read(run).flatMap((record) => {
      if (record.type === 'state.prepared' && record.key !== null) under.set(record.activation, record.key);
      if (record.type === 'compensation.entered') under.set(record.activation, record.key);
      const isDone = record.type === 'state.completed' || record.type === 'compensation.completed';
      const key = isDone ? under.get(record.activation) : undefined;
      return key === undefined ? [] : [key];
    });
  });
  return new Set(keys);
}

it('are all begun, done and undone exactly', { timeout: 240_000 }, async () => {
  const database = join(folder, 'runs.db');
  const env = { SERVICE_URL: `http://127.0.0.1:${(service.address() as AddressInfo).port}` };
  const program = await bundleVictim(folder, join(import.meta.dirname, 'server.ts'));
  let url = '';
  const start = async (): Promise<void> => {
    const started = startVictim(program, [folder, database], env);
    victim = started;
    url = await started.said(/^serving at (\S+)$/m);
  };
  await start();

  const answers: number[] = [];
  const clients = RUNS.map(async (run, n) => {
    const init = {
      method: 'PUT',
      headers: { authorization: 'Bearer a-token-for-tests', 'content-type': 'application/json' },
      body: JSON.stringify({ workflow: 'load', input: { n } }),
    };
    for (;;) {
      const status = await fetch(`${url}/v1/runs/${run}`, init).then(
        (response) => response.status,
        () => null,
      );
      if (status !== null) answers.push(status);
      if (status === 200 || status === 201) return;
      await pause(20);
    }
  });

  /** At each kill, how often that was asked for which the journal knew as done. */
  const kept: Map<string, number>[] = [];
  // Killed when some have begun, when others are half done, and when some are undone.
  for (const calls of [100, 500, 900]) {
    await new Promise<void>((resolve) => {
      heard = () => {
        if (asked.size >= calls) resolve();
      };
      heard();
    });
    victim?.process.kill('SIGKILL');
    await victim?.ended;
    const journal = openJournal(database);
    const done = doneIn(journal);
    kept.push(new Map([...asked].filter(([key]) => done.has(key))));
    journal.close();
    await start();
  }
  await Promise.all(clients);
  expect(answers.every((status) => [200, 201, 503].includes(status))).toBe(true);

  const journal = openJournal(database);
  for (const [n, run] of RUNS.entries())
    while (journal.summary(run)?.status !== (n % 5 === 0 ? 'compensated' : 'completed')) await pause(20);
  expect(journal.list()).toHaveLength(RUNS.length);
  const steps = (n: number) => ['one/1', 'two/1', ...(n % 5 === 0 ? ['two/1/compensate', 'one/1/compensate'] : [])];
  const expected = RUNS.flatMap((run, n) => steps(n).map((step) => `${run}/${step}`));
  expect([...asked.keys()].sort()).toEqual(expected.sort());
  expect(doneIn(journal)).toEqual(new Set(expected));
  // What was asked for after a first step was asked for after that was committed.
  expect(kept.at(-1)?.size).toBeGreaterThan(0);
  for (const before of kept) expect(new Map([...before.keys()].map((key) => [key, asked.get(key)]))).toEqual(before);
  journal.close();
});
