/** What the debug console tells of a run while it goes on: a line for each record that a person would want to hear of. */
import { formatDuration } from '../language/index.ts';
import type { Range } from '../language/index.ts';
import { ENDED } from '../runner/host.ts';
import type { RunRecord, RunStatus, RunView } from '../runner/host.ts';
import { isItemOfCall } from './places.ts';
import { lineOf } from './stack.ts';
import type { TraceLine } from './trace.ts';
import { preview } from './values.ts';

export interface Line {
  readonly category: 'console' | 'important' | 'stdout' | 'stderr';
  readonly text: string;
  /** The place in the run's text that the line is about. */
  readonly range: Range | null;
}

/** The line for `record`, or null. `view` already holds the record; `stay` is what the trace says that it is about. */
export function narrate(record: RunRecord, view: RunView, stay: TraceLine | null): Line | null {
  const at = (plan: string | undefined, undoing = false): Range | null =>
    plan === undefined ? null : lineOf(view, plan, undoing);
  const planOf = (activation: number): string | undefined => view.state.activations.get(activation)?.plan;
  const way = stay?.way ?? '';
  switch (record.type) {
    case 'transition.taken': {
      // The item of a call holds no state of its own: it is the state once more.
      const from = stay !== null && isItemOfCall(stay.plan) ? way : record.from;
      return {
        category: 'console',
        text: `${from} → ${record.to}`,
        // Its scope may be gone by the end of the same commit.
        range: at(stay?.plan ?? siblingOf(view, record.scope, record.from)),
      };
    }
    case 'attempt.failed': {
      const { error, attempt } = record;
      const text = `${way}${stay?.undoing === true ? ' (compensation)' : ''} failed in attempt ${attempt}: ${error.type}: ${error.message}`;
      return { category: 'stderr', text, range: at(planOf(record.activation), stay?.undoing) };
    }
    case 'retry.scheduled': {
      const text = `${way}: attempt ${record.attempt} follows in ${formatDuration(Math.max(0, record.wakeAt - record.at))}`;
      return { category: 'console', text, range: null };
    }
    case 'compensation.entered':
      return stay?.undoing === true
        ? { category: 'console', text: `undo ${way}`, range: at(planOf(record.activation), true) }
        : null;
    case 'compensation.failed': {
      const text = `undo ${way} failed for good: ${record.error.type}: ${record.error.message}`;
      return { category: 'stderr', text, range: null };
    }
    case 'alert.raised':
      return { category: 'important', text: record.message, range: null };
    case 'task.created': {
      const { title } = record.task;
      const asked = /[.?!]$/.test(title) ? title : `${title}.`;
      const text = `${way} waits for a person: ${asked} Complete it with \`:complete ${way} OUTCOME [FORM]\`.`;
      return { category: 'important', text, range: at(planOf(record.activation)) };
    }
    case 'task.completed':
      return { category: 'console', text: `${way}: ${record.outcome} by ${record.by.name}`, range: null };
    default:
      return null;
  }
}

/** A record in a few words, and the way of the state that it is about; `wayOf` gives that of an activation. */
export function describeRecord(
  record: RunRecord,
  wayOf: (activation: number) => string,
): { readonly way: string; readonly text: string } {
  const own = 'way' in record ? record.way : '';
  const about = 'activation' in record && record.activation !== null ? wayOf(record.activation) : '';
  const way = own === '' ? about : own;
  return { way, text: wordsOf(record) };
}

function wordsOf(record: RunRecord): string {
  switch (record.type) {
    case 'run.started':
      return `${record.workflow} ${record.version} begins`;
    case 'state.entered':
      return record.visit > 1 ? `entered for visit ${record.visit}` : 'entered';
    case 'state.prepared':
      return `input ${preview(record.input.value, WORDS)}`;
    case 'attempt.started':
      return `attempt ${record.attempt}`;
    case 'attempt.succeeded':
      return `gave ${preview(record.result, WORDS)}`;
    case 'attempt.failed':
      return `failed: ${record.error.type}: ${record.error.message}`;
    case 'state.completed':
      return `completed, goes on to ${record.transition.to}`;
    case 'transition.taken':
      return `${record.from} → ${record.to}`;
    case 'error.raised':
      return `${record.error.type} is taken by ${record.taker.by}`;
    case 'compensation.entered':
      return record.role === 'compensation' ? 'begins to be undone' : 'begins to be confirmed';
    case 'compensation.failed':
      return `could not be undone: ${record.error.type}`;
    case 'run.completed':
      return `completed with ${preview(record.output, WORDS)}`;
    case 'run.ended':
      return `ended: ${record.status}`;
    case 'value.set':
      return `a value is set to ${preview(record.value, WORDS)}`;
    case 'answer.given':
      return `answered by ${record.by.name}: ${preview(record.result, WORDS)}`;
    case 'failure.injected':
      return `will fail: ${record.error.type}`;
    case 'event.received':
      return `received ${record.event.type}`;
    case 'clock.set':
      return `the clock was set ${record.shift < 0 ? 'back' : 'forward'} by ${formatDuration(Math.abs(record.shift))}`;
    case 'run.forked':
      return `forked from ${record.from} after its record ${record.upTo}`;
    default:
      return record.type.replace(/[.-]/g, ' ');
  }
}

/** The longest preview of a value in a line of the history. */
const WORDS = 120;

/** The last line of a session. */
export function narrateEnd(view: RunView, status: RunStatus): Line {
  const { run, error, output } = view.state;
  const because = error === null || status === 'completed' ? '' : `: ${error.type}: ${error.message}`;
  const gave = status === 'completed' && output !== null ? ` ${JSON.stringify(output).slice(0, 2000)}` : '';
  const text = `${view.state.workflow} ${run} ${ENDED.has(status) ? '' : 'is '}${status}${because}${gave}`;
  return { category: status === 'completed' ? 'console' : 'important', text, range: null };
}

function siblingOf(view: RunView, scope: number, name: string): string {
  const plan = view.state.scopes.get(scope)?.plan ?? '';
  return plan === '' ? name : `${plan}/${name}`;
}
