/** What a state came to, in a few words. Pure. */
import type { StateFacts } from '../debugger/protocol.ts';

/** Such as `= {"chargeId": "c-1"} · 2 visits · 120 ms`, or `failed: timeout · attempt 3`. */
export function factsInWords({ result, outcome, visits, duration, attempt }: StateFacts): string {
  const [said, plain] = [outcome !== 'entered', /^completed\b/.test(outcome)];
  const words = [
    result !== null && result !== 'null' ? `= ${result}` : '',
    said && !plain ? outcome : '',
    attempt !== null && attempt > 1 ? `attempt ${attempt}` : '',
    visits > 1 ? `${visits} visits` : '',
    duration === null || /\d ms\b/.test(plain ? '' : outcome) ? '' : inTime(duration),
  ];
  return words.filter((word) => word !== '').join(' · ');
}

function inTime(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 120_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  if (milliseconds < 7_200_000) return `${Math.round(milliseconds / 60_000)} min`;
  return `${Math.round(milliseconds / 3_600_000)} h`;
}
