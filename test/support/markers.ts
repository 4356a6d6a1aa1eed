/**
 * Marker documents: small files that carry what is expected of them.
 *
 * - `$0` is the cursor. It is taken out of the text.
 * - `# ^^^ code message` marks the characters of the line above that stand over the carets: a finding with this code,
 *   whose message holds the words that follow. `#<-- code` marks from the line's first character, as far as it reaches.
 *   A bare `# ^ code` of one caret marks a place of one character; `# | code` marks an empty range.
 *   Several such lines may stand below each other. They are taken out of the text.
 * - `#- path` begins a new file; what comes before the first one is the main file.
 */
import { analyse, type Analysis, type LanguageContext, type Range } from '../../language/index.ts';

export interface Mark {
  readonly range: Range;
  readonly code: string;
  /** Words that the message must hold; may be empty. */
  readonly message: string;
}

export interface MarkedFile {
  readonly path: string;
  readonly text: string;
  readonly cursor: number | null;
  readonly marks: readonly Mark[];
}

export interface MarkedDocument {
  readonly main: MarkedFile;
  readonly others: readonly MarkedFile[];
}

const MAIN = 'main.workflow.yaml';

/** Reads a marker document; common indentation and the first line break are left out. */
export function readMarkers(source: string, path = MAIN): MarkedDocument {
  const files: { path: string; lines: string[] }[] = [{ path, lines: [] }];
  for (const line of dedent(source).split('\n')) {
    const next = /^#- (\S+)$/.exec(line)?.[1];
    if (next !== undefined) files.push({ path: next, lines: [] });
    else files.at(-1)?.lines.push(line);
  }
  const [main, ...others] = files.map((file) => readFile(file.path, file.lines));
  if (main === undefined) throw new Error('A marker document has at least one file.');
  return { main, others };
}

/** What a language server or a command would hand to the language along with the main file. */
export function contextOf(document: MarkedDocument, more: LanguageContext = {}): LanguageContext {
  const known = new Map(document.others.map((file) => [normal(file.path), file.text]));
  return {
    file: document.main.path,
    resource: (path) => {
      const text =
        known.get(normal(path)) ?? (normal(path) === normal(document.main.path) ? document.main.text : undefined);
      return text === undefined ? { kind: 'missing' } : { kind: 'text', text };
    },
    ...more,
  };
}

/** Analyses the main file of a marker document. */
export function analyseMarked(
  source: string,
  more: LanguageContext = {},
): { readonly document: MarkedDocument; readonly analysis: Analysis } {
  const document = readMarkers(source);
  return { document, analysis: analyse(document.main.text, contextOf(document, more)) };
}

/** Marks and findings in one readable form, so that a difference shows where and what. */
export function shown(text: string, range: Range, code: string): string {
  const before = text.slice(0, range.start);
  const line = before.split('\n').length;
  const column = range.start - before.lastIndexOf('\n');
  return `${line}:${column} ${code} [${text.slice(range.start, range.end)}]`;
}

const CARETS = /^(\s*#\s*)(\^+)\s+(\S+)\s*(.*)$/;
const START = /^(#<-*)\s+(\S+)\s*(.*)$/;
const EMPTY = /^(\s*#\s*)\|\s+(\S+)\s*(.*)$/;

function readFile(path: string, lines: readonly string[]): MarkedFile {
  const marks: Mark[] = [];
  const kept: string[] = [];
  let cursor: number | null = null;
  let offset = 0;
  let lineStart = 0;
  for (const line of lines) {
    const mark = markOf(line, lineStart);
    if (mark !== null && kept.length > 0) {
      marks.push(mark);
      continue;
    }
    const at = line.indexOf('$0');
    const text = at < 0 ? line : line.slice(0, at) + line.slice(at + 2);
    if (at >= 0) cursor = offset + at;
    kept.push(text);
    lineStart = offset;
    offset += text.length + 1;
  }
  return { path, text: kept.join('\n'), cursor, marks };
}

function markOf(line: string, lineStart: number): Mark | null {
  const carets = CARETS.exec(line);
  if (carets !== null) {
    const start = lineStart + (carets[1] ?? '').length;
    const range = { start, end: start + (carets[2] ?? '').length };
    return { range, code: carets[3] ?? '', message: carets[4] ?? '' };
  }
  const fromStart = START.exec(line);
  if (fromStart !== null) {
    const range = { start: lineStart, end: lineStart + (fromStart[1] ?? '').length };
    return { range, code: fromStart[2] ?? '', message: fromStart[3] ?? '' };
  }
  const empty = EMPTY.exec(line);
  if (empty === null) return null;
  const at = lineStart + (empty[1] ?? '').length;
  return { range: { start: at, end: at }, code: empty[2] ?? '', message: empty[3] ?? '' };
}

function dedent(source: string): string {
  const lines = source
    .replace(/^\n/, '')
    .replace(/\n[ \t]*$/, '\n')
    .split('\n');
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length);
  const common = Math.min(...indents, Number.MAX_SAFE_INTEGER);
  return lines.map((line) => line.slice(Math.min(common, line.length))).join('\n');
}

function normal(path: string): string {
  return path.replace(/^\.\//, '');
}
