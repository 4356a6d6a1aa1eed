/** Hit counts of breakpoints: at which of the times that a place is reached the run stops. */

/** Whether the `count`-th hit (from 1) stops. */
export type HitTest = (count: number) => boolean;

const FORM = /^\s*(>=|<=|==|=|>|<|%)?\s*(\d{1,9})\s*$/;

/**
 * Reads a hit count: a plain number or `= n` is exactly that hit; `> n`, `>= n`, `< n`, `<= n` compare; `% n` is every
 * n-th. Gives a sentence instead when it is none of these.
 */
export function readHitCount(text: string): HitTest | string {
  const match = FORM.exec(text);
  const number = Number(match?.[2] ?? NaN);
  if (match === null || Number.isNaN(number)) {
    return `\`${text}\` is no hit count. Write a number for exactly that hit, or \`> n\`, \`>= n\`, \`= n\`, \`% n\` (every n-th).`;
  }
  switch (match[1]) {
    case '>':
      return (count) => count > number;
    case '>=':
      return (count) => count >= number;
    case '<':
      return (count) => count < number;
    case '<=':
      return (count) => count <= number;
    case '%':
      if (number === 0) return 'Every 0th hit is none. Write `% n` with a number from 1.';
      return (count) => count % number === 0;
    default:
      if (number === 0) return 'Hits count from 1, so the hit 0 never comes. Write a number from 1.';
      return (count) => count === number;
  }
}
