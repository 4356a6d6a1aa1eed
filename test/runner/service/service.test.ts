import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../../language/index.ts';
import { realClock } from '../../../runner/clock.ts';
import type { Clock } from '../../../runner/clock.ts';
import { createHost } from '../../../runner/host.ts';
import type { Host } from '../../../runner/host.ts';
import { openJournal } from '../../../runner/journal/sqlite.ts';
import { migrateRun } from '../../../runner/migrate.ts';
import { say } from '../../../runner/service/words.ts';
import { makeServedPlace, readUpdates } from './support.ts';
import type { Answer, ServedPlace } from './support.ts';

let place: ServedPlace;
beforeEach(() => {
  place = makeServedPlace();
});
afterEach(() => place.close());

const STEPS = `
workflow: steps
input: { type: object, properties: { n: { type: number } } }
participants: { s: { baseUrl: "http://localhost:1", operations: { do: { http: POST /do }, undo: { http: POST /undo } } } }
states:
  one: { call: s.do, compensate: { call: s.undo }, next: two }
  two: { call: s.do, compensate: { call: s.undo }, next: end, output: "\${ input.n }" }
`;
const MOCKS = { 's.do': { return: {} }, 's.undo': { return: {} } };

const ASK = `
workflow: ask
participants: { office: { role: office } }
states:
  group:
    scope:
      states:
        approve:
          human: { title: May it?, assignee: office, form: { type: object, required: [note], properties: { note: { type: string } } } }
          on: { yes: end, no: end }
          output: "\${ { 'outcome': outcome, 'note': form.note, 'actor': actor } }"
    next: end
`;

const HEAR = `
workflow: hear
events: { order.paid: { data: { type: object, properties: { order: { type: string } } } } }
states:
  hear: { listen: { on: { order.paid: { match: "\${ event.data.order = input.order }", next: end } } }, output: "\${ event.data }" }
`;

describe('a run over HTTP', () => {
  it('is started once for its id or its key, shown, and told in pages', async () => {
    place.write('steps.workflow.yaml', STEPS);
    const { ask, status } = await place.serve(MOCKS);
    const start = { workflow: 'steps', input: { n: 5 } };
    expect(await ask('PUT', '/v1/runs/r1', start)).toMatchObject({
      status: 201,
      body: { run: 'r1', workflow: 'steps' },
    });
    await status('r1', 'completed');
    expect(await ask('PUT', '/v1/runs/r1', start)).toMatchObject({ status: 200, body: { status: 'completed' } });
    expect(await ask('PUT', '/v1/runs/r1', { ...start, input: { n: 6 } })).toMatchObject({
      status: 409,
      type: 'application/problem+json',
      body: { type: 'urn:backstep:problem:conflict', status: 409 },
    });
    const first = await ask('POST', '/v1/runs', start, { 'idempotency-key': 'k' });
    const second = await ask('POST', '/v1/runs', start, { 'idempotency-key': 'k' });
    expect([first.status, second.status, second.body['run']]).toEqual([201, 200, first.body['run']]);
    expect(await ask('GET', '/v1/runs/r1')).toMatchObject({
      body: { status: 'completed', output: 5, path: ['one', 'two'], compensated: [], error: null },
    });
    const pages = [];
    for (let after: number | null = 0; after !== null;) {
      const { body }: Answer = await ask('GET', `/v1/runs/r1/history?after=${after}&limit=4`);
      pages.push(...(body['records'] as { seq: number }[]).map(({ seq }) => seq));
      after = body['next'] as number | null;
    }
    expect(pages).toEqual(pages.map((_, at) => at + 1));
    const { body } = await ask('GET', '/v1/runs?workflow=steps&limit=1');
    expect(body).toMatchObject({ runs: [{ run: 'r1' }], next: 'r1' });
    expect((await ask('GET', '/v1/runs?workflow=steps&limit=1&after=r1')).body).toMatchObject({
      runs: [first.body['run']].map((run) => ({ run })),
      next: null,
    });
    const files = await ask('POST', '/v1/runs', { workflow: './steps.workflow.yaml' });
    expect(files.status).toBe(201);
  });

  it('is followed by server-sent events from any record on, until it has ended', async () => {
    place.write('ask.workflow.yaml', ASK);
    const { ask, url, status } = await place.serve();
    await ask('PUT', '/v1/runs/r', { workflow: 'ask' });
    await status('r', 'waiting');
    const seen = await readUpdates(`${url}/v1/runs/r/updates`, {}, (_, id) => id === 2);
    expect(seen.map(({ event, id }) => [event, id])).toEqual([
      ['record', 1],
      ['record', 2],
    ]);
    const rest = readUpdates(`${url}/v1/runs/r/updates`, { 'last-event-id': '2' }, () => false);
    await ask('POST', '/v1/runs/r/cancel', { by: 'ada' });
    const events = await rest;
    expect(events.map(({ id }) => id).slice(0, -1)).toEqual(events.slice(0, -1).map((_, at) => at + 3));
    expect(events.at(-1)).toMatchObject({ event: 'end', data: { status: 'cancelled' } });
    expect(events.map(({ data }) => data['type'])).toContain('run.cancelling');
  });

  it('that is suspended is retried, skipped and resolved', async () => {
    const failing = STEPS.split('\n').filter((line) => !line.includes('two: {')).join('\n') + '  two: { fail: { error: broken } }\n'; // prettier-ignore
    place.write('steps.workflow.yaml', failing);
    const undo: Json = [{ fail: { error: 'http.500' } }, { fail: { error: 'http.500' } }, { return: {} }];
    const { ask, status } = await place.serve({ ...MOCKS, 's.undo': undo });
    await ask('PUT', '/v1/runs/a', { workflow: 'steps' });
    await status('a', 'suspended');
    expect(await ask('GET', '/v1/runs/a')).toMatchObject({
      body: { compensationStack: [{ state: 'one', action: 's.undo', status: 'failed', error: { type: 'http.500' } }] },
    });
    expect(await ask('POST', '/v1/runs/a/retry', { state: 'none' })).toMatchObject({ status: 409 });
    expect(await ask('POST', '/v1/runs/a/retry', { by: 'ada' })).toMatchObject({ status: 200, body: { taken: true } });
    await status('a', 'suspended');
    expect(await ask('POST', '/v1/runs/a/resolve', { by: 'ada', state: 'one' })).toMatchObject({ status: 200 });
    await status('a', 'compensated');
    expect(await ask('POST', '/v1/runs/a/skip', { state: 'one' })).toMatchObject({ status: 409 });
  });
});

describe('a task over HTTP', () => {
  it('is listed, claimed, refused to others and completed', async () => {
    place.write('ask.workflow.yaml', ASK);
    const { ask, status } = await place.serve();
    await ask('PUT', '/v1/runs/r', { workflow: 'ask' });
    await status('r', 'waiting');
    expect((await ask('GET', '/v1/tasks')).body['tasks']).toMatchObject([
      { run: 'r', state: 'group/approve', title: 'May it?', assignee: 'office', outcomes: ['yes', 'no'], owner: null },
    ]);
    const task = (what: string, body: Parameters<typeof ask>[2]) => ask('POST', `/v1/runs/r/tasks/group%2Fapprove/${what}`, body); // prettier-ignore
    expect(await task('claim', { by: 'ada' })).toMatchObject({ status: 200 });
    expect(await task('claim', { by: 'ben' })).toMatchObject({ status: 409 });
    expect(await task('delegate', { by: 'ada' })).toMatchObject({ status: 422 });
    expect(await task('delegate', { by: 'ada', to: 'ben' })).toMatchObject({ status: 200 });
    expect(await task('release', { by: 'ben' })).toMatchObject({ status: 200 });
    expect(await task('sing', {})).toMatchObject({ status: 404 });
    expect(await task('complete', { by: 'ben', outcome: 'yes', form: {} })).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('/note is missing') as string },
    });
    expect(await task('complete', { by: 'ben', outcome: 'yes', form: { note: 'ok' } })).toMatchObject({ status: 200 });
    await status('r', 'completed');
    expect(await ask('GET', '/v1/runs/r')).toMatchObject({ body: { tasks: [] } });
  });
});

describe('a task of a run that another process drives', () => {
  it('is for one of two people who take it at the same instant, and the other one is told', async () => {
    place.write('ask.workflow.yaml', ASK);
    const driving = await place.serve();
    await driving.ask('PUT', '/v1/runs/r', { workflow: 'ask' });
    await driving.status('r', 'waiting');
    const other = await place.serve();
    const path = '/v1/runs/r/tasks/group%2Fapprove';
    const claims = await Promise.all([
      driving.ask('POST', `${path}/claim`, { by: 'ada' }),
      other.ask('POST', `${path}/claim`, { by: 'ben' }),
    ]);
    expect(claims.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    const refused = claims.find(({ status }) => status === 409);
    expect(refused?.body['detail']).toMatch(/already claimed by (ada|ben); release it first/);
    const answer = (form: Json) => other.ask('POST', `${path}/complete`, { by: 'ben', outcome: 'yes', form });
    expect(await answer({})).toMatchObject({ status: 409, body: { detail: expect.stringContaining('/note is missing') as string } }); // prettier-ignore
    expect(await other.ask('POST', '/v1/runs/r/tasks/none/claim', { by: 'ben' })).toMatchObject({ status: 409 });
    expect(await answer({ note: 'ok' })).toMatchObject({ status: 200, body: { taken: true } });
    await driving.status('r', 'completed');
    expect(await answer({ note: 'ok' })).toMatchObject({ status: 409 });
  });
});

describe('events over HTTP', () => {
  it('are taken in every mode of CloudEvents, once each, and reach the run that awaits them', async () => {
    place.write('hear.workflow.yaml', HEAR);
    const { ask, status } = await place.serve();
    for (const order of ['a', 'b', 'c']) await ask('PUT', `/v1/runs/${order}`, { workflow: 'hear', input: { order } });
    const about = { specversion: '1.0', source: '/shop', type: 'order.paid' };
    const structured = { 'content-type': 'application/cloudevents+json' };
    const send = await ask('POST', '/v1/events', { ...about, id: '1', data: { order: 'a' } }, structured);
    expect(send).toMatchObject({
      status: 202,
      type: 'application/json',
      body: { events: [{ id: '1', source: '/shop', new: true, misfits: [] }] },
    });
    const again = await ask('POST', '/v1/events', { ...about, id: '1', data: { order: 'b' } }, structured);
    expect(again.body['events']).toMatchObject([{ new: false }]);
    const headers = { 'ce-specversion': '1.0', 'ce-source': '/shop', 'ce-type': 'order.paid', 'ce-id': '2' };
    expect((await ask('POST', '/v1/events', { order: 'b' }, headers)).status).toBe(202);
    const batch = [{ ...about, id: '3', data: { order: 'c' } }, { ...about, id: '4', data: { order: 5 } }]; // prettier-ignore
    const batched = await ask('POST', '/v1/events', batch, { 'content-type': 'application/cloudevents-batch+json' });
    expect(batched.body['events']).toMatchObject([
      { misfits: [] },
      { misfits: [expect.stringContaining('/order must be')] },
    ]);
    for (const order of ['a', 'b', 'c']) await status(order, 'completed');
    const { body } = await ask('GET', '/v1/events?limit=2');
    expect(body).toMatchObject({
      events: [{ event: { id: '1' }, deliveredTo: ['a'] }, { event: { id: '2' } }],
      next: expect.any(Number) as number,
    });
    const letters = await ask('GET', '/v1/dead-letters');
    expect(letters.body['deadLetters']).toMatchObject([{ workflow: 'hear', event: { id: '4' } }]);
    const number = (letters.body['deadLetters'] as { number: number }[])[0]?.number ?? 0;
    expect((await ask('POST', `/v1/dead-letters/${number}/resend`)).status).toBe(202);
    expect((await ask('POST', '/v1/dead-letters/99/resend')).status).toBe(404);
  });

  it('are dead letters as soon as their time is over', async () => {
    const { ask, journal } = await place.serve();
    const at = Date.now() - 3000;
    const event = { id: '1', source: '/s', type: 'order.paid', time: new Date(at).toISOString(), data: null, attributes: {} }; // prettier-ignore
    journal.bus.receive([{ ...event, at, until: at + 2000, run: null, family: null }]);
    expect((await ask('GET', '/v1/dead-letters')).body['deadLetters']).toMatchObject([
      { event: { id: '1' }, reason: 'Nothing awaited it within 2 seconds.' },
    ]);
  });
});

describe('the service', () => {
  it.each([
    ['GET', '/v1/nothing', undefined, 404, /There is nothing at GET/],
    ['GET', '/v1/runs/none', undefined, 404, /There is no run none/],
    ['PUT', '/v1/runs/r', { workflow: 'none' }, 422, /There is no workflow none/],
    ['PUT', '/v1/runs/r', { workflow: '../../etc/x.workflow.yaml' }, 422, /There is no workflow/],
    ['PUT', '/v1/runs/r', {}, 422, /\/workflow is missing/],
    ['PUT', '/v1/runs/r', { workflow: 'steps', input: { n: 'x' } }, 422, /The input does not fit/],
    ['PUT', '/v1/runs/a b', { workflow: 'steps' }, 422, /cannot be a run's id/],
    ['PUT', '/v1/runs/r', [], 400, /must be a JSON object/],
    ['GET', '/v1/runs?after=x', undefined, 400, /There is no run x to go on after/],
    ['GET', '/v1/runs?status=done', undefined, 400, /`status` must be one of running, waiting/],
    ['GET', '/v1/runs?limit=0', undefined, 400, /`limit` must be a number from 1 to 1000/],
    ['GET', '/v1/events?after=-1', undefined, 400, /`after` must be a whole number/],
    ['PUT', '/v1/runs/r', { workflow: 'steps', inputs: {} }, 422, /inputs/],
    ['PUT', '/v1/runs/r', { workflow: 5 }, 422, /\/workflow must be/],
    ['POST', '/v1/runs/r/cancel', { compensate: 'no' }, 422, /\/compensate must be/],
    ['POST', '/v1/dead-letters/x/resend', undefined, 404, /There is no dead letter x/],
    ['POST', '/v1/events', { id: 'x' }, 422, /This is no event/],
    ['POST', '/v1/runs', { workflow: 'steps', input: 'x'.repeat(1024 * 1024) }, 413, /up to 1048576 bytes/],
  ])('says what is wrong with %s %s (%#)', async (method, path, body, status, detail) => {
    place.write('steps.workflow.yaml', STEPS);
    const { ask } = await place.serve(MOCKS);
    const answer = await ask(method, path, body);
    expect(answer).toMatchObject({ status, type: 'application/problem+json' });
    expect(answer.body['detail']).toMatch(detail);
  });

  it('asks for its token, but for its health', async () => {
    const { url, ask } = await place.serve();
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const refused = await fetch(`${url}/v1/runs`);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect((await ask('GET', '/v1/runs', undefined, { authorization: 'Bearer wrong' })).status).toBe(401);
  });

  it('counts what happens', async () => {
    place.write('steps.workflow.yaml', STEPS);
    const { ask, status } = await place.serve(MOCKS);
    await ask('PUT', '/v1/runs/r', { workflow: 'steps' });
    await status('r', 'completed');
    const { body, type } = await ask('GET', '/metrics');
    expect(type).toContain('text/plain');
    expect((body['text'] as string).split('\n')).toEqual(
      expect.arrayContaining([
        'backstep_runs_started_total{workflow="steps"} 1',
        'backstep_runs_ended_total{workflow="steps",status="completed"} 1',
        'backstep_transitions_total{workflow="steps"} 2',
        'backstep_runs{status="completed"} 1',
        'backstep_run_duration_seconds_count{workflow="steps"} 1',
      ]),
    );
  });

  it('leaves its runs in good order when it ends, and takes them up when it begins', async () => {
    place.write('ask.workflow.yaml', ASK);
    const first = await place.serve();
    await first.ask('PUT', '/v1/runs/r', { workflow: 'ask' });
    await first.status('r', 'waiting');
    let connected = (): void => undefined;
    const isConnected = new Promise<void>((resolve) => (connected = resolve));
    const following = readUpdates(`${first.url}/v1/runs/r/updates`, {}, () => (connected(), false));
    await isConnected;
    await Promise.all([first.service.close(), first.service.close()]);
    expect(first.journal.holder('r')).toBeNull();
    expect((await following).every(({ event }) => event === 'record')).toBe(true);
    await expect(fetch(`${first.url}/healthz`)).rejects.toThrow();
    await first.end();
    const second = await place.serve();
    expect(second.log).toContain('run r is taken up');
    expect(second.journal.holder('r')).toMatchObject({ name: 'backstep serve' });
    const done = { by: 'ada', outcome: 'no', form: { note: '' } };
    expect(await second.ask('POST', '/v1/runs/r/tasks/group%2Fapprove/complete', done)).toMatchObject({ status: 200 });
    await second.status('r', 'completed');
  });

  it('keeps a word for a run that it lets go before it could answer, for whoever takes the run up', async () => {
    place.write('ask.workflow.yaml', ASK);
    const first = await place.serve();
    await first.ask('PUT', '/v1/runs/r', { workflow: 'ask' });
    await first.status('r', 'waiting');
    const { host } = first.service;
    const slow: Host = {
      ...host,
      async resume(run) {
        const resumed = await host.resume(run);
        await first.service.close();
        return resumed;
      },
    };
    const decision = { by: { name: 'ada' }, outcome: 'no', form: { note: '' } };
    const word = { type: 'decision', state: 'group/approve', ...decision } as const;
    expect(await say(first.journal, slow, 'r', word, AbortSignal.abort())).toEqual({ ok: true, taken: false });
    await first.end();
    const second = await place.serve();
    await second.status('r', 'completed');
    expect((await second.ask('GET', '/v1/runs/r')).body).toMatchObject({ output: { outcome: 'no', actor: 'ada' } });
  });

  it('holds back a run whose records are damaged, says so, and goes on with the others', async () => {
    place.write('ask.workflow.yaml', ASK);
    const first = await place.serve();
    for (const run of ['a', 'b']) {
      await first.ask('PUT', `/v1/runs/${run}`, { workflow: 'ask' });
      await first.status(run, 'waiting');
    }
    await first.end();
    const database = new DatabaseSync(join(place.folder, '.backstep', 'runs.db'));
    database.exec(`DELETE FROM commits WHERE records LIKE '%"run":"a"%'`);
    database.close();
    const { ask, status, log, journal } = await place.serve();
    expect(log).toContain('run b is taken up');
    expect(log.find((line) => line.startsWith('run a'))).toMatch(
      /is not taken up: .*run a lacks its records from 1 on/,
    );
    expect(journal.holder('a')).toBeNull();
    const damaged = await ask('GET', '/v1/runs/a');
    expect(damaged).toMatchObject({ status: 503, body: { journal: 'journal-damaged' } });
    expect((await ask('GET', '/v1/tasks')).body['tasks']).toMatchObject([{ run: 'b' }]);
    const done = { by: 'ada', outcome: 'no', form: { note: '' } };
    expect(await ask('POST', '/v1/runs/b/tasks/group%2Fapprove/complete', done)).toMatchObject({ status: 200 });
    await status('b', 'completed');
  });

  it('ends while runs act, and the next one performs what was under way again, with its key, and nothing else', async () => {
    place.write('steps.workflow.yaml', STEPS);
    const first = await place.serve({
      's.do': [{ return: {} }, { return: {}, delay: '1h' }],
      's.undo': { return: {} },
    });
    await first.ask('PUT', '/v1/runs/r', { workflow: 'steps', input: { n: 4 } });
    while (first.service.host.mocks?.calls.get('s.do') !== 2) await new Promise((resolve) => setTimeout(resolve, 5));
    await first.end();
    const second = await place.serve(MOCKS);
    await second.status('r', 'completed');
    const { journal, service } = second;
    expect(service.host.mocks?.calls).toEqual(new Map([['s.do', 1]]));
    const records = journal.read('r');
    const prepared = records.flatMap((record) => (record.type === 'state.prepared' ? [record.key] : []));
    expect(prepared).toEqual(['r/one/1', 'r/two/1']);
    expect(records.filter(({ type }) => type === 'attempt.started')).toHaveLength(2);
    expect(records.filter(({ type }) => type === 'run.recovered')).toMatchObject([{ interrupted: [{ until: null }] }]);
  });

  it('lets a waiting run go for a moment, so that it can be moved to another version, and not one that acts', async () => {
    const text = ASK.replace('workflow: ask', 'workflow: ask\nversion: 1.0.0');
    place.write('ask.workflow.yaml', text);
    const { ask, status, log } = await place.serve({ 's.do': { return: {}, delay: '1h' } });
    await ask('PUT', '/v1/runs/r', { workflow: 'ask' });
    await status('r', 'waiting');
    const moved = text.replace('1.0.0', '2.0.0\nmigrations: [ { from: 1.x } ]').replace('next: end', 'next: after');
    const more = `${moved}  after: { set: { n: 1 }, output: moved, next: end }\nvars: { n: 0 }\n`;
    const file = place.write('newer/ask.workflow.yaml', more);
    const journal = openJournal(join(place.folder, '.backstep', 'runs.db'));
    try {
      const request = { file, by: { name: 'ada' }, now: Date.now(), patience: 20_000 };
      const refused = await migrateRun(journal, { ...request, run: 'r', text: more.replace('1.x', '9.x') });
      expect(refused).toMatchObject({ ok: false, error: { code: 'refused' } });
      const served = async (): Promise<void> => {
        while (journal.holder('r')?.name !== 'backstep serve') await new Promise((resolve) => setTimeout(resolve, 5));
      };
      await served();
      expect(await migrateRun(journal, { ...request, run: 'r' })).toMatchObject({ ok: true, letGo: true });
      await served();
      expect(journal.inbox('r')).toEqual([]);
      const done = { by: 'ada', outcome: 'no', form: { note: '' } };
      expect(await ask('POST', '/v1/runs/r/tasks/group%2Fapprove/complete', done)).toMatchObject({ status: 200 });
      await status('r', 'completed');
      expect((await ask('GET', '/v1/runs/r')).body).toMatchObject({ version: '2.0.0', output: 'moved' });
      expect(log.filter((line) => line.startsWith('fault'))).toEqual([]);

      place.write('steps.workflow.yaml', STEPS);
      await ask('PUT', '/v1/runs/s', { workflow: 'steps.workflow.yaml' });
      await status('s', 'running');
      const held = await migrateRun(journal, { ...request, run: 's', patience: 500 });
      expect(held).toMatchObject({ ok: false, error: { code: 'held', heldBy: { name: 'backstep serve' } } });
    } finally {
      journal.close();
    }
  });

  it('takes up runs in the order in which their timers were due', async () => {
    const file = place.write(
      'later.workflow.yaml',
      'workflow: later\nstates:\n  wait: { wait: { until: "${ input.at }" }, next: end }\n',
    );
    const past = Date.now() - 3_600_000;
    const journal = openJournal(join(place.folder, '.backstep', 'runs.db'));
    const clock: Clock = { ...realClock(), now: () => past, at: () => () => undefined };
    const host = createHost({ journal, clock, holder: 'test' });
    for (const [run, minutes] of [
      ['a', 30],
      ['b', 10],
      ['c', 600],
      ['d', 20],
    ] as const) {
      const started = await host.start({ file, id: run, input: { at: past + minutes * 60_000 } });
      if (started.ok) await started.run.settled('waiting');
    }
    await host.close();
    journal.close();
    const { status, log } = await place.serve();
    for (const run of ['a', 'b', 'd']) await status(run, 'completed');
    expect(log.filter((line) => line.endsWith('completed'))).toEqual(
      ['b', 'd', 'a'].map((run) => `run ${run} completed`),
    );
    expect(log.filter((line) => line.endsWith('is taken up')).at(-1)).toBe('run c is taken up');
  });

  it('completes 500 runs at once, followed while they go on', { timeout: 60_000 }, async () => {
    place.write('steps.workflow.yaml', STEPS);
    const { ask, status, service, url } = await place.serve(MOCKS);
    const runs = Array.from({ length: 500 }, (_, at) => `r${at}`);
    const answers = await Promise.all(runs.map((run, n) => ask('PUT', `/v1/runs/${run}`, { workflow: 'steps', input: { n } }))); // prettier-ignore
    expect(answers.map((answer) => answer.status)).toEqual(runs.map(() => 201));
    const followed = await Promise.all(
      runs
        .filter((_, at) => at % 25 === 0)
        .map((run) => readUpdates(`${url}/v1/runs/${run}/updates`, {}, (event) => event === 'end')),
    );
    for (const run of runs) await status(run, 'completed');
    for (const updates of followed) {
      expect(updates.map(({ id }) => id)).toEqual([...updates.slice(1).map((_, at) => at + 1), updates.length - 1]);
      expect(updates.at(-1)).toMatchObject({ event: 'end', data: { status: 'completed' } });
    }
    expect((await ask('GET', '/v1/runs/r499')).body['output']).toBe(499);
    await new Promise((resolve) => setImmediate(resolve));
    expect(service.host.runs.size).toBe(0);
  });
});
