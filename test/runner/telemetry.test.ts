// Traces and metrics as a collector of OpenTelemetry receives them, and nothing at all where none is configured.
import process from 'node:process';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { realClock } from '../../runner/clock.ts';
import { memoryJournal } from '../../runner/journal/memory.ts';
import type { RunHandle } from '../../runner/host.ts';
import type { Journal } from '../../runner/journal/journal.ts';
import { readConfiguration } from '../../runner/telemetry/configuration.ts';
import { traceIdOf } from '../../runner/telemetry/ids.ts';
import { json, serve } from './actions/support.ts';
import type { TestServer } from './actions/support.ts';
import { attribute, collect } from './support/collector.ts';
import type { Span } from './support/collector.ts';
import { begin, makePlace } from './support/hosting.ts';

const TEXT = (url: string) => `workflow: traced
version: 1.2.0
participants:
  s:
    baseUrl: ${url}
    operations:
      reserve: { http: POST /reserve }
      release: { http: POST /release }
      charge: { http: POST /charge }
states:
  reserve: { call: s.reserve, with: { card: visible-nowhere }, compensate: { call: s.release }, next: sub }
  sub: { run: ./child.workflow.yaml, with: {}, next: box }
  box:
    scope: { states: { charge: { call: s.charge, retry: { attempts: 2, delay: 1ms }, next: end } } }
    next: end
`;
const CHILD = (url: string) => `workflow: child
version: 1.0.0
participants: { s: { baseUrl: ${url}, operations: { inner: { http: POST /inner } } } }
states: { inner: { call: s.inner, next: end } }
`;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closing.splice(0)) await close();
});

/** Runs the workflow, whose charge is refused, with a service, a collector and what else the environment says. */
async function traced(env: Record<string, string>, journal: Journal = memoryJournal()) {
  const collector = await collect();
  const service: TestServer = await serve(({ url }, response) => {
    if (url === '/charge') json(response, 503, { message: 'secretly broken' });
    else json(response, 200, {});
  });
  const place = makePlace();
  closing.push(
    () => place.close(),
    () => service.close(),
    () => collector.close(),
  );
  vi.stubEnv('OTEL_METRIC_EXPORT_INTERVAL', '600000');
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value.replace('$COLLECTOR', collector.url));
  place.write('child.workflow.yaml', CHILD(service.url));
  const file = place.write('traced.workflow.yaml', TEXT(service.url));
  const host = place.host({ journal, clock: realClock() });
  const run = await begin(host, { file, id: 'r' });
  expect(await run.settled('ended')).toBe('compensated');
  await host.close();
  return { collector, service, journal, records: journal.read('r') };
}

const JSON_TO_COLLECTOR = { OTEL_EXPORTER_OTLP_ENDPOINT: '$COLLECTOR', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };

describe('a traced run', () => {
  it('is a tree of spans: runs, states, attempts and what was undone', async () => {
    const { collector, records } = await traced(JSON_TO_COLLECTOR);
    const spans = collector.spans();
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    expect(byId.size).toBe(spans.length);
    const lineage = (span: Span): string => {
      const around = byId.get(span.parentSpanId ?? '');
      return around === undefined ? span.name : `${lineage(around)} > ${span.name}`;
    };
    expect(spans.map(lineage).sort()).toEqual([
      'traced',
      'traced > box',
      'traced > box > box/charge',
      'traced > box > box/charge > s.charge',
      'traced > box > box/charge > s.charge',
      'traced > box > scope',
      'traced > reserve',
      'traced > reserve > s.reserve',
      'traced > sub',
      'traced > sub > run ./child.workflow.yaml',
      'traced > sub > run ./child.workflow.yaml > child',
      'traced > sub > run ./child.workflow.yaml > child > inner',
      'traced > sub > run ./child.workflow.yaml > child > inner > s.inner',
      'traced > sub > run ./child.workflow.yaml > child > roll back',
      'traced > undo reserve',
      'traced > undo reserve > s.release',
      'traced > undo sub',
      'traced > undo sub > roll back',
    ]);
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([traceIdOf('r')]));
    const own = (name: string) => spans.filter((span) => span.name === name);
    for (const span of spans) expect(attribute(span, 'backstep.run.id')).toMatch(/^r(\.sub\.1)?$/);
    expect(own('s.charge').map((span) => attribute(span, 'backstep.attempt'))).toEqual([1, 2]);
    expect(own('s.charge').map((span) => [attribute(span, 'error.type'), span.status.code, span.kind])).toEqual([
      ['http.503', 2, 3],
      ['http.503', 2, 3],
    ]);
    const [whole] = own('traced');
    expect(attribute(whole as Span, 'backstep.run.status')).toBe('compensated');
    expect(attribute(whole as Span, 'backstep.workflow.version')).toBe('1.2.0');
    expect(milliseconds(whole?.startTimeUnixNano)).toBe(records[0]?.at);
    expect(milliseconds(whole?.endTimeUnixNano)).toBe(records.at(-1)?.at);
    // Data and messages of a run are in no signal.
    expect(JSON.stringify(spans)).not.toMatch(/visible-nowhere|secretly/);
  });

  it('goes on in what is called: the header names the very attempt', async () => {
    const { collector, service } = await traced(JSON_TO_COLLECTOR);
    const headers = service.heard.map(({ url, headers: all }) => [url, all['traceparent']]);
    const spans = collector.spans();
    const ids = (name: string) => spans.filter((span) => span.name === name).map(({ spanId }) => spanId);
    const named = (id: string | undefined) => `00-${traceIdOf('r')}-${id ?? ''}-01`;
    expect(headers).toEqual([
      ['/reserve', named(ids('s.reserve')[0])],
      ['/inner', named(ids('s.inner')[0])],
      ['/charge', named(ids('s.charge')[0])],
      ['/charge', named(ids('s.charge')[1])],
      ['/release', named(ids('s.release')[0])],
    ]);
  });

  it('is counted and measured', async () => {
    const { collector } = await traced({ ...JSON_TO_COLLECTOR, OTEL_TRACES_EXPORTER: 'none' });
    expect(collector.spans()).toEqual([]);
    const points = (name: string) => {
      const metric = collector.metrics().find((each) => each.name === name);
      return (metric?.sum ?? metric?.histogram ?? metric?.gauge)?.dataPoints.map((point) => [
        ...point.attributes.map(({ value }) => value.stringValue),
        point.asDouble ?? point.asInt ?? point.count,
      ]);
    };
    expect(points('backstep.runs.active')).toEqual([[0]]);
    expect(points('backstep.runs.started')).toEqual([['traced', 1], ['child', 1]]); // prettier-ignore
    expect(points('backstep.runs.ended')).toEqual([['child', 'completed', 1], ['child', 'compensated', 1], ['traced', 'compensated', 1]]); // prettier-ignore
    expect(points('backstep.attempts')).toContainEqual(['traced', 'box/charge', 'failure', 'http.503', 2]);
    expect(points('backstep.retries')).toEqual([['traced', 'box/charge', 1]]);
    expect(points('backstep.compensations')).toEqual([['traced', 'sub', 'success', 1], ['traced', 'reserve', 'success', 1]]); // prettier-ignore
    expect(points('backstep.state.duration')).toContainEqual(['child', 'inner', 1]);
    // The child that was rolled back ended twice, and took as long as it took.
    expect(points('backstep.run.duration')).toEqual([['child', 'completed', 1], ['traced', 'compensated', 1]]); // prettier-ignore
  });

  it('is sent as protobuf unless JSON is asked for', async () => {
    const { collector } = await traced({ OTEL_EXPORTER_OTLP_ENDPOINT: '$COLLECTOR' });
    expect(collector.types).toEqual(new Set(['application/x-protobuf']));
    expect(new Set(collector.paths)).toEqual(new Set(['/v1/traces', '/v1/metrics']));
  });

  it('is one tree also when another process takes it up', async () => {
    const collector = await collect();
    const service = await serve((_, response) => json(response, 200, {}));
    const place = makePlace();
    closing.push(
      () => place.close(),
      () => service.close(),
      () => collector.close(),
    );
    for (const [name, value] of Object.entries(JSON_TO_COLLECTOR))
      vi.stubEnv(name, value.replace('$COLLECTOR', collector.url));
    const journal = memoryJournal();
    const text = TEXT(service.url)
      .replace('next: sub', 'next: ask')
      .replace('  sub:', '  ask: { human: { title: x, assignee: boss }, on: { yes: sub } }\n  sub:')
      .replace('participants:', 'participants:\n  boss: { role: boss }');
    place.write('child.workflow.yaml', CHILD(service.url));
    const first = place.host({ journal, clock: realClock() });
    const begun = await begin(first, { file: place.write('traced.workflow.yaml', text), id: 'r' });
    await begun.settled('waiting');
    await first.close();
    expect(collector.spans().map(({ name }) => name)).toEqual(['s.reserve', 'reserve']);
    const second = place.host({ journal, clock: realClock() });
    const resumed = await second.resume('r');
    if (!resumed.ok) throw new Error(resumed.error.message);
    await resumed.run.send({ type: 'decision', state: 'ask', by: { name: 'ada' }, outcome: 'yes', form: null });
    expect(await resumed.run.settled('ended')).toBe('completed');
    await second.close();
    const spans = collector.spans();
    const [whole] = spans.filter(({ name }) => name === 'traced');
    const states = spans.filter(({ parentSpanId }) => parentSpanId === whole?.spanId).map(({ name }) => name);
    expect(states).toEqual(['reserve', 'ask', 'sub', 'box']);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  });

  it('ends all the same when the collector is not there', async () => {
    const { records } = await traced({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      OTEL_EXPORTER_OTLP_TIMEOUT: '100',
    });
    expect(records.at(-1)).toMatchObject({ type: 'run.ended', status: 'compensated' });
  }, 30_000);
});

it('says in each export whose it is, with the headers that are asked for', async () => {
  const { collector } = await traced({
    ...JSON_TO_COLLECTOR,
    OTEL_SERVICE_NAME: 'orders',
    OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,deployment.environment.name=test%20bed',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20collectors,x-tenant=a',
  });
  expect(new Set(collector.headers.map((headers) => headers['authorization']))).toEqual(new Set(['Bearer collectors']));
  expect(new Set(collector.headers.map((headers) => headers['x-tenant']))).toEqual(new Set(['a']));
  expect(collector.resources().length).toBeGreaterThan(1);
  for (const resource of collector.resources())
    expect(resource).toMatchObject({ 'service.name': 'orders', 'deployment.environment.name': 'test bed' });
  const { collector: unnamed } = await traced(JSON_TO_COLLECTOR);
  expect(unnamed.resources()[0]).toMatchObject({ 'service.name': 'orders' });
  vi.unstubAllEnvs();
  const { collector: plain } = await traced(JSON_TO_COLLECTOR);
  expect(plain.resources()[0]).toMatchObject({ 'service.name': 'backstep' });
});

it('tells again and again how many runs are driven', async () => {
  const collector = await collect();
  const place = makePlace();
  closing.push(
    () => place.close(),
    () => collector.close(),
  );
  vi.stubEnv('OTEL_METRIC_EXPORT_INTERVAL', '10');
  for (const [name, value] of Object.entries(JSON_TO_COLLECTOR))
    vi.stubEnv(name, value.replace('$COLLECTOR', collector.url));
  const host = place.host({ clock: realClock() });
  const file = place.write('wait.workflow.yaml', 'workflow: wait\nstates: { go: { wait: 1h, next: end } }\n');
  for (const id of ['a', 'b']) await (await begin(host, { file, id })).settled('waiting');
  const told = () =>
    collector
      .metrics()
      .filter(({ name }) => name === 'backstep.runs.active')
      .flatMap(({ gauge }) => gauge?.dataPoints.map(({ asInt, asDouble }) => asInt ?? asDouble));
  await vi.waitUntil(() => told().includes(2));
});

it('knows what another process did while it had the run', async () => {
  const collector = await collect();
  const place = makePlace();
  closing.push(
    () => place.close(),
    () => collector.close(),
  );
  for (const [name, value] of Object.entries(JSON_TO_COLLECTOR))
    vi.stubEnv(name, value.replace('$COLLECTOR', collector.url));
  const journal = memoryJournal();
  const asks = ['one', 'two', 'three'].map((state, at, all) => `  ${state}: { human: { title: x, assignee: boss }, on: { yes: ${all[at + 1] ?? 'end'} } }\n`); // prettier-ignore
  const file = place.write('ask.workflow.yaml', `workflow: ask\nparticipants: { boss: { role: boss } }\nstates:\n${asks.join('')}`); // prettier-ignore
  const answered = async (run: RunHandle, state: string) => {
    await run.send({ type: 'decision', state, by: { name: 'ada' }, outcome: 'yes', form: null });
    await run.settled('waiting');
  };
  const first = place.host({ journal, clock: realClock(), letsGo: true });
  const run = await begin(first, { file, id: 'r' });
  await run.settled('waiting');
  await answered(run, 'one');
  journal.post('r', { type: 'let-go' });
  await vi.waitUntil(() => journal.holder('r') === null);
  const second = place.host({ journal, clock: realClock() });
  const resumed = await second.resume('r');
  if (!resumed.ok) throw new Error(resumed.error.message);
  await answered(resumed.run, 'two');
  await second.close();
  const again = await first.resume('r');
  if (!again.ok) throw new Error(again.error.message);
  await answered(again.run, 'three');
  await first.close();
  const spans = collector.spans();
  const [whole] = spans.filter(({ name }) => name === 'ask');
  const states = spans.filter(({ name }) => name !== 'human');
  expect(states.map(({ name, parentSpanId }) => [name, parentSpanId]).sort()).toEqual([
    ['ask', undefined],
    ['one', whole?.spanId],
    ['three', whole?.spanId],
    ['two', whole?.spanId],
  ]);
});

describe('without configuration', () => {
  it('nothing is exported, and no header is sent', async () => {
    const { collector, service } = await traced({ OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_TRACES_EXPORTER: '' });
    expect(collector.paths).toEqual([]);
    expect(service.heard.map(({ headers }) => headers['traceparent'])).toEqual(Array(5).fill(undefined));
  });

  it.each<readonly [string, Record<string, string>, object | null]>([
    ['nothing set', {}, null],
    ['switched off', { OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://h' }, null],
    ['no exporter', { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://h' }, null], // prettier-ignore
    ['an endpoint', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://h' }, { traces: { protocol: 'http/protobuf', endpoint: 'http://h' }, metrics: { protocol: 'http/protobuf' }, ratio: 1, parentBased: true }], // prettier-ignore
    ['an endpoint for traces', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://h/t' }, { traces: { protocol: 'http/protobuf', endpoint: 'http://h/t' }, metrics: null }], // prettier-ignore
    ['an exporter alone', { OTEL_METRICS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/json' }, { traces: null, metrics: { protocol: 'http/json', endpoint: 'http://localhost:4318' } }], // prettier-ignore
    ['a sampler', { OTEL_TRACES_EXPORTER: 'otlp', OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' }, { ratio: 0.25, parentBased: true }], // prettier-ignore
    [
      'no samples',
      { OTEL_TRACES_EXPORTER: 'otlp', OTEL_TRACES_SAMPLER: 'always_off' },
      { ratio: 0, parentBased: false },
    ],
    ['another protocol', { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, { traces: null, complaints: ['The protocol "grpc" of OpenTelemetry is not supported; use http/protobuf or http/json.'] }], // prettier-ignore
    ['a sampler that is none', { OTEL_TRACES_EXPORTER: 'otlp', OTEL_TRACES_SAMPLER: 'some' }, { ratio: 1, complaints: ['OTEL_TRACES_SAMPLER is "some", which is not supported; parentbased_always_on is taken.'] }], // prettier-ignore
    ['a share that is none', { OTEL_TRACES_EXPORTER: 'otlp', OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '5' }, { ratio: 1, complaints: ['OTEL_TRACES_SAMPLER_ARG is "5", which is no number from 0 to 1; 1 is taken.'] }], // prettier-ignore
    ['several exporters', { OTEL_TRACES_EXPORTER: 'console, otlp' }, { traces: { protocol: 'http/protobuf' }, complaints: ['OTEL_TRACES_EXPORTER is "console"; Backstep exports with "otlp" only.'] }], // prettier-ignore
    ['sizes', { OTEL_TRACES_EXPORTER: 'otlp', OTEL_BSP_MAX_QUEUE_SIZE: '10', OTEL_BSP_SCHEDULE_DELAY: 'x' }, { batches: { maxQueueSize: 10, scheduledDelayMillis: 5000 }, complaints: ['OTEL_BSP_SCHEDULE_DELAY is "x", which is no whole number above 0; 5000 is taken.'] }], // prettier-ignore
    ['no propagators', { OTEL_TRACES_EXPORTER: 'otlp', OTEL_PROPAGATORS: 'none' }, { propagates: false }],
    ['some propagators', { OTEL_TRACES_EXPORTER: 'otlp', OTEL_PROPAGATORS: 'b3, tracecontext' }, { propagates: true }],
    ['another exporter', { OTEL_TRACES_EXPORTER: 'jaeger' }, { traces: null, complaints: ['OTEL_TRACES_EXPORTER is "jaeger"; Backstep exports with "otlp" only.'] }], // prettier-ignore
  ])('the standard variables are read: %s', (_, env, expected) => {
    const configuration = readConfiguration(env);
    if (expected === null) expect(configuration).toBeNull();
    else expect(configuration).toMatchObject(expected);
  });
});

it('keeps all spans of a run or none', async () => {
  const ratio = Number.parseInt(traceIdOf('r').slice(0, 8), 16) / 2 ** 32;
  for (const [share, flag] of [
    [ratio + 0.01, '01'],
    [ratio - 0.01, '00'],
  ] as const) {
    const sampler = { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: String(share) };
    const { collector, service } = await traced({ ...JSON_TO_COLLECTOR, ...sampler });
    expect(collector.spans()).toHaveLength(flag === '01' ? 18 : 0);
    expect(service.heard.map(({ headers }) => String(headers['traceparent']).slice(-2))).toEqual(Array(5).fill(flag));
    vi.unstubAllEnvs();
  }
  expect(process.env['OTEL_TRACES_SAMPLER']).toBeUndefined();
});

/** Nanoseconds as the collector is told them, in the milliseconds of the records: more digits than a number holds. */
function milliseconds(nanoseconds: string | undefined): number {
  return Number(BigInt(nanoseconds ?? 0) / 1_000_000n);
}
