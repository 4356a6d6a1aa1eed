/** What the debug console tells of a run while it goes on: a line for each record that a person would want to hear of. */
import type { Range } from '../language/index.ts';
import { ENDED } from '../runner/host.ts';
import type { RunRecord, RunStatus, RunView } from '../runner/host.ts';
import { lineOf } from './stack.ts';
import type { TraceLine } from './trace.ts';

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
    case 'transition.taken':
      return {
        category: 'console',
        text: `${record.from} → ${record.to}`,
        range: at(siblingOf(view, record.scope, record.from)),
      };
    case 'attempt.failed': {
      const { error, attempt } = record;
      const text = `${way}${stay?.undoing === true ? ' (compensation)' : ''} failed in attempt ${attempt}: ${error.type}: ${error.message}`;
      return { category: 'stderr', text, range: at(planOf(record.activation), stay?.undoing) };
    }
    case 'retry.scheduled': {
      const text = `${way}: attempt ${record.attempt} follows in ${Math.max(0, record.wakeAt - record.at)} ms`;
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
      const text = `${way} waits for a person: ${record.task.title}. Complete it with \`:complete ${way} OUTCOME [FORM]\`.`;
      return { category: 'important', text, range: at(planOf(record.activation)) };
    }
    case 'task.completed':
      return { category: 'console', text: `${way}: ${record.outcome} by ${record.by.name}`, range: null };
    default:
      return null;
  }
}

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
