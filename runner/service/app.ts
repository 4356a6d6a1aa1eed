/**
 * The HTTP interface, version 1. Each route converts, calls and converts; what it does is in other files.
 *
 * 1. Everything but `/healthz` asks for the token.
 * 2. Bodies are bounded; what is wrong is a problem of RFC 9457, never a stack trace.
 * 3. Starting a run is idempotent by its id, or by the header `Idempotency-Key`.
 * 4. What a route takes and gives stands in routes.ts and schemas.ts, and nowhere else.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { relative, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Hono } from 'hono';
import type { Context } from 'hono';
import { cors } from 'hono/cors';
import type { Json, JsonObject } from '../../language/index.ts';
import { placedIn } from '../boundary.ts';
import { readHttpEvents } from '../events/cloud-events.ts';
import { buryMisfits, ttlAmong } from '../events/declarations.ts';
import type { Host } from '../host.ts';
import { JournalError } from '../journal/journal.ts';
import type { Journal, RunSummary } from '../journal/journal.ts';
import { ENDED } from '../machine/index.ts';
import type { RunStatus, StimulusBody, TaskChange } from '../machine/index.ts';
import { readTraceContext } from '../telemetry/trace-context.ts';
import type { Catalog } from './catalog.ts';
import type { ServiceMetrics } from './metrics.ts';
import { findingsOf } from './findings.ts';
import { openApiDocument } from './openapi.ts';
import { Problem, problemDetails, problemResponse } from './problems.ts';
import { actorIn, bodyOf, limitOf, mustBeShallow, numberIn, textIn, textOf } from './requests.ts';
import { methodsOf } from './routes.ts';
import { STATUSES } from './schemas.ts';
import { lastSeen, updatesOf } from './updates.ts';
import type { Followers } from './updates.ts';
import { eventView, letterView, runView, summaryView, tasksView } from './views.ts';
import { say } from './words.ts';

export interface AppOptions {
  readonly folder: string;
  readonly token: string;
  /** Where pages may come from that ask from a browser: their origins, such as `http://localhost:5173`. */
  readonly origins: readonly string[];
  readonly journal: Journal;
  readonly host: Host;
  readonly catalog: Catalog;
  readonly metrics: ServiceMetrics;
  readonly followers: Followers;
  /** Called after an event was received. */
  readonly received: () => void;
  /** Aborted when the service ends. */
  readonly signal: AbortSignal;
  readonly version: string;
  readonly log: (line: string) => void;
}

/** What pages may send besides what every page may. */
const HEADERS_OF_PAGES = [
  ...['Authorization', 'Content-Type', 'Idempotency-Key', 'Last-Event-ID', 'traceparent', 'tracestate'],
  ...['ce-id', 'ce-source', 'ce-type', 'ce-specversion', 'ce-time', 'ce-subject', 'ce-datacontenttype'],
];

export function createApp(options: AppOptions): Hono {
  const { journal, host, catalog, metrics, followers, signal } = options;
  const app = new Hono();

  function problemOf(error: unknown): Problem {
    if (error instanceof Problem) return error;
    if (error instanceof JournalError) return new Problem('unavailable', error.message, { journal: error.code });
    options.log(`A request met a fault: ${error instanceof Error ? error.message : String(error)}`);
    return new Problem('fault', 'This should not happen; the log of the service says more.');
  }

  app.onError((error) => problemResponse(problemOf(error)));
  app.notFound((c) => {
    const allow = methodsOf(c.req.path).join(', ');
    const { method, path } = c.req;
    if (allow === '') return problemResponse(new Problem('not-found', `There is nothing at ${method} ${path}.`));
    return problemResponse(new Problem('method-not-allowed', `${path} has no ${method}, but ${allow}.`, {}, { allow }));
  });

  if (options.origins.length > 0) {
    app.use(
      '*',
      cors({
        origin: [...options.origins],
        allowMethods: ['GET', 'HEAD', 'POST', 'PUT'],
        allowHeaders: HEADERS_OF_PAGES,
        exposeHeaders: ['Location', 'Allow', 'Retry-After'],
        maxAge: 600,
      }),
    );
  }

  app.get('/healthz', (c) => {
    if (signal.aborted) throw new Problem('unavailable', 'The service is ending.');
    journal.version();
    return c.json({ status: 'ok' });
  });

  const expected = digest(options.token);
  app.use('*', async (c, next) => {
    const [, given = ''] = /^bearer +(.*)$/i.exec(c.req.header('authorization') ?? '') ?? [];
    if (timingSafeEqual(digest(given), expected)) return next();
    throw new Problem('unauthorized', 'Send the header "Authorization: Bearer TOKEN" with the token of this service.');
  });

  app.get('/metrics', async (c) => c.body(await metrics.text(), 200, { 'content-type': metrics.contentType }));
  app.get('/v1/openapi.json', (c) => c.json(openApiDocument(options.version)));
  app.get('/v1/workflows', (c) =>
    c.json({
      workflows: [...catalog.workflows()].map(([workflow, { file, plan }]) => {
        return {
          workflow,
          version: plan.version,
          title: plan.title,
          file: relative(options.folder, file),
          input: plan.input,
        };
      }),
    }),
  );

  app.get('/v1/runs', (c) => {
    const { after, status, workflow } = c.req.query();
    if (status !== undefined && !isStatus(status))
      throw new Problem('bad-request', `\`status\` must be one of ${STATUSES.join(', ')}.`);
    const limit = limitOf(c);
    const all = journal.list();
    const at = after === undefined ? -1 : all.findIndex(({ run }) => run === after);
    if (after !== undefined && at < 0) throw new Problem('bad-request', `There is no run ${after} to go on after.`);
    const fitting = all.slice(at + 1).filter(
      (each) => (status === undefined || each.status === status) && (workflow === undefined || each.workflow === workflow), // prettier-ignore
    );
    const runs = fitting.slice(0, limit);
    return c.json({ runs: runs.map(summaryView), next: fitting.length > limit ? (runs.at(-1)?.run ?? null) : null });
  });
  app.post('/v1/runs', async (c) => {
    const body = await bodyOf(c, 'startRun');
    return started(c, body, textIn(body, 'id') ?? keyedId(c.req.header('idempotency-key')));
  });
  app.put('/v1/runs/:run', async (c) => started(c, await bodyOf(c, 'putRun'), c.req.param('run')));
  app.get('/v1/runs/:run', (c) => c.json(runView(journal, host, found(c.req.param('run')))));
  app.get('/v1/runs/:run/history', (c) => {
    const { run, seq } = found(c.req.param('run'));
    const after = numberIn(c, 'after', 0);
    const records = journal.read(run, after + 1, after + limitOf(c));
    const last = records[records.length - 1]?.seq ?? after;
    return c.json({ records, next: last < seq ? last : null });
  });
  app.get('/v1/runs/:run/updates', (c) => {
    const { run, seq, status } = found(c.req.param('run'));
    const last = lastSeen(c.req.header('last-event-id'), numberIn(c, 'after', 0));
    if (last === null) throw new Problem('bad-request', 'Last-Event-ID is the id of an event of this stream.');
    if (last.seq > seq)
      throw new Problem('bad-request', `The run ${run} has no record ${last.seq}; its last is ${seq}.`);
    if (last.ended && last.seq === seq && ENDED.has(status)) return c.body(null, 204);
    // What is wrong with the records is said here, as long as it can be.
    journal.read(run, last.seq + 1, last.seq + 1);
    const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' };
    if (c.req.method === 'HEAD') return new Response(null, { headers });
    const fault = (error: unknown): JsonObject => {
      const { code, message, more } = problemOf(error);
      return problemDetails(code, message, more);
    };
    return new Response(updatesOf(journal, run, last.seq, followers, signal, fault), { headers });
  });

  app.post('/v1/runs/:run/cancel', async (c) => {
    const body = await bodyOf(c, 'cancelRun');
    const [compensate, force] = [body['compensate'] !== false, body['force'] === true];
    return told(c, { type: 'cancel', by: actorIn(body), compensate, force });
  });
  app.post('/v1/runs/:run/retry', async (c) => {
    const body = await bodyOf(c, 'retryRun');
    return told(c, { type: 'retry', by: actorIn(body), state: textIn(body, 'state') });
  });
  for (const [type, operation] of [
    ['skip', 'skipState'],
    ['resolve', 'resolveState'],
  ] as const) {
    app.post(`/v1/runs/:run/${type}`, async (c) => {
      const body = await bodyOf(c, operation);
      return told(c, { type, by: actorIn(body), state: textIn(body, 'state') ?? '' });
    });
  }

  app.get('/v1/tasks', (c) => {
    const unfinished = journal.list().filter(({ status }) => !ENDED.has(status));
    return c.json({ tasks: tasksView(journal, host, unfinished) });
  });
  const changes = {
    claim: ['claimTask', (body: JsonObject): TaskChange => ({ to: 'claimed', actor: actorIn(body).name })],
    delegate: [
      'delegateTask',
      (body: JsonObject): TaskChange => ({ to: 'delegated', actor: textIn(body, 'to') ?? '' }),
    ],
    release: ['releaseTask', (): TaskChange => ({ to: 'released' })],
  } as const;
  for (const [what, [operation, change]] of Object.entries(changes)) {
    app.post(`/v1/runs/:run/tasks/:state/${what}`, async (c) => {
      const body = await bodyOf(c, operation);
      return told(c, { type: 'task', state: c.req.param('state') ?? '', by: actorIn(body), change: change(body) });
    });
  }
  app.post('/v1/runs/:run/tasks/:state/complete', async (c) => {
    const body = await bodyOf(c, 'completeTask');
    const [outcome, form] = [textIn(body, 'outcome') ?? '', body['form'] ?? {}];
    return told(c, { type: 'decision', state: c.req.param('state'), by: actorIn(body), outcome, form });
  });

  app.get('/v1/events', (c) => {
    const after = numberIn(c, 'after', 0);
    const limit = limitOf(c);
    const events = journal.bus.events(after);
    const items = events.slice(0, limit);
    return c.json({
      events: items.map((event) => eventView(journal, event)),
      next: events.length > limit ? (items[items.length - 1]?.number ?? null) : null,
    });
  });
  app.post('/v1/events', async (c) => {
    const read = readHttpEvents(c.req.header(), await textOf(c));
    if (!read.ok) throw new Problem(read.code, read.message);
    for (const { data } of read.events) mustBeShallow(data);
    const plans = [...catalog.workflows().values()].map(({ plan }) => plan);
    const received = host.publishAll(read.events.map((event) => ({ event, ttl: ttlAmong(plans, event.type) })));
    const results = read.events.map(({ id, source }, index) => {
      const kept = received[index] ?? null;
      const misfits = kept === null ? [] : buryMisfits(journal, plans, kept, kept.at);
      return { id, source, new: kept !== null, misfits: [...misfits] };
    });
    options.received();
    return c.json({ events: results }, 202);
  });
  app.get('/v1/dead-letters', (c) => {
    journal.bus.expire(Date.now());
    return c.json({ deadLetters: journal.bus.deadLetters().map(letterView) });
  });
  app.post('/v1/dead-letters/:letter/resend', (c) => {
    const sent = journal.bus.resend(Number(c.req.param('letter')), Date.now());
    if (sent === null) throw new Problem('not-found', `There is no dead letter ${c.req.param('letter')}.`);
    buryMisfits(journal, [...catalog.workflows().values()].map(({ plan }) => plan), sent, sent.at); // prettier-ignore
    options.received();
    return c.json({ event: eventView(journal, sent) }, 202);
  });

  function found(run: string): RunSummary {
    const summary = journal.summary(run);
    if (summary === null) throw new Problem('not-found', `There is no run ${run}.`);
    return summary;
  }

  /** Begins the run, or gives the one that was begun by the same request before. */
  async function started(c: Context, body: JsonObject, id: string | null): Promise<Response> {
    if (signal.aborted) throw new Problem('unavailable', 'The service is ending and begins nothing more.');
    const workflow = textIn(body, 'workflow') ?? '';
    const input = body['input'] ?? {};
    const before = id === null ? null : journal.summary(id);
    if (before !== null) mustBeSame(before, workflow, input);
    const trace = readTraceContext(c.req.header('traceparent'), c.req.header('tracestate'));
    const result = await host.start({
      ...{ file: before?.file ?? fileOf(workflow), input, by: actorIn(body) },
      ...(id !== null && { id }),
      ...(trace !== null && { trace }),
    });
    if (!result.ok && result.error.code !== 'held') {
      const { code, message, journal: fault } = result.error;
      if (code === 'journal') throw new Problem('unavailable', message, fault === undefined ? {} : { journal: fault });
      const errors = findingsOf(result.error).map((each): JsonObject => ({ ...each }));
      throw new Problem('invalid', message, errors.length > 0 ? { errors } : {});
    }
    const run = found(result.ok ? result.run.id : (id ?? ''));
    const existed = !result.ok || result.existed;
    // Another request may have been quicker, here or in another process.
    if (existed && before === null) mustBeSame(run, workflow, input);
    return c.json(summaryView(run), existed ? 200 : 201, { location: `/v1/runs/${run.run}` });
  }

  function mustBeSame({ run, ...known }: RunSummary, workflow: string, input: Json): void {
    const [begun] = journal.read(run, 1, 1);
    const isSame = known.workflow === workflow || known.file === fileOf(workflow);
    if (isSame && begun?.type === 'run.started' && isDeepStrictEqual(begun.input, input)) return;
    throw new Problem('conflict', `There is already a run ${run}, of another workflow or with another input.`);
  }

  /** The id of the run that a key of idempotency stands for. */
  function keyedId(key: string | undefined): string | null {
    if (key === undefined) return null;
    if (key === '') throw new Problem('bad-request', 'The header Idempotency-Key is empty.');
    return `key-${createHash('sha256').update(key).digest('hex')}`;
  }

  /** A workflow by its id, or by its file's path in the folder that is served. */
  function fileOf(workflow: string): string {
    const known = catalog.workflows().get(workflow);
    if (known !== undefined) return known.file;
    const path = resolve(options.folder, workflow);
    if (/\.workflow\.ya?ml$/.test(path) && 'path' in placedIn([options.folder], path)) return path;
    throw new Problem('invalid', `There is no workflow ${workflow} in the folder that is served.`);
  }

  async function told(c: Context, stimulus: StimulusBody): Promise<Response> {
    const run = c.req.param('run') ?? '';
    const said = await say(journal, host, run, stimulus, signal);
    if (said.ok) return c.json({ run, taken: said.taken }, said.taken ? 200 : 202);
    const codes = { 'unknown-run': 'not-found', refused: 'conflict', failed: 'unavailable' } as const;
    throw new Problem(codes[said.code], said.message);
  }

  return app;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function isStatus(text: string): text is RunStatus {
  return (STATUSES as readonly string[]).includes(text);
}
