/** Results for programs: a line of JSON for each scenario and each file that cannot be read, and last the counts. */
import { printJson } from '../terminal.ts';
import { countOf, KINDS } from './coverage-text.ts';
import type { Reporter } from './reporter.ts';

/** Prints while the scenarios run. */
export function jsonReporter(): Reporter {
  return {
    file: () => undefined,
    result({ scenario, played, failures, ms }) {
      const { file, line, column } = scenario.place;
      printJson({
        file,
        line,
        column,
        scenario: scenario.name,
        ok: failures.length === 0,
        ms: Math.round(ms),
        ...(played === null ? {} : { status: played.status, path: played.path, compensated: played.compensated }),
        failures: failures.map(({ message, place, expected, actual }) => ({
          message,
          file: place.file,
          line: place.line,
          column: place.column,
          ...(expected === undefined ? {} : { expected }),
          ...(actual === undefined ? {} : { actual }),
        })),
      });
    },
    broken({ file, message, place }) {
      printJson({ file, line: place?.line ?? 1, column: place?.column ?? 1, ok: false, error: message });
    },
    coverage(coverage) {
      for (const workflow of coverage) {
        const counts = KINDS.map((kind) => [`${kind}s`, countOf(workflow, kind)] as const);
        printJson({
          coverage: workflow.workflow,
          file: workflow.file,
          ...Object.fromEntries(counts),
          parts: workflow.parts,
        });
      }
    },
    end({ files, passed, failed, broken, ms }) {
      printJson({ files, passed, failed, broken, ms: Math.round(ms) });
    },
  };
}
