/** What a reporter of `backstep test` is told, in this order, and what it makes of it is standard output. */
import type { ScenarioFile, ScenarioFileError, ScenarioResult, WorkflowCoverage } from '../../runner/scenarios.ts';

export interface TimedResult extends ScenarioResult {
  /** Real milliseconds. */
  readonly ms: number;
}

export interface Summary {
  readonly files: number;
  readonly passed: number;
  readonly failed: number;
  /** Files that could not be read. */
  readonly broken: number;
  readonly ms: number;
}

export interface Reporter {
  /** A file whose scenarios follow. */
  file(file: ScenarioFile): void;
  result(result: TimedResult): void;
  /** A file that cannot be played. */
  broken(error: ScenarioFileError): void;
  coverage(coverage: readonly WorkflowCoverage[]): void;
  end(summary: Summary): void;
}

/** `FILE:LINE:COLUMN`, as terminals and editors make a link of it. */
export function formatPlace({
  file,
  line,
  column,
}: {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}): string {
  return `${file}:${line}:${column}`;
}

/** The file of an error with its place, where it has one. */
export function placeOfError({ file, place }: ScenarioFileError): string {
  return place === null ? file : formatPlace(place);
}
