// A run as a part of the trace of whoever asked for it over HTTP.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { traceIdOf } from '../../../runner/telemetry/ids.ts';
import { readTraceContext, readTraceParent } from '../../../runner/telemetry/trace-context.ts';
import { json, serve } from '../actions/support.ts';
import type { TestServer } from '../actions/support.ts';
import { collect } from '../support/collector.ts';
import type { Collector } from '../support/collector.ts';
import { makeServedPlace } from './support.ts';
import type { ServedPlace } from './support.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

let place: ServedPlace;
let collector: Collector;
let called: TestServer;
beforeEach(async () => {
  place = makeServedPlace();
  collector = await collect();
  called = await serve((_, response) => json(response, 200, {}));
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.url);
  vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', 'http/json');
  const service = `participants: { s: { baseUrl: ${called.url}, operations: { do: { http: POST /do } } }, boss: { role: boss } }`;
  place.write(
    'outer.workflow.yaml',
    `workflow: outer\n${service}\nstates:\n  ask: { human: { title: x, assignee: boss }, on: { yes: call } }\n` +
      '  call: { call: s.do, next: sub }\n  sub: { run: ./inner.workflow.yaml, with: {}, next: end }\n',
  );
  place.write('inner.workflow.yaml', `workflow: inner\n${service}\nstates: { inside: { call: s.do, next: end } }\n`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await place.close();
  await collector.close();
  await called.close();
});

/** Starts the run, lets another service go on with it, and ends that. */
async function asked(headers: Readonly<Record<string, string>>): Promise<void> {
  const first = await place.serve();
  expect((await first.ask('PUT', '/v1/runs/r', { workflow: 'outer' }, headers)).status).toBe(201);
  await first.status('r', 'waiting');
  await first.end();
  const second = await place.serve();
  await second.ask('POST', '/v1/runs/r/tasks/ask/complete', { by: 'ada', outcome: 'yes' });
  await second.status('r', 'completed');
  await second.end();
}

const traceparents = () => called.heard.map(({ headers }) => String(headers['traceparent']));

describe('a run that is asked for in a trace', () => {
  it('is below the span of whoever asked, over restarts, with its child and with what it calls', async () => {
    await asked({ traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: 'vendor=1' });
    const spans = collector.spans();
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    const lineage = (id: string | undefined): string => {
      const span = byId.get(id ?? '');
      return span === undefined ? String(id) : `${lineage(span.parentSpanId)} > ${span.name}`;
    };
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE]));
    expect(spans.map(({ spanId }) => lineage(spanId)).sort()).toEqual(
      [
        '',
        ' > ask',
        ' > ask > human',
        ' > call',
        ' > call > s.do',
        ' > sub',
        ' > sub > run ./inner.workflow.yaml',
        ' > sub > run ./inner.workflow.yaml > inner',
        ' > sub > run ./inner.workflow.yaml > inner > inside',
        ' > sub > run ./inner.workflow.yaml > inner > inside > s.do',
      ].map((below) => `${SPAN} > outer${below}`),
    );
    const calls = spans.filter(({ name }) => name === 's.do').map(({ spanId }) => `00-${TRACE}-${spanId}-01`);
    expect(traceparents().sort()).toEqual(calls.sort());
    expect(called.heard.map(({ headers }) => headers['tracestate'])).toEqual(['vendor=1', 'vendor=1']);
  });

  it('is kept as that trace is, unless a sampler says otherwise', async () => {
    await asked({ traceparent: `00-${TRACE}-${SPAN}-00` });
    expect(collector.spans()).toEqual([]);
    expect(traceparents().every((header) => header.startsWith(`00-${TRACE}-`) && header.endsWith('-00'))).toBe(true);
  });

  it('is kept all the same by a sampler that does not look at it', async () => {
    vi.stubEnv('OTEL_TRACES_SAMPLER', 'always_on');
    await asked({ traceparent: `00-${TRACE}-${SPAN}-00` });
    expect(collector.spans()).toHaveLength(10);
    expect(traceparents().every((header) => header.endsWith('-01'))).toBe(true);
  });

  it('is a trace of its own where nothing is propagated', async () => {
    vi.stubEnv('OTEL_PROPAGATORS', 'none');
    await asked({ traceparent: `00-${TRACE}-${SPAN}-01` });
    expect(new Set(collector.spans().map(({ traceId }) => traceId))).toEqual(new Set([traceIdOf('r')]));
    expect(collector.spans().filter(({ parentSpanId }) => parentSpanId === undefined)).toHaveLength(1);
    expect(traceparents()).toEqual(['undefined', 'undefined']);
  });

  it('is begun all the same when the header is none', async () => {
    await asked({ traceparent: 'nonsense', tracestate: 'vendor=1' });
    expect(new Set(collector.spans().map(({ traceId }) => traceId))).toEqual(new Set([traceIdOf('r')]));
    expect(called.heard.map(({ headers }) => headers['tracestate'])).toEqual([undefined, undefined]);
  });

  it('sends nothing anywhere where telemetry is off', async () => {
    vi.stubEnv('OTEL_SDK_DISABLED', 'true');
    await asked({ traceparent: `00-${TRACE}-${SPAN}-01` });
    expect(collector.paths).toEqual([]);
    expect(traceparents()).toEqual(['undefined', 'undefined']);
  });
});

it('is started by an event in the trace that the event is part of', async () => {
  place.write(
    'told.workflow.yaml',
    'workflow: told\nevents: { order.paid: { data: {} } }\ntriggers: [ { event: order.paid, input: {} } ]\nstates: { go: { wait: 1ms, next: end } }\n',
  );
  const { ask, journal, end } = await place.serve();
  const about = { 'ce-id': '1', 'ce-source': '/shop', 'ce-type': 'order.paid', 'ce-specversion': '1.0' };
  expect((await ask('POST', '/v1/events', {}, { ...about, 'ce-traceparent': `00-${TRACE}-${SPAN}-01` })).status).toBe(202); // prettier-ignore
  await vi.waitUntil(() => journal.list().some(({ status }) => status === 'completed'));
  const [told] = journal.list();
  expect(journal.read(told?.run ?? '')[0]).toMatchObject({ by: { name: 'the event order.paid 1' } });
  await end();
  const [whole] = collector.spans().filter(({ name }) => name === 'told');
  expect(whole).toMatchObject({ traceId: TRACE, parentSpanId: SPAN });
});

it.each([
  [`00-${TRACE}-${SPAN}-01`, true],
  [`00-${TRACE}-${SPAN}-00`, false],
  [`00-${TRACE}-${SPAN}-03`, true],
  [`cc-${TRACE}-${SPAN}-01-what-the-future-brings`, true],
  [`00-${TRACE}-${SPAN}-01-more`, null],
  [`ff-${TRACE}-${SPAN}-01`, null],
  [`00-${'0'.repeat(32)}-${SPAN}-01`, null],
  [`00-${TRACE}-${'0'.repeat(16)}-01`, null],
  [`00-${TRACE.toUpperCase()}-${SPAN}-01`, null],
  [`00-${TRACE}-${SPAN}`, null],
  ['', null],
])('the header traceparent is read as its standard says: %s', (header, sampled) => {
  expect(readTraceParent(header)).toEqual(sampled === null ? null : { trace: TRACE, span: SPAN, sampled });
  expect(readTraceContext(header, 'x'.repeat(513))).toEqual(sampled === null ? null : { parent: header, state: '' });
});
