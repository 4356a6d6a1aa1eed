/**
 * Durations as an author writes them: `250ms`, `10s`, `5m`, `2h`, `3d`, combinations such as `1h30m`, or ISO 8601
 * (`PT10S`, `P1DT2H`). Inside the product a duration is a whole number of milliseconds.
 */

/** Units from the longest to the shortest, each with its length in milliseconds. */
const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

const SHORT =
  /^(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/;

/** Years and months are left out: their length depends on the date. A week is always seven days. */
const ISO =
  /^P(?!$)(?:(\d+(?:[.,]\d+)?)W)?(?:(\d+(?:[.,]\d+)?)D)?(?:T(?=\d)(?:(\d+(?:[.,]\d+)?)H)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)S)?)?$/;

const ISO_UNITS = [604_800_000, 86_400_000, 3_600_000, 60_000, 1000] as const;

/** The longest duration: a hundred years. A longer one would not fit a date and is a slip of the author. */
export const MAX_DURATION = 36_525 * 86_400_000;

/**
 * Reads a duration.
 *
 * @param text what the author wrote, without spaces around it
 * @returns whole milliseconds, at least 0, or null when `text` is no duration: another notation, a negative number,
 *   years or months (their length is not fixed), a part of a millisecond, or more than `MAX_DURATION`
 */
export function parseDuration(text: string): number | null {
  if (text.length === 0 || text.length > 100) return null;
  const short = SHORT.exec(text);
  if (short !== null)
    return total(
      short,
      UNITS.map(([, length]) => length),
    );
  const iso = ISO.exec(text);
  return iso === null ? null : total(iso, ISO_UNITS);
}

function total(parts: RegExpExecArray, lengths: readonly number[]): number | null {
  let sum = 0;
  for (const [at, length] of lengths.entries()) {
    const part = parts[at + 1];
    if (part !== undefined) sum += Number(part.replace(',', '.')) * length;
  }
  // Binary fractions are inexact: 1.1s is 1100.0000000000002 here, which means 1100.
  const whole = Math.round(sum);
  return Math.abs(sum - whole) < 1e-6 && whole <= MAX_DURATION ? whole : null;
}

/**
 * Writes a duration in the short form, longest unit first: `1h30m`, `250ms`, `0s`.
 *
 * @param ms milliseconds; a part of a millisecond is rounded, a negative duration gets a minus sign
 * @returns text that `parseDuration` reads back, unless it is negative
 */
export function formatDuration(ms: number): string {
  let rest = Math.round(Math.abs(ms));
  if (rest === 0) return '0s';
  let text = ms < 0 ? '-' : '';
  for (const [unit, length] of UNITS) {
    const count = Math.floor(rest / length);
    if (count > 0) text += `${String(count)}${unit}`;
    rest -= count * length;
  }
  return text;
}
