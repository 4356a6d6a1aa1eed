// The figures of the service, as a scraper of Prometheus reads them.
import parse from 'parse-prometheus-text-format';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeServedPlace } from './support.ts';
import type { Served, ServedPlace } from './support.ts';

let place: ServedPlace;
beforeEach(() => {
  place = makeServedPlace();
});
afterEach(() => place.close());

const BUSY = `
workflow: busy
events: { order.paid: { data: { type: object } } }
participants: { s: { baseUrl: "http://localhost:1", operations: { do: { http: POST /do }, undo: { http: POST /undo }, bad: { http: POST /bad } } } }
states:
  one: { call: s.do, compensate: { call: s.undo }, next: two }
  two: { call: s.bad, retry: { attempts: 2, delay: 1ms }, catch: [ { errors: [http.500], next: three } ], next: three }
  three: { listen: { on: { order.paid: { next: four } } } }
  four: { fail: { error: broken } }
`;
const MOCKS = { 's.do': { return: {} }, 's.undo': { return: {} }, 's.bad': { fail: { error: 'http.500' } } };

/** Every figure as `name{label=value,…}` and its value, but for histograms, whose labels the parser drops. */
async function figures({ ask }: Served): Promise<Readonly<Record<string, number>>> {
  const { body, type } = await ask('GET', '/metrics');
  expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
  const families = parse(body['text'] as string);
  expect(families.every(({ help, type }) => help !== '' && type !== 'UNTYPED')).toBe(true);
  return Object.fromEntries(
    families
      .filter(({ type }) => type !== 'HISTOGRAM')
      .flatMap(({ name, metrics }) =>
        metrics.map(({ labels = {}, value }) => {
          const all = Object.entries(labels).map(([label, of]) => `${label}=${of}`);
          return [`${name}{${all.join(',')}}`, Number(value)];
        }),
      ),
  );
}

it('count runs, failures by the state where they were, retries, what was undone, events and alerts', async () => {
  place.write('busy.workflow.yaml', BUSY);
  const first = await place.serve(MOCKS);
  for (const run of ['a', 'b']) {
    await first.ask('PUT', `/v1/runs/${run}`, { workflow: 'busy' });
    await first.status(run, 'waiting');
  }
  const event = { specversion: '1.0', id: '1', source: '/shop', type: 'order.paid', data: {} };
  await first.ask('POST', '/v1/events', event, { 'content-type': 'application/cloudevents+json' });
  for (const run of ['a', 'b']) await first.status(run, 'compensated');
  const { text } = (await first.ask('GET', '/metrics')).body as { text: string };
  expect(text.split('\n')).toEqual(
    expect.arrayContaining([
      '# TYPE backstep_run_duration_seconds histogram',
      'backstep_run_duration_seconds_bucket{le="+Inf",workflow="busy"} 2',
      'backstep_run_duration_seconds_count{workflow="busy"} 2',
    ]),
  );
  expect(await figures(first)).toEqual({
    'backstep_runs_started_total{workflow=busy}': 2,
    'backstep_runs_ended_total{workflow=busy,status=compensated}': 2,
    'backstep_transitions_total{workflow=busy}': 6,
    'backstep_attempts_failed_total{workflow=busy,state=two}': 4,
    'backstep_retries_total{workflow=busy,state=two}': 2,
    'backstep_compensations_total{workflow=busy,outcome=done}': 2,
    'backstep_events_received_total{workflow=busy,type=order.paid}': 2,
    ...Object.fromEntries(
      ['running', 'waiting', 'compensating', 'suspended', 'completed', 'failed', 'cancelled'].map((status) => [
        `backstep_runs{status=${status}}`,
        0,
      ]),
    ),
    'backstep_runs{status=compensated}': 2,
    'backstep_dead_letters{}': 0,
  });
});

it('name states also for what a service that took a run up sees fail', async () => {
  place.write(
    'later.workflow.yaml',
    BUSY.replace('busy', 'later').replace('next: four', 'next: five') +
      '  five: { call: s.bad, retry: { attempts: 2, delay: 1ms }, next: end }\n',
  );
  const first = await place.serve(MOCKS);
  await first.ask('PUT', '/v1/runs/a', { workflow: 'later' });
  await first.status('a', 'waiting');
  await first.end();
  const failing = { fail: { error: 'http.500' } };
  const second = await place.serve({ ...MOCKS, 's.undo': failing });
  const event = { specversion: '1.0', id: '1', source: '/shop', type: 'order.paid', data: {} };
  await second.ask('POST', '/v1/events', event, { 'content-type': 'application/cloudevents+json' });
  await second.status('a', 'suspended');
  expect(await figures(second)).toMatchObject({
    'backstep_attempts_failed_total{workflow=later,state=five}': 2,
    'backstep_attempts_failed_total{workflow=later,state=one}': 1,
    'backstep_compensations_total{workflow=later,outcome=failed}': 1,
    'backstep_alerts_total{workflow=later}': 1,
    'backstep_runs{status=suspended}': 1,
  });
});

it('take a child that is rolled back for as long as it took to complete', async () => {
  place.write('kid.workflow.yaml', 'workflow: kid\nstates: { go: { wait: 1ms, next: end } }\n');
  place.write('parent.workflow.yaml', 'workflow: parent\nstates:\n  kid: { run: ./kid.workflow.yaml, with: {}, next: bad }\n  bad: { fail: { error: broken } }\n'); // prettier-ignore
  const { ask, status } = await place.serve();
  await ask('PUT', '/v1/runs/p', { workflow: 'parent' });
  await status('p', 'compensated');
  const { text } = (await ask('GET', '/metrics')).body as { text: string };
  expect(text.split('\n')).toEqual(
    expect.arrayContaining([
      'backstep_runs_ended_total{workflow="kid",status="completed"} 1',
      'backstep_runs_ended_total{workflow="kid",status="compensated"} 1',
      'backstep_run_duration_seconds_count{workflow="kid"} 1',
    ]),
  );
});
