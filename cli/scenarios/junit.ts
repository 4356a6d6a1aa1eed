/** Results as JUnit XML, which CI servers read. It is written at the end, because its first line holds the counts. */
import { complain, print } from '../terminal.ts';
import { coverageLines } from './coverage-text.ts';
import { differenceOf } from './difference.ts';
import { formatPlace, placeOfError, type Reporter, type TimedResult } from './reporter.ts';

interface Suite {
  readonly name: string;
  readonly results: TimedResult[];
  /** Why the file cannot be read. */
  readonly error: string | null;
}

/** Collects the results and prints them as one document; coverage goes to standard error. */
export function junitReporter(): Reporter {
  const suites: Suite[] = [];
  return {
    file({ file }) {
      suites.push({ name: file, results: [], error: null });
    },
    result(result) {
      suites.at(-1)?.results.push(result);
    },
    broken(error) {
      suites.push({ name: error.file, results: [], error: `${placeOfError(error)}: ${error.message}` });
    },
    coverage(coverage) {
      for (const line of coverageLines(coverage)) complain(line);
    },
    end({ passed, failed, broken, ms }) {
      const counts = { tests: passed + failed + broken, failures: failed, errors: broken, time: seconds(ms) };
      print('<?xml version="1.0" encoding="UTF-8"?>');
      print(`<testsuites${attributes({ name: 'backstep', ...counts })}>`);
      for (const suite of suites) printSuite(suite);
      print('</testsuites>');
    },
  };
}

function printSuite({ name, results, error }: Suite): void {
  const failures = results.filter((result) => result.failures.length > 0).length;
  const errors = error === null ? 0 : 1;
  const time = seconds(results.reduce((sum, { ms }) => sum + ms, 0));
  print(`  <testsuite${attributes({ name, tests: results.length + errors, failures, errors, time })}>`);
  if (error !== null) {
    print(`    <testcase${attributes({ name, classname: name })}>`);
    print(`      <error${attributes({ message: error })}/>`);
    print('    </testcase>');
  }
  for (const result of results) printCase(result, name);
  print('  </testsuite>');
}

function printCase({ scenario, failures, ms }: TimedResult, file: string): void {
  const about = { name: scenario.name, classname: file, file, line: scenario.place.line, time: seconds(ms) };
  if (failures.length === 0) {
    print(`    <testcase${attributes(about)}/>`);
    return;
  }
  print(`    <testcase${attributes(about)}>`);
  for (const failure of failures) {
    const { message, place } = failure;
    const lines = differenceOf(failure).map(({ sign, text }) => `${sign} ${text}`);
    print(`      <failure${attributes({ message, type: 'expectation' })}>`);
    for (const line of [formatPlace(place), ...lines]) print(escape(line));
    print('      </failure>');
  }
  print('    </testcase>');
}

function attributes(all: Readonly<Record<string, string | number>>): string {
  return Object.entries(all)
    .map(([name, value]) => ` ${name}="${escape(String(value))}"`)
    .join('');
}

/** XML 1.0 has no place for control characters, not even escaped ones. */
function escape(text: string): string {
  return text
    .replace(/[^\t\n\r\x20-\uFFFD]/g, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
