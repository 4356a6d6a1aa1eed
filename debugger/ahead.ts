/** What a person asked for ahead of time: that a state fails when the run comes to it, or that its call is answered. */
import type { Json } from '../language/index.ts';
import type { RunView, Step, StimulusBody } from '../runner/host.ts';
import { placesOf, stateOf, WITHOUT_CALL } from './places.ts';

export interface Wish {
  /** A state by its name, or by its way without numbers of items. */
  readonly state: string;
  readonly what:
    | { readonly kind: 'fail'; readonly error: { readonly type: string; readonly message: string } }
    | { readonly kind: 'answer'; readonly result: Json };
  /** Also at every later visit and attempt. */
  readonly always: boolean;
}

export interface Ahead {
  readonly active: boolean;
  add(wish: Wish): void;
  /** Whether something was asked for at this step. */
  has(step: Step, view: RunView): boolean;
  /** What is to be said to the run before this step is taken, or null; what was asked for once is done with by that. */
  take(step: Step, view: RunView): StimulusBody | null;
  clear(): void;
}

/** Nothing was asked for yet. */
export function createAhead(): Ahead {
  let wishes: readonly Wish[] = [];
  const find = (step: Step, view: RunView): Wish | undefined => {
    if (wishes.length === 0 || (step.place !== 'enter' && step.place !== 'call')) return undefined;
    const found = stateOf(placesOf(view.plan, view.text), step.plan);
    if (found === null) return undefined;
    const { id, name, action } = found.state;
    if ((step.place === 'enter') !== WITHOUT_CALL.has(action.kind)) return undefined;
    const activation = step.activation === null ? undefined : view.state.activations.get(step.activation);
    if (activation === undefined || activation.injected !== null || activation.answered != null) return undefined;
    return wishes.find(({ state }) => state === id || state === name);
  };
  return {
    get active() {
      return wishes.length > 0;
    },
    add(wish) {
      wishes = [wish, ...wishes.filter(({ state }) => state !== wish.state)];
    },
    has: (step, view) => find(step, view) !== undefined,
    take(step, view) {
      const wish = find(step, view);
      if (wish === undefined || step.activation === null) return null;
      if (!wish.always) wishes = wishes.filter((each) => each !== wish);
      const { activation } = step;
      const { what } = wish;
      if (what.kind === 'fail') return { type: 'inject', activation, error: what.error };
      return { type: 'answer', activation, result: what.result, by: BY };
    },
    clear() {
      wishes = [];
    },
  };
}

/** Who did what a debug session does to a run, for the history. */
export const BY = { name: 'debugger' };
