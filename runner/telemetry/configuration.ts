/**
 * What is exported where, as the standard variables of OpenTelemetry say: nothing, unless an exporter or an endpoint is
 * set. Endpoints, headers, time limits and certificates are read by the exporters themselves.
 */

type Variables = Readonly<Record<string, string | undefined>>;

export type Protocol = 'http/protobuf' | 'http/json';

export interface Configuration {
  /** Null where the signal is not exported. */
  readonly traces: Protocol | null;
  readonly metrics: Protocol | null;
  /** The share of traces that is kept, from 0 to 1. */
  readonly ratio: number;
  /** Milliseconds between two exports of metrics. */
  readonly interval: number;
  /** Sentences about what was asked for and is not there. */
  readonly complaints: readonly string[];
}

const INTERVAL = 60_000;

/** What `env` asks for; null when it asks for nothing, or switches everything off with `OTEL_SDK_DISABLED`. */
export function readConfiguration(env: Variables): Configuration | null {
  if (valueOf(env, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return null;
  const complaints: string[] = [];
  const traces = protocolOf(env, 'TRACES', complaints);
  const metrics = protocolOf(env, 'METRICS', complaints);
  if (traces === null && metrics === null && complaints.length === 0) return null;
  const interval = Number(valueOf(env, 'OTEL_METRIC_EXPORT_INTERVAL') ?? INTERVAL);
  return { traces, metrics, ratio: ratioOf(env), interval: interval > 0 ? interval : INTERVAL, complaints };
}

/** An empty variable counts as one that is not set. */
function valueOf(env: Variables, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}

function protocolOf(env: Variables, signal: 'TRACES' | 'METRICS', complaints: string[]): Protocol | null {
  const exporter = valueOf(env, `OTEL_${signal}_EXPORTER`);
  const endpoint = valueOf(env, `OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`) ?? valueOf(env, 'OTEL_EXPORTER_OTLP_ENDPOINT');
  if (exporter === 'none' || (exporter === undefined && endpoint === undefined)) return null;
  if (exporter !== undefined && exporter !== 'otlp') {
    complaints.push(`OTEL_${signal}_EXPORTER is "${exporter}"; Backstep exports with "otlp" only.`);
    return null;
  }
  const protocol = valueOf(env, `OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`) ?? valueOf(env, 'OTEL_EXPORTER_OTLP_PROTOCOL');
  if (protocol === undefined || protocol === 'http/protobuf' || protocol === 'http/json')
    return protocol ?? 'http/protobuf';
  complaints.push(`The protocol "${protocol}" of OpenTelemetry is not supported; use http/protobuf or http/json.`);
  return null;
}

/** All spans of a run are kept or none, by its trace, so that the parent-based samplers are the same as the others. */
function ratioOf(env: Variables): number {
  const sampler = valueOf(env, 'OTEL_TRACES_SAMPLER')?.replace(/^parentbased_/, '') ?? 'always_on';
  if (sampler === 'always_off') return 0;
  if (sampler !== 'traceidratio') return 1;
  const ratio = Number(valueOf(env, 'OTEL_TRACES_SAMPLER_ARG') ?? 1);
  return ratio >= 0 && ratio <= 1 ? ratio : 1;
}
