/** A finding as the command line writes it: with the file's name and places that count from 1. */
import { lineIndex, positionAt, type Diagnostic, type DiagnosticCode } from '../../language/index.ts';

export interface Finding {
  /** The path as the caller gave it, or below a folder as the caller gave that. */
  readonly file: string;
  /** Lines and columns count from 1; columns count UTF-16 code units. The end is behind the last one. */
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly severity: 'error' | 'warning' | 'info' | 'hint';
  readonly code: DiagnosticCode;
  readonly message: string;
}

/** The findings of one file; ranges count in `text`. */
export function findingsOf(file: string, text: string, diagnostics: readonly Diagnostic[]): Finding[] {
  if (diagnostics.length === 0) return [];
  const lines = lineIndex(text);
  return diagnostics.map(({ range, severity, code, message }) => {
    const start = positionAt(lines, range.start);
    const end = positionAt(lines, range.end);
    return {
      file,
      line: start.line + 1,
      column: start.character + 1,
      endLine: end.line + 1,
      endColumn: end.character + 1,
      severity,
      code,
      message,
    };
  });
}
