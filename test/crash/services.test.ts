// Two services on one journal, as processes: each run is taken up by exactly one, and by the other when that one is killed.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { realClock } from '../../runner/clock.ts';
import { createHost } from '../../runner/host.ts';
import type { Journal } from '../../runner/journal/journal.ts';
import { openJournal } from '../../runner/journal/sqlite.ts';
import type { RunStatus } from '../../runner/machine/index.ts';
import { bundleVictim, startVictim } from './victims.ts';
import type { Victim } from './victims.ts';

const RUNS = Array.from({ length: 24 }, (_, at) => `r${at}`);

/** Calls, waits until an instant, calls again, and asks somebody. */
const TEXT = `workflow: left
participants:
  s: { baseUrl: "\${ env.SERVICE_URL }", operations: { do: { http: POST /do } } }
  office: { role: office }
states:
  one: { call: s.do, next: pause }
  pause: { wait: { until: "\${ input.at }" }, next: two }
  two: { call: s.do, next: ask }
  ask: { human: { title: Sure?, assignee: office }, on: { yes: end } }
`;

let folder = '';
let database = '';
let url = '';
let service: Server;
let asked: string[] = [];
let victims: Victim[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'backstep-services-'));
  database = join(folder, 'runs.db');
  writeFileSync(join(folder, 'left.workflow.yaml'), TEXT);
  asked = [];
  victims = [];
  service = createServer((request, response) => {
    asked.push(String(request.headers['idempotency-key']));
    request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
  });
  await new Promise<void>((done) => service.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
});
afterEach(async () => {
  for (const { process, ended } of victims) {
    process.kill('SIGKILL');
    await ended;
  }
  service.closeAllConnections();
  await new Promise((done) => service.close(done));
  rmSync(folder, { recursive: true });
});

/** Looks at the journal until every run has `status` and is held by somebody, or by nobody once it has ended. */
async function reached(journal: Journal, status: RunStatus): Promise<void> {
  for (const run of RUNS)
    while (journal.summary(run)?.status !== status || asked.filter((key) => key.startsWith(`${run}/`)).length < 2)
      await new Promise((resolve) => setTimeout(resolve, 20));
}

it('share what was left, and one goes on with what the other had when it is killed', { timeout: 120_000 }, async () => {
  const journal = openJournal(database);
  const past = Date.now() - 3_600_000;
  const clock = { ...realClock(), now: () => past, at: () => () => undefined };
  const host = createHost({ journal, clock, holder: 'test', env: { SERVICE_URL: url } });
  for (const [at, id] of RUNS.entries()) {
    const input = { at: past + (at + 1) * 1000 };
    const started = await host.start({ file: join(folder, 'left.workflow.yaml'), id, input });
    if (!started.ok) throw new Error(started.error.message);
    await started.run.settled('waiting');
  }
  await host.close();

  const program = await bundleVictim(folder, join(import.meta.dirname, 'server.ts'));
  const serve = (): Victim => startVictim(program, [folder, database], { SERVICE_URL: url });
  victims = [serve(), serve()];
  await reached(journal, 'waiting');
  // Everything was called once, with the key that it has for ever.
  expect(asked.toSorted()).toEqual(RUNS.flatMap((run) => [`${run}/one/1`, `${run}/two/1`]).toSorted());
  const recoveries = (): number[] =>
    RUNS.map((run) => journal.read(run).filter(({ type }) => type === 'run.recovered').length);
  expect(recoveries()).toEqual(RUNS.map(() => 1));
  const holders = RUNS.map((run) => journal.holder(run)?.pid);
  const doomed = victims.find(({ process }) => process.pid === holders[0]);
  const other = victims.find((victim) => victim !== doomed);
  expect(holders.every((pid) => victims.some(({ process }) => process.pid === pid))).toBe(true);

  doomed?.process.kill('SIGKILL');
  await doomed?.ended;
  const by = { name: 'ada' };
  for (const run of RUNS) journal.post(run, { type: 'decision', state: 'ask', by, outcome: 'yes', form: null });
  await reached(journal, 'completed');
  expect(asked).toHaveLength(2 * RUNS.length);
  expect(recoveries()).toEqual(holders.map((pid) => (pid === doomed?.process.pid ? 2 : 1)));
  for (const run of RUNS)
    expect(journal.read(run).filter(({ type }) => type === 'task.completed')).toMatchObject([{ by, outcome: 'yes' }]);

  other?.process.kill('SIGTERM');
  expect((await other?.ended)?.code).toBe(0);
  expect(RUNS.map((run) => journal.holder(run))).toEqual(RUNS.map(() => null));
  journal.close();
});
