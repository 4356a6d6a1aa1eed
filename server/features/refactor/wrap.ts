/** Retries and a handler of errors for a state that has none. */
import type { Analysis, State } from '../../../language/index.ts';
import { operationNamed } from '../operations.ts';
import { addKey, addState, freeName, type Refactoring } from './text.ts';

/** Retrying the state's call or child workflow by the first policy there is, or by one of its own. */
export function retryWrap(analysis: Analysis, state: State): Refactoring | null {
  const { action } = state;
  if (state.retry !== null || (action?.kind !== 'call' && action?.kind !== 'run')) return null;
  if (action.kind === 'call') {
    const name = action.operation?.value ?? '';
    // What must not be done twice is not to be retried, and a line in the log need not be.
    if (name === 'log' || operationNamed(analysis, name)?.own?.idempotent === false) return null;
  }
  const policy = analysis.workflow.policies.retry[0]?.name;
  const own = '{ on: [network, timeout, http.5xx], attempts: 3, delay: 1s, factor: 2 }';
  const edit = addKey(analysis, state, 'retry', policy ?? own);
  if (edit === null) return null;
  const title = policy === undefined ? `Retry ‘${state.name}’` : `Retry ‘${state.name}’ by the policy ‘${policy}’`;
  return { title, kind: 'refactor.rewrite', edits: [edit] };
}

/** A handler that takes every error of the state to a new state, in which it can be dealt with. */
export function catchWrap(analysis: Analysis, state: State): Refactoring | null {
  const { action } = state;
  const canFail = ['call', 'run', 'scope', 'parallel', 'foreach', 'human', 'listen'];
  if (state.catch.length > 0 || state.warn || action === null || !canFail.includes(action.kind)) return null;
  const name = freeName(state, `${state.name}_failed`);
  const key = addKey(analysis, state, 'catch', `[{ errors: [any], next: ${name} }]`, [
    '- errors: [any]',
    `  next: ${name}`,
  ]);
  if (key === null) return null;
  const fail = `{ fail: { error: ${state.name}.failed, message: "‘${state.name}’ has failed." } }`;
  const title = `Catch the errors of ‘${state.name}’`;
  return { title, kind: 'refactor.rewrite', edits: [key, addState(analysis, state, name, fail)] };
}
