/** Stopping actions: the commands that fire their abort signals. What they come to is a stimulus of its own. */
import { isActing } from './apply.ts';
import { specOf } from './context.ts';
import type { Context } from './context.ts';
import { scopesBelow } from './entries.ts';
import type { Activation } from './state.ts';

/** Commands that stop every action at and below an activation. */
export function abort(context: Context, activation: Activation): void {
  const below = new Set(scopesBelow(context.state, activation).map((scope) => scope.id));
  for (const other of context.state.activations.values()) {
    if (other.id !== activation.id && !(below.has(other.scope) && other.role === 'state')) continue;
    abortOne(context, other);
  }
}

/** The command that stops the action of this activation alone, if it acts. */
export function abortOne(context: Context, activation: Activation): void {
  const { id, child } = activation;
  if (!isActing(activation)) return;
  // A child that is being rolled back is no action of this run: it goes on by itself.
  const isRun = specOf(context, activation).action?.kind === 'run';
  if (child !== null && isRun) context.commands.push({ type: 'cancel-child', activation: id, child });
  else context.commands.push({ type: 'abort', activation: id });
}
