/** Results for people: a line for each scenario, and below one that failed what differs and where that is written. */
import type { Failure } from '../../runner/scenarios.ts';
import { complain, oneLine, paint, print, type Style } from '../terminal.ts';
import { coverageLines } from './coverage-text.ts';
import { differenceOf } from './difference.ts';
import { formatPlace, placeOfError, type Reporter } from './reporter.ts';

const SIGNS: Readonly<Record<'-' | '+' | ' ', Style>> = { '-': 'red', '+': 'green', ' ': 'dim' };

/** Scenarios that took longer, in milliseconds, say so. */
const SLOW = 200;

/** Prints while the scenarios run. */
export function specReporter(): Reporter {
  let first = true;
  return {
    file({ file }) {
      if (!first) print();
      first = false;
      print(paint('bold', file));
    },
    result({ scenario, failures, ms }) {
      const slow = ms > SLOW ? paint('dim', ` (${Math.round(ms)} ms)`) : '';
      const mark = failures.length === 0 ? paint('green', '✓') : paint('red', '✗');
      print(`  ${mark} ${oneLine(scenario.name)}${slow}`);
      for (const failure of failures) printFailure(failure);
    },
    broken(error) {
      complain(`${placeOfError(error)}: ${oneLine(error.message)}`);
    },
    coverage(coverage) {
      print();
      for (const line of coverageLines(coverage)) print(line);
    },
    end({ passed, failed, broken, ms }) {
      const parts = [
        ...(passed > 0 ? [paint('green', `${passed} passed`)] : []),
        ...(failed > 0 ? [paint('red', `${failed} failed`)] : []),
        ...(broken > 0 ? [paint('red', `${broken} file${broken === 1 ? '' : 's'} not read`)] : []),
      ];
      print();
      print(`${parts.join(', ')} ${paint('dim', `in ${(ms / 1000).toFixed(1)} s`)}`);
    },
  };
}

function printFailure(failure: Failure): void {
  print(`      ${formatPlace(failure.place)} ${paint('red', oneLine(failure.message))}`);
  const lines = differenceOf(failure);
  if (lines.length > 0) print(paint('dim', '        - expected  + what happened'));
  for (const { sign, text } of lines) print(`        ${paint(SIGNS[sign], `${sign} ${text}`)}`);
}
