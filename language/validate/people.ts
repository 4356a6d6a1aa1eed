/**
 * Family time and people, as far as it is about people: tasks without a due time, steps of escalation out of order.
 *
 * Rule: sections 6.9 and 13 of the language reference. Steps are taken in the order of their times, and what decides ends
 * the task.
 * Complexity: linear in the tasks and their steps.
 */
import { type Diagnostic, finding, type FixData } from '../diagnostics.ts';
import { formatDuration } from '../durations.ts';
import { isMissing, valueOf } from '../tree.ts';
import type { HumanAction, State, Workflow } from '../workflow.ts';
import { fitting, lengthIn, limitOf, type Limits, tighter } from './time-limits.ts';

/** The findings about the tasks of `states`, those of compensations and confirmations included. */
export function checkPeople(workflow: Workflow, states: readonly State[], limits: Limits): readonly Diagnostic[] {
  return states.flatMap((state) => {
    const { action, compensate, confirm } = state;
    const found: Diagnostic[] = [];
    if (action?.kind === 'human') {
      found.push(...withoutDue(workflow, state, action, limits, state.nameRange), ...escalationOrder(action));
    }
    for (const side of [compensate, confirm]) {
      if (side?.action?.kind !== 'human') continue;
      const range = side.action.entry.key.range;
      found.push(...withoutDue(workflow, state, side.action, null, range), ...escalationOrder(side.action));
    }
    return found;
  });
}

const DUE = ['1d', '4h', '1h', '10m', '1m', '1s', '1ms'];

function withoutDue(
  workflow: Workflow,
  state: State,
  action: HumanAction,
  limits: Limits | null,
  range: State['nameRange'],
): readonly Diagnostic[] {
  const { value } = action.entry;
  if (valueOf(value, 'due') !== undefined) return [];
  const own = limitOf(workflow, state.timeout, state.retry, '');
  const due = fitting(limits === null ? null : tighter(own, limits.around(state.scope)), DUE);
  const fixes: FixData[] = [];
  if (due !== null && value.kind === 'map')
    fixes.push({ kind: 'insert-key', into: value.range, key: 'due', value: due });
  if (due !== null && isMissing(value)) {
    const { end } = action.entry.key.range;
    const title = `Add ‘due: ${due}’`;
    fixes.push({ kind: 'rewrite', title, range: { start: end, end: end + 1 }, text: `: { due: ${due} }` });
  }
  const message = `Nothing says until when the task of ‘${state.name}’ should be done. Give it ‘due’.`;
  return [finding('human-without-due', range, message, { fixes })];
}

function escalationOrder(action: HumanAction): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  let latest: { readonly length: number; readonly range: State['range'] } | null = null;
  let decided: State['range'] | null = null;
  for (const step of action.escalate) {
    const after = valueOf(step.node, 'after');
    const length = lengthIn(after);
    const range = after?.range ?? step.node.range;
    if (decided !== null) {
      const message = 'This step is never taken, because an earlier one decides the task. Move it up, or remove it.';
      const related = [{ message: 'This step decides.', range: decided }];
      found.push(finding('escalation-order', range, message, { related }));
    } else if (length !== null && latest !== null && length < latest.length) {
      const message = `This step is taken after ${formatDuration(length)}, before the one that stands above it. Put the steps in the order of their times.`;
      const related = [{ message: `This one is taken after ${formatDuration(latest.length)}.`, range: latest.range }];
      found.push(finding('escalation-order', range, message, { related }));
    }
    if (length !== null && length >= (latest?.length ?? 0)) latest = { length, range };
    if (step.outcome !== null) decided ??= step.outcome.range;
  }
  return found;
}
