// A secret that everything it is given to tells on, and that is nowhere to be seen all the same.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { json, serve } from '../actions/support.ts';
import type { TestServer } from '../actions/support.ts';
import { collect } from '../support/collector.ts';
import type { Collector } from '../support/collector.ts';
import { makeServedPlace, TOKEN } from './support.ts';
import type { ServedPlace } from './support.ts';

const SECRET = 'hush-4711-hush';

let place: ServedPlace;
let collector: Collector;
let called: TestServer;
beforeEach(async () => {
  place = makeServedPlace();
  collector = await collect();
  called = await serve(({ headers, body, url }, response) => {
    const told = { headers: JSON.stringify(headers), body, code: SECRET, message: `wrong key ${SECRET}`, [SECRET]: 1 };
    json(response, url === '/tell' ? 200 : 500, told);
  });
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.url);
  vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', 'http/json');
  vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', `authorization=${SECRET}`);
  vi.stubEnv('BACKSTEP_SECRET_KEY', SECRET);
  vi.stubEnv('BACKSTEP_TOKEN', SECRET);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await place.close();
  await collector.close();
  await called.close();
});

it(
  'is in no answer, no update, no figure, no span, no line of the log and no record',
  { timeout: 60_000 },
  async () => {
    place.write(
      'tells.mjs',
      'export function tell({ key }, { log }) { log(`the key is ${key}`); throw Object.assign(new Error(`bad ${key}`), { type: `key.${key}`, data: { key } }); }\n',
    );
    place.write(
      'leaky.workflow.yaml',
      `
workflow: leaky
participants:
  s:
    baseUrl: ${called.url}
    headers: { Authorization: "Bearer \${ secrets.KEY }" }
    operations: { tell: { http: POST /tell }, fail: { http: POST /fail } }
  tells: { module: ./tells.mjs }
  boss: { role: boss }
  program: { operations: { tell: { shell: [sh, -c, "cat >&2; env; exit 3"] } } }
vars: { env: null }
states:
  tell: { call: s.tell, with: { key: "\${ secrets.KEY }" }, compensate: { call: s.fail, with: { key: "\${ secrets.KEY }" } }, next: env }
  env: { set: {}, assign: { env: "\${ env }" }, next: program }
  program: { call: program.tell, with: { key: "\${ secrets.KEY }" }, catch: [ { errors: [any], next: module } ], next: module }
  module: { call: tells.tell, with: { key: "\${ secrets.KEY }" }, catch: [ { errors: [any], next: ask } ], next: ask }
  ask: { human: { title: x, assignee: boss }, on: { yes: fail } }
  fail: { call: s.fail, with: { key: "\${ secrets.KEY }" }, retry: { attempts: 2, delay: 1ms }, next: end }
`,
    );
    const { ask, status, url, log, journal, end } = await place.serve();
    const texts: string[] = [];
    const look = async (path: string) => {
      const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${TOKEN}` } });
      texts.push(await response.text());
    };
    await ask('PUT', '/v1/runs/r', { workflow: 'leaky' });
    await status('r', 'waiting');
    for (const path of ['/v1/tasks', '/v1/runs/r']) await look(path);
    texts.push(
      JSON.stringify((await ask('POST', '/v1/runs/r/tasks/ask/complete', { outcome: 'yes', by: 'ada' })).body),
    );
    await status('r', 'suspended');
    await look('/v1/runs/r');
    await ask('POST', '/v1/runs/r/skip', { state: 'tell' });
    await status('r', 'failed');
    for (const path of [
      '/v1/runs',
      '/v1/runs/r',
      '/v1/runs/r/history?limit=1000',
      '/v1/runs/r/updates',
      '/metrics',
      '/v1/workflows',
      '/v1/events',
      '/v1/dead-letters',
    ])
      // prettier-ignore
      await look(path);
    const records = journal.read('r');
    await end();
    // Everybody was told it, and has told on.
    expect(called.heard.map(({ headers, body }) => headers.authorization === `Bearer ${SECRET}` && body.includes(SECRET))).toEqual(Array(called.heard.length).fill(true)); // prettier-ignore
    expect(records.filter(({ type }) => type === 'attempt.failed').length).toBeGreaterThanOrEqual(5);
    expect(log.join('\n')).toContain('the key is •••');
    expect(collector.spans().length).toBeGreaterThan(8);
    const all = { texts, log, records, spans: collector.spans(), metrics: collector.metrics() };
    for (const [name, each] of Object.entries(all)) expect([name, JSON.stringify(each).indexOf(SECRET)]).toEqual([name, -1]); // prettier-ignore
  },
);
