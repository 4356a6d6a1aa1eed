/** Long work in slices, between which other messages are handled. */
import type { Steps } from '../language/index.ts';

/** Milliseconds that a slice of work may take: somebody who types notices no pause of this length. */
const SLICE = 8;

/** Works for one slice; gives what came out, or null while there is more to do. */
export function workOn<T>(steps: Steps<T>): { readonly value: T } | null {
  const end = performance.now() + SLICE;
  do {
    const step = steps.next();
    if (step.done === true) return { value: step.value };
  } while (performance.now() < end);
  return null;
}

/** Lets the messages that have come be handled. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

let last: Promise<void> = Promise.resolve();

/** The same, for one of several that wait for the same: they go on one after the other, with messages in between. */
export function ownTurn(): Promise<void> {
  return (last = last.then(turn));
}
