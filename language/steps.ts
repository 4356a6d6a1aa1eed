/**
 * Work in slices: each `next()` does a little of it, often far less than a millisecond. Whoever needs it no more stops
 * asking, and nothing is left behind.
 */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Does all of it at once. */
export function toEnd<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
