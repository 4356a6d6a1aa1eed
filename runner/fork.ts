/** A new run that begins with the first records of another one, in the same journal. */
import { ulid } from 'ulid';
import type { Json, Plan } from '../language/index.ts';
import { thisHolder } from './journal/holders.ts';
import type { Journal, RunSummary } from './journal/journal.ts';
import { loadRecorded, textAt } from './load.ts';
import { ENDED, ROOT, apply, effectsOf, fold, forkedRecord, statusOf, wholeUntil } from './machine/index.ts';
import type { Actor, Effect, RecordBody, RunRecord, RunState, ValueTarget } from './machine/index.ts';
import { misfitOfId } from './run-id.ts';
import type { StartError } from './start-error.ts';

export interface ForkRequest {
  /** The run that is forked, and the number of its record after which the fork goes its own way. */
  readonly run: string;
  readonly at: number;
  /** Values that the fork begins with: of variables by their name (see `variableNamed`), or of anything else. */
  readonly set?: readonly { readonly target: string | ValueTarget; readonly value: Json }[];
  /** The id of the fork; without it a new one. */
  readonly id?: string;
  readonly by: Actor;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export type ForkResult =
  | {
      readonly ok: true;
      readonly run: string;
      /** How many records it shares: those that were decided together with record `at` are never parted. */
      readonly at: number;
      /** What the other run did after that, and the fork may do again. */
      readonly effects: readonly Effect[];
    }
  | { readonly ok: false; readonly error: StartError };

/** What a fork would leave behind; nothing is made. */
export type ForkForeseen = Omit<Extract<ForkResult, { ok: true }>, 'run'>;

/** Milliseconds for which the fork is held while it is made. */
const LEASE = 30_000;

/**
 * Makes the fork, in one commit; it goes on when it is taken up. The other run is only read, whoever drives it. Raises a
 * JournalError.
 */
export function forkRun(journal: Journal, request: ForkRequest): ForkResult {
  const { run, at, by, now } = request;
  const failed = (code: StartError['code'], message: string): ForkResult => ({ ok: false, error: { code, message } });
  const unfit = request.id === undefined ? null : misfitOfId(request.id);
  if (unfit !== null) return { ok: false, error: unfit };
  const beginning = beginningOf(journal, run, at);
  if ('error' in beginning) return { ok: false, error: beginning.error };
  const { summary, bound, plan, records, upTo, state } = beginning;
  const shared = records.slice(0, upTo);

  const id = request.id ?? ulid();
  // Where the clock is behind the run it was set back, which whoever takes the fork up records.
  const forkedAt = Math.max(now, state.now);
  const bodies: RecordBody[] = [forkedRecord(plan, state, { run: id, by, now: forkedAt })];
  for (const { target, value } of request.set ?? []) {
    const found = typeof target === 'string' ? variableNamed(state, target) : target;
    if (typeof found === 'string') return failed('refused', found);
    bodies.push({ type: 'value.set', target: found, value });
  }
  const own = bodies.map((body, index): RunRecord => ({
    ...body,
    seq: upTo + 1 + index,
    at: forkedAt,
  }));
  for (const record of own) apply(state, record);

  const { workflow } = summary;
  const { version, file, hash, resources } = bound;
  const about = { run: id, workflow, version, file, hash, resources, startedAt: now, parent: null };
  const lease = journal.create({ ...about, lock: state.lock?.key ?? null }, [], thisHolder('backstep fork'), LEASE, {
    records: [...shared, ...own],
    status: statusOf(plan, state),
    owned: [...state.activations.values()].flatMap(({ id: activation, task }) =>
      task?.owner == null ? [] : [{ activation, owner: task.owner }],
    ),
  });
  if (lease === 'exists') return failed('exists', `There is already a run ${id}.`);
  journal.release(lease);
  return { ok: true, run: id, at: upTo, effects: effectsAfter(journal, summary, plan, records, upTo) };
}

/** What a run did after its record `at`, and a fork there may do again. Makes nothing; raises a JournalError. */
export function foreseeFork(
  journal: Journal,
  { run, at }: Pick<ForkRequest, 'run' | 'at'>,
): ForkForeseen | Extract<ForkResult, { ok: false }> {
  const beginning = beginningOf(journal, run, at);
  if ('error' in beginning) return { ok: false, error: beginning.error };
  const { summary, plan, records, upTo } = beginning;
  return { ok: true, at: upTo, effects: effectsAfter(journal, summary, plan, records, upTo) };
}

interface Beginning {
  readonly summary: RunSummary;
  /** The text that the run had there. */
  readonly bound: ReturnType<typeof textAt>;
  readonly plan: Plan;
  readonly records: readonly RunRecord[];
  /** How many records a fork shares. */
  readonly upTo: number;
  readonly state: RunState;
}

/** What a fork after record `at` begins with, or why there can be none. */
function beginningOf(journal: Journal, run: string, at: number): Beginning | { readonly error: StartError } {
  const failed = (code: StartError['code'], message: string): { error: StartError } => ({ error: { code, message } });
  const summary = journal.summary(run);
  if (summary === null) return failed('unknown-run', `The journal has no run ${run}.`);
  const records = journal.read(run);
  if (!Number.isInteger(at) || at < 1 || at > records.length)
    return failed('refused', `The run ${run} has the records 1 to ${records.length}; it cannot be forked at ${at}.`);
  const bound = textAt(summary, records, at);
  const loaded = loadRecorded(journal, bound);
  if ('error' in loaded) return { error: loaded.error };
  const { plan } = loaded;
  const upTo = wholeUntil(plan, records, at);
  const state = fold(records.slice(0, upTo));
  if (ENDED.has(state.lifecycle as never))
    return failed(
      'refused',
      `At record ${upTo} the run ${run} had ended: it was ${state.lifecycle}. Fork it at an earlier one.`,
    );
  return { summary, bound, plan, records, upTo, state };
}

/**
 * The variable that `name` means: `count`, or `pack/2/count` for one of the scope, branch or item of that way. A name
 * alone is a variable of the workflow, else of the only scope that has it. A sentence where there is none.
 */
export function variableNamed(state: RunState, name: string): ValueTarget | string {
  const cut = name.lastIndexOf('/');
  const [way, variable] = cut < 0 ? [null, name] : [name.slice(0, cut), name.slice(cut + 1)];
  const scopes = [...state.scopes.values()].filter((scope) => scope.phase === 'active' || scope.phase === 'confirming');
  const having = scopes.filter((scope) => Object.hasOwn(scope.vars, variable) && (way === null || scope.way === way));
  const [found] = having;
  const chosen = having.find(({ id }) => id === ROOT) ?? (having.length === 1 ? found : undefined);
  if (chosen) return { kind: 'variable', scope: chosen.id, name: variable };
  const all = scopes.flatMap(({ way: of, vars }) => Object.keys(vars).map((key) => (of === '' ? key : `${of}/${key}`)));
  const known = all.length === 0 ? 'It has none there.' : `It has ${all.join(', ')} there.`;
  return having.length > 1
    ? `The run has several variables ${name}: ${having.map((scope) => `${scope.way}/${variable}`).join(', ')}.`
    : `The run has no variable ${name}. ${known}`;
}

/** What the run did after its record `upTo`, across texts. */
function effectsAfter(
  journal: Journal,
  summary: RunSummary,
  plan: Plan,
  records: readonly RunRecord[],
  upTo: number,
): Effect[] {
  const state = fold(records.slice(0, upTo));
  const moved = records.findIndex((record) => record.seq > upTo && record.type === 'run.migrated');
  if (moved < 0) return effectsOf(plan, state, records.slice(upTo));
  const before = effectsOf(plan, state, records.slice(upTo, moved));
  const next = loadRecorded(journal, textAt(summary, records, moved + 1));
  // A text that cannot be compiled any more leaves what came after it unnamed.
  if ('error' in next) return before;
  return [...before, ...effectsAfter(journal, summary, next.plan, records, moved + 1)];
}
