/** What is wrong with a workflow, as the service says it to those who cannot see the file. */
import { lineIndex, positionAt } from '../../language/index.ts';
import type { StartError } from '../start-error.ts';

export interface PlacedFinding {
  readonly code: string;
  readonly message: string;
  /** Where it is in the workflow's file, counted from 1. */
  readonly line: number;
  readonly column: number;
}

/** The findings that keep a workflow from being run, with their places; none where it is something else. */
export function findingsOf({ findings = [], text = '' }: StartError): readonly PlacedFinding[] {
  const index = lineIndex(text);
  return findings.map(({ code, message, range }) => {
    const { line, character } = positionAt(index, range.start);
    return { code, message, line: line + 1, column: character + 1 };
  });
}
