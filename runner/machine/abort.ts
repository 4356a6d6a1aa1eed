/** Stopping actions: the commands that fire their abort signals. What they come to is a stimulus of its own. */
import { currentOf, isActing } from './activations.ts';
import { specOf } from './context.ts';
import type { Context } from './context.ts';
import { scopesBelow } from './entries.ts';
import { ROOT } from './state.ts';
import type { Activation } from './state.ts';

/** Commands that stop every action at and below an activation. */
export function abort(context: Context, activation: Activation): void {
  const below = new Set(scopesBelow(context.state, activation).map((scope) => scope.id));
  for (const other of context.state.activations.values()) {
    if (other.id !== activation.id && !(below.has(other.scope) && other.role === 'state')) continue;
    abortOne(context, other);
  }
}

/** Commands that stop everything that acts, what undoes included: the run ends by force. */
export function abortAll(context: Context): void {
  for (const activation of context.state.activations.values()) abortOne(context, activation, true);
}

/** The command that stops the action of this activation alone, if it acts; by force a child run stops as it is. */
export function abortOne(context: Context, activation: Activation, force = false): void {
  const { id, child } = activation;
  if (!isActing(activation)) return;
  // A child that is being rolled back is no action of this run: it goes on by itself.
  const isRun = specOf(context, activation).action?.kind === 'run';
  if (child !== null && isRun) {
    // What holds for the run holds for those that it began: they are undone unless it is not.
    const leave = currentOf(context.state, ROOT)?.leave;
    const compensate = !force && !(leave?.kind === 'end' && !leave.undo);
    context.commands.push({ type: 'cancel-child', activation: id, child, compensate, force });
  } else context.commands.push({ type: 'abort', activation: id });
}
