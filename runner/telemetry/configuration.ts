/**
 * What is exported where, as the standard variables of OpenTelemetry say: nothing, unless an exporter or an endpoint is
 * set. Headers, time limits, compression and certificates are read by the exporters themselves.
 */

type Variables = Readonly<Record<string, string | undefined>>;

export type Protocol = 'http/protobuf' | 'http/json';

export interface Export {
  readonly protocol: Protocol;
  /** Where the collector is: what the exporter's address begins with. */
  readonly endpoint: string;
}

export interface Configuration {
  /** Null where the signal is not exported. */
  readonly traces: Export | null;
  readonly metrics: Export | null;
  /** The share of traces that is kept, from 0 to 1. */
  readonly ratio: number;
  /** Whether a trace that somebody else began is kept as that one keeps it. */
  readonly parentBased: boolean;
  /** Whether traces go on in what is called, and from whoever asks for a run. */
  readonly propagates: boolean;
  /** Milliseconds between two exports of metrics. */
  readonly interval: number;
  readonly batches: Batches;
  /** Sentences about what was asked for and is not there. */
  readonly complaints: readonly string[];
}

/** How spans are collected before they are sent. */
export interface Batches {
  /** Spans beyond that are dropped. */
  readonly maxQueueSize: number;
  readonly maxExportBatchSize: number;
  /** Milliseconds. */
  readonly scheduledDelayMillis: number;
  readonly exportTimeoutMillis: number;
}

const INTERVAL = 60_000;

/** Where a collector listens if nobody says otherwise. */
const LOCAL = 'http://localhost:4318';

/** What `env` asks for; null when it asks for nothing, or switches everything off with `OTEL_SDK_DISABLED`. */
export function readConfiguration(env: Variables): Configuration | null {
  if (valueOf(env, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return null;
  const complaints: string[] = [];
  const traces = exportOf(env, 'TRACES', complaints);
  const metrics = exportOf(env, 'METRICS', complaints);
  if (traces === null && metrics === null && complaints.length === 0) return null;
  const propagators = listOf(env, 'OTEL_PROPAGATORS') ?? ['tracecontext'];
  return {
    traces,
    metrics,
    ...samplerOf(env, complaints),
    propagates: propagators.includes('tracecontext'),
    interval: numberOf(env, 'OTEL_METRIC_EXPORT_INTERVAL', INTERVAL, complaints),
    batches: {
      // Many runs end many spans at the same moment.
      maxQueueSize: numberOf(env, 'OTEL_BSP_MAX_QUEUE_SIZE', 8192, complaints),
      maxExportBatchSize: numberOf(env, 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512, complaints),
      scheduledDelayMillis: numberOf(env, 'OTEL_BSP_SCHEDULE_DELAY', 5000, complaints),
      exportTimeoutMillis: numberOf(env, 'OTEL_BSP_EXPORT_TIMEOUT', 30_000, complaints),
    },
    complaints,
  };
}

/** An empty variable counts as one that is not set. */
function valueOf(env: Variables, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}

function listOf(env: Variables, name: string): readonly string[] | undefined {
  return valueOf(env, name)
    ?.split(',')
    .map((each) => each.trim());
}

function numberOf(env: Variables, name: string, without: number, complaints: string[]): number {
  const text = valueOf(env, name);
  const value = Number(text ?? without);
  if (Number.isInteger(value) && value > 0) return value;
  complaints.push(`${name} is "${text ?? ''}", which is no whole number above 0; ${without} is taken.`);
  return without;
}

function exportOf(env: Variables, signal: 'TRACES' | 'METRICS', complaints: string[]): Export | null {
  const exporters = listOf(env, `OTEL_${signal}_EXPORTER`);
  const endpoint = valueOf(env, `OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`) ?? valueOf(env, 'OTEL_EXPORTER_OTLP_ENDPOINT');
  if (exporters === undefined ? endpoint === undefined : exporters.includes('none')) return null;
  const others = exporters?.filter((exporter) => exporter !== 'otlp') ?? [];
  if (others.length > 0)
    complaints.push(`OTEL_${signal}_EXPORTER is "${others.join(',')}"; Backstep exports with "otlp" only.`);
  if (exporters?.includes('otlp') === false) return null;
  const protocol = valueOf(env, `OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`) ?? valueOf(env, 'OTEL_EXPORTER_OTLP_PROTOCOL') ?? 'http/protobuf'; // prettier-ignore
  if (protocol === 'http/protobuf' || protocol === 'http/json') return { protocol, endpoint: endpoint ?? LOCAL };
  complaints.push(`The protocol "${protocol}" of OpenTelemetry is not supported; use http/protobuf or http/json.`);
  return null;
}

const SAMPLERS: Readonly<Record<string, 'all' | 'none' | 'some'>> = {
  always_on: 'all',
  always_off: 'none',
  traceidratio: 'some',
};

/** All spans of a run are kept or none, by its trace. */
function samplerOf(env: Variables, complaints: string[]): Pick<Configuration, 'ratio' | 'parentBased'> {
  const name = valueOf(env, 'OTEL_TRACES_SAMPLER') ?? 'parentbased_always_on';
  const parentBased = name.startsWith('parentbased_');
  const sampler = SAMPLERS[name.replace(/^parentbased_/, '')];
  if (sampler === undefined) {
    complaints.push(`OTEL_TRACES_SAMPLER is "${name}", which is not supported; parentbased_always_on is taken.`);
    return { ratio: 1, parentBased: true };
  }
  if (sampler !== 'some') return { ratio: sampler === 'all' ? 1 : 0, parentBased };
  const text = valueOf(env, 'OTEL_TRACES_SAMPLER_ARG') ?? '1';
  const ratio = Number(text);
  if (ratio >= 0 && ratio <= 1) return { ratio, parentBased };
  complaints.push(`OTEL_TRACES_SAMPLER_ARG is "${text}", which is no number from 0 to 1; 1 is taken.`);
  return { ratio: 1, parentBased };
}
