/**
 * What happened in a run, in words: one line for each record, for people who watch a run or read its history. The
 * narrator remembers the names behind the numbers that records carry, so it must be told all of a run's records in order.
 */
import { formatDuration } from '../language/index.ts';
import type { Plan } from '../language/index.ts';
import { ESCALATION, actionName, indexOf } from '../runner/machine/index.ts';
import type { Actor, EntryDraft, RunError, RunRecord, Suspension, TaskChange } from '../runner/machine/index.ts';
import { formatTime, oneLine } from './terminal.ts';

export type Tone = 'plain' | 'quiet' | 'good' | 'bad' | 'undo' | 'ask';

export interface Line {
  readonly text: string;
  readonly tone: Tone;
  /** Whether it is worth a line while the run is watched; the others are for the history. */
  readonly watched: boolean;
}

export interface Narrator {
  tell(record: RunRecord): Line;
}

/** Longest piece of data in a line, in characters. */
const MAX_DATA = 120;

const SUSPENSIONS: Readonly<Record<Suspension, string>> = {
  compensation: 'suspended: a compensation failed, and a person has to decide',
  confirmation: 'suspended: a confirmation failed, and a person has to decide',
  recovery: 'suspended: an error that nothing catches waits for a person',
  pivot: 'suspended: an error came after the pivot, from where there is only forward',
};

/** `value` as JSON on one line, shortened to `MAX_DATA` characters. */
export function formatData(value: unknown, length = MAX_DATA): string {
  const text = oneLine(JSON.stringify(value) ?? 'null');
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

/** An error as `type: message`, on one line. */
export function formatError(error: Pick<RunError, 'type' | 'message'>): string {
  return error.message === '' ? error.type : `${error.type}: ${oneLine(error.message)}`;
}

/** A narrator who has been told nothing yet; `plan` is that of the run, null where it is not known. */
export function createNarrator(plan: Plan | null): Narrator {
  const ways = new Map<number, string>();
  const undoing = new Set<number>();
  const scopes = new Map<number, string>();
  /** Items of a `foreach` that has a call in the place of states: the item itself is what is entered in them. */
  const calls = new Set<number>();
  /** Tasks that time has decided, which was told by then. */
  const decided = new Set<number>();
  const entries = new Map<number, EntryDraft>();
  /** Scopes in which a transition was taken: what they enter next was told with it. */
  const arrived = new Set<number>();
  /** The error that was told last, so that it is told once. */
  let told = '';

  const way = (activation: number | null): string => (activation === null ? 'the run' : (ways.get(activation) ?? '?'));
  const inScope = (scope: number, state: string): string => {
    const of = scopes.get(scope) ?? '';
    if (of === '' || state === 'end') return state;
    return calls.has(scope) ? of : `${of}/${state}`;
  };
  const subject = (activation: number): string =>
    undoing.has(activation) ? `undoing ${way(activation)}` : way(activation);
  const keep = (entry: EntryDraft | null): void => {
    if (entry !== null) entries.set(entry.entry, entry);
  };
  const entryName = (entry: number): string => entries.get(entry)?.way ?? '?';

  return {
    tell(record) {
      const { type } = record;
      switch (record.type) {
        case 'run.started':
          return quiet(`${record.workflow} ${record.version} begins with ${formatData(record.input)}`);
        case 'lock.taken':
          return quiet('the run has its lock');
        case 'run.completed':
          return line('completed', 'good', false);
        case 'run.ended':
          return line(record.status, record.status === 'compensated' ? 'undo' : 'bad', false);
        case 'run.suspended':
          return line(SUSPENSIONS[record.why], 'bad');
        case 'run.timed-out':
          return line('the run took longer than its timeout', 'bad');
        case 'run.recovered':
          return line(`taken up again${interrupted(record.interrupted.map(({ activation }) => way(activation)))}`);
        case 'run.cancelling': {
          const how = record.force ? ', by force' : record.compensate ? '' : ', undoing nothing';
          return line(`cancelled${by(record.by)}${how}`, 'bad');
        }
        case 'run.rolling-back':
          return line(`rolled back${by(record.by)}`, 'undo');
        case 'scope.entered':
          scopes.set(record.scope, record.way);
          return quiet(`${record.way === '' ? 'the workflow' : record.way} is entered${vars(record.vars)}`);
        case 'scope.confirming':
          return quiet(`${named(scopes.get(record.scope))} is confirmed`);
        case 'scope.completed':
          return quiet(`${named(scopes.get(record.scope))} is complete: ${formatData(record.output)}`);
        case 'scope.given-up': {
          const why = record.error === null ? 'not needed' : formatError(record.error);
          return line(`${named(scopes.get(record.scope))} is given up: ${why}`, 'bad');
        }
        case 'state.entered': {
          ways.set(record.activation, record.way);
          if (record.way === scopes.get(record.scope)) calls.add(record.scope);
          const visit = record.visit > 1 ? ` (visit ${record.visit})` : '';
          return line(`→ ${record.way}${visit}`, 'plain', !arrived.delete(record.scope));
        }
        case 'state.prepared':
          return quiet(`${way(record.activation)} is called with ${formatData(record.input.value)}`);
        case 'attempt.started': {
          keep(record.entry);
          const child = record.child === null ? '' : `, as run ${record.child}`;
          const text = `${subject(record.activation)}: attempt ${record.attempt}${child}`;
          return line(text, 'quiet', record.attempt > 1);
        }
        case 'wait.started': {
          const until = record.until === null ? 'for an event' : `until ${formatTime(record.until)}`;
          return line(`${way(record.activation)} waits ${until}`, 'ask');
        }
        case 'attempt.succeeded':
          return quiet(`${subject(record.activation)} answered ${formatData(record.result)}`);
        case 'attempt.overdue':
          return line(`${subject(record.activation)} took too long; what it began is undone first`, 'bad');
        case 'attempt.failed': {
          told = formatError(record.error);
          return line(`${subject(record.activation)}: attempt ${record.attempt} failed, ${told}`, 'bad');
        }
        case 'retry.scheduled':
          return quiet(`${subject(record.activation)} is tried again at ${formatTime(record.wakeAt, true)}`);
        case 'retry.due':
          return quiet(`${subject(record.activation)} is tried again`);
        case 'state.completed': {
          keep(record.entry);
          const emitted = record.emitted === null ? '' : `; ${record.emitted.type} is published`;
          const pivot = record.pivot ? '; there is no way back from here' : '';
          return quiet(`${way(record.activation)} is complete: ${formatData(record.result)}${emitted}${pivot}`);
        }
        case 'transition.taken': {
          if (record.to !== 'end') arrived.add(record.scope);
          const [from, to] = [record.from, record.to].map((state) => inScope(record.scope, state));
          return line(`${from} → ${to}${vars(record.assign)}`);
        }
        case 'end.withdrawn':
          return line(`${way(record.activation)}: the pivot has succeeded all the same, so the run goes on`, 'bad');
        case 'state.cancelled':
          keep(record.entry);
          return line(`${way(record.activation)} is stopped`);
        case 'state.suspended':
          return line(`${way(record.activation)} waits for a person`, 'bad');
        case 'state.retried':
          return line(`${way(record.activation)} is tried again${by(record.by)}`);
        case 'error.raised':
          keep(record.entry);
          return raised(record, way(record.activation), told);
        case 'leave.requested':
          return quiet(`${way(record.activation)} is not needed any more`);
        case 'leave.started':
          return quiet(`${way(record.activation)} is left`);
        case 'rollback.started':
          return line(`${named(scopes.get(record.scope))} is rolled back`, 'undo', false);
        case 'rollback.completed':
          return quiet(`${named(scopes.get(record.scope))} is rolled back: done`);
        case 'compensation.entered': {
          const name = entryName(record.entry);
          ways.set(record.activation, name);
          const what = calledBy(plan, entries.get(record.entry), record.role);
          if (record.role === 'confirmation') return line(`✓ confirming ${name}${what}`);
          undoing.add(record.activation);
          return line(`↩ undoing ${name}${what}`, 'undo');
        }
        case 'compensation.completed': {
          const what = undoing.has(record.activation) ? 'undone' : 'confirmed';
          return line(`  ${way(record.activation)} is ${what}`, undoing.has(record.activation) ? 'undo' : 'good');
        }
        case 'compensation.failed':
          return line(`${subject(record.activation)} failed: ${formatError(record.error)}`, 'bad');
        case 'entries.discarded': {
          const names = record.entries.map(entryName).join(', ');
          const why = {
            pivot: 'the pivot is passed',
            replaced: 'replaced by the compensation of the state around it',
            'nothing-done': 'nothing was done',
            'rolled-back': 'it is rolled back, and will not be confirmed',
          }[record.why];
          return quiet(`nothing is left to undo of ${names}: ${why}`);
        }
        case 'compensations.dropped': {
          const names = record.entries.map(entryName).join(', ');
          return quiet(`nothing is left to undo of ${names}, which will be confirmed: the pivot is passed`);
        }
        case 'entry.decided': {
          const how = { retry: 'to be undone again', skip: 'left as it is', resolve: 'undone by hand' }[record.how];
          return line(`${entryName(record.entry)}: ${how}${by(record.by)}`);
        }
        case 'alert.raised':
          return line(`alert: ${oneLine(record.message)}`, 'bad', false);
        case 'task.created': {
          const { assignee, candidates, title } = record.task;
          const whom = assignee ?? candidates.join(', ');
          const person = whom === '' ? 'a person' : whom;
          return line(`${way(record.activation)} waits for ${person}: ${oneLine(title)}`, 'ask');
        }
        case 'task.changed':
          return line(`${way(record.activation)}: ${changed(record.change)}${by(record.by)}`);
        case 'task.completed': {
          const late = record.late === true && record.due != null ? `, late: it was due ${formatTime(record.due)}` : '';
          if (decided.delete(record.activation) && record.by.name === ESCALATION)
            return quiet(`${way(record.activation)}: ${record.outcome}${late}`);
          return line(`${way(record.activation)}: ${record.outcome}${by(record.by)}${late}`, 'good');
        }
        case 'task.escalated': {
          if (record.outcome !== null) decided.add(record.activation);
          const what =
            record.outcome !== null
              ? `decided by itself: ${record.outcome}`
              : record.to !== null
                ? `goes to ${record.to}`
                : `${record.notify ?? 'somebody'} is reminded`;
          return line(`${way(record.activation)} was not answered in time and ${what}`, 'ask');
        }
        case 'event.received': {
          const to = record.activation === null ? '' : ` for ${way(record.activation)}`;
          return line(`event ${record.event.type}${to}: ${formatData(record.event.data)}`);
        }
        case 'failure.injected':
          return line(`${way(record.activation)} is made to fail with ${formatError(record.error)}`, 'bad');
        case 'value.set': {
          const { target } = record;
          const name =
            target.kind === 'variable' ? `variable ${target.name}` : `${target.kind} of ${way(target.activation)}`;
          return line(`${name} is set to ${formatData(record.value)}`);
        }
        case 'clock.set':
          return line(
            `the clock was set ${record.shift < 0 ? 'back' : 'forward'} by ${formatDuration(Math.abs(record.shift))}`,
          );
        case 'run.forked':
          return line(`forked from run ${record.from} after record ${record.upTo}${by(record.by)}`);
        case 'run.migrated':
          for (const { scope, way: moved } of record.scopes) scopes.set(scope, moved);
          for (const { activation, way: moved } of record.activations) ways.set(activation, moved);
          return line(`moved from version ${record.from.version} to ${record.to.version}${by(record.by)}`);
        default:
          // A journal may hold kinds of records that are newer than this sentence.
          return quiet(type);
      }
    },
  };
}

function line(text: string, tone: Tone = 'plain', watched = true): Line {
  return { text, tone, watched };
}

function quiet(text: string): Line {
  return { text, tone: 'quiet', watched: false };
}

function by(actor: Actor): string {
  return actor.name === '' ? '' : ` by ${oneLine(actor.name)}`;
}

function named(scope: string | undefined): string {
  return scope === undefined || scope === '' ? 'the run' : scope;
}

function vars(assignments: readonly (readonly [string, unknown])[]): string {
  if (assignments.length === 0) return '';
  return `, ${assignments.map(([name, value]) => `${name} = ${formatData(value, 40)}`).join(', ')}`;
}

function interrupted(ways: readonly string[]): string {
  return ways.length === 0 ? '' : `: ${ways.join(', ')} may have been under way`;
}

function changed(change: TaskChange): string {
  if (change.to === 'assigned') return `assigned to ${oneLine(change.actor)}`;
  if (change.to === 'claimed') return `claimed for ${oneLine(change.actor)}`;
  return change.to === 'released' ? 'given back' : `delegated to ${oneLine(change.actor)}`;
}

/** Who takes an error; its message is told unless it was the last one that was told. */
function raised(record: Extract<RunRecord, { type: 'error.raised' }>, taker: string, told: string): Line {
  const full = formatError(record.error);
  const error = full === told ? record.error.type : full;
  const to = record.leave?.kind === 'transition' ? ` → ${record.leave.transition.to}` : '';
  switch (record.taker.by) {
    case 'retry':
      return line(`${taker} is tried again after ${error}`, 'bad');
    case 'state':
      return line(`${taker} catches ${error}${to}`, 'bad');
    case 'scope':
      return line(`around ${taker} ${error} is caught${to}`, 'bad');
    case 'warn':
      return line(`${taker} only warns of ${error}${to}`, 'bad');
    case 'collect':
      return line(`${error} is kept as the result`, 'bad');
    case 'recovery': {
      const what = { compensate: 'what was done is undone', suspend: 'a person has to decide', fail: 'the run stops' };
      return line(`nothing catches ${error}, so ${what[record.taker.recovery]}`, 'bad');
    }
  }
}

/** `: inventory.release {"orderId":"o-17"}` for what an entry calls. */
function calledBy(plan: Plan | null, entry: EntryDraft | undefined, role: 'compensation' | 'confirmation'): string {
  if (plan === null || entry === undefined) return '';
  const state = indexOf(plan).states.get(entry.plan);
  const action = role === 'compensation' ? state?.compensate?.action : state?.confirm?.action;
  if (action === undefined || state?.compensate?.none === true)
    return entry.child === null ? '' : `: run ${entry.child}`;
  const args = (role === 'compensation' ? entry.compensate : entry.confirm)?.value ?? null;
  return `: ${actionName(action)}${args === null ? '' : ` ${formatData(args)}`}`;
}
