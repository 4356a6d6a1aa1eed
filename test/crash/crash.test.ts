// Kills the process that drives a run, with SIGKILL, before and after every commit, going forward and while
// compensating; takes the run up again; and looks at what the service was asked to do.
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realClock } from '../../runner/clock.ts';
import { createHost } from '../../runner/host.ts';
import { openJournal } from '../../runner/journal/sqlite.ts';
import { compensatedOf, pathOf } from '../../runner/machine/index.ts';
import { bundleVictim, startVictim } from './victims.ts';
import type { End } from './victims.ts';
import { BACKWARD, CHILD, FORWARD, SIDE_BY_SIDE, WITH_CHILD } from './workflows.ts';

/** What the service was asked for each run: the keys of its calls, in order. */
const asked = new Map<string, { readonly key: string; readonly path: string }[]>();
let service: Server;
let url = '';
let folder = '';
let program = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'backstep-crash-'));
  program = await bundleVictim(folder);
  service = createServer((request, response) => {
    request.resume().on('end', () => {
      const key = String(request.headers['idempotency-key']);
      const run = key.split(/[/.]/)[0] ?? '';
      asked.set(run, [...(asked.get(run) ?? []), { key, path: request.url ?? '' }]);
      response.writeHead(request.url === '/refuse' ? 409 : 200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((done) => service.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
});
afterAll(async () => {
  service.closeAllConnections();
  await new Promise((done) => service.close(done));
  rmSync(folder, { recursive: true });
});

function victim(...args: string[]): Promise<End> {
  return startVictim(program, args, { SERVICE_URL: url }).ended;
}

interface Case {
  readonly name: string;
  readonly text: string;
  readonly status: string;
  readonly path: readonly string[];
  readonly compensated: readonly string[];
  /** Keys of all calls, without the run's id, in the order of a run that nothing disturbs. */
  readonly keys: readonly string[];
}

const NAMES = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'];
const SEVEN = NAMES.slice(0, 7);

const CASES: readonly Case[] = [
  {
    name: 'forward',
    text: FORWARD,
    status: 'completed',
    path: NAMES,
    compensated: [],
    keys: NAMES.map((name) => `/${name}/1`),
  },
  {
    name: 'compensating',
    text: BACKWARD,
    status: 'compensated',
    path: NAMES,
    compensated: SEVEN.toReversed(),
    keys: [...NAMES.map((name) => `/${name}/1`), ...SEVEN.toReversed().map((name) => `/${name}/1/compensate`)],
  },
  {
    name: 'with a child run',
    text: WITH_CHILD,
    status: 'compensated',
    path: ['one', 'sub', 'two', 'three'],
    compensated: ['two', 'sub', 'one'],
    keys: [
      ...['/one/1', '.sub.1/inner_one/1', '.sub.1/inner_two/1', '/two/1', '/three/1', '/two/1/compensate'],
      ...['.sub.1/inner_two/1/compensate', '.sub.1/inner_one/1/compensate', '/one/1/compensate'],
    ],
  },
];

describe.each(CASES)('a run killed at every commit, $name', (given) => {
  const id = given.name.replaceAll(' ', '-');
  let file = '';
  beforeAll(() => {
    file = join(folder, `${id}.workflow.yaml`);
    writeFileSync(file, given.text);
    writeFileSync(join(folder, 'child.workflow.yaml'), CHILD);
  });

  /** Takes the run up in this process, or begins it if it never began, and looks at its end. */
  async function finish(database: string, run: string): Promise<void> {
    const journal = openJournal(database);
    const host = createHost({ journal, clock: realClock(), holder: 'test', env: { SERVICE_URL: url } });
    const started = await host.start({ file, input: {}, id: run });
    if (!started.ok) throw new Error(started.error.message);
    expect(await started.run.settled('ended')).toBe(given.status);
    await host.close();
    const records = journal.read(run);
    expect(pathOf(records)).toEqual(given.path);
    expect(compensatedOf(records)).toEqual(given.compensated);
    expect(journal.list().filter(({ status }) => status === 'running')).toEqual([]);
    journal.close();
    const keys = (asked.get(run) ?? []).map(({ key }) => key.slice(run.length));
    // Each effect once by its key, in order; at most the call that was cut short was made again.
    expect([...new Set(keys)]).toEqual(given.keys);
    expect(keys.length).toBeLessThanOrEqual(given.keys.length + 1);
  }

  it('does everything once', async () => {
    const run = `${id}-whole`;
    const database = join(folder, `${run}.db`);
    const whole = await victim(file, database, run, 'start');
    expect(whole.code).toBe(0);
    const commits = Number(whole.output);
    expect(commits).toBeGreaterThan(given.keys.length);
    await finish(database, run);

    const points = Array.from({ length: commits }, (_, at) =>
      ['before', 'after'].map((when) => ({ when, at: at + 1 })),
    ).flat();
    let spared = 0;
    const crash = async ({ when, at }: { when: string; at: number }) => {
      const name = `${id}-${when}-${at}`;
      const place = join(folder, `${name}.db`);
      const killed = await victim(file, place, name, 'start', when, String(at));
      // On a busy machine the same decisions may make a commit or two more or less, so that a late one never comes.
      if (killed.signal === null && at > commits - 3) spared++;
      else expect([name, killed.signal]).toEqual([name, 'SIGKILL']);
      await finish(place, name);
    };
    await inParallel(points, 3, crash);
    expect(spared).toBeLessThan(6);
  });

  it('does everything once when the process that takes it up is killed as well', async () => {
    const points = [1, 2, 3].flatMap((at) => ['before', 'after'].map((when) => ({ when, at })));
    const middle = Math.ceil(given.keys.length / 2);
    await inParallel(points, 3, async ({ when, at }) => {
      const name = `${id}-twice-${when}-${at}`;
      const place = join(folder, `${name}.db`);
      expect((await victim(file, place, name, 'start', 'after', String(middle))).signal).toBe('SIGKILL');
      expect((await victim(file, place, name, 'resume', when, String(at))).signal).toBe('SIGKILL');
      const journal = openJournal(place);
      const completed = journal.read(name).filter(({ type }) => type === 'state.completed').length;
      journal.close();
      expect(completed).toBeGreaterThan(0);
      // Both processes may have been cut short in a call.
      const before = (asked.get(name) ?? []).length;
      expect(new Set((asked.get(name) ?? []).map(({ key }) => key)).size).toBeGreaterThanOrEqual(before - 1);
      asked.set(name, [...new Map((asked.get(name) ?? []).map((call) => [call.key, call])).values()]);
      await finish(place, name);
    });
  });
});

describe('runs that share commits, killed at every one of them and inside of them', () => {
  const CHILDREN = [0, 1, 2, 3].map((item) => `.subs.${item}.one.1`);
  let file = '';
  beforeAll(() => {
    file = join(folder, 'side-by-side.workflow.yaml');
    writeFileSync(file, SIDE_BY_SIDE);
    writeFileSync(join(folder, 'child.workflow.yaml'), CHILD);
  });

  /** Takes the run up, and looks at what became of it and of its child runs. */
  async function finish(database: string, run: string): Promise<void> {
    const journal = openJournal(database);
    const host = createHost({ journal, clock: realClock(), holder: 'test', env: { SERVICE_URL: url } });
    const started = await host.start({ file, input: {}, id: run });
    if (!started.ok) throw new Error(started.error.message);
    expect(await started.run.settled('ended')).toBe('completed');
    await host.close();
    expect(journal.list().map((each) => [each.run, each.status])).toEqual(
      expect.arrayContaining([run, ...CHILDREN.map((child) => run + child)].map((each) => [each, 'completed'])),
    );
    for (const child of CHILDREN) expect(pathOf(journal.read(run + child))).toEqual(['inner_one', 'inner_two']);
    journal.close();
    const keys = (asked.get(run) ?? []).map(({ key }) => key.slice(run.length));
    const expected = CHILDREN.flatMap((child) => [`${child}/inner_one/1`, `${child}/inner_two/1`]);
    expect([...new Set(keys)].sort()).toEqual(expected.sort());
    // At most the calls that were cut short were made again, one in each child run.
    for (const child of CHILDREN)
      expect(keys.filter((key) => key.startsWith(`${child}/`)).length).toBeLessThanOrEqual(3);
  }

  it('do everything once', async () => {
    const whole = join(folder, 'side-by-side.db');
    const { code, output } = await victim(file, whole, 'side-by-side', 'start');
    expect(code).toBe(0);
    const db = new DatabaseSync(whole, { readOnly: true });
    expect(db.prepare('SELECT count(*) AS rows FROM shared_commits').get()).not.toEqual({ rows: 0 });
    db.close();
    await finish(whole, 'side-by-side');
    const points = Array.from({ length: Number(output) }, (_, at) =>
      ['before', 'after'].map((when) => ({ when, at: at + 1 })),
    );
    await inParallel(points.flat(), 3, async ({ when, at }) => {
      const name = `side-by-side-${when}-${at}`;
      const place = join(folder, `${name}.db`);
      const end = await victim(file, place, name, 'start', when, String(at));
      // How many runs share a commit is chance, and so is how many commits there are.
      expect([name, end.signal ?? end.code]).toEqual([name, end.code === 0 ? 0 : 'SIGKILL']);
      await finish(place, name);
    });
  });

  it('do everything once when they are killed between two statements of a commit', async () => {
    const { output } = await victim(file, join(folder, 'statements.db'), 'statements', 'start', 'within', '0');
    const statements = Number(output);
    expect(statements).toBeGreaterThan(20);
    // All of the beginning, and some of the rest.
    const points = Array.from({ length: statements }, (_, at) => at + 1).filter((at) => at <= 12 || at % 5 === 0);
    let killed = 0;
    await inParallel(points, 3, async (at) => {
      const name = `side-by-side-within-${at}`;
      const place = join(folder, `${name}.db`);
      const end = await victim(file, place, name, 'start', 'within', String(at));
      expect([name, end.signal ?? end.code]).toEqual([name, end.code === 0 ? 0 : 'SIGKILL']);
      if (end.signal !== null) killed++;
      await finish(place, name);
    });
    expect(killed).toBeGreaterThan(points.length / 2);
  });
});

async function inParallel<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
