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
import { bindingOf, summaryOf } from '../operations.ts';
import type { Expected } from './expected.ts';
import type { SuggestionKind } from './item.ts';

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

/** The names of this kind that are known at the place that `expected` describes, in the order of the file. */
export function namesOf(analysis: Analysis, kind: ReferenceKind, expected: Expected): readonly NameChoice[] {
  const { workflow } = analysis;
  switch (kind) {
    case 'state':
      return statesOf(workflow, expected);
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

function statesOf(workflow: Workflow, expected: Expected): readonly NameChoice[] {
  const scope = scopeOf(workflow, expected.scope);
  const states = nearest(scope.states, expected.state.at(-1)).map((state): NameChoice =>
    named(state.name, 'state', state.action?.kind, stringOf(valueOf(state.node, 'title'))),
  );
  const endsHere = expected.key?.name !== 'start' && expected.key?.name !== 'to';
  return endsHere ? [...states, { name: 'end', kind: 'value', detail: 'completes the scope' }] : states;
}

/** In a long file the states around the one at the cursor come first, the next one before all: transitions lead there. */
function nearest(states: readonly State[], name: string | undefined): readonly State[] {
  const own = states.length <= LONG ? -1 : states.findIndex((state) => state.name === name);
  if (own < 0) return states;
  const distance = new Map(states.map((state, at) => [state, Math.abs(at - own - 0.6)]));
  return [...states].sort((one, other) => (distance.get(one) ?? 0) - (distance.get(other) ?? 0));
}

/** From so many states on, the order of the file helps nobody. */
const LONG = 50;

function operationNames(analysis: Analysis): readonly NameChoice[] {
  return analysis.workflow.participants.flatMap((participant) =>
    [...(analysis.operations.get(participant.name)?.operations.values() ?? [])].map((operation) =>
      named(
        `${participant.name}.${operation.name}`,
        'operation',
        bindingOf(operation),
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
