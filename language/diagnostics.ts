/**
 * Findings about a file, and what decides whether they are shown: severities that a workspace sets, and comments in the
 * file that silence one.
 */
import { DIAGNOSTICS, type DiagnosticCode, isDiagnosticCode, type Severity } from './codes.ts';
import { type LineIndex, positionAt, type Range } from './text.ts';
import type { Comment } from './tree.ts';

/** A place that helps to understand a finding, in the same file unless `file` names another. */
export interface RelatedPlace {
  readonly message: string;
  readonly range: Range;
  readonly file?: string;
}

/** What a quick fix needs to know beyond the code and the range; see `fixes.ts`. */
export type FixData =
  | { readonly kind: 'replace'; readonly range: Range; readonly with: readonly string[] }
  | { readonly kind: 'insert-key'; readonly into: Range; readonly key: string; readonly value: string }
  | { readonly kind: 'remove-entry'; readonly entry: Range }
  | { readonly kind: 'declare'; readonly section: readonly string[]; readonly name: string; readonly value: string }
  | { readonly kind: 'quote'; readonly range: Range }
  | { readonly kind: 'add-item'; readonly list: Range; readonly item: string }
  /** A declaration by its name, and all that refers to it in the file. */
  | { readonly kind: 'rename'; readonly declaration: Range; readonly to: readonly string[] }
  /** Text in the place of other text. */
  | { readonly kind: 'rewrite'; readonly title: string; readonly range: Range; readonly text: string }
  /** Several of these at once. */
  | { readonly kind: 'all'; readonly title: string; readonly of: readonly FixData[] };

export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  readonly range: Range;
  readonly message: string;
  readonly related?: readonly RelatedPlace[];
  /** The ways to put it right, best first. */
  readonly fixes?: readonly FixData[];
}

/** Severities that a workspace sets for single codes. */
export type Rules = Partial<Record<DiagnosticCode, Severity | 'off'>>;

/** A finding with the code's own severity. */
export function finding(
  code: DiagnosticCode,
  range: Range,
  message: string,
  more: { readonly related?: readonly RelatedPlace[]; readonly fixes?: readonly FixData[] } = {},
): Diagnostic {
  return { code, severity: DIAGNOSTICS[code].severity, range, message, ...more };
}

/**
 * The findings to show: those that no rule turns off and no comment silences, with the severities of `rules`, each once,
 * in the order of the text.
 */
export function applyRules(
  all: readonly Diagnostic[],
  rules: Rules,
  suppressed: (diagnostic: Diagnostic) => boolean,
): readonly Diagnostic[] {
  const seen = new Set<string>();
  const shown: Diagnostic[] = [];
  for (const diagnostic of all) {
    const rule = Object.hasOwn(rules, diagnostic.code) ? rules[diagnostic.code] : undefined;
    if (rule === 'off' || suppressed(diagnostic)) continue;
    const id = `${diagnostic.code} ${diagnostic.range.start} ${diagnostic.range.end} ${diagnostic.message}`;
    if (seen.has(id)) continue;
    seen.add(id);
    shown.push(rule === undefined ? diagnostic : { ...diagnostic, severity: rule });
  }
  return shown.sort((a, b) => a.range.start - b.range.start || a.range.end - b.range.end);
}

const DIRECTIVE = /^#\s*backstep-disable-next-line\b(.*)$/;

/**
 * Reads the comments `# backstep-disable-next-line CODE` and gives the test whether one of them silences a finding.
 * Several codes may follow, separated by spaces or commas. Lines that hold only a comment do not count as the next one,
 * so that such comments can be stacked.
 */
export function suppressions(
  text: string,
  lines: LineIndex,
  comments: readonly Comment[],
): (diagnostic: Diagnostic) => boolean {
  const silenced = new Map<number, Set<string>>();
  for (const comment of comments) {
    const directive = DIRECTIVE.exec(text.slice(comment.range.start, comment.range.end));
    if (directive === null) continue;
    const codes = (directive[1] ?? '').split(/[\s,]+/).filter(isDiagnosticCode);
    const line = nextLine(text, lines, positionAt(lines, comment.range.start).line);
    const known = silenced.get(line) ?? new Set<string>();
    for (const code of codes) known.add(code);
    silenced.set(line, known);
  }
  if (silenced.size === 0) return () => false;
  return (diagnostic) => silenced.get(positionAt(lines, diagnostic.range.start).line)?.has(diagnostic.code) ?? false;
}

function nextLine(text: string, lines: LineIndex, from: number): number {
  let line = from + 1;
  while (line < lines.starts.length && /^[ \t]*#/.test(text.slice(lines.starts[line], lines.starts[line + 1]))) line++;
  return line;
}
