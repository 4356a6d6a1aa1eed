/** The outline of a file: what it declares, and its states with what stands inside them. */
import type { Action, Analysis, Named, Range, Scope, State } from '../../language/index.ts';

export type OutlineKind =
  'participant' | 'role' | 'operation' | 'event' | 'error' | 'policy' | 'variable' | 'scope' | 'state' | 'undo';

export interface OutlineItem {
  readonly name: string;
  readonly detail: string;
  readonly kind: OutlineKind;
  /** The whole of it. */
  readonly range: Range;
  /** Its name; inside `range`. */
  readonly nameRange: Range;
  readonly children: readonly OutlineItem[];
}

/** The outline, in the order of the file. */
export function outline(analysis: Analysis): readonly OutlineItem[] {
  const { workflow } = analysis;
  const items: OutlineItem[] = [
    ...workflow.participants.map((participant) => ({
      ...leaf(participant, participant.role === null ? 'participant' : 'role', providerOf(participant)),
      children: participant.operations.map((operation) => leaf(operation, 'operation', operation.http?.value ?? '')),
    })),
    ...workflow.events.map((event) => leaf(event, 'event', 'event')),
    ...workflow.errors.map((error) => leaf(error, 'error', 'error')),
    ...workflow.policies.retry.map((policy) => leaf(policy, 'policy', 'retry')),
    ...workflow.policies.timeout.map((policy) => leaf(policy, 'policy', 'timeout')),
    ...workflow.policies.circuitBreaker.map((policy) => leaf(policy, 'policy', 'circuit breaker')),
    ...scopeItems(workflow.root),
  ];
  return items.sort((a, b) => a.range.start - b.range.start);
}

function leaf(named: Named, kind: OutlineKind, detail: string): OutlineItem {
  return { name: named.name, detail, kind, range: named.range, nameRange: named.nameRange, children: [] };
}

function providerOf(participant: Analysis['workflow']['participants'][number]): string {
  const provider = participant.openapi ?? participant.module ?? participant.role;
  return provider?.value ?? '';
}

function scopeItems(scope: Scope): readonly OutlineItem[] {
  return [
    ...scope.vars.map((variable) => leaf(variable, 'variable', 'variable')),
    ...scope.states.map((state): OutlineItem => ({
      ...leaf(state, 'state', actionDetail(state.action)),
      children: inside(state),
    })),
  ];
}

function inside(state: State): readonly OutlineItem[] {
  const items: OutlineItem[] = [...innerScopes(state.action)];
  for (const [name, side] of [
    ['compensate', state.compensate],
    ['confirm', state.confirm],
  ] as const) {
    if (side === null || side.none) continue;
    items.push({
      name,
      detail: actionDetail(side.action),
      kind: 'undo',
      range: side.entry.range,
      nameRange: side.entry.key.range,
      children: innerScopes(side.action),
    });
  }
  return items;
}

function innerScopes(action: Action | null): readonly OutlineItem[] {
  switch (action?.kind) {
    case 'parallel':
      return action.branches.map((branch): OutlineItem => ({
        name: branch.name?.value ?? '',
        detail: 'branch',
        kind: 'scope',
        range: branch.range,
        nameRange: branch.name?.range ?? branch.range,
        children: scopeItems(branch),
      }));
    case 'foreach':
      return action.call === null ? scopeItems(action.body) : [];
    case 'scope':
      return scopeItems(action.scope);
    default:
      return [];
  }
}

/** What an action does, in a few words: `call payments.charge`. */
export function actionDetail(action: Action | null): string {
  switch (action?.kind) {
    case undefined:
      return '';
    case 'call':
      return `call ${action.operation?.value ?? ''}`.trim();
    case 'run':
      return `run ${action.file?.value ?? ''}`.trim();
    case 'emit':
      return `emit ${action.event?.value ?? ''}`.trim();
    case 'fail':
      return `fail ${action.error?.value ?? ''}`.trim();
    default:
      return action?.kind ?? '';
  }
}
