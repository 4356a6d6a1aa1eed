/** What a person wants when the run goes on, and whether a step has come there. */
import type { Step } from '../runner/host.ts';

export type Goal = 'continue' | 'over' | 'in' | 'out' | 'goto';

export interface Aim {
  readonly goal: Goal;
  /** The scope of the stop and those around it, from the inside out, each as `RUN#SCOPE`. */
  readonly line: readonly string[];
  /** With `in`: the way of the branch or the item that alone is stepped in to; with `goto`: the state's id in the plan. */
  readonly target?: string;
}

/**
 * Whether a step reaches the aim. `scope` is the step's scope instance as `RUN#SCOPE`, and `around` gives it with all
 * around it.
 */
export function reaches(aim: Aim, place: Step['place'], scope: string, around: () => readonly string[]): boolean {
  const { goal, line } = aim;
  if (goal === 'continue' || goal === 'goto') return false;
  // What goes on beside this thread is no part of its step.
  if (goal === 'in') return line.includes(scope) || around().includes(line[0] ?? '');
  const wanted = goal === 'over' ? line : line.slice(1);
  if (!wanted.includes(scope)) return false;
  if (place === 'enter' || place === 'undo') return true;
  return goal === 'out' && place === 'return';
}
