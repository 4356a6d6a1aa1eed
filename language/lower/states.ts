/** Scopes, states, actions, transitions, handlers and compensations in their executable form. */
import { booleanAt, numberAt, stringAt, stringsAt } from '../build/read.ts';
import { builtInEffect, effectOf, operationCalled } from '../calls.ts';
import type {
  CallAction as PlanCall,
  PlanAction,
  PlanCompensation,
  PlanConfirmation,
  PlanHandler,
  PlanListener,
  PlanScope,
  PlanState,
  PlanTransition,
  RollbackTarget as PlanRollback,
} from '../plan.ts';
import type { Range } from '../text.ts';
import { entryOf, type Node, valueOf } from '../tree.ts';
import type {
  Action,
  CallAction,
  Handler,
  HumanAction,
  Listener,
  RollbackTarget,
  Scope,
  SideAction,
  State,
  Transition,
} from '../workflow.ts';
import {
  durationAt,
  durationOf,
  expression,
  expressionOrNull,
  fields,
  retryOf,
  schemaOf,
  type Source,
  template,
  templateOrNull,
  timeoutOf,
} from './values.ts';

/** A scope with all that it holds. */
export function lowerScope(source: Source, scope: Scope): PlanScope {
  return {
    id: scope.id,
    range: scope.range,
    start: scope.start?.value ?? scope.states[0]?.name ?? '',
    vars: scope.vars.map((variable) => ({
      name: variable.name,
      value: template(source, variable.node),
      range: variable.range,
    })),
    states: scope.states.map((state) => lowerState(source, state)),
    // What an embedded scope listens to leads to its siblings, so it is held by the state; see `scope` below.
    on: scope.kind === 'workflow' ? listeners(source, scope.on, []) : [],
    catch: handlers(source, scope.catch),
    output: templateOrNull(source, scope.output),
    compensation: scope.compensation?.value === 'parallel' ? 'parallel' : 'sequential',
  };
}

function lowerState(source: Source, state: State): PlanState {
  const { node, action } = state;
  const each = action?.kind === 'foreach' && action.call !== null ? action : null;
  const call = action?.kind === 'call' ? action : each?.call;
  const operation = call === undefined || call === null ? null : operationCalled(source.operations, call);
  const inner = each?.entry.value;
  const retry = valueOf(inner, 'retry') ?? state.retry ?? operation?.own?.retry;
  const timeout = valueOf(inner, 'timeout') ?? state.timeout ?? operation?.own?.timeout;
  return {
    id: state.id,
    name: state.name,
    title: stringAt(node, 'title')?.value ?? null,
    range: state.range,
    nameRange: state.nameRange,
    // Without a kind, which is an error, the state is drawn as one that does nothing.
    action: action === null ? { kind: 'set' } : lowerAction(source, action, state),
    assign: fields(source, action?.kind === 'set' ? [...action.assign, ...state.assign] : state.assign),
    output: templateOrNull(source, valueOf(node, 'output')),
    retry: retryOf(source, retry),
    timeout: timeoutOf(source, timeout),
    heartbeat: durationAt(node, 'heartbeat'),
    catch: handlers(source, state.catch),
    warn: state.warn,
    compensate: compensation(source, each?.compensate ?? state.compensate, state),
    confirm: confirmation(source, state.confirm, state),
    pivot: state.pivot,
    maxVisits: state.maxVisits?.value ?? null,
    next: nextOf(source, state, action),
    lines: {
      kind: action?.entry.key.range ?? state.nameRange,
      with: keyRange(node, 'with') ?? keyRange(inner, 'with'),
      assign: keyRange(node, 'assign'),
      output: keyRange(node, 'output'),
      catch: keyRange(node, 'catch'),
      next: keyRange(node, 'next'),
    },
  };
}

function nextOf(source: Source, state: State, action: Action | null): readonly PlanTransition[] {
  const chosen = action?.kind === 'switch' ? [...action.transitions, ...state.next] : state.next;
  return action?.kind === 'fail' ? [] : transitions(source, chosen);
}

function keyRange(node: Node | null | undefined, key: string): Range | null {
  return entryOf(node, key)?.key.range ?? null;
}

function lowerAction(source: Source, action: Action, state: State): PlanAction {
  const value = action.entry.value;
  const beside = state.node;
  switch (action.kind) {
    case 'call':
      return lowerCall(source, action);
    case 'switch':
    case 'set':
      return { kind: action.kind };
    case 'parallel':
      return {
        kind: 'parallel',
        join: joinOf(value),
        onBranchError: stringAt(value, 'onBranchError')?.value === 'collect' ? 'collect' : 'cancel',
        branches: action.branches.map((scope) => ({
          name: scope.name?.value ?? '',
          nameRange: scope.name?.range ?? scope.range,
          scope: lowerScope(source, scope),
        })),
      };
    case 'foreach':
      return {
        kind: 'foreach',
        in: templateOrNull(source, action.in) ?? { kind: 'literal', value: [] },
        as: action.body.item?.name ?? 'item',
        concurrency: numberAt(value, 'concurrency')?.value ?? 1,
        onItemError: stringAt(value, 'onItemError')?.value === 'collect' ? 'collect' : 'cancel',
        scope: action.call === null ? lowerScope(source, action.body) : null,
        call: action.call === null ? null : lowerCall(source, action.call),
        output: action.call === null ? null : templateOrNull(source, action.body.output),
      };
    case 'scope': {
      const on = listeners(source, [...action.scope.on, ...action.on], state.next);
      return { kind: 'scope', scope: lowerScope(source, action.scope), on };
    }
    case 'run':
      return lowerRun(source, action, besideOf(action, state, beside));
    case 'listen':
      return {
        kind: 'listen',
        on: listeners(source, action.on, state.next),
        buffer: booleanAt(value, 'buffer') !== false,
        timeout: durationAt(value, 'timeout'),
        onTimeout: transitions(source, action.onTimeout),
      };
    case 'wait':
      return { kind: 'wait', for: durationOf(value), until: expressionOrNull(source, valueOf(value, 'until')) };
    case 'human':
      return lowerHuman(source, action);
    case 'emit':
      return { kind: 'emit', event: action.event?.value ?? '', data: templateOrNull(source, action.data) };
    case 'rollback':
      return { kind: 'rollback', to: rollbackOf(action.target) ?? 'all' };
    case 'fail':
      return {
        kind: 'fail',
        error: templateOrNull(source, valueOf(value, 'error')) ?? { kind: 'literal', value: 'error' },
        message: templateOrNull(source, valueOf(value, 'message')),
        data: templateOrNull(source, valueOf(value, 'data')),
      };
  }
}

/** The mapping that the action's key stands in: the state's own, or that of its compensation or confirmation. */
function besideOf(action: Action, state: State, fallback: Node): Node {
  for (const side of [state.compensate, state.confirm]) if (side?.action === action) return side.entry.value;
  return fallback;
}

function lowerRun(source: Source, action: Action & { kind: 'run' }, beside: Node): PlanAction {
  const version = valueOf(beside, 'version');
  return {
    kind: 'run',
    file: action.file?.value ?? '',
    with: templateOrNull(source, action.with),
    version: version?.kind === 'scalar' ? version.text : null,
    detached: booleanAt(beside, 'detached') === true,
  };
}

function joinOf(node: Node): 'all' | 'any' | { readonly atLeast: number } {
  const join = valueOf(node, 'join');
  const atLeast = numberAt(join, 'atLeast');
  if (atLeast !== null) return { atLeast: atLeast.value };
  return stringAt(node, 'join')?.value === 'any' ? 'any' : 'all';
}

function lowerHuman(source: Source, action: HumanAction): PlanAction {
  const value = action.entry.value;
  const assign = stringAt(value, 'assign')?.value;
  const outcomes = action.outcomes ?? action.on.map((one) => one.outcome);
  return {
    kind: 'human',
    title: templateOrNull(source, valueOf(value, 'title')),
    description: templateOrNull(source, valueOf(value, 'description')),
    assignee: action.assignee?.value ?? null,
    candidates: action.candidates.map((candidate) => candidate.value),
    assign: assign === 'round-robin' || assign === 'least-loaded' ? assign : null,
    form: schemaOf(action.form),
    outcomes: [...new Set(outcomes.map((outcome) => outcome.value))],
    due: durationAt(value, 'due'),
    escalate: action.escalate.map((step) => ({
      after: durationAt(step.node, 'after') ?? 0,
      to: step.to?.value ?? null,
      notify: step.notify?.value ?? null,
      outcome: step.outcome?.value ?? null,
      range: step.node.range,
    })),
    on: action.on.map((one) => ({
      outcome: one.outcome.value,
      range: one.range,
      transitions: transitions(source, one.transitions),
    })),
  };
}

function lowerCall(source: Source, call: CallAction): PlanCall {
  const written = call.operation?.value ?? '';
  const dot = written.indexOf('.');
  const operation = operationCalled(source.operations, call);
  return {
    kind: 'call',
    participant: dot < 0 ? null : written.slice(0, dot),
    operation: dot < 0 ? written : written.slice(dot + 1),
    with: templateOrNull(source, call.with),
    idempotencyKey: templateOrNull(source, call.idempotencyKey),
    effect: operation === null ? builtInEffect(written, call) : effectOf(operation),
    idempotent: operation?.own?.idempotent ?? null,
    errors: operation === null ? [] : stringsAt(operation.own?.node, 'errors').map((pattern) => pattern.value),
  };
}

function transitions(source: Source, all: readonly Transition[]): readonly PlanTransition[] {
  return all.map((one) => ({
    when: expressionOrNull(source, one.when),
    assign: fields(source, one.assign),
    rollback: rollbackOf(one.rollback),
    next: one.next?.value ?? '',
    range: one.range,
    lines: { when: keyRange(one.node, 'when'), next: keyRange(one.node, 'next') },
  }));
}

function handlers(source: Source, all: readonly Handler[]): readonly PlanHandler[] {
  return all.map((one) => ({
    errors: one.errors.map((pattern) => pattern.value),
    when: expressionOrNull(source, one.when),
    assign: fields(source, one.assign),
    rollback: rollbackOf(one.rollback),
    next: one.next?.value ?? '',
    range: one.range,
  }));
}

/** Where a listener says nothing of its own, the state's `next` counts. */
function listeners(source: Source, all: readonly Listener[], next: readonly Transition[]): readonly PlanListener[] {
  return all.map((one) => ({
    event: one.event.value,
    match: one.match === null ? null : expression(source, one.match),
    assign: fields(source, one.assign),
    transitions: transitions(source, one.transitions.length === 0 ? next : one.transitions),
    range: one.range,
  }));
}

function rollbackOf(target: RollbackTarget | null): PlanRollback | null {
  if (target === null) return null;
  if (target.how !== 'to') return target.how;
  return target.to === null ? null : { to: target.to.value };
}

function compensation(source: Source, side: SideAction | null, state: State): PlanCompensation | null {
  if (side === null) return null;
  const action: PlanAction | null = side.none ? { kind: 'set' } : sideAction(source, side, state);
  if (action === null) return null;
  return {
    action,
    after: side.after,
    ...sidePolicies(source, side),
    onFailure: side.onFailure,
    lineRange: side.entry.key.range,
    range: side.entry.range,
    none: side.none,
  };
}

function confirmation(source: Source, side: SideAction | null, state: State): PlanConfirmation | null {
  const action = side === null ? null : sideAction(source, side, state);
  if (side === null || action === null) return null;
  const { entry } = side;
  return { action, ...sidePolicies(source, side), lineRange: entry.key.range, range: entry.range };
}

function sideAction(source: Source, side: SideAction, state: State): PlanAction | null {
  return side.action === null ? null : lowerAction(source, side.action, state);
}

function sidePolicies(source: Source, side: SideAction): Pick<PlanConfirmation, 'retry' | 'timeout'> {
  const operation = side.action?.kind === 'call' ? operationCalled(source.operations, side.action) : null;
  return {
    retry: retryOf(source, side.retry ?? operation?.own?.retry),
    timeout: timeoutOf(source, side.timeout ?? operation?.own?.timeout),
  };
}
