import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Json } from '../../language/index.ts';
import { realClock, virtualClock } from '../../runner/clock.ts';
import type { Clock } from '../../runner/clock.ts';
import { JournalError } from '../../runner/journal/journal.ts';
import type { Journal } from '../../runner/journal/journal.ts';
import { thisHolder } from '../../runner/journal/holders.ts';
import { memoryJournal } from '../../runner/journal/memory.ts';
import { openJournal } from '../../runner/journal/sqlite.ts';
import type { RunRecord } from '../../runner/machine/index.ts';
import { json, serve } from './actions/support.ts';
import type { TestServer } from './actions/support.ts';
import { begin, ended, makePlace, wrapped } from './support/hosting.ts';
import type { Place } from './support/hosting.ts';

const SHOP = `
workflow: shop
version: 1.2.0
participants:
  stock:
    baseUrl: "\${ env.SHOP_URL }"
    headers: { Authorization: "Bearer \${ secrets.TOKEN }" }
    operations:
      reserve: { http: POST /reserve }
      release: { http: POST /release }
      charge: { http: "POST /orders/{id}/charge", output: { type: object, required: [charge] } }
states:
  reserve:
    call: stock.reserve
    with: { id: "\${ input.id }" }
    compensate: { call: stock.release, with: { id: "\${ input.id }", r: "\${ result.r }" } }
    next: charge
  charge:
    call: stock.charge
    with: { id: "\${ input.id }", card: "\${ secrets.CARD }" }
    timeout: 1s
    next: end
`;

const ENV = { BACKSTEP_SECRET_TOKEN: 'hush-hush', BACKSTEP_SECRET_CARD: '4111-2222' };

let place: Place;
let server: TestServer | null = null;
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => {
  await place.close();
  await server?.close();
  server = null;
});

async function serving(answer: Parameters<typeof serve>[0]): Promise<TestServer> {
  server = await serve(answer);
  return server;
}

/** States, two spaces in, with a participant `s` that needs no declaration of paths. */
function simple(states: string, top = ''): string {
  const operations = ['a', 'b', 'c', 'undo'].map((name) => `      ${name}: { http: POST /${name} }`).join('\n');
  return `workflow: simple\nparticipants:\n  s:\n    baseUrl: http://localhost\n    operations:\n${operations}\n${top}\nstates:\n${states}`;
}

const SIMPLE_MOCKS = { 's.a': { return: 1 }, 's.b': { return: 2 }, 's.c': { return: 3 }, 's.undo': { return: null } };

describe('a run over real HTTP', () => {
  it('does its calls with keys and secrets, and keeps the secrets to itself', async () => {
    const { url, heard } = await serving(({ body }, response) =>
      json(response, 200, { r: 7, charge: 'c', echo: body }),
    );
    const journal = memoryJournal();
    const host = place.host({ journal, clock: realClock(), env: { ...ENV, SHOP_URL: url } });
    const run = await begin(host, { file: place.write('shop.workflow.yaml', SHOP), input: { id: 'o1' }, id: 'r1' });
    expect(await ended(run, journal)).toEqual({ status: 'completed', path: ['reserve', 'charge'], compensated: [] });
    expect(heard.map(({ url, headers }) => [url, headers['idempotency-key'], headers.authorization])).toEqual([
      ['/reserve', 'r1/reserve/1', 'Bearer hush-hush'],
      ['/orders/o1/charge', 'r1/charge/1', 'Bearer hush-hush'],
    ]);
    expect(heard[1]?.body).toBe('{"card":"4111-2222"}');
    const kept = JSON.stringify(journal.read('r1'));
    expect(kept).toContain('•••');
    expect(kept).not.toContain('4111-2222');
    expect(kept).not.toContain('hush-hush');
  });

  it('undoes what was done with the arguments of that time, and says what went wrong', async () => {
    const { url, heard } = await serving(({ url }, response) =>
      url.endsWith('/charge')
        ? json(response, 402, { detail: 'Declined', code: 'no_cover' })
        : json(response, 200, { r: 7 }),
    );
    const journal = memoryJournal();
    const host = place.host({ journal, clock: realClock(), env: { ...ENV, SHOP_URL: url } });
    const run = await begin(host, { file: place.write('shop.workflow.yaml', SHOP), input: { id: 'o1' }, id: 'r1' });
    expect(await ended(run, journal)).toEqual({
      status: 'compensated',
      path: ['reserve', 'charge'],
      compensated: ['reserve'],
    });
    expect(run.view().state.error).toMatchObject({
      type: 'http.402',
      message: 'Declined',
      code: 'no_cover',
      state: 'charge',
    });
    expect(heard[2]).toMatchObject({ url: '/release', body: '{"id":"o1","r":7}' });
    expect(heard[2]?.headers['idempotency-key']).toBe('r1/reserve/1/compensate');
  });

  it('times out an attempt that gets no answer, and does not hear what comes after', async () => {
    const { url } = await serving(({ url }, response) =>
      url.endsWith('/charge') ? undefined : json(response, 200, { r: 7 }),
    );
    const journal = memoryJournal();
    const host = place.host({ journal, clock: realClock(), env: { ...ENV, SHOP_URL: url } });
    const run = await begin(host, { file: place.write('shop.workflow.yaml', SHOP), input: { id: 'o1' } });
    expect(await ended(run, journal)).toMatchObject({ status: 'compensated' });
    expect(run.view().state.error).toMatchObject({ type: 'timeout', state: 'charge' });
  });

  it.each([
    [{ env: { SHOP_URL: 'http://127.0.0.1:1' } }, 'expression', /The secret TOKEN is not set/],
    [{ env: ENV }, 'validation', /participant stock has no base URL: `env\.SHOP_URL` gives nothing/],
    [{ env: { ...ENV, SHOP_URL: 'http://127.0.0.1:1' } }, 'network', /connection refused/],
  ])('says what stands in the way of a call (%#)', async (options, type, message) => {
    const host = place.host({ clock: realClock(), ...options });
    const run = await begin(host, { file: place.write('shop.workflow.yaml', SHOP), input: { id: 'o1' } });
    expect(await run.settled('ended')).toBe('failed');
    expect(run.view().state.error).toMatchObject({ type, message: expect.stringMatching(message) as string });
  });

  it('refuses an answer that does not fit its schema, though the service has acted', async () => {
    const { url } = await serving((_, response) => json(response, 200, { r: 1 }));
    const host = place.host({ clock: realClock(), env: { ...ENV, SHOP_URL: url } });
    const run = await begin(host, { file: place.write('shop.workflow.yaml', SHOP), input: { id: 'o1' } });
    expect(await run.settled('ended')).toBe('compensated');
    expect(run.view().state.error).toMatchObject({
      type: 'validation',
      message: expect.stringContaining('/charge') as string,
    });
  });

  it('reads variables from the launch, then .env, then the process', async () => {
    const { url, heard } = await serving((_, response) => json(response, 200, { r: 7, charge: 'c' }));
    place.write('.env', `SHOP_URL=${url}\nBACKSTEP_SECRET_TOKEN=from-file\nBACKSTEP_SECRET_CARD=card-from-file\n`);
    const host = place.host({ clock: realClock(), env: { BACKSTEP_SECRET_TOKEN: 'from-launch' } });
    const run = await begin(host, { file: place.write('shop.workflow.yaml', SHOP), input: { id: 'o1' } });
    expect(await run.settled('ended')).toBe('completed');
    expect(heard[1]).toMatchObject({
      headers: { authorization: 'Bearer from-launch' },
      body: '{"card":"card-from-file"}',
    });
  });
});

describe('starting', () => {
  const file = () =>
    place.write('x.workflow.yaml', simple('  a: { call: s.a, next: end }', 'input: { type: object, required: [id] }'));

  it.each<[string, () => Parameters<typeof begin>[1] & { input: Json }, string, RegExp]>([
    [
      'a file that is not there',
      () => ({ file: join(place.folder, 'no.workflow.yaml'), input: {} }),
      'unreadable-file',
      /There is no file .*no\.workflow\.yaml/,
    ],
    ['a folder', () => ({ file: place.folder, input: {} }), 'unreadable-file', /is a folder/],
    [
      'an empty file',
      () => ({ file: place.write('e.workflow.yaml', ''), input: {} }),
      'invalid-workflow',
      /has .*errors?; it was not run/,
    ],
    [
      'a broken file',
      () => ({ file: place.write('b.workflow.yaml', 'workflow: [x'), input: {} }),
      'invalid-workflow',
      /has/,
    ],
    [
      'an input that does not fit',
      () => ({ file: file(), input: {} }),
      'invalid-input',
      /does not fit the workflow simple: \/id is missing/,
    ],
    ['an id with a slash', () => ({ file: file(), input: { id: 1 }, id: 'a/b' }), 'invalid-id', /cannot be a run's id/],
  ])('%s begins no run', async (_, request, code, message) => {
    const journal = memoryJournal();
    const host = place.host({ journal, mocks: SIMPLE_MOCKS });
    expect(await host.start(request())).toMatchObject({
      ok: false,
      error: { code, message: expect.stringMatching(message) as string },
    });
    expect(journal.list()).toEqual([]);
  });

  it('gives the same run for the same id, and refuses it when it must be new', async () => {
    const journal = memoryJournal();
    const host = place.host({ journal, mocks: SIMPLE_MOCKS });
    const request = { file: file(), input: { id: 1 }, id: 'same' };
    expect(await (await begin(host, request)).settled('ended')).toBe('completed');
    const records = journal.read('same').length;
    const again = place.host({ journal, mocks: SIMPLE_MOCKS });
    expect(await again.start(request)).toMatchObject({ ok: true, existed: true });
    expect(await again.runs.get('same')?.settled('ended')).toBe('completed');
    expect(journal.read('same')).toHaveLength(records);
    expect(await again.start({ ...request, mustBeNew: true })).toMatchObject({ ok: false, error: { code: 'exists' } });
    expect(await again.runs.get('same')?.send({ type: 'advance' })).toMatch(/has ended/);
  });

  it('refuses a run that is unknown, and names who drives one that is held', async () => {
    const journal = memoryJournal();
    const host = place.host({ journal, mocks: {} });
    expect(await host.resume('nope')).toMatchObject({ ok: false, error: { code: 'unknown-run' } });
    const run = await begin(host, {
      file: place.write('w.workflow.yaml', simple('  a: { wait: 1h, next: end }')),
      id: 'w',
    });
    void run;
    const other = place.host({ journal, mocks: {}, holder: 'other' });
    expect(await other.resume('w')).toMatchObject({
      ok: false,
      error: { code: 'held', message: expect.stringMatching(/is driven by test \(process \d+ on /) as string },
    });
  });
});

describe('driving', () => {
  it('commits before it performs', async () => {
    const journal = memoryJournal();
    const known: (readonly string[])[] = [];
    const { url } = await serving((_, response) => {
      known.push(journal.read('r1').map(({ type }) => type));
      json(response, 200, { r: 1, charge: 2 });
    });
    const host = place.host({ journal, clock: realClock(), env: { ...ENV, SHOP_URL: url } });
    const run = await begin(host, { file: place.write('shop.workflow.yaml', SHOP), input: { id: 'o1' }, id: 'r1' });
    await run.settled('ended');
    expect(known.map((types) => types.at(-1))).toEqual(['attempt.started', 'attempt.started']);
    expect(known[1]).toContain('state.completed');
  });

  it('gathers steps that perform nothing into one commit, and a completion with the next call', async () => {
    const commits: string[][] = [];
    const host = place.host({
      mocks: SIMPLE_MOCKS,
      observer: { committed: (records) => void commits.push(records.map(({ type }) => type)) },
    });
    const states =
      '  one: { set: { n: 1 }, next: two }\n  two: { switch: [ { next: a } ] }\n  a: { call: s.a, compensate: { call: s.undo }, next: b }\n  b: { call: s.b, next: end }';
    const run = await begin(host, { file: place.write('g.workflow.yaml', simple(states, 'vars: { n: 0 }')) });
    await run.settled('ended');
    expect(commits).toHaveLength(4);
    expect(commits[2]).toEqual(expect.arrayContaining(['state.completed', 'transition.taken', 'attempt.started']));
    expect(commits[3]?.at(-1)).toBe('run.completed');
  });

  it('lets an observer see every step before it is taken, and takes what is sent meanwhile first', async () => {
    const journal = memoryJournal();
    const steps: string[] = [];
    const host = place.host({
      journal,
      mocks: SIMPLE_MOCKS,
      observer: {
        async before({ place, way, activation }, { state }) {
          steps.push(`${place} ${way}`);
          expect(journal.read(state.run)).toHaveLength(state.seq);
          if (place !== 'call' || activation === null) return;
          const run = host.runs.get(state.run);
          expect(
            await run?.send({ type: 'inject', activation, error: { type: 'made.up', message: 'by hand' } }),
          ).toBeNull();
        },
      },
    });
    const run = await begin(host, {
      file: place.write(
        'g.workflow.yaml',
        simple('  a: { call: s.a, catch: [ { errors: [made], next: z } ], next: end }\n  z: { set: {}, next: end }'),
      ),
    });
    expect(await run.settled('ended')).toBe('completed');
    expect(host.mocks?.calls.size).toBe(0);
    expect(steps.filter((step) => step.endsWith('a')).slice(0, 2)).toEqual(['enter a', 'call a']);
    expect(steps).toContain('enter z');
  });

  it('keeps outcomes waiting while an observer holds the run', async () => {
    const journal = memoryJournal();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let holding = false;
    const host = place.host({
      journal,
      mocks: SIMPLE_MOCKS,
      observer: {
        committed: (records) => {
          if (records.some(({ type }) => type === 'attempt.started')) holding = true;
        },
        hold: () => (holding ? held : null),
      },
    });
    const run = await begin(host, { file: place.write('g.workflow.yaml', simple('  a: { call: s.a, next: end }')) });
    const types = () => journal.read(run.id).map(({ type }) => type);
    // What is sent is answered also now, and by then the outcome of the mock has long been there.
    expect(await run.send({ type: 'skip', by: { name: 'x' }, state: 'a' })).toMatch(/No failed compensation/);
    expect(types()).not.toContain('attempt.succeeded');
    holding = false;
    release();
    expect(await run.settled('ended')).toBe('completed');
  });

  it('waits on the virtual clock without waiting', async () => {
    const clock = virtualClock(0);
    const host = place.host({ clock, mocks: { 's.a': [{ delay: '5s', fail: { error: 'network' } }, { return: 1 }] } });
    const states = '  w: { wait: 3d, next: a }\n  a: { call: s.a, retry: { attempts: 2, delay: 10s }, next: end }';
    const run = await begin(host, { file: place.write('w.workflow.yaml', simple(states)) });
    expect(await run.settled('ended')).toBe('completed');
    expect(clock.now()).toBe(3 * 86_400_000 + 15_000);
  });

  it('takes long silence of a call for a timeout', async () => {
    const host = place.host({ mocks: { 's.a': { delay: '1h', return: 1 } } });
    const run = await begin(host, {
      file: place.write('h.workflow.yaml', simple('  a: { call: s.a, heartbeat: 2s, next: end }')),
    });
    expect(await run.settled('ended')).toBe('failed');
    expect(run.view().state.error).toMatchObject({ type: 'timeout', message: 'There was no heartbeat for 2000 ms.' });
  });

  it('extends the limit of each further attempt, but not its heartbeat: whichever is first ends it', async () => {
    const journal = memoryJournal();
    const host = place.host({ journal, mocks: { 's.a': { delay: '1h', return: 1 } } });
    const keys = 'heartbeat: 4s, timeout: { attempt: 3s, extend: 2 }, retry: { attempts: 3, delay: 1s, factor: 1 }';
    const file = place.write('h.workflow.yaml', simple(`  a: { call: s.a, ${keys}, next: end }`));
    expect(await (await begin(host, { file, id: 'h' })).settled('ended')).toBe('failed');
    const attempts = journal.read('h').flatMap((record) => {
      if (record.type === 'attempt.started') return [record.at];
      return record.type === 'attempt.failed' ? [record.at, record.error.message] : [];
    });
    const begun = Number(attempts[0]);
    expect(attempts.map((each) => (typeof each === 'number' ? (each - begun) / 1000 : each))).toEqual([
      ...[0, 3, 'The attempt took longer than 3000 ms.'],
      ...[4, 8, 'There was no heartbeat for 4000 ms.'],
      ...[9, 13, 'There was no heartbeat for 4000 ms.'],
    ]);
  });

  it('reports a run that waits for a person, and goes on with the decision of one', async () => {
    const journal = memoryJournal();
    const host = place.host({ journal, mocks: SIMPLE_MOCKS });
    const states =
      '  ask: { human: { title: Sure?, assignee: boss }, on: { yes: a, no: end } }\n  a: { call: s.a, next: end }';
    const file = place.write(
      'p.workflow.yaml',
      simple(states, '').replace('participants:', 'participants:\n  boss: { role: boss }'),
    );
    const run = await begin(host, { file });
    expect(await run.settled('waiting')).toBe('waiting');
    expect(journal.summary(run.id)?.status).toBe('waiting');
    const by = { name: 'ada' };
    expect(await run.send({ type: 'decision', state: 'ask', by, outcome: 'maybe', form: null })).toMatch(
      /no outcome maybe/,
    );
    // From another process it comes by way of the journal.
    journal.post(run.id, { type: 'decision', state: 'ask', by, outcome: 'yes', form: null });
    expect(await ended(run, journal)).toMatchObject({ status: 'completed', path: ['ask', 'a'] });
    expect(journal.inbox(run.id)).toEqual([]);
  });

  it('delivers a message that came while nobody drove the run', async () => {
    const journal = memoryJournal();
    const first = place.host({ journal, mocks: SIMPLE_MOCKS });
    const file = place.write(
      'c.workflow.yaml',
      simple('  a: { call: s.a, compensate: { call: s.undo }, next: w }\n  w: { wait: 30d, next: end }'),
    );
    const run = await begin(first, { file, id: 'c' });
    // The virtual clock would jump: this host is stopped as soon as it waits.
    void run;
    await first.close();
    journal.post('c', { type: 'cancel', by: { name: 'ada' }, compensate: true, force: false });
    const second = place.host({ journal, mocks: SIMPLE_MOCKS });
    expect(await second.resume('c')).toMatchObject({ ok: true });
    const again = second.runs.get('c');
    expect(await again?.settled('ended')).toBe('cancelled');
  });

  it('publishes an event once for each completion', async () => {
    const journal = memoryJournal();
    const host = place.host({ journal, mocks: SIMPLE_MOCKS });
    const states = '  tell: { emit: order.placed, data: { id: "${ input.id }" }, next: end }';
    const run = await begin(host, {
      file: place.write('e.workflow.yaml', simple(states, 'events: { order.placed: {} }')),
      input: { id: 5 },
      id: 'e',
    });
    expect(await run.settled('ended')).toBe('completed');
    expect(journal.bus.events()).toMatchObject([{ type: 'order.placed', run: 'e', data: { id: 5 } }]);
  });

  it('fails a call that has no mock', async () => {
    const host = place.host({ mocks: {} });
    const run = await begin(host, { file: place.write('m.workflow.yaml', simple('  a: { call: s.a, next: end }')) });
    expect(await run.settled('ended')).toBe('failed');
    expect(run.view().state.error?.type).toBe('mock-missing');
    expect([...(host.mocks?.missing ?? [])]).toEqual(['s.a']);
  });

  it('counts failures of a participant, and stops calling it for a while', async () => {
    const top = '';
    const text = simple('  a: { call: s.a, retry: { attempts: 5, delay: 1s, factor: 1 }, next: end }', top).replace(
      'baseUrl: http://localhost',
      'baseUrl: http://localhost\n    circuitBreaker: { failures: 2, reset: 10s }',
    );
    const host = place.host({ mocks: { 's.a': { fail: { error: 'http.503' } } } });
    const run = await begin(host, { file: place.write('cb.workflow.yaml', text) });
    expect(await run.settled('ended')).toBe('failed');
    expect(host.mocks?.calls.get('s.a')).toBe(2);
    expect(run.view().state.error?.type).toBe('circuit-open');
  });
});

describe('faults of the journal', () => {
  const FOUR = simple(
    ['a', 'b', 'c']
      .map((name, at) => `  ${name}: { call: s.${name}, next: ${['b', 'c', 'end'][at] ?? 'end'} }`)
      .join('\n'),
  );

  /** A journal that raises `code` at its `at`-th commit, the creation being the first. */
  function failing(journal: Journal, at: number, code: 'journal-full' | 'journal-busy' | 'lease-lost'): Journal {
    let commits = 1;
    return wrapped(journal, {
      append(lease, append) {
        if (++commits === at) throw new JournalError(code, `made up: ${code}`);
        journal.append(lease, append);
      },
    });
  }

  it.each(['journal-full', 'lease-lost'] as const)(
    '%s stops the run before anything unrecorded is performed',
    async (code) => {
      const journal = memoryJournal();
      const host = place.host({ journal: failing(journal, 3, code), mocks: SIMPLE_MOCKS });
      const run = await begin(host, { file: place.write('f.workflow.yaml', FOUR), id: 'f' });
      await expect(run.settled('ended')).rejects.toMatchObject({ code });
      expect([...(host.mocks?.calls ?? [])]).toEqual([['s.a', 1]]);
      await expect(run.send({ type: 'advance' })).rejects.toMatchObject({ code });
      if (code === 'lease-lost') return;
      const next = place.host({ journal, mocks: SIMPLE_MOCKS });
      expect(await next.resume('f')).toMatchObject({ ok: true });
      expect(await next.runs.get('f')?.settled('ended')).toBe('completed');
      expect([...(next.mocks?.calls ?? [])]).toEqual([
        ['s.a', 1],
        ['s.b', 1],
        ['s.c', 1],
      ]);
    },
  );

  it('that pass are over when the same process takes the run up again', async () => {
    const journal = memoryJournal();
    const host = place.host({ journal: failing(journal, 3, 'journal-busy'), mocks: SIMPLE_MOCKS });
    const run = await begin(host, { file: place.write('f.workflow.yaml', FOUR), id: 'f' });
    await expect(run.settled('ended')).rejects.toMatchObject({ code: 'journal-busy' });
    expect(await host.resume('f')).toMatchObject({ ok: true, existed: true });
    expect(await run.settled('ended')).toBe('completed');
    expect(host.mocks?.calls.get('s.b')).toBe(1);
  });

  it('a clock that is set back by a day changes nothing but the instants', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const journal = openJournal(join(place.folder, 'back.db'));
      const answers: (() => void)[] = [];
      const { url } = await serving((_, response) => void answers.push(() => json(response, 200, { r: 1, charge: 2 })));
      const host = place.host({ journal, clock: realClock(), env: { ...ENV, SHOP_URL: url } });
      const run = await begin(host, { file: place.write('t.workflow.yaml', SHOP), input: { id: 1 }, id: 'back' });
      await vi.waitFor(() => expect(answers).toHaveLength(1));
      vi.setSystemTime(Date.now() - 86_400_000);
      answers[0]?.();
      await vi.waitFor(() => expect(answers).toHaveLength(2));
      expect(journal.holder('back')?.name).toBe('test');
      const other = openJournal(join(place.folder, 'back.db'));
      expect(other.acquire('back', thisHolder('other'), 30_000)).toMatchObject({ heldBy: { name: 'test' } });
      other.close();
      answers[1]?.();
      expect(await run.settled('ended')).toBe('completed');
      const records = journal.read('back');
      expect(records.map(({ seq }) => seq)).toEqual(records.map((_, at) => at + 1));
      expect(records.at(-1)?.at).toBeLessThan(records[0]?.at ?? 0);
      await host.close();
      journal.close();
    } finally {
      vi.useRealTimers();
    }
  });

  it('a lease that cannot be renewed stops the run', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const journal = memoryJournal();
      const host = place.host({
        journal: wrapped(journal, { renew: (leases) => leases }),
        mocks: { 's.a': { delay: '1h' } },
        clock: still(),
      });
      const run = await begin(host, { file: place.write('f.workflow.yaml', FOUR), id: 'f' });
      const stopped = expect(run.settled('ended')).rejects.toMatchObject({ code: 'lease-lost' });
      vi.advanceTimersByTime(10_000);
      await stopped;
    } finally {
      vi.useRealTimers();
    }
  });

  it('a disk that is full stops the run, and with room it goes on where it stood', async () => {
    const database = join(place.folder, 'small.db');
    const small = openJournal(database, { maxPages: 24 });
    const states = `${Array.from({ length: 60 }, (_, at) => `  s${at}: { call: s.a, with: { n: ${at} }, next: s${at + 1} }`).join('\n')}\n  s60: { call: s.a, next: end }`;
    const file = place.write('many.workflow.yaml', simple(states));
    const host = place.host({ journal: small, mocks: { 's.a': { return: 'x'.repeat(500) } } });
    const run = await begin(host, { file, id: 'm' });
    await expect(run.settled('ended')).rejects.toMatchObject({
      code: 'journal-full',
      message: expect.stringContaining('make room, then resume it') as string,
    });
    const performed = host.mocks?.calls.get('s.a') ?? 0;
    await host.close();
    const started = small.read('m').filter(({ type }) => type === 'attempt.started').length;
    expect(started).toBe(performed);
    small.close();
    const large = openJournal(database);
    const next = place.host({ journal: large, mocks: { 's.a': { return: 'x' } } });
    expect(await next.resume('m')).toMatchObject({ ok: true });
    expect(await next.runs.get('m')?.settled('ended')).toBe('completed');
    expect(large.read('m').filter(({ type }) => type === 'state.completed')).toHaveLength(61);
    await next.close();
    large.close();
  });

  it('is told when the journal cannot be written at the start', async () => {
    const journal = wrapped(memoryJournal(), {
      create() {
        throw new JournalError('journal-read-only', 'made up: read-only');
      },
    });
    const host = place.host({ journal, mocks: SIMPLE_MOCKS });
    expect(await host.start({ file: place.write('f.workflow.yaml', FOUR), input: {} })).toMatchObject({
      ok: false,
      error: { code: 'journal', journal: 'journal-read-only', message: 'made up: read-only' },
    });
  });
});

describe('taking a run up', () => {
  it('performs what was under way again with the same key, and nothing that was completed', async () => {
    const journal = memoryJournal();
    const file = place.write('t.workflow.yaml', SHOP);
    const keys: (string | undefined)[] = [];
    let hang = true;
    let arrived: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const { url } = await serving(({ url, headers }, response) => {
      keys.push(headers['idempotency-key'] as string);
      if (hang && url.endsWith('/charge')) arrived();
      else json(response, 200, { r: 1, charge: 2 });
    });
    const first = place.host({ journal, clock: realClock(), env: { ...ENV, SHOP_URL: url } });
    await begin(first, { file, input: { id: 'o1' }, id: 't' });
    await waiting;
    await first.close();
    expect(journal.holder('t')).toBeNull();
    hang = false;
    const second = place.host({ journal, clock: realClock(), env: { ...ENV, SHOP_URL: url } });
    // The file has changed meanwhile: the run goes on with the text that it began with.
    place.write('t.workflow.yaml', SHOP.replaceAll('charge', 'other'));
    expect(await second.resume('t')).toMatchObject({ ok: true, existed: true });
    expect(await second.runs.get('t')?.settled('ended')).toBe('completed');
    expect(keys).toEqual(['t/reserve/1', 't/charge/1', 't/charge/1']);
  });

  it('goes on with the documents of services as they were when it began', async () => {
    const journal = memoryJournal();
    const document = (path: string) =>
      `openapi: 3.1.0\ninfo: { title: s, version: '1' }\npaths:\n  ${path}:\n    post: { operationId: go, responses: { '200': { description: ok } } }\n`;
    place.write('service.yaml', document('/old'));
    const text =
      'workflow: api\nparticipants:\n  s: { openapi: ./service.yaml, baseUrl: "${ env.SHOP_URL }" }\nstates:\n  ask: { human: { assignee: boss }, on: { ok: a } }\n  a: { call: s.go, next: end }\n';
    const file = place.write(
      'api.workflow.yaml',
      text.replace('participants:', 'participants:\n  boss: { role: boss }'),
    );
    const { url, heard } = await serving((_, response) => json(response, 200, {}));
    const options = { journal, clock: realClock(), env: { SHOP_URL: url } };
    const first = place.host(options);
    await begin(first, { file, id: 'api' });
    await first.close();
    place.write('service.yaml', document('/new'));
    const second = place.host(options);
    expect(await second.resume('api')).toMatchObject({ ok: true });
    const run = second.runs.get('api');
    expect(await run?.settled('waiting')).toBe('waiting');
    await run?.send({ type: 'decision', state: 'ask', by: { name: 'ada' }, outcome: 'ok', form: null });
    await run?.settled('ended');
    expect(run?.view().state).toMatchObject({ error: null, lifecycle: 'completed' });
    expect(heard.map(({ url }) => url)).toEqual(['/old']);
  });

  it('takes a run from a holder that died', async () => {
    const journal = memoryJournal();
    const file = place.write('t.workflow.yaml', simple('  a: { call: s.a, next: end }'));
    const first = place.host({ journal, mocks: { 's.a': { delay: '1h', return: 1 } } });
    const dead = { ...thisHolder('gone'), start: 'another time' };
    const stolen = wrapped(journal, {
      create: (about, texts, _, ttl, begin) => journal.create(about, texts, dead, ttl, begin),
    });
    await first.close();
    const held = place.host({
      journal: stolen,
      mocks: { 's.a': { delay: '1h', return: 1 } },
      clock: still(),
    });
    await begin(held, { file, id: 't' });
    const second = place.host({ journal, mocks: SIMPLE_MOCKS });
    expect(await second.resume('t')).toMatchObject({ ok: true });
    expect(await second.runs.get('t')?.settled('ended')).toBe('completed');
  });
});

describe('child runs', () => {
  const CHILD = simple(
    '  a: { call: s.a, compensate: { call: s.undo }, next: a2 }\n  a2: { call: s.a, compensate: { call: s.undo }, next: b }\n  b: { call: s.b, next: end }',
    'input: { type: object, required: [n] }\noutput: { got: "${ input.n }" }',
  ).replace('workflow: simple', 'workflow: child\nversion: 1.4.0');

  const parent = (more = '', after = '  after: { call: s.c, next: end }') =>
    simple(
      `  before: { call: s.c, compensate: { call: s.undo, with: { mine: true } }, next: sub }\n  sub: { run: ./sub/child.workflow.yaml, with: { n: 3 }${more}, next: after }\n${after}`,
    );

  function types(journal: Journal, run: string): RunRecord['type'][] {
    return journal.read(run).map(({ type }) => type);
  }

  it('give their output to the parent, and are linked to it', async () => {
    const journal = memoryJournal();
    place.write('sub/child.workflow.yaml', CHILD);
    const host = place.host({ journal, mocks: SIMPLE_MOCKS });
    const run = await begin(host, { file: place.write('p.workflow.yaml', parent(', version: ^1.2')), id: 'p' });
    expect(await ended(run, journal)).toEqual({
      status: 'completed',
      path: ['before', 'sub', 'after'],
      compensated: [],
    });
    const [child] = journal.list({ parent: 'p' });
    expect(child).toMatchObject({ workflow: 'child', status: 'completed', parent: 'p' });
    expect(journal.read('p').find((record) => record.type === 'state.completed' && record.result !== 3)).toMatchObject({
      result: { got: 3 },
    });
    expect(host.runs.get(child?.run ?? '')?.view().state.parent).toMatchObject({ run: 'p', way: 'sub', depth: 1 });
  });

  it('undo themselves when they fail, and raise their error in the parent', async () => {
    const journal = memoryJournal();
    place.write('sub/child.workflow.yaml', CHILD);
    const host = place.host({
      journal,
      mocks: { ...SIMPLE_MOCKS, 's.b': { fail: { error: 'http.409', message: 'no' } } },
    });
    const run = await begin(host, { file: place.write('p.workflow.yaml', parent()), id: 'p' });
    expect(await ended(run, journal)).toMatchObject({
      status: 'compensated',
      path: ['before', 'sub'],
      compensated: ['before'],
    });
    expect(run.view().state.error).toMatchObject({ type: 'http.409', message: 'no', state: 'sub' });
    expect(journal.list({ parent: 'p' })).toMatchObject([{ status: 'compensated' }]);
  });

  it('are rolled back with the parent when they had completed', async () => {
    const journal = memoryJournal();
    place.write('sub/child.workflow.yaml', CHILD);
    const host = place.host({ journal, mocks: SIMPLE_MOCKS });
    const failing = parent('', '  after: { fail: { error: too.late, message: no } }');
    const run = await begin(host, { file: place.write('p.workflow.yaml', failing), id: 'p' });
    expect(await ended(run, journal)).toMatchObject({ status: 'compensated', compensated: ['sub', 'before'] });
    const [child] = journal.list({ parent: 'p' });
    expect(child?.status).toBe('compensated');
    expect(types(journal, child?.run ?? '')).toContain('run.rolling-back');
    expect(host.mocks?.calls.get('s.undo')).toBe(3);
  });

  it('leave the parent suspended while they could not be undone whole, until a person has seen to both', async () => {
    const journal = memoryJournal();
    place.write('sub/child.workflow.yaml', CHILD);
    const undo: Json = [{ fail: { error: 'http.500' } }, { return: null }];
    const host = place.host({ journal, mocks: { ...SIMPLE_MOCKS, 's.undo': undo } });
    const failing = parent('', '  after: { fail: { error: too.late, message: no } }');
    const run = await begin(host, { file: place.write('p.workflow.yaml', failing), id: 'p' });
    expect(await run.settled('ended')).toBe('suspended');
    const [child] = journal.list({ parent: 'p' });
    expect(child?.status).toBe('suspended');
    const by = { name: 'ada' };
    const childRun = host.runs.get(child?.run ?? '');
    expect(await childRun?.send({ type: 'retry', by, state: null })).toBeNull();
    expect(await childRun?.settled('ended')).toBe('compensated');
    expect(await run.send({ type: 'retry', by, state: null })).toBeNull();
    expect(await ended(run, journal)).toMatchObject({ status: 'compensated', compensated: ['before', 'sub'] });
  });

  it('make the parent wait while all of them do, for a person or for time, and run again with them', async () => {
    const journal = memoryJournal();
    place.write(
      'sub/child.workflow.yaml',
      simple('  a: { call: s.a, next: b }\n  b: { wait: 1h, next: end }', 'recovery: suspend').replace(
        'workflow: simple',
        'workflow: child\nversion: 1.4.0',
      ),
    );
    const grandchild = simple('  sub: { run: ./sub/child.workflow.yaml, next: end }').replace(
      'workflow: simple',
      'workflow: middle',
    );
    place.write('middle.workflow.yaml', grandchild);
    const answers: Json = [{ fail: { error: 'http.500' } }, { return: null }];
    const mocks = { ...SIMPLE_MOCKS, 's.a': answers };
    const host = place.host({ journal, mocks });
    const outer = simple('  sub: { run: ./middle.workflow.yaml, next: end }');
    const run = await begin(host, { file: place.write('p.workflow.yaml', outer), id: 'p' });
    expect(await run.settled('waiting')).toBe('waiting');
    const statuses = (): unknown => journal.list().map(({ run: id, status }) => [id, status]);
    expect(statuses()).toEqual([
      ['p', 'waiting'],
      ['p.sub.1', 'waiting'],
      ['p.sub.1.sub.1', 'suspended'],
    ]);
    const child = host.runs.get('p.sub.1.sub.1');
    expect(await child?.send({ type: 'retry', by: { name: 'ada' }, state: null })).toBeNull();
    expect(await run.settled('ended')).toBe('completed');
    expect(statuses()).toEqual([
      ['p', 'completed'],
      ['p.sub.1', 'completed'],
      ['p.sub.1.sub.1', 'completed'],
    ]);
  });

  it('are given no secrets, because their input is recorded', async () => {
    place.write('sub/child.workflow.yaml', CHILD);
    const host = place.host({ mocks: SIMPLE_MOCKS, env: ENV });
    const text = parent().replace('with: { n: 3 }', 'with: { n: "${ secrets.TOKEN }" }');
    const run = await begin(host, { file: place.write('p.workflow.yaml', text) });
    expect(await run.settled('ended')).toBe('compensated');
    expect(run.view().state.error).toMatchObject({
      type: 'validation',
      message: expect.stringContaining('no secret') as string,
    });
  });

  it('go on alone when they are detached', async () => {
    const journal = memoryJournal();
    place.write('sub/child.workflow.yaml', CHILD);
    const host = place.host({ journal, mocks: { ...SIMPLE_MOCKS, 's.b': { delay: '1h', return: 2 } } });
    const run = await begin(host, { file: place.write('p.workflow.yaml', parent(', detached: true')), id: 'p' });
    expect(await ended(run, journal)).toMatchObject({ status: 'completed' });
    const [child] = journal.list({ parent: 'p' });
    expect(child?.status).not.toBe('completed');
    expect(await host.runs.get(child?.run ?? '')?.settled('ended')).toBe('completed');
  });

  it('are cancelled with the parent', async () => {
    const journal = memoryJournal();
    place.write('sub/child.workflow.yaml', CHILD.replace('b: { call: s.b', 'b: { wait: 30d'));
    const clock = still();
    const host = place.host({ journal, mocks: SIMPLE_MOCKS, clock });
    const run = await begin(host, { file: place.write('p.workflow.yaml', parent()), id: 'p' });
    const child = await until(() => [...host.runs.values()].find(({ id }) => id !== 'p'));
    await child.settled('waiting');
    expect(await run.send({ type: 'cancel', by: { name: 'ada' }, compensate: true, force: false })).toBeNull();
    expect(await ended(run, journal)).toMatchObject({ status: 'cancelled', compensated: ['before'] });
    expect(journal.summary(child.id)?.status).toBe('cancelled');
    expect(host.mocks?.calls.get('s.undo')).toBe(3);
  });

  it.each([
    ['undoing nothing', { compensate: false, force: false }],
    ['by force', { compensate: true, force: true }],
  ])('are cancelled as the parent is, %s', async (_, how) => {
    const journal = memoryJournal();
    place.write('sub/child.workflow.yaml', CHILD.replace('b: { call: s.b', 'b: { wait: 30d'));
    const host = place.host({ journal, mocks: SIMPLE_MOCKS, clock: still() });
    const run = await begin(host, { file: place.write('p.workflow.yaml', parent()), id: 'p' });
    const child = await until(() => [...host.runs.values()].find(({ id }) => id !== 'p'));
    await child.settled('waiting');
    expect(await run.send({ type: 'cancel', by: { name: 'ada' }, ...how })).toBeNull();
    expect(await ended(run, journal)).toMatchObject({ status: 'cancelled', compensated: [] });
    expect(await child.settled('ended')).toBe('cancelled');
    expect(host.mocks?.calls.get('s.undo')).toBeUndefined();
  });

  it('are taken up with the parent', async () => {
    const journal = memoryJournal();
    place.write('sub/child.workflow.yaml', CHILD);
    const clock = still();
    const first = place.host({ journal, mocks: { ...SIMPLE_MOCKS, 's.b': { delay: '1h', return: 2 } }, clock });
    await begin(first, { file: place.write('p.workflow.yaml', parent()), id: 'p' });
    await until(() => (first.mocks?.calls.get('s.b') === 1 ? true : undefined));
    await first.close();
    const second = place.host({ journal, mocks: SIMPLE_MOCKS });
    expect(await second.resume('p')).toMatchObject({ ok: true });
    const run = second.runs.get('p');
    expect(await run?.settled('ended')).toBe('completed');
    expect([...(second.mocks?.calls.keys() ?? [])].sort()).toEqual(['s.b', 's.c']);
    expect(journal.list({ parent: 'p' })).toMatchObject([{ status: 'completed' }]);
  });

  it.each([
    ['a file that is not there', (): void => undefined, '', 'validation', /There is no file .*child\.workflow\.yaml/],
    [
      'a version that does not fit',
      () => place.write('sub/child.workflow.yaml', CHILD),
      ', version: ^2.0',
      'validation',
      /has version 1\.4\.0.*asks for \^2\.0/,
    ],
    [
      'an input that does not fit',
      () => place.write('sub/child.workflow.yaml', CHILD.replace('[n]', '[m]')),
      '',
      'validation',
      /\/m is missing/,
    ],
  ])('with %s fail the state', async (_, prepare, more, type, message) => {
    // The file is there while the parent is checked.
    const file = place.write('sub/child.workflow.yaml', CHILD);
    const text = parent(more);
    const host = place.host({ mocks: SIMPLE_MOCKS });
    const path = place.write('p.workflow.yaml', text);
    const { rmSync } = await import('node:fs');
    let prepared = false;
    const observing = place.host({
      mocks: SIMPLE_MOCKS,
      observer: {
        before() {
          if (prepared) return;
          prepared = true;
          rmSync(file);
          prepare();
        },
      },
    });
    void host;
    const run = await begin(observing, { file: path });
    expect(await run.settled('ended')).toBe('compensated');
    expect(run.view().state.error).toMatchObject({
      type,
      state: 'sub',
      message: expect.stringMatching(message) as string,
    });
  });

  it('end at the depth that the workflow allows', async () => {
    const journal = memoryJournal();
    const self = simple('  again: { run: ./p.workflow.yaml, next: end }', 'limits: { depth: 3 }');
    const host = place.host({ journal, mocks: {} });
    const started = await host.start({ file: place.write('p.workflow.yaml', self), input: {}, id: 'p' });
    // A workflow that runs itself is already refused when it is compiled, where the language can see it.
    if (!started.ok) {
      expect(started.error.findings?.map(({ code }) => code)).toEqual(['recursive-run']);
      return;
    }
    expect(await started.run.settled('ended')).toBe('failed');
    expect(started.run.view().state.error).toMatchObject({ type: 'limit' });
    expect(journal.list()).toHaveLength(4);
  });
});

/** A clock that stands still: only what is due at once ever is. */
function still(): Clock {
  const clock = virtualClock(0);
  return { ...clock, at: (instant, fire) => (instant > clock.now() ? () => undefined : clock.at(instant, fire)) };
}

/** Looks again after each turn of the event loop until `look` gives something. */
async function until<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
