/**
 * What the records of a run mean as spans and numbers: a span for the run, for each stay in a state, each attempt and each
 * compensation or confirmation.
 *
 * 1. A span is told when it has ended, with its beginning and its end, so that a process that dies leaves none open. The
 *    process that ends it need not be the one that began it: it has been told the records from before.
 * 2. Ids follow from names (ids.ts). The attempt that starts a child run has the id that the child's run has as its parent.
 * 3. Nothing of the run's data is in a signal: no input, no result, no message; of errors only the type.
 */
import type { Plan } from '../../language/index.ts';
import { actionName, indexOf, unsetting } from '../machine/index.ts';
import type { Role, RunRecord } from '../machine/index.ts';
import { spanIdOf } from './ids.ts';
import { readTraceParent } from './trace-context.ts';

export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface EndedSpan {
  readonly name: string;
  readonly id: string;
  /** The span around it; null for an outermost run that nobody outside has asked for. */
  readonly parent: string | null;
  /** Whether it is a call of something outside. */
  readonly call: boolean;
  /** Milliseconds since 1970. */
  readonly begin: number;
  readonly end: number;
  readonly attributes: Attributes;
  /** The type of the error that it ended with. */
  readonly error: string | null;
}

/** Takes what has happened. Durations are in milliseconds. */
export interface Sink {
  span(span: EndedSpan): void;
  count(name: CounterName, attributes: Attributes): void;
  duration(name: DurationName, milliseconds: number, attributes: Attributes): void;
}

export const COUNTERS = {
  'backstep.runs.started': 'Runs that began.',
  'backstep.runs.ended': 'Runs that ended, by status.',
  'backstep.attempts': 'Attempts of states that ended, by outcome.',
  'backstep.retries': 'Attempts that were not the first.',
  'backstep.compensations': 'Compensations that ended, by outcome.',
} as const;

export const DURATIONS = {
  'backstep.run.duration': 'How long runs took, by status.',
  'backstep.state.duration': 'How long states took that completed.',
} as const;

export type CounterName = keyof typeof COUNTERS;
export type DurationName = keyof typeof DURATIONS;

export interface Signals {
  /** Takes the run's next record; without a sink it is only remembered. `plan` is the one that holds at the record. */
  take(record: RunRecord, plan: Plan, sink: Sink | null): void;
}

/** The id of the span of an attempt. */
export function attemptSpan(run: string, activation: number, attempt: number, child: string | null): string {
  return spanIdOf(child === null ? `${run}/attempt/${activation}/${attempt}` : `child/${child}`);
}

interface Open {
  readonly name: string;
  readonly id: string;
  readonly parent: string | null;
  readonly call: boolean;
  readonly begin: number;
  readonly attributes: Attributes;
  error: string | null;
}

interface Stay extends Open {
  readonly scope: number;
  readonly role: Role;
  readonly plan: string;
  readonly way: string;
  attempt: Open | null;
}

const ROLE_NAMES: Readonly<Record<Role, string>> = { state: '', compensation: 'undo ', confirmation: 'confirm ' };

/** The signals of one run, which has told nothing yet; `outside` says whether it is part of traces from outside. */
export function createSignals({ outside }: { readonly outside: boolean }): Signals {
  let run = '';
  let about: Attributes = {};
  let whole: Open | null = null;
  const steadily = unsetting();
  /** Whether the parent undoes the run, which had completed. */
  let rollingBack = false;
  /** The activation whose action each scope is, and the stays that have not ended. */
  const owners = new Map<number, number>();
  const stays = new Map<number, Stay>();
  /** The states of entries, for the names of what undoes them. */
  const entries = new Map<number, { readonly way: string; readonly plan: string }>();

  function beginRun(name: string, id: string, parent: string | null, begin: number): void {
    whole = { name, id, parent, call: false, begin, attributes: about, error: null };
  }

  function around(scope: number): string | null {
    const owner = owners.get(scope);
    return (owner === undefined ? undefined : stays.get(owner)?.id) ?? whole?.id ?? null;
  }

  function stay(
    activation: number,
    at: Omit<Stay, 'name' | 'id' | 'parent' | 'call' | 'attributes' | 'error' | 'attempt'>,
  ): void {
    const attributes = { ...about, 'backstep.state': at.plan, 'backstep.way': at.way };
    const name = `${ROLE_NAMES[at.role]}${at.plan}`;
    const id = spanIdOf(`${run}/stay/${activation}`);
    const parent = around(at.scope);
    stays.set(activation, { ...at, name, id, parent, call: false, attributes, error: null, attempt: null });
  }

  function end(open: Open, at: number, sink: Sink | null, error = open.error): void {
    sink?.span({ ...open, error, end: Math.max(at, open.begin) });
  }

  function leave(activation: number, at: number, sink: Sink | null, error?: string): void {
    const left = stays.get(activation);
    if (left === undefined) return;
    stays.delete(activation);
    if (left.attempt !== null) end(left.attempt, at, sink, 'cancelled');
    end(left, at, sink, error ?? left.error);
  }

  function endRun(status: string, at: number, sink: Sink | null): void {
    for (const activation of [...stays.keys()].reverse()) leave(activation, at, sink);
    const attributes = { 'backstep.workflow': about['backstep.workflow'] ?? '', 'backstep.run.status': status };
    sink?.count('backstep.runs.ended', attributes);
    if (whole === null) return;
    if (!rollingBack) sink?.duration('backstep.run.duration', at - whole.begin, attributes);
    end({ ...whole, attributes: { ...about, 'backstep.run.status': status } }, at, sink);
    whole = null;
  }

  function beginAttempt(record: Extract<RunRecord, { type: 'attempt.started' }>, plan: Plan): void {
    const at = stays.get(record.activation);
    if (at === undefined) return;
    const state = indexOf(plan).states.get(at.plan);
    const action = { state: state?.action, compensation: state?.compensate?.action, confirmation: state?.confirm?.action }[at.role]; // prettier-ignore
    const name = action === undefined ? 'roll back' : actionName(action);
    at.attempt = {
      name,
      id: attemptSpan(run, record.activation, record.attempt, at.role === 'state' ? record.child : null),
      parent: at.id,
      call: action?.kind === 'call' || action?.kind === 'run',
      begin: record.at,
      attributes: { ...at.attributes, 'backstep.action': name, 'backstep.attempt': record.attempt },
      error: null,
    };
  }

  function endAttempt(activation: number, at: number, error: string | null, sink: Sink | null): void {
    const of = stays.get(activation);
    if (of?.attempt == null) return;
    end(of.attempt, at, sink, error);
    of.attempt = null;
    if (of.role !== 'state') return;
    const outcome: Attributes = error === null ? { outcome: 'success' } : { outcome: 'failure', 'error.type': error };
    sink?.count('backstep.attempts', { ...metricOf(of), ...outcome });
  }

  /** Without ids, of which there would be as many as there are runs. */
  function metricOf({ plan }: Stay): Attributes {
    return { 'backstep.workflow': about['backstep.workflow'] ?? '', 'backstep.state': plan };
  }

  return {
    take(recorded, plan, sink) {
      const record = steadily(recorded);
      if ('entry' in record && typeof record.entry === 'object' && record.entry !== null)
        entries.set(record.entry.entry, { way: record.entry.way, plan: record.entry.plan });
      switch (record.type) {
        case 'run.started':
          run = record.run;
          about = attributesOf(record);
          beginRun(record.workflow, spanIdOf(`${run}/run`), parentSpan(record, outside), record.at);
          sink?.count('backstep.runs.started', { 'backstep.workflow': record.workflow });
          return;
        case 'run.forked':
          run = record.run;
          about = { ...about, 'backstep.run.id': run, 'backstep.run.forked_from': record.from };
          beginRun(String(about['backstep.workflow']), spanIdOf(`${run}/run`), null, record.at);
          for (const [activation, { scope, role, plan: state, way, begin }] of [...stays])
            stay(activation, { scope, role, plan: state, way, begin: Math.max(begin, record.at) });
          sink?.count('backstep.runs.started', { 'backstep.workflow': about['backstep.workflow'] ?? '' });
          return;
        case 'run.migrated':
          about = { ...about, 'backstep.workflow.version': record.to.version };
          return;
        case 'run.completed':
          return endRun('completed', record.at, sink);
        case 'run.ended':
          return endRun(record.status, record.at, sink);
        case 'run.rolling-back':
          rollingBack = true;
          return beginRun('roll back', spanIdOf(`${run}/roll back/${record.seq}`), spanIdOf(`${run}/run`), record.at);
        case 'scope.entered':
          if (record.owner !== null) owners.set(record.scope, record.owner);
          return;
        case 'scope.given-up':
          for (const [activation, { scope }] of [...stays])
            if (scope === record.scope) leave(activation, record.at, sink, record.error?.type ?? 'cancelled');
          return;
        case 'state.entered':
          return stay(record.activation, { ...pick(record), role: 'state', begin: record.at });
        case 'compensation.entered': {
          const entry = entries.get(record.entry) ?? { way: '', plan: '' };
          return stay(record.activation, { scope: record.scope, role: record.role, ...entry, begin: record.at });
        }
        case 'attempt.started': {
          const of = stays.get(record.activation);
          if (record.attempt > 1 && of?.role === 'state') sink?.count('backstep.retries', metricOf(of));
          return beginAttempt(record, plan);
        }
        case 'attempt.succeeded':
          return endAttempt(record.activation, record.at, null, sink);
        case 'attempt.failed':
          return endAttempt(record.activation, record.at, record.error.type, sink);
        case 'error.raised': {
          const arose = record.arose === null ? undefined : stays.get(record.arose);
          if (arose !== undefined && record.taker.by !== 'retry') arose.error = record.error.type;
          if (whole !== null && record.taker.by === 'recovery') whole.error = record.error.type;
          return;
        }
        case 'state.completed': {
          const of = stays.get(record.activation);
          if (of !== undefined) sink?.duration('backstep.state.duration', record.at - of.begin, metricOf(of));
          return;
        }
        case 'transition.taken':
          if (record.activation !== null) leave(record.activation, record.at, sink);
          return;
        case 'state.cancelled':
          return leave(record.activation, record.at, sink, 'cancelled');
        case 'compensation.completed':
        case 'compensation.failed': {
          const of = stays.get(record.activation);
          const error = record.type === 'compensation.failed' ? record.error.type : undefined;
          if (of?.role === 'compensation')
            sink?.count('backstep.compensations', {
              ...metricOf(of),
              outcome: error === undefined ? 'success' : 'failure',
            });
          return leave(record.activation, record.at, sink, error);
        }
        default:
      }
    },
  };
}

function pick({ scope, plan, way }: { scope: number; plan: string; way: string }) {
  return { scope, plan, way };
}

function attributesOf({ run, workflow, version, parent }: Extract<RunRecord, { type: 'run.started' }>): Attributes {
  return {
    'backstep.run.id': run,
    'backstep.workflow': workflow,
    'backstep.workflow.version': version,
    ...(parent === null ? {} : { 'backstep.run.parent': parent.run }),
  };
}

/** The span of the attempt that started the run, or of whoever outside asked for it. */
function parentSpan(
  { run, parent, trace }: Extract<RunRecord, { type: 'run.started' }>,
  outside: boolean,
): string | null {
  if (parent !== null) return spanIdOf(`child/${run}`);
  return (outside && trace != null ? readTraceParent(trace.parent) : null)?.span ?? null;
}
