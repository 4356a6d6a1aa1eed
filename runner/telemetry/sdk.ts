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
import type { Configuration, Protocol } from './configuration.ts';
import { COUNTERS, DURATIONS } from './signals.ts';
import type { CounterName, DurationName, EndedSpan, Sink } from './signals.ts';

/** A sink for the spans of any trace. */
export interface Exporting extends Omit<Sink, 'span'> {
  span(traceId: string, span: EndedSpan): void;
  /** Exports what is left, and ends. */
  close(): Promise<void>;
}

const SCOPE = 'backstep';

/** Begins to export as `configuration` says; `runs` gives how many runs are driven right now. */
export async function createExporting(configuration: Configuration, runs: () => number): Promise<Exporting> {
  const resource = resourceFromAttributes({ 'service.name': 'backstep' }).merge(
    detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] }),
  );
  const all = defaultResource().merge(resource);
  // The ids are ours; a span's own is set right before it is made.
  const next = { trace: '', span: '' };
  const { traces, metrics } = configuration;
  const tracing =
    traces === null
      ? null
      : new TracerProvider({
          resource: all,
          // What is kept was chosen by the trace before.
          sampler: new AlwaysOnSampler(),
          idGenerator: { generateTraceId: () => next.trace, generateSpanId: () => next.span },
          spanProcessors: [new BatchSpanProcessor({ exporter: await spanExporter(traces) })],
        });
  const tracer = tracing?.getTracer(SCOPE);
  const metering =
    metrics === null
      ? null
      : new MeterProvider({
          resource: all,
          readers: [
            new PeriodicExportingMetricReader({
              exporter: await metricExporter(metrics),
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
      // A collector that does not answer is nobody's fault here.
      await Promise.allSettled([tracing?.shutdown(), metering?.shutdown()]);
    },
  };
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

async function spanExporter(protocol: Protocol): Promise<SpanExporter> {
  const { OTLPTraceExporter } =
    protocol === 'http/json'
      ? await import('@opentelemetry/exporter-trace-otlp-http')
      : await import('@opentelemetry/exporter-trace-otlp-proto');
  return new OTLPTraceExporter();
}

async function metricExporter(protocol: Protocol): Promise<PushMetricExporter> {
  const { OTLPMetricExporter } =
    protocol === 'http/json'
      ? await import('@opentelemetry/exporter-metrics-otlp-http')
      : await import('@opentelemetry/exporter-metrics-otlp-proto');
  return new OTLPMetricExporter();
}
