/** The table that a reader of a saga looks for first: which step is undone by what, and which leaves something behind. */
import type { Plan, PlanCompensation, PlanState, RetryPolicy, Template } from '../../language/index.ts';
import { code, heading, joined, paragraph, table } from './markdown.ts';
import type { Block, Words } from './markdown.ts';
import { actionWords, retryWords, templateText, timeoutWords } from './words.ts';

/** What undoes and what confirms each state that does anything outside of the run. */
export function compensation(plan: Plan, states: readonly PlanState[]): readonly Block[] {
  const rows = states.filter(hasEffect).map((state): readonly Words[] => [
    [code(state.id)],
    joined([actionWords(state.action), state.pivot ? 'a point of no return' : '']),
    undoneBy(state),
    state.compensate === null ? '' : argumentsOf(state.compensate.action),
    conditions(state.compensate),
    state.confirm === null ? '' : joined([actionWords(state.confirm.action), triedAgain(state.confirm.retry), timeoutWords(state.confirm.timeout)]), // prettier-ignore
  ]);
  if (rows.length === 0) return [];
  const order =
    plan.root.compensation === 'parallel'
      ? 'What was done is undone all at once.'
      : 'What was done is undone in the reverse of the order in which it was completed, across branches.';
  return [
    heading(2, 'Compensation'),
    paragraph(`${order} The arguments are those of the moment at which the step completed.`),
    table(['Step', 'Does', 'Is undone by', 'With', 'How', 'Is confirmed by'], rows),
  ];
}

/** Whether anything outside of the run may be there when the state has completed. */
function hasEffect({ action, compensate, confirm }: PlanState): boolean {
  if (compensate !== null || confirm !== null) return true;
  const call = action.kind === 'foreach' ? action.call : action;
  if (call?.kind === 'call') return call.effect === 'write';
  return action.kind === 'run' || action.kind === 'emit';
}

function undoneBy({ action, compensate, pivot }: PlanState): Words {
  if (compensate !== null) return compensate.none ? 'nothing has to be undone' : actionWords(compensate.action);
  if (pivot) return 'cannot be undone';
  if (action.kind === 'run' && !action.detached) return 'its own compensations';
  return 'nothing: it stays';
}

function argumentsOf(action: PlanCompensation['action']): Words {
  const given: Template | null = action.kind === 'call' || action.kind === 'run' ? action.with : null;
  return given === null ? '' : [code(templateText(given))];
}

function conditions(compensate: PlanCompensation | null): Words {
  if (compensate === null || compensate.none) return '';
  const parts: Words[] = [
    compensate.after === 'attempt' ? 'also when the step failed in doubt' : '',
    triedAgain(compensate.retry),
    timeoutWords(compensate.timeout),
    compensate.onFailure === 'halt' ? 'if it fails, the rest waits for a person' : 'if it fails, the rest goes on',
  ];
  return joined(parts, '; ');
}

function triedAgain(retry: RetryPolicy | null): Words {
  const words = retryWords(retry);
  return words.length === 0 ? '' : joined(['tried again', words], ' ');
}
