/** The names that a reference may take at a place, from what the workflow declares. */
import {
  type Analysis,
  BUILT_IN_OPERATIONS,
  type ReferenceKind,
  type Scope,
  type State,
  stringOf,
  toJson,
  valueOf,
  type Workflow,
} from '../../../language/index.ts';
import { matches } from '../matching.ts';
import { bindingOf, signatureOf, summaryOf } from '../operations.ts';
import type { Expected } from './expected.ts';
import { MAX_SUGGESTIONS, type SuggestionKind } from './item.ts';

export interface NameChoice {
  readonly name: string;
  readonly kind: SuggestionKind;
  readonly detail?: string;
  /** Markdown. */
  readonly documentation?: string;
}

const BUILT_IN_DETAIL: Record<(typeof BUILT_IN_OPERATIONS)[number], string> = {
  http: 'calls a URL',
  shell: 'runs a program',
  script: 'calls a function of a module',
  log: 'writes a line to the log',
};

/**
 * The names of this kind that are known at the place that `expected` describes, in the order of the file. Of very many
 * states only those nearby and those that `typed` can become, but more than are ever shown.
 */
export function namesOf(
  analysis: Analysis,
  kind: ReferenceKind,
  expected: Expected,
  typed: string,
): readonly NameChoice[] {
  const { workflow } = analysis;
  switch (kind) {
    case 'state':
      return statesOf(workflow, expected, typed);
    case 'operation':
      return [
        ...operationNames(analysis),
        ...BUILT_IN_OPERATIONS.map((name): NameChoice => ({
          name,
          kind: 'operation',
          detail: BUILT_IN_DETAIL[name],
        })),
      ];
    case 'event':
      return workflow.events.map((event) => named(event.name, 'event', descriptionOf(event.node)));
    case 'role':
      return workflow.participants
        .filter((participant) => participant.role !== null)
        .map((participant) => named(participant.name, 'role', participant.role?.value));
    case 'retry-policy':
      return workflow.policies.retry.map((policy) => named(policy.name, 'policy', brief(policy.node)));
    case 'timeout-policy':
      return workflow.policies.timeout.map((policy) => named(policy.name, 'policy', brief(policy.node)));
    case 'breaker-policy':
      return workflow.policies.circuitBreaker.map((policy) => named(policy.name, 'policy', brief(policy.node)));
    case 'variable':
      return variablesIn(scopeOf(workflow, expected.scope));
    case 'outcome':
      return outcomesOf(workflow, expected);
  }
}

/** The scope with this id; the workflow's own where none has it, while it is being typed. */
export function scopeOf(workflow: Workflow, id: string): Scope {
  return workflow.scopes.find((scope) => scope.id === id) ?? workflow.root;
}

/** The variables that are visible in `scope`, the innermost of each name. */
export function variablesIn(scope: Scope): readonly NameChoice[] {
  const found = new Map<string, NameChoice>();
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    for (const variable of at.vars) {
      if (!found.has(variable.name)) found.set(variable.name, named(variable.name, 'variable', brief(variable.node)));
    }
  }
  return [...found.values()];
}

function statesOf(workflow: Workflow, expected: Expected, typed: string): readonly NameChoice[] {
  const scope = scopeOf(workflow, expected.scope);
  const states = nearest(scope.states, expected.state.at(-1), typed).map((state): NameChoice =>
    named(state.name, 'state', state.action?.kind, stringOf(valueOf(state.node, 'title'))),
  );
  const endsHere = expected.key?.name !== 'start' && expected.key?.name !== 'to';
  return endsHere ? [...states, { name: 'end', kind: 'value', detail: 'completes the scope' }] : states;
}

/**
 * In a long file the states around the one at the cursor come first, the next one before all: transitions lead there. Of
 * more than can be shown, those that begin with `typed` come first, then those that it can become, and then a few others,
 * which say that there are more.
 */
function nearest(states: readonly State[], name: string | undefined, typed: string): readonly State[] {
  if (states.length <= LONG) return states;
  const own = states.findIndex((state) => state.name === name);
  const [beginning, fitting, others]: [State[], State[], State[]] = [[], [], []];
  const take = (state: State | undefined): void => {
    if (state === undefined) return;
    const fits = states.length <= MAX_SUGGESTIONS || state.name.startsWith(typed);
    (fits ? beginning : matches(typed, state.name) ? fitting : others).push(state);
  };
  for (let step = 0; step < states.length && beginning.length <= MAX_SUGGESTIONS; step++) {
    take(states[own + 1 + step]);
    if (step <= own) take(states[own - step]);
  }
  return [...beginning, ...fitting, ...others].slice(0, MAX_SUGGESTIONS + 1);
}

/** From so many states on, the order of the file helps nobody. */
const LONG = 50;

function operationNames(analysis: Analysis): readonly NameChoice[] {
  return analysis.workflow.participants.flatMap((participant) =>
    [...(analysis.operations.get(participant.name)?.operations.values() ?? [])].map((operation) =>
      named(
        `${participant.name}.${operation.name}`,
        'operation',
        signatureOf(operation) ?? bindingOf(operation),
        summaryOf(operation) ?? undefined,
      ),
    ),
  );
}

function outcomesOf(workflow: Workflow, expected: Expected): readonly NameChoice[] {
  const name = expected.state.at(-1);
  const state = scopeOf(workflow, expected.scope).states.find((candidate) => candidate.name === name);
  if (state?.action?.kind !== 'human') return [];
  const { outcomes, on } = state.action;
  const names = outcomes?.map((outcome) => outcome.value) ?? on.map((transition) => transition.outcome.value);
  return names.map((outcome) => named(outcome, 'outcome'));
}

function descriptionOf(node: Parameters<typeof valueOf>[0]): string | undefined {
  return stringOf(valueOf(node, 'description'));
}

function named(name: string, kind: SuggestionKind, detail?: string, documentation?: string): NameChoice {
  return {
    name,
    kind,
    ...(detail === undefined ? {} : { detail }),
    ...(documentation === undefined ? {} : { documentation }),
  };
}

/** The value on one short line. */
function brief(node: Parameters<typeof toJson>[0]): string {
  const text = JSON.stringify(toJson(node));
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
