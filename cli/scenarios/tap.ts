/** Results in the Test Anything Protocol, version 14. */
import { stringify } from 'yaml';
import { print } from '../terminal.ts';
import { coverageLines } from './coverage-text.ts';
import { formatPlace, placeOfError, type Reporter } from './reporter.ts';

/** Prints a test point for each scenario and for each file that cannot be read, and last the plan. */
export function tapReporter(): Reporter {
  let count = 0;
  const point = (ok: boolean, name: string): void => {
    count++;
    print(`${ok ? 'ok' : 'not ok'} ${count} - ${escape(name)}`);
  };
  print('TAP version 14');
  return {
    file({ file }) {
      print(`# ${file}`);
    },
    result({ scenario, failures, ms }) {
      point(failures.length === 0, `${scenario.place.file} > ${scenario.name}`);
      const found = failures.map(({ message, place, expected, actual }) => ({
        message,
        at: formatPlace(place),
        ...(expected === undefined ? {} : { expected }),
        ...(actual === undefined ? {} : { actual }),
      }));
      diagnose({ duration_ms: Math.round(ms), ...(found.length === 0 ? {} : { failures: found }) });
    },
    broken(error) {
      point(false, error.file);
      diagnose({ failures: [{ message: error.message, at: placeOfError(error) }] });
    },
    coverage(coverage) {
      for (const line of coverageLines(coverage)) print(line === '' ? '#' : `# ${line}`);
    },
    end() {
      print(`1..${count}`);
    },
  };
}

function diagnose(block: unknown): void {
  print('  ---');
  for (const line of stringify(block, { lineWidth: 0 }).trimEnd().split('\n')) print(`  ${line}`);
  print('  ...');
}

/** In a description `#` would begin a directive. */
function escape(name: string): string {
  return name.replace(/\s+/g, ' ').replace(/[\\#]/g, '\\$&');
}
