/**
 * The HTTP interface, version 1. Each route converts, calls and converts; what it does is in other files.
 *
 * 1. Everything but `/healthz` asks for the token.
 * 2. Bodies are bounded; what is wrong is a problem of RFC 9457, never a stack trace.
 * 3. Starting a run is idempotent by its id, or by the header `Idempotency-Key`.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isAbsolute, relative, resolve } from 'node:path';
import { Hono } from 'hono';
import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { isJsonObject } from '../../language/index.ts';
import type { JsonObject } from '../../language/index.ts';
import { readHttpEvents } from '../events/cloud-events.ts';
import { buryMisfits, ttlAmong } from '../events/declarations.ts';
import type { Host } from '../host.ts';
import { JournalError } from '../journal/journal.ts';
import type { Journal, RunSummary } from '../journal/journal.ts';
import { ENDED } from '../machine/index.ts';
import type { RunStatus, StimulusBody, TaskChange } from '../machine/index.ts';
import type { Catalog } from './catalog.ts';
import type { ServiceMetrics } from './metrics.ts';
import { openApiDocument } from './openapi.ts';
import { Problem, problemResponse } from './problems.ts';
import { updatesOf } from './updates.ts';
import type { Followers } from './updates.ts';
import { eventView, letterView, runView, summaryView, tasksView } from './views.ts';
import { say } from './words.ts';

export interface AppOptions {
  readonly folder: string;
  readonly token: string;
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

/** The most bytes of a body. */
const LARGEST_BODY = 1024 * 1024;

/** The most records, runs or events of one answer, and how many without asking. */
const LARGEST_PAGE = 1000;
const PAGE = 100;

export function createApp(options: AppOptions): Hono {
  const { journal, host, catalog, metrics, followers, signal } = options;
  const app = new Hono();

  app.onError((error) => {
    if (error instanceof Problem) return problemResponse(error.code, error.message, error.more);
    if (error instanceof JournalError) return problemResponse('unavailable', error.message, { journal: error.code });
    options.log(`A request met a fault: ${error.message}`);
    return problemResponse('fault', 'This should not happen; the log of the service says more.');
  });
  app.notFound((c) => problemResponse('not-found', `There is nothing at ${c.req.method} ${c.req.path}.`));

  app.get('/healthz', (c) => c.json({ status: signal.aborted ? 'ending' : 'ok' }, signal.aborted ? 503 : 200));

  const expected = digest(`Bearer ${options.token}`);
  app.use('*', async (c, next) => {
    if (timingSafeEqual(digest(c.req.header('authorization') ?? ''), expected)) return next();
    throw new Problem('unauthorized', 'Send the header "Authorization: Bearer TOKEN" with the token of this service.');
  });
  const tooLarge = (): never => {
    throw new Problem('too-large', `A body may have up to ${LARGEST_BODY} bytes.`);
  };
  app.use('*', bodyLimit({ maxSize: LARGEST_BODY, onError: tooLarge }));

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
    const { status, workflow } = c.req.query();
    const filter = { ...(status && { status: status as RunStatus }), ...(workflow && { workflow }) };
    const { items, next } = page(c, journal.list(filter));
    return c.json({ runs: items.map(summaryView), next });
  });
  app.post('/v1/runs', async (c) => {
    const body = await bodyOf(c);
    const key = c.req.header('idempotency-key');
    const id = key === undefined ? textIn(body, 'id', null) : `key-${createHash('sha256').update(key).digest('hex')}`;
    return started(c, body, id);
  });
  app.put('/v1/runs/:run', async (c) => started(c, await bodyOf(c), c.req.param('run')));
  app.get('/v1/runs/:run', (c) => c.json(runView(journal, host, found(c.req.param('run')))));
  app.get('/v1/runs/:run/history', (c) => {
    const { run, seq } = found(c.req.param('run'));
    const after = numberIn(c, 'after', 0);
    const records = journal.read(run, after + 1, after + limitOf(c));
    const last = records[records.length - 1]?.seq ?? after;
    return c.json({ records, next: last < seq ? last : null });
  });
  app.get('/v1/runs/:run/updates', (c) => {
    const { run } = found(c.req.param('run'));
    const last = Number(c.req.header('last-event-id') ?? c.req.query('after') ?? 0);
    if (!Number.isInteger(last) || last < 0)
      throw new Problem('bad-request', 'Last-Event-ID is the number of a record.');
    const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' };
    return new Response(updatesOf(journal, run, last, followers, signal), { headers });
  });

  app.post('/v1/runs/:run/cancel', async (c) => {
    const body = await bodyOf(c);
    const [compensate, force] = [body['compensate'] !== false, body['force'] === true];
    return told(c, { type: 'cancel', by: actorIn(body), compensate, force });
  });
  app.post('/v1/runs/:run/retry', async (c) => {
    const body = await bodyOf(c);
    return told(c, { type: 'retry', by: actorIn(body), state: textIn(body, 'state', null) });
  });
  for (const type of ['skip', 'resolve'] as const) {
    app.post(`/v1/runs/:run/${type}`, async (c) => {
      const body = await bodyOf(c);
      return told(c, { type, by: actorIn(body), state: required(body, 'state') });
    });
  }

  app.get('/v1/tasks', (c) => {
    const unfinished = journal.list().filter(({ status }) => !ENDED.has(status));
    return c.json({ tasks: tasksView(journal, host, unfinished) });
  });
  const changes: Readonly<Record<string, (body: JsonObject) => TaskChange>> = {
    claim: (body) => ({ to: 'claimed', actor: actorIn(body).name }),
    delegate: (body) => ({ to: 'delegated', actor: required(body, 'to') }),
    release: () => ({ to: 'released' }),
  };
  app.post('/v1/runs/:run/tasks/:state/:what', async (c) => {
    const body = await bodyOf(c);
    const [state, what, by] = [c.req.param('state'), c.req.param('what'), actorIn(body)];
    if (what === 'complete') {
      const outcome = required(body, 'outcome');
      return told(c, { type: 'decision', state, by, outcome, form: body['form'] ?? {} });
    }
    const change = Object.hasOwn(changes, what) ? changes[what]?.(body) : undefined;
    if (change === undefined)
      throw new Problem('not-found', `A task can be claimed, delegated, released or completed; not ${what}.`);
    return told(c, { type: 'task', state, by, change });
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
    const read = readHttpEvents(c.req.header(), await c.req.text());
    if (!read.ok) throw new Problem(read.code, read.message);
    const plans = [...catalog.workflows().values()].map(({ plan }) => plan);
    const results = read.events.map((event) => {
      const kept = host.publish(event, { ttl: ttlAmong(plans, event.type) });
      const misfits = kept === null ? [] : buryMisfits(journal, plans, kept, kept.at);
      return { id: event.id, source: event.source, new: kept !== null, misfits: [...misfits] };
    });
    options.received();
    return c.json({ events: results }, 202);
  });
  app.get('/v1/dead-letters', (c) => c.json({ deadLetters: journal.bus.deadLetters().map(letterView) }));
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

  async function started(c: Context, body: JsonObject, id: string | null): Promise<Response> {
    if (signal.aborted) throw new Problem('unavailable', 'The service is ending and begins nothing more.');
    const file = fileOf(required(body, 'workflow'));
    const input = body['input'] ?? {};
    const before = id === null ? null : journal.summary(id);
    if (id !== null && before !== null) {
      const [begun] = journal.read(id, 1, 1);
      const same =
        before.file === file && begun?.type === 'run.started' && JSON.stringify(begun.input) === JSON.stringify(input);
      if (!same)
        throw new Problem('conflict', `There is already a run ${id}, of another workflow or with another input.`);
    }
    const result = await host.start({ file, input, ...(id !== null && { id }) });
    if (!result.ok && result.error.code !== 'held') {
      const { code, message, findings } = result.error;
      if (code === 'journal') throw new Problem('unavailable', message);
      const more = findings?.map((each) => ({ code: each.code, message: each.message })) ?? [];
      throw new Problem('invalid', message, more.length > 0 ? { errors: more } : {});
    }
    const run = result.ok ? result.run.id : (id ?? '');
    const existed = !result.ok || result.existed;
    const location = `/v1/runs/${run}`;
    return c.json(summaryView(found(run)), existed ? 200 : 201, { location });
  }

  /** A workflow by its id, or by its file's path in the folder that is served. */
  function fileOf(workflow: string): string {
    const known = catalog.workflows().get(workflow);
    if (known !== undefined) return known.file;
    const path = resolve(options.folder, workflow);
    const below = relative(options.folder, path);
    const inside = below !== '' && !below.startsWith('..') && !isAbsolute(below);
    if (inside && /\.workflow\.ya?ml$/.test(path)) return path;
    throw new Problem('invalid', `There is no workflow ${workflow} in the folder that is served.`);
  }

  async function told(c: Context, stimulus: StimulusBody): Promise<Response> {
    const run = c.req.param('run') ?? '';
    const said = await say(journal, host, run, stimulus);
    if (said.ok) return c.json({ run, taken: said.taken }, said.taken ? 200 : 202);
    const codes = { 'unknown-run': 'not-found', refused: 'conflict', failed: 'unavailable' } as const;
    throw new Problem(codes[said.code], said.message);
  }

  return app;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

async function bodyOf(c: Context): Promise<JsonObject> {
  const text = await c.req.text();
  if (text === '') return {};
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new Problem('bad-request', `The body is no JSON: ${(error as Error).message}.`);
  }
  if (isJsonObject(body)) return body;
  throw new Problem('bad-request', 'The body must be a JSON object.');
}

function textIn<T>(body: JsonObject, name: string, without: T): string | T {
  const value = body[name];
  if (value === undefined || value === null) return without;
  if (typeof value === 'string' && value !== '') return value;
  throw new Problem('invalid', `\`${name}\` must be a text.`);
}

function required(body: JsonObject, name: string): string {
  const value = textIn(body, name, null);
  if (value === null) throw new Problem('invalid', `\`${name}\` is missing.`);
  return value;
}

function actorIn(body: JsonObject): { readonly name: string } {
  return { name: textIn(body, 'by', 'somebody') };
}

function numberIn(c: Context, name: string, without: number): number {
  const text = c.req.query(name);
  if (text === undefined) return without;
  const value = Number(text);
  if (text !== '' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Problem('bad-request', `\`${name}\` must be a whole number from 0 on.`);
}

function limitOf(c: Context): number {
  return Math.min(LARGEST_PAGE, Math.max(1, numberIn(c, 'limit', PAGE)));
}

/** One page of `all`; `after` and `next` count what came before it. */
function page<T>(c: Context, all: readonly T[]): { readonly items: readonly T[]; readonly next: number | null } {
  const after = numberIn(c, 'after', 0);
  const items = all.slice(after, after + limitOf(c));
  const next = after + items.length;
  return { items, next: next < all.length ? next : null };
}
