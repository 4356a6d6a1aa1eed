/**
 * Drift: where another definition of a workflow would have decided otherwise than the one that a run was recorded with.
 *
 * 1. Each recorded decision is made again, by the definition of the record and by the other one, for the state that the
 *    records before it give and for what reached the run there. So what came from outside (answers, events, people, time)
 *    is as it was, and no effect is performed.
 * 2. The two decisions are compared, and not the new one with the record: what neither can know again, such as an
 *    environment, is the same for both.
 * 3. Where something stands in the text, and limits of time that were not reached, make no difference.
 * 4. Only the first difference is told. What comes after it would not have come.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Plan } from '../language/index.ts';
import { decided } from './deciding.ts';
import type { EnvironmentVariables } from './deciding.ts';
import { apply, decide, indexOf, newState, steps, timersOf } from './machine/index.ts';
import type { ChosenTransition, Decision, RecordBody, RunRecord, RunState, StimulusBody } from './machine/index.ts';

export interface DriftRequest {
  readonly records: readonly RunRecord[];
  /** The plan that the run was bound to after its record `seq`; null when its text is not there any more. */
  readonly recorded: (seq: number) => Plan | null;
  /** The other definition. */
  readonly plan: Plan;
  readonly env: EnvironmentVariables;
}

export interface Drift {
  /** The number of the first record that would have been another one. */
  readonly seq: number;
  readonly record: RunRecord;
  /** The state's stable id and its way; empty for the run itself. */
  readonly plan: string;
  readonly way: string;
  readonly why:
    /** Another record would stand there, or none; `fields` are the names of what differs in one of the same type. */
    | { readonly kind: 'other'; readonly instead: RecordBody | null; readonly fields: readonly string[] }
    /** The definition does not have the state. */
    | { readonly kind: 'no-state' }
    /** What timed out there would have gone on, or would have timed out before. */
    | { readonly kind: 'later' | 'sooner' };
}

/** The first record that the other definition would have made otherwise; null when there is none. */
export async function findDrift({ records, recorded, plan, env }: DriftRequest): Promise<Drift | null> {
  const state = newState();
  const limits = createLimits();
  for (let at = 0; at < records.length;) {
    const record = records[at];
    if (record === undefined) break;
    const before = recorded(record.seq - 1);
    const sooner = before === null ? null : limits.passed(state, record.at);
    if (sooner !== null) return driftAt(record, state, { kind: 'sooner' }, sooner);
    const found = before === null ? null : await explain(before, state, records, at, env);
    if (found === null || before === null) {
      apply(state, record);
      at++;
      continue;
    }
    const other = await decideFor(plan, state, { ...found.stimulus, now: record.at }, env);
    if (other === 'no-state') return driftAt(record, state, { kind: 'no-state' });
    if (limits.notReached(state, found.stimulus, record)) return driftAt(record, state, { kind: 'later' });
    const difference = differenceOf(found.decision.records, other.records);
    if (difference !== null) {
      const [first] = records.slice(at + Math.min(difference, found.count - 1));
      const made = found.decision.records[difference];
      const instead = other.records[difference] ?? null;
      const fields = made === undefined || instead === null ? [] : fieldsThatDiffer(made, instead);
      return driftAt(first ?? record, state, { kind: 'other', instead, fields }, undefined, made);
    }
    limits.take(other.records);
    for (const each of records.slice(at, at + found.count)) apply(state, each);
    at += found.count;
  }
  return null;
}

interface Explained {
  readonly stimulus: StimulusBody;
  readonly decision: Decision;
  /** How many records were made by it. */
  readonly count: number;
}

/** What reached the run at a record: that by which the recorded definition makes such records there. */
async function explain(
  plan: Plan,
  state: RunState,
  records: readonly RunRecord[],
  at: number,
  env: EnvironmentVariables,
): Promise<Explained | null> {
  const record = records[at];
  if (record === undefined) return null;
  let like: Explained | null = null;
  for (const stimulus of stimuliOf(plan, state, record)) {
    const decision = await decideFor(plan, state, { ...stimulus, now: record.at }, env);
    if (decision === 'no-state' || decision.records.length === 0) continue;
    const count = decision.records.length;
    const made = records.slice(at, at + count);
    if (made.length < count || !decision.records.every((each, index) => isLike(each, made[index]))) continue;
    const explained = { stimulus, decision, count };
    if (differenceOf(decision.records, made) === null) return explained;
    like ??= explained;
  }
  return like;
}

/** What may have led to a record, the likeliest first; nothing where no definition decides anything. */
function* stimuliOf(plan: Plan, state: RunState, record: RunRecord): Generator<StimulusBody> {
  switch (record.type) {
    case 'run.started': {
      const { run, hash, file, input, seed, parent, event, heard, by } = record;
      yield {
        ...{ type: 'start', run, hash, file, input, seed, parent },
        ...(event != null && { event }),
        ...(heard !== undefined && { heard }),
        ...(by != null && { by }),
      };
      return;
    }
    case 'run.cancelling':
      yield { type: 'cancel', by: record.by, compensate: record.compensate, force: record.force };
      return;
    case 'run.rolling-back':
      yield { type: 'rollback', by: record.by };
      return;
    case 'wait.skipped':
      yield { type: 'skip-wait', activation: record.activation, by: record.by };
      return;
    case 'state.jumped': {
      const { activation, leave, by } = record;
      if (leave.kind === 'transition') yield { type: 'jump', activation, to: leave.transition.to, by };
      return;
    }
    case 'task.completed': {
      const { activation, by, outcome, form } = record;
      yield { type: 'decision', state: state.activations.get(activation)?.way ?? '', by, outcome, form };
      return;
    }
    case 'event.received':
      yield { type: 'event', event: record.event };
      return;
    case 'attempt.overdue':
    case 'task.escalated':
    case 'retry.due':
    case 'run.timed-out':
      yield { type: 'timer' };
      return;
    case 'attempt.succeeded': {
      const { activation, attempt, result } = record;
      if (isPhase(state, activation, 'acting'))
        yield { type: 'outcome', activation, attempt, outcome: { ok: true, result } };
      yield* timerOrStep(plan, state, record);
      return;
    }
    case 'attempt.failed': {
      const { activation, attempt, error } = record;
      if (error.type === 'timeout') yield* timerOf(plan, state, record);
      if (isPhase(state, activation, 'acting')) {
        for (const acted of [false, true])
          yield { type: 'outcome', activation, attempt, outcome: { ok: false, error: { ...error, acted } } };
      }
      yield* timerOrStep(plan, state, record);
      return;
    }
    // Of these nothing is decided: a person or a process says so.
    case 'value.set':
    case 'answer.given':
    case 'failure.injected':
    case 'task.changed':
    case 'entry.decided':
    case 'state.retried':
    case 'run.recovered':
    case 'clock.set':
    case 'run.forked':
    case 'run.migrated':
    case 'lock.taken':
      return;
    default:
      yield* timerOrStep(plan, state, record);
  }
}

function* timerOf(plan: Plan, state: RunState, record: RunRecord): Generator<StimulusBody> {
  const [timer] = timersOf(plan, state);
  if (timer !== undefined && timer.at <= record.at) yield { type: 'timer' };
}

function* timerOrStep(plan: Plan, state: RunState, record: RunRecord): Generator<StimulusBody> {
  yield* timerOf(plan, state, record);
  for (const { activation } of steps(plan, state))
    yield activation === null ? { type: 'advance' } : { type: 'advance', activation };
}

function isPhase(state: RunState, activation: number, phase: string): boolean {
  return state.activations.get(activation)?.phase === phase;
}

/** What a definition decides; a definition that lacks the state of an activation can decide nothing of it. */
async function decideFor(
  plan: Plan,
  state: RunState,
  stimulus: StimulusBody & { readonly now: number },
  env: EnvironmentVariables,
): Promise<Decision | 'no-state'> {
  const { states } = indexOf(plan);
  const about = 'activation' in stimulus ? stimulus.activation : undefined;
  const activation = about === undefined ? undefined : state.activations.get(about);
  if (activation !== undefined && !states.has(activation.plan)) return 'no-state';
  for (const each of state.activations.values()) if (!states.has(each.plan)) return 'no-state';
  return decided((answers) => decide(plan, state, stimulus, answers), env);
}

/** Whether a record is of the same kind and about the same thing. */
function isLike(made: RecordBody, record: RunRecord | undefined): boolean {
  if (record === undefined || made.type !== record.type) return false;
  const [one, other] = [made, record].map((each) => ({
    activation: 'activation' in each ? each.activation : null,
    scope: 'scope' in each ? each.scope : null,
  }));
  return isDeepStrictEqual(one, other);
}

/** The index of the first record that is another one; null when all are the same. */
function differenceOf(one: readonly RecordBody[], other: readonly RecordBody[]): number | null {
  const length = Math.max(one.length, other.length);
  for (let at = 0; at < length; at++) {
    const [first, second] = [one[at], other[at]];
    if (first === second) continue;
    if (first === undefined || second === undefined || !isSame(first, second)) return at;
  }
  return null;
}

function isSame(one: RecordBody, other: RecordBody): boolean {
  if (one.type !== other.type) return false;
  return isDeepStrictEqual(comparable(one), comparable(other));
}

function fieldsThatDiffer(one: RecordBody, other: RecordBody): readonly string[] {
  const [first, second] = [comparable(one), comparable(other)];
  return Object.keys({ ...first, ...second }).filter((name) => !isDeepStrictEqual(first[name], second[name]));
}

/**
 * A record without what says nothing of what was decided: places in the text, the text itself, the journal's own numbers,
 * how secrets are made again, and limits of time, which are looked at by themselves.
 */
function comparable(record: RecordBody): Readonly<Record<string, unknown>> {
  const fields: Record<string, unknown> = { ...record };
  for (const name of ['seq', 'at', 'hash', 'file', 'version', 'total', 'timeoutAt']) delete fields[name];
  // How long a wait is has been decided; how long something may take at most has not come to anything yet.
  if (record.type !== 'wait.started') delete fields['until'];
  if ('transition' in record) fields['transition'] = withoutRange(record.transition);
  if ('leave' in record && record.leave?.kind === 'transition')
    fields['leave'] = { ...record.leave, transition: withoutRange(record.leave.transition) };
  if (record.type === 'state.prepared') fields['input'] = record.input.value;
  if ('entry' in record && typeof record.entry === 'object' && record.entry !== null) {
    const { compensate, confirm } = record.entry;
    fields['entry'] = { ...record.entry, compensate: compensate?.value ?? null, confirm: confirm?.value ?? null };
  }
  // Values of expressions may have no prototype, which is no difference.
  return JSON.parse(JSON.stringify(fields)) as Readonly<Record<string, unknown>>;
}

function withoutRange({ to, assign, rollback }: ChosenTransition): object {
  return { to, assign, rollback };
}

function driftAt(
  record: RunRecord,
  state: RunState,
  why: Drift['why'],
  activation?: number,
  made: RecordBody = record,
): Drift {
  const id = activation ?? ('activation' in made ? made.activation : null);
  const found = id === null ? undefined : state.activations.get(id);
  const way = found?.way ?? ('way' in made ? made.way : '');
  const plan = found?.plan ?? ('plan' in made ? made.plan : '');
  return { seq: record.seq, record, plan, way, why };
}

/** The limits of time that the other definition sets to what is under way. */
interface Limits {
  take(records: readonly RecordBody[]): void;
  /** The activation that would have timed out before `now`, while it went on in the record. */
  passed(state: RunState, now: number): number | null;
  /** Whether what timed out at `record` would not have done so yet. */
  notReached(state: RunState, stimulus: StimulusBody, record: RunRecord): boolean;
}

function createLimits(): Limits {
  const untils = new Map<number, number | null>();
  const totals = new Map<number, number | null>();
  let run: number | null = null;
  /** Whether a limit of the other definition was passed, where that of the record was not. */
  const isPassed = (own: number | null, recordedOne: number | null, now: number): boolean =>
    own !== null && own < now && (recordedOne === null || recordedOne >= now);

  return {
    take(records) {
      for (const record of records) {
        if (record.type === 'run.started') run = record.timeoutAt;
        else if (record.type === 'state.prepared' || record.type === 'compensation.entered')
          totals.set(record.activation, record.total);
        else if (record.type === 'attempt.started') untils.set(record.activation, record.until);
        else if (record.type === 'state.completed' || record.type === 'compensation.completed') {
          untils.delete(record.activation);
          totals.delete(record.activation);
        }
      }
    },
    passed(state, now) {
      for (const [id, until] of untils) {
        const activation = state.activations.get(id);
        if (activation === undefined || activation.cancelled || activation.leave !== null) continue;
        if (activation.phase === 'acting' && isPassed(until, activation.until, now)) return id;
      }
      for (const [id, total] of totals) {
        const activation = state.activations.get(id);
        if (activation === undefined || activation.cancelled || activation.leave !== null) continue;
        const waits = activation.phase === 'acting' || activation.phase === 'retrying';
        if (waits && isPassed(total, activation.total, now)) return id;
      }
      const root = state.scopes.get(0)?.current ?? null;
      return root !== null && state.timeoutAt !== null && isPassed(run, state.timeoutAt, now) ? root : null;
    },
    notReached(state, stimulus, record) {
      if (stimulus.type !== 'timer') return false;
      if (record.type === 'run.timed-out') return run === null || run > record.at;
      if (record.type !== 'attempt.failed') return false;
      const { until } = state.activations.get(record.activation) ?? {};
      const own = until != null && until <= record.at ? untils.get(record.activation) : totals.get(record.activation);
      return own === null || (own !== undefined && own > record.at);
    },
  };
}
