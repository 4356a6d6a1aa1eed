/** Where a file uses the names that it declares, and names that nobody declares. */
import { parseDuration } from '../durations.ts';
import { hasExpression } from '../expressions/template.ts';
import { within } from '../moving.ts';
import { END, isBuiltIn } from '../names.ts';
import type { TemplateSite } from '../sites.ts';
import type { Declaration, PolicyKind, Reference, SymbolKind } from '../symbols.ts';
import type { Located } from '../text.ts';
import { type Entry, innerRange, type Node, valueOf } from '../tree.ts';
import type {
  Action,
  CallAction,
  Handler,
  HumanAction,
  Listener,
  Operation,
  Participant,
  RollbackTarget,
  Scope,
  SideAction,
  State,
  Transition,
} from '../workflow.ts';
import { itemScopes } from '../workflow.ts';
import { located, stringsAt } from './read.ts';

import type { Collector } from './declarations.ts';

interface Here {
  readonly scope: Scope;
  readonly state: State | null;
}

/** A part of a file: everything in it, or a unit, or what stands around the units. */
export interface UsesPart {
  /** Whether what stands around the states belongs to it. */
  readonly isHead: boolean;
  readonly scopes: readonly Scope[];
  readonly states: readonly State[];
  readonly sites: readonly TemplateSite[];
}

/** The uses of declared names in a part of a file, in the order in which they are found. */
export function uses(all: Collector, part: UsesPart): readonly Reference[] {
  const to = { ...all, references: [] };
  if (part.isHead) usesAround(to);
  for (const scope of part.scopes) scopeUses(to, scope);
  for (const state of part.states) stateUses(to, state);
  for (const site of part.sites) readsOf(to, site);
  return to.references;
}

function usesAround(to: Collector): void {
  const { workflow } = to;
  const root: Here = { scope: workflow.root, state: null };
  for (const participant of workflow.participants) {
    policyUse(to, participant.circuitBreaker, 'circuitBreaker', root);
    for (const operation of participant.operations) {
      policyUse(to, operation.retry, 'retry', root);
      policyUse(to, operation.timeout, 'timeout', root);
      errorUses(to, stringsAt(operation.node, 'errors'), root);
      settingsUse(to, participant, operation, root);
    }
  }
  for (const policy of workflow.policies.retry) errorUses(to, stringsAt(policy.node, 'on'), root);
  for (const trigger of workflow.triggers) if (trigger.event !== null) eventUse(to, trigger.event, root);
  for (const migration of workflow.migrations) {
    for (const { to: target } of migration.states)
      if (target !== null) stateUse(to, target, workflow.root, root, false);
    assignments(to, migration.vars, root);
  }
  policyUse(to, workflow.timeout, 'timeout', root);
}

/** Settings that stand beside an OpenAPI document or a module name an operation of it. */
function settingsUse(to: Collector, participant: Participant, own: Operation, here: Here): void {
  const known = to.operations.get(participant.name);
  if (participant.openapi === null && participant.module === null) return;
  if (own.http !== null || own.shell !== null) return;
  const target = to.operationNames.get(participant.name)?.get(own.name);
  if (target?.file === null) return;
  const name = { value: own.name, range: own.nameRange };
  refer(to, 'operation', name, target, here, { sure: known?.complete === true, participant: participant.name });
}

function refer(
  to: Collector,
  kind: SymbolKind,
  name: Located<string>,
  target: Declaration | undefined,
  here: Here,
  more: Partial<Reference> = {},
): void {
  to.references.push({
    kind,
    name: name.value,
    range: name.range,
    target: target ?? null,
    sure: true,
    scope: here.scope,
    state: here.state,
    participant: null,
    policy: null,
    writes: false,
    ...more,
  });
}

function stateUse(to: Collector, name: Located<string>, scope: Scope, here: Here, sure = true): void {
  if (name.value === END) return;
  refer(to, 'state', name, to.states.get(scope)?.get(name.value), { ...here, scope }, { sure });
}

function eventUse(to: Collector, name: Located<string>, here: Here): void {
  refer(to, 'event', name, to.events.get(name.value), here);
}

/** Errors need no declaration; those that have one are linked to it. A pattern is not linked to what it covers. */
function errorUses(to: Collector, names: readonly Located<string>[], here: Here): void {
  for (const name of names) refer(to, 'error', name, to.errors.get(name.value), here, { sure: false });
}

function roleUse(to: Collector, name: Located<string> | null, here: Here): void {
  if (name === null) return;
  const participant = to.workflow.participants.find((one) => one.name === name.value);
  refer(to, 'role', name, participant?.role === null ? undefined : to.participants.get(name.value), here);
}

function policyUse(to: Collector, node: Node | null, policy: PolicyKind, here: Here): void {
  const name = located(node);
  if (name === null) return;
  if (policy === 'timeout') {
    if (parseDuration(name.value) !== null) return;
    // Without any policy to name, the form says that it is no duration.
    if (to.workflow.policies.timeout.length === 0 || !/^[A-Za-z_]/.test(name.value)) return;
  }
  refer(to, 'policy', name, to.policies[policy].get(name.value), here, { policy });
}

function variableUse(to: Collector, name: Located<string>, here: Here, writes: boolean, sure = true): void {
  let target: Declaration | undefined;
  for (let at: Scope | null = here.scope; at !== null && target === undefined; at = at.parent) {
    target = to.variables.get(at)?.get(name.value);
  }
  refer(to, 'variable', name, target, here, { writes, sure });
}

function assignments(to: Collector, entries: readonly Entry[], here: Here): void {
  for (const { key } of entries) variableUse(to, { value: key.text, range: innerRange(key) }, here, true);
}

function scopeUses(to: Collector, scope: Scope): void {
  const here = { scope, state: scope.owner };
  if (scope.start !== null) refer(to, 'state', scope.start, to.states.get(scope)?.get(scope.start.value), here);
  handlers(to, scope.catch, scope, here);
  // What may fire at any time leaves the scope: it leads to a sibling, and at the top to any state.
  listeners(to, scope.on, scope.parent ?? scope, here);
}

function stateUses(to: Collector, state: State): void {
  const here = { scope: state.scope, state };
  transitions(to, state.next, state.scope, here);
  assignments(to, state.assign, here);
  handlers(to, state.catch, state.scope, here);
  policyUse(to, state.retry, 'retry', here);
  policyUse(to, state.timeout, 'timeout', here);
  errorUses(to, stringsAt(inlineRetry(state.node), 'on'), here);
  actionUses(to, state.action, here);
  if (state.action?.kind === 'foreach') {
    const value = state.action.entry.value;
    policyUse(to, valueOf(value, 'retry') ?? null, 'retry', here);
    policyUse(to, valueOf(value, 'timeout') ?? null, 'timeout', here);
    side(to, state.action.compensate, here);
  }
  side(to, state.compensate, here);
  side(to, state.confirm, here);
}

function inlineRetry(node: Node): Node | undefined {
  return valueOf(node, 'retry');
}

function side(to: Collector, action: SideAction | null, here: Here): void {
  if (action === null) return;
  policyUse(to, action.retry, 'retry', here);
  policyUse(to, action.timeout, 'timeout', here);
  actionUses(to, action.action, here);
}

function actionUses(to: Collector, action: Action | null, here: Here): void {
  switch (action?.kind) {
    case 'call':
      return callUse(to, action, here);
    case 'switch':
      return transitions(to, action.transitions, here.scope, here);
    case 'foreach':
      return action.call === null ? undefined : callUse(to, action.call, here);
    case 'scope':
      return listeners(to, action.on, here.scope, here);
    case 'listen':
      listeners(to, action.on, here.scope, here);
      return transitions(to, action.onTimeout, here.scope, here);
    case 'human':
      return humanUses(to, action, here);
    case 'emit':
      return action.event === null ? undefined : eventUse(to, action.event, here);
    case 'set':
      return assignments(to, action.assign, here);
    case 'rollback':
      return rollback(to, action.target, here.scope, here);
    case 'fail':
      if (action.error !== null && !hasExpression(action.error.value)) errorUses(to, [action.error], here);
      return;
    case 'parallel':
    case 'run':
    case 'wait':
    case undefined:
      return;
  }
}

function humanUses(to: Collector, action: HumanAction, here: Here): void {
  roleUse(to, action.assignee, here);
  for (const candidate of action.candidates) roleUse(to, candidate, here);
  const isOwn = here.state?.action === action;
  const outcomes = here.state === null || !isOwn ? undefined : to.outcomes.get(here.state);
  // A task that undoes or confirms leads nowhere, so that its outcomes are nobody else's names.
  const local = new Set(isOwn ? [] : action.outcomes?.map((one) => one.value));
  for (const step of action.escalate) {
    roleUse(to, step.to, here);
    roleUse(to, step.notify, here);
    if (step.outcome !== null && !local.has(step.outcome.value))
      refer(to, 'outcome', step.outcome, outcomes?.get(step.outcome.value), here);
  }
  for (const { outcome, transitions: led } of action.on) {
    if (action.outcomes !== null) refer(to, 'outcome', outcome, outcomes?.get(outcome.value), here);
    transitions(to, led, here.scope, here);
  }
}

function callUse(to: Collector, call: CallAction, here: Here): void {
  if (call.operation === null) return;
  const { value, range } = call.operation;
  const dot = value.indexOf('.');
  if (dot < 0 && isBuiltIn(value)) return;
  const participant = dot < 0 ? value : value.slice(0, dot);
  const start = range.start;
  const nameRange = within(range, start, start + participant.length);
  const target = to.participants.get(participant);
  refer(to, 'participant', { value: participant, range: nameRange }, target, here);
  if (target === undefined) return;
  const name = dot < 0 ? '' : value.slice(dot + 1);
  const known = to.operations.get(participant);
  const declaration = to.operationNames.get(participant)?.get(name);
  const operationRange = dot < 0 ? range : within(range, start + dot + 1, start + value.length);
  const sure = known?.complete !== false || name === '';
  refer(to, 'operation', { value: name, range: operationRange }, declaration, here, { sure, participant });
}

function transitions(to: Collector, all: readonly Transition[], scope: Scope, here: Here): void {
  for (const transition of all) {
    if (transition.next !== null) stateUse(to, transition.next, scope, here);
    assignments(to, transition.assign, here);
    rollback(to, transition.rollback, scope, here);
  }
}

function handlers(to: Collector, all: readonly Handler[], scope: Scope, here: Here): void {
  for (const handler of all) {
    errorUses(to, handler.errors, here);
    if (handler.next !== null) stateUse(to, handler.next, scope, here);
    assignments(to, handler.assign, here);
    rollback(to, handler.rollback, scope, here);
  }
}

function listeners(to: Collector, all: readonly Listener[], scope: Scope, here: Here): void {
  for (const listener of all) {
    eventUse(to, listener.event, here);
    assignments(to, listener.assign, here);
    transitions(to, listener.transitions, scope, here);
  }
}

function rollback(to: Collector, target: RollbackTarget | null, scope: Scope, here: Here): void {
  const name = target?.to;
  if (name !== null && name !== undefined) refer(to, 'state', name, to.states.get(scope)?.get(name.value), here);
}

/** `vars.NAME` and `results.STATE` in expressions. */
function readsOf(to: Collector, site: TemplateSite): void {
  const here = { scope: site.scope, state: site.state };
  // A migration reads the variables of the older version, which this file need not declare.
  const older = to.workflow.migrations.some(({ vars }) => vars.some(({ value }) => value === site.node));
  for (const { parsed } of site.read.expressions) {
    for (const read of parsed.reads) {
      itemUse(to, site, { value: read.root, range: read.rootRange }, here);
      const [first] = read.path;
      if (first === undefined) continue;
      const name = { value: first.name, range: first.range };
      if (read.root === 'vars') variableUse(to, name, here, false, !older);
      if (read.root === 'results') resultUse(to, name, here);
    }
  }
}

/** A root may be the item of a foreach around the place. */
function itemUse(to: Collector, site: TemplateSite, name: Located<string>, here: Here): void {
  const scope = itemScopes(site).find((one) => one.item?.name === name.value);
  const target = scope === undefined ? undefined : to.items.get(scope);
  if (target !== undefined) refer(to, 'item', name, target, here);
}

function resultUse(to: Collector, name: Located<string>, here: Here): void {
  let target: Declaration | undefined;
  for (let at: Scope | null = here.scope; at !== null && target === undefined; at = at.parent) {
    target = to.states.get(at)?.get(name.value);
  }
  // A result that no state has is a property that does not exist: the family data says so.
  refer(to, 'state', name, target, here, { sure: false });
}
