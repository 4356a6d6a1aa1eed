/** What calls do to the world and which settings hold for them: their own, else those of the operation (section 5). */
import { isBuiltIn } from './names.ts';
import type { KnownOperation, ParticipantOperations } from './operations.ts';
import { type Node, valueOf } from './tree.ts';
import type { CallAction, SideAction, State } from './workflow.ts';

export type Effect = 'none' | 'read' | 'write';

/** Operations by participant, as `operationsOf` gives them. */
export type Operations = ReadonlyMap<string, ParticipantOperations>;

/** The participant's operation that a call names; null for a built-in one and for one that is not known. */
export function operationCalled(operations: Operations, call: CallAction): KnownOperation | null {
  const written = call.operation?.value ?? '';
  const dot = written.indexOf('.');
  if (dot < 0) return null;
  return operations.get(written.slice(0, dot))?.operations.get(written.slice(dot + 1)) ?? null;
}

/** What an operation does to the world: what it says itself, else nothing for GET and HEAD (section 5). */
export function effectOf(known: KnownOperation): Effect {
  const declared = known.own?.effect?.value;
  if (declared === 'none' || declared === 'read' || declared === 'write') return declared;
  const method = known.own?.http?.method ?? known.described?.method;
  return method === 'GET' || method === 'HEAD' ? 'none' : 'write';
}

/** What a built-in operation does to the world; a name that is no built-in one counts as a write. */
export function builtInEffect(name: string, call: CallAction): Effect {
  if (!isBuiltIn(name)) return 'write';
  if (name === 'log') return 'none';
  if (name !== 'http') return 'write';
  const method = valueOf(call.with, 'method');
  if (method === undefined) return 'none';
  return method.kind === 'scalar' && /^(get|head)$/i.test(method.text) ? 'none' : 'write';
}

/**
 * What a call does to the world; null where that is not known: the operation does not exist, or the file that describes
 * it is not at hand.
 */
export function effectOfCall(operations: Operations, call: CallAction): Effect | null {
  const written = call.operation?.value ?? '';
  if (isBuiltIn(written)) return builtInEffect(written, call);
  const known = operationCalled(operations, call);
  return known === null ? null : effectOf(known);
}

/** Whether the call only writes a line to the run’s log. */
export function isLog(call: CallAction): boolean {
  return call.operation?.value === 'log';
}

/** The `retry` or the `timeout` that holds for a call: what stands beside it, else what the operation says. */
export function settingOf(
  operations: Operations,
  key: 'retry' | 'timeout',
  beside: Node | null,
  call: CallAction | null,
): Node | null {
  if (beside !== null) return beside;
  return call === null ? null : (operationCalled(operations, call)?.own?.[key] ?? null);
}

/** The call of a state, that of a foreach’s items included, with the settings that hold for it. */
export interface StateCall {
  readonly call: CallAction;
  readonly compensate: SideAction | null;
  readonly retry: Node | null;
  readonly timeout: Node | null;
}

/** What a state calls, itself or for each item; null when it is no call. */
export function callOf(operations: Operations, state: State): StateCall | null {
  const { action } = state;
  const each = action?.kind === 'foreach' ? action : null;
  const call = action?.kind === 'call' ? action : (each?.call ?? null);
  if (call === null) return null;
  const beside = (key: 'retry' | 'timeout'): Node | null =>
    settingOf(operations, key, valueOf(each?.entry.value, key) ?? state[key], call);
  return {
    call,
    compensate: each?.compensate ?? state.compensate,
    retry: beside('retry'),
    timeout: beside('timeout'),
  };
}
