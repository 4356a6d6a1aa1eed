/**
 * An event reaches a run (sections 6.7 and 9 of the language): the first that takes it is given it.
 *
 * 1. Those that listen are asked from the inside out, listening states and the `on` of scopes, the workflow's own last.
 * 2. A run is given an event at most once.
 * 3. An event that came before something was entered is taken only by a `listen` that buffers, and only if it was entered
 *    while the event was kept.
 * 4. A fault of a `match` or of what follows from it is an error at the one that listens, and the event counts as given:
 *    it would fault again.
 */
import type { PlanListener } from '../../language/index.ts';
import { bindingsOf, overlaid, scopesAbove } from './bindings.ts';
import { Fault, evaluateAll, holds, specOf } from './context.ts';
import type { Context } from './context.ts';
import { located } from './errors.ts';
import { raise } from './raise.ts';
import type { CloudEventData, Leave } from './record.ts';
import { ROOT, eventIdentity, isLockedOut } from './state.ts';
import type { Activation } from './state.ts';
import type { Stimulus } from './stimulus.ts';
import { choose } from './transitions.ts';

interface Ear {
  readonly on: readonly PlanListener[];
  /** The scope instance in which it stands. */
  readonly scope: number;
  /** The activation that is left by the event; for a `listen` the one that it completes. */
  readonly activation: Activation;
  readonly kind: 'listen' | 'scope' | 'run';
  /** When it began to listen. */
  readonly since: number;
  readonly buffer: boolean;
}

/** Gives the event of `stimulus` to the first that takes it. */
export function receive(context: Context, stimulus: Extract<Stimulus, { type: 'event' }>): null {
  const { event, at = context.now, until = Infinity, kept = false } = stimulus;
  const { state } = context;
  if (state.lifecycle !== 'active' || isLockedOut(state) || state.received.has(eventIdentity(event))) return null;
  for (const ear of earsOf(context)) {
    const missed = ear.buffer ? ear.since > until : kept || at < ear.since;
    if (!missed && offer(context, ear, event)) return null;
  }
  return null;
}

/** All that listen, the innermost first, and of those equally far in the one that was entered first. */
function earsOf(context: Context): Ear[] {
  const { state, plan } = context;
  const ears: Ear[] = [];
  for (const activation of state.activations.values()) {
    const left = activation.cancelled || activation.leave !== null;
    if (activation.role !== 'state' || activation.phase !== 'acting' || left) continue;
    const { action } = specOf(context, activation);
    if (action?.kind !== 'listen' && action?.kind !== 'scope') continue;
    const buffer = action.kind === 'listen' && action.buffer;
    const since = activation.startedAt ?? activation.enteredAt;
    ears.push({ on: action.on, scope: activation.scope, activation, kind: action.kind, since, buffer });
  }
  const depths = new Map(ears.map(({ scope }) => [scope, scopesAbove(state, scope).length]));
  ears.sort((one, other) => (depths.get(other.scope) ?? 0) - (depths.get(one.scope) ?? 0));
  const root = state.scopes.get(ROOT)?.current;
  const current = root == null ? undefined : state.activations.get(root);
  if (current && current.leave?.kind !== 'end') {
    const since = state.startedAt + state.ahead;
    ears.push({ on: plan.root.on, scope: ROOT, activation: current, kind: 'run', since, buffer: false });
  }
  return ears;
}

/** Whether `ear` took the event, be it with an error. */
function offer(context: Context, ear: Ear, event: CloudEventData): boolean {
  const { activation } = ear;
  const received = (leave: Leave | null) =>
    context.records.push({ type: 'event.received', event, activation: activation.id, leave });
  const bindings = bindingsOf(context.state, ear.scope, { event: { ...event } });
  for (const listener of ear.on) {
    if (listener.event !== event.type) continue;
    try {
      if (!holds(context, listener.match, bindings)) continue;
      if (ear.kind === 'listen') {
        const { id, attempt } = activation;
        received(null);
        context.records.push({ type: 'attempt.succeeded', activation: id, attempt, result: { ...event } });
        return true;
      }
      const assign = evaluateAll(context, listener.assign, bindings);
      const chosen = choose(context, listener.transitions, overlaid(bindings, 'vars', assign));
      const transition = { ...chosen, assign: [...assign, ...chosen.assign] };
      received({ kind: 'transition', transition, undo: transition.rollback !== null });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      received(null);
      const outside = ear.kind === 'run';
      const fault = located(error.error, outside ? '' : activation.way, outside ? 0 : activation.attempt);
      raise(context, activation, fault, { retry: false, outside });
    }
    return true;
  }
  return false;
}
