/**
 * Stops at conditions: a breakpoint on a `when` stops before the step by which that condition is tested.
 *
 * 1. Whether it is tested is known from what the step would decide: the conditions up to that of the transition that it
 *    takes, and all of them when it takes none.
 * 2. Nothing is asked where no breakpoint stands on a condition of the state.
 */
import { foresee } from '../runner/host.ts';
import type { RecordBody, RunView, Step } from '../runner/host.ts';
import type { Breakpoints, Definition, TestBreakpoint } from './breakpoints.ts';
import type { Ground } from './expressions.ts';
import { listsOf, placesOf, stateOf } from './places.ts';

const NONE: readonly TestBreakpoint[] = [];

/** The breakpoints on conditions that `step` is about to test; at once where none stands there. */
export function testedAt(
  breakpoints: Breakpoints,
  step: Step,
  view: RunView,
  now: number,
  ground: () => Ground,
): readonly TestBreakpoint[] | Promise<readonly TestBreakpoint[]> {
  const definition = definitionOf(view);
  const there = standingTests(breakpoints, step, definition);
  if (there.length === 0) return NONE;
  const { env } = ground().bindings;
  // Whoever makes a ground puts the environment there.
  const decision = foresee(view, step, now, (env ?? {}) as Readonly<Record<string, string>>);
  const pick = ({ records }: { readonly records: readonly RecordBody[] }): readonly TestBreakpoint[] =>
    testedBy(there, records, step.plan, definition);
  return decision instanceof Promise ? decision.then(pick) : pick(decision);
}

/** What a run is bound to now. */
export function definitionOf({ plan, text, state }: RunView): Definition {
  return { plan, text, file: state.file };
}

/** Breakpoints on conditions of the state of a step, if it is one after which a transition is chosen. */
export function standingTests(
  breakpoints: Breakpoints,
  { place, plan }: Pick<Step, 'place' | 'plan'>,
  definition: Definition,
): readonly TestBreakpoint[] {
  return place === 'enter' || place === 'return' ? breakpoints.testsOf(plan, definition) : NONE;
}

/** Of `there` those whose conditions were tested for `records`, which a step of the state decided. */
export function testedBy(
  there: readonly TestBreakpoint[],
  records: readonly RecordBody[],
  state: string,
  { plan, text }: Definition,
): readonly TestBreakpoint[] {
  const completed = records.find(({ type }) => type === 'state.completed' || type === 'error.raised');
  if (completed === undefined) return NONE;
  const found = stateOf(placesOf(plan, text), state);
  const lists = found === null ? [] : listsOf(found.state);
  if (completed.type === 'state.completed') {
    const { start } = completed.transition.range;
    const list = lists.find((transitions) => transitions.some(({ range }) => range.start === start)) ?? [];
    return there.filter(
      ({ transition }) => transition <= start && list.some(({ range }) => range.start === transition),
    );
  }
  const faulty = completed.type === 'error.raised' ? completed.error.type : '';
  return faulty === 'no-transition' || faulty === 'expression' ? there : NONE;
}
