/** A collector of OpenTelemetry that tells what it was sent. */
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: number };
}

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly status: { readonly code?: number };
}

export interface Metric {
  readonly name: string;
  readonly sum?: { readonly dataPoints: readonly Point[] };
  readonly gauge?: { readonly dataPoints: readonly Point[] };
  readonly histogram?: { readonly dataPoints: readonly Point[] };
}

export interface Point {
  readonly attributes: readonly Attribute[];
  readonly asDouble?: number;
  readonly asInt?: number;
  readonly count?: number;
}

export interface Collector {
  readonly url: string;
  readonly paths: string[];
  readonly types: Set<string>;
  /** The headers of each request. */
  readonly headers: IncomingHttpHeaders[];
  /** What the resource of each export is called. */
  resources(): Readonly<Record<string, string | undefined>>[];
  spans(): Span[];
  metrics(): Metric[];
  close(): Promise<void>;
}

interface Resourced {
  readonly resource: { readonly attributes: readonly Attribute[] };
}

/** An OTLP/HTTP collector in this process. */
export async function collect(): Promise<Collector> {
  const bodies: Record<string, unknown>[] = [];
  const paths: string[] = [];
  const types = new Set<string>();
  const headers: IncomingHttpHeaders[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      paths.push(request.url ?? '');
      headers.push(request.headers);
      types.add(request.headers['content-type'] ?? '');
      if (request.headers['content-type'] === 'application/json')
        bodies.push(JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const inside = <T>(outer: string, middle: string, inner: string): T[] =>
    bodies.flatMap((body) =>
      ((body[outer] ?? []) as Record<string, Record<string, T[]>[]>[]).flatMap((resource) =>
        (resource[middle] ?? []).flatMap((scope) => scope[inner] ?? []),
      ),
    );
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    paths,
    types,
    headers,
    resources: () =>
      bodies.flatMap((body) =>
        [...((body['resourceSpans'] ?? []) as Resourced[]), ...((body['resourceMetrics'] ?? []) as Resourced[])].map(
          ({ resource }) => Object.fromEntries(resource.attributes.map(({ key, value }) => [key, value.stringValue])),
        ),
      ),
    spans: () => inside<Span>('resourceSpans', 'scopeSpans', 'spans'),
    metrics: () => inside<Metric>('resourceMetrics', 'scopeMetrics', 'metrics'),
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

/** An attribute of a span by its key. */
export function attribute(
  span: { readonly attributes: readonly Attribute[] },
  key: string,
): string | number | undefined {
  const found = span.attributes.find((each) => each.key === key)?.value;
  return found?.stringValue ?? found?.intValue;
}
