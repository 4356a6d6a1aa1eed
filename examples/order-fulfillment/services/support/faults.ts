/**
 * The faults that a request can ask for, as the test cards of a payment sandbox do: a value that begins with `test-` in
 * a field of the request (the card, an item's SKU, the postal code). Faults are thus inputs: no code is changed to see
 * one, and each comes every time.
 *
 * | value             | what the service does                                                                     |
 * | ----------------- | ----------------------------------------------------------------------------------------- |
 * | `test-slow`       | commits, then answers later than the workflow waits; the same key again is answered at once |
 * | `test-down`       | answers 503, always                                                                       |
 * | `test-down-twice` | answers 503 to the first two attempts with a key, then works                              |
 * | `test-dies`       | commits, then its process exits before it has answered; the same key again is answered    |
 *
 * Refusals that belong to one service (`test-declined`, `test-sold-out`, `test-undeliverable`, `test-hold`) are in that
 * service's file.
 */
export const FAULTS = ['test-slow', 'test-down', 'test-down-twice', 'test-dies'] as const;

export type Fault = (typeof FAULTS)[number];

/** How many attempts `test-down-twice` refuses. */
export const REFUSED_ATTEMPTS = 2;

/** The first of the values that asks for a fault. */
export function faultIn(values: readonly string[]): Fault | undefined {
  return FAULTS.find((fault) => values.includes(fault));
}
