/**
 * Rollbacks to a state that is not certainly done by then: `rollback-target`.
 *
 * Rule: sections 6.12 and 13 of the language reference. The completion of the state must lie on every path to the place
 * of the rollback: for a transition the completion of its own state, for a handler or a rollback the moment that its state
 * is entered. A handler of a scope may be asked by every state of the scope whose errors it may take.
 * Source: dominance in the graph of the scope.
 * Complexity: linear in the states and edges for graphs that people write; each question takes constant time.
 */
import { type Diagnostic, finding } from '../diagnostics.ts';
import { dominatorsOf } from '../dominators.ts';
import type { Located } from '../text.ts';
import type { RollbackTarget } from '../workflow.ts';
import { stateNamed } from '../workflow.ts';
import { mayTake } from './saga-failures.ts';
import { completed, entered } from './saga-graph.ts';
import type { Saga, SagaScope } from './saga-model.ts';

/** The findings of all scopes. */
export function checkRollbacks(saga: Saga): readonly Diagnostic[] {
  return saga.scopes.flatMap((one) => checkScope(one));
}

interface Asked {
  readonly target: RollbackTarget;
  /** The places in the graph where it may happen. */
  readonly nodes: readonly number[];
  readonly who: string;
}

function checkScope(one: SagaScope): readonly Diagnostic[] {
  const asked = [...byStates(one), ...byScope(one)].filter(({ target }) => target.how === 'to');
  if (asked.length === 0 || one.graph.start === null) return [];
  const { reached, dominates } = dominatorsOf(one.graph.next, one.graph.start);
  return asked.flatMap(({ target, nodes, who }) => {
    const name: Located<string> | null = target.to;
    const state = name === null ? undefined : stateNamed(one.scope, name.value);
    const to = state === undefined ? undefined : one.graph.indexOf.get(state);
    if (name === null || to === undefined) return [];
    if (nodes.every((node) => !reached(node) || dominates(completed(to), node))) return [];
    const message = `‘${name.value}’ is not certainly done when ${who} rolls back to it. Name a state that every path here has completed.`;
    return [finding('rollback-target', name.range, message)];
  });
}

function byStates(one: SagaScope): readonly Asked[] {
  return one.rollbacks.map(({ node, target, state }) => ({ target, nodes: [node], who: `‘${state.name}’` }));
}

function byScope(one: SagaScope): readonly Asked[] {
  const { scope } = one;
  const who = scope.kind === 'workflow' ? 'the workflow' : `the scope ‘${scope.owner?.name ?? ''}’`;
  const asked: Asked[] = scope.catch.flatMap((handler) => {
    if (handler.rollback === null) return [];
    const nodes = one.failures.flatMap((failures, at) => (mayTake(handler, failures) ? [entered(at)] : []));
    return [{ target: handler.rollback, nodes, who }];
  });
  if (scope.kind !== 'workflow') return asked;
  // An event may come at any time that the run waits for something.
  const waits = scope.states.flatMap((state, at) => {
    const kind = state.action?.kind;
    const instant = kind === undefined || kind === 'set' || kind === 'switch' || kind === 'fail' || kind === 'emit';
    return instant ? [] : [entered(at)];
  });
  for (const { transitions } of scope.on) {
    for (const { rollback } of transitions) if (rollback !== null) asked.push({ target: rollback, nodes: waits, who });
  }
  return asked.filter(({ nodes }) => nodes.length > 0);
}
