/** Hands signals on to OpenTelemetry's own SDK and exporters. Loaded only when something is to be exported. */
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import type { Counter, Histogram, Meter } from '@opentelemetry/api';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { AlwaysOnSampler, BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import { isReachable } from './reachable.ts';
import type { Configuration, Export } from './configuration.ts';
import { COUNTERS, DURATIONS } from './signals.ts';
import type { CounterName, DurationName, EndedSpan, Sink } from './signals.ts';

/** A sink for the spans of any trace. */
export interface Exporting extends Omit<Sink, 'span'> {
  span(traceId: string, span: EndedSpan): void;
  /** Exports what is left, and ends. */
  close(): Promise<void>;
}

const SCOPE = 'backstep';

/** Told what an export ended with. */
type Done = Parameters<SpanExporter['export']>[1];

/** Milliseconds to wait at the end for a collector that accepts nothing. */
const PATIENCE = 2000;

/**
 * Begins to export as `configuration` says; `runs` gives how many runs are driven right now, and `complain` is told once
 * when a collector does not take what it is sent.
 */
export async function createExporting(
  configuration: Configuration,
  runs: () => number,
  complain: (sentence: string) => void,
): Promise<Exporting> {
  const resource = resourceFromAttributes({ 'service.name': 'backstep' }).merge(
    detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] }),
  );
  const all = defaultResource().merge(resource);
  // The ids are ours; a span's own is set right before it is made.
  const next = { trace: '', span: '' };
  const { traces, metrics } = configuration;
  let progressed = (): void => undefined;
  const lost = ({ endpoint }: Export) =>
    complain(`The collector of OpenTelemetry at ${placeOf(endpoint)} does not take what it is sent.`);

  /** The exporter, with its outcomes seen. */
  function watched<T extends SpanExporter | PushMetricExporter>(exporter: T, to: Export): T {
    const send: (items: never, done: Done) => void = exporter.export.bind(exporter);
    exporter.export = (items: never, done: Done): void =>
      send(items, (result) => {
        progressed();
        if (result.error !== undefined) lost(to);
        done(result);
      });
    return exporter;
  }
  const tracing =
    traces === null
      ? null
      : new TracerProvider({
          resource: all,
          // What is kept was chosen by the trace before.
          sampler: new AlwaysOnSampler(),
          idGenerator: { generateTraceId: () => next.trace, generateSpanId: () => next.span },
          spanProcessors: [
            new BatchSpanProcessor({ exporter: watched(await spanExporter(traces), traces), ...configuration.batches }),
          ],
        });
  const tracer = tracing?.getTracer(SCOPE);
  const metering =
    metrics === null
      ? null
      : new MeterProvider({
          resource: all,
          readers: [
            new PeriodicExportingMetricReader({
              exporter: watched(await metricExporter(metrics), metrics),
              exportIntervalMillis: configuration.interval,
              exportTimeoutMillis: Math.min(configuration.interval, 30_000),
            }),
          ],
        });
  const instruments = metering === null ? null : instrumentsOf(metering.getMeter(SCOPE), runs);

  return {
    span(traceId, { name, id, parent, call, begin, end, attributes, error }) {
      if (tracer === undefined) return;
      const around =
        parent === null
          ? ROOT_CONTEXT
          : trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId: parent, traceFlags: TraceFlags.SAMPLED });
      next.trace = traceId;
      next.span = id;
      const kind = call ? SpanKind.CLIENT : SpanKind.INTERNAL;
      const span = tracer.startSpan(name, { kind, startTime: new Date(begin), attributes: { ...attributes } }, around);
      if (error !== null) {
        span.setAttribute('error.type', error);
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end(new Date(end));
    },
    count: (name, attributes) => instruments?.counters.get(name)?.add(1, { ...attributes }),
    duration: (name, milliseconds, attributes) =>
      instruments?.durations.get(name)?.record(milliseconds / 1000, { ...attributes }),
    async close() {
      const signals = [
        { to: traces, provider: tracing },
        { to: metrics, provider: metering },
      ];
      // A collector that is not there, or does not answer, is nobody's fault here, and nobody waits for it for long.
      const endings = signals.map(async ({ to, provider }) => {
        if (to === null || provider === null) return;
        if (await isReachable(to.endpoint, PATIENCE)) await provider.shutdown();
        else lost(to);
      });
      const quiet = createQuiet(PATIENCE);
      progressed = quiet.progressed;
      const how = await Promise.race([Promise.allSettled(endings).then(() => 'ended'), quiet.comes]);
      quiet.end();
      if (how !== 'ended') for (const { to } of signals) if (to !== null) lost(to);
    },
  };
}

/** Waits for `patience` milliseconds in which nothing has got on. */
function createQuiet(patience: number) {
  let timer: NodeJS.Timeout;
  let wait = (): void => undefined;
  const comes = new Promise<'quiet'>((resolve) => {
    wait = () => {
      timer = setTimeout(() => resolve('quiet'), patience);
    };
    wait();
  });
  const end = (): void => clearTimeout(timer);
  return {
    comes,
    progressed() {
      end();
      wait();
    },
    end,
  };
}

/** An address without what may be secret in it. */
function placeOf(endpoint: string): string {
  return URL.canParse(endpoint) ? new URL(endpoint).host : endpoint;
}

function instrumentsOf(meter: Meter, runs: () => number) {
  const counters = new Map<CounterName, Counter>();
  const durations = new Map<DurationName, Histogram>();
  for (const [name, description] of Object.entries(COUNTERS))
    counters.set(name as CounterName, meter.createCounter(name, { description }));
  for (const [name, description] of Object.entries(DURATIONS))
    durations.set(name as DurationName, meter.createHistogram(name, { description, unit: 's' }));
  meter
    .createObservableGauge('backstep.runs.active', { description: 'Runs that this process drives.' })
    .addCallback((result) => result.observe(runs()));
  return { counters, durations };
}

async function spanExporter({ protocol }: Export): Promise<SpanExporter> {
  const { OTLPTraceExporter } =
    protocol === 'http/json'
      ? await import('@opentelemetry/exporter-trace-otlp-http')
      : await import('@opentelemetry/exporter-trace-otlp-proto');
  return new OTLPTraceExporter();
}

async function metricExporter({ protocol }: Export): Promise<PushMetricExporter> {
  const { OTLPMetricExporter } =
    protocol === 'http/json'
      ? await import('@opentelemetry/exporter-metrics-otlp-http')
      : await import('@opentelemetry/exporter-metrics-otlp-proto');
  return new OTLPMetricExporter();
}
