/**
 * Text → tree. The one file that knows the YAML parser; `plain-yaml.ts` goes before it wherever it can.
 *
 * 1. It never throws and always ends, whatever the text holds: depth is bounded before anything recurses, and so is
 *    what aliases may expand to.
 * 2. Every range counts in the text as it was given, also when the parser was given a repaired one: a repair replaces
 *    characters one for one.
 * 3. Duplicate keys stay in the tree, in order; whether they are allowed is not decided here.
 */
import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  Lexer,
  type Pair,
  Parser,
  type ParsedNode,
  type Scalar,
  type YAMLError,
} from 'yaml';
import { parsePlain } from './plain-yaml.ts';
import { unquotedExpressions } from './repair.ts';
import { sentenceFor } from './syntax-problems.ts';
import type { Range } from './text.ts';
import type { Comment, Entry, Node, ScalarNode, ScalarStyle, SyntaxProblem, Tree } from './tree.ts';

/** Mappings and sequences may stand this deep inside each other; deeper ones would be no workflow. */
export const MAX_DEPTH = 256;
/** So many nodes may come out of aliases in one file. */
const MAX_ALIAS_NODES = 10_000;
/** More problems than this in one file say nothing new. */
const MAX_PROBLEMS = 20;

/** Reads `text` as one YAML 1.2 document. Raises nothing: what is wrong stands in the tree's `problems`. */
export function parse(text: string): Tree {
  return parsePlain(text) ?? parseAll(text);
}

/** Reads `text` with the full parser, as `parse` does wherever the text is not plain. */
export function parseAll(text: string): Tree {
  const first = parseOnce(text, text);
  if (!text.includes('${')) return first;
  if (first.problems.length === 0 && !first.doubtful) return first;
  const unquoted = unquotedExpressions(text);
  if (unquoted.length === 0) return first;
  const second = parseOnce(text, mask(text, unquoted), unquoted);
  return { ...second, unquoted };
}

interface Parsed extends Tree {
  /** Some plain value begins an expression and does not end it: a comment or a colon may have cut it off. */
  readonly doubtful: boolean;
}

function parseOnce(original: string, readable: string, masked: readonly Range[] = []): Parsed {
  const problems: SyntaxProblem[] = [];
  const comments: Comment[] = [];
  const { source, control } = withoutControls(readable);
  if (control >= 0) {
    const message = 'The file holds a control character, which YAML does not allow. Remove it.';
    problems.push({ message, range: { start: control, end: control + 1 } });
  }
  const tokens: CST.Token[] = [];
  const tooDeep = tokenize(source, tokens, comments);
  if (tooDeep !== null) {
    const message = `Mappings and lists stand more than ${MAX_DEPTH} deep inside each other here. Write them flatter.`;
    return { root: null, comments, problems: [{ message, range: tooDeep }], unquoted: [], doubtful: false };
  }
  const [document, ...others] = compose(tokens, source.length);
  for (const other of others.slice(0, 1)) {
    const start = documentStart(other, tokens);
    const message = 'A second YAML document begins here. A file holds one; put the other into a file of its own.';
    problems.push({ message, range: { start, end: Math.min(start + 3, source.length) } });
  }
  if (document === undefined) return { root: null, comments, problems, unquoted: [], doubtful: false };
  for (const fault of [...document.errors, ...document.warnings]) {
    const range = unclosedAt(tokens, fault, source) ?? clamp(fault.pos, source);
    problems.push({ message: sentenceFor(fault, source), range });
  }
  const by: Conversion = {
    original,
    masked,
    problems,
    anchors: new Map(),
    open: new Set(),
    aliasDepth: 0,
    aliasNodes: 0,
    depth: 0,
    doubtful: false,
  };
  const root = document.contents === null ? null : convert(by, document.contents);
  const empty = root?.kind === 'scalar' && root.style === 'missing';
  return {
    root: empty ? null : root,
    comments,
    problems: onePerLine(problems, source),
    unquoted: [],
    doubtful: by.doubtful,
  };
}

/** The text with every control character replaced, because the parser uses some as marks; and where the first stands. */
function withoutControls(text: string): { readonly source: string; readonly control: number } {
  let control = -1;
  let source = '';
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if ((unit >= 32 && unit !== 127) || unit === 9 || unit === 10 || unit === 13) continue;
    if (control < 0) control = at;
    source += `${text.slice(from, at)}\uFFFD`;
    from = at + 1;
  }
  return { source: control < 0 ? text : source + text.slice(from), control };
}

/** Fills `tokens` and `comments`; gives the place that is nested too deep, if there is one. */
function tokenize(source: string, tokens: CST.Token[], comments: Comment[]): Range | null {
  const lexer = new Lexer();
  const parser = new Parser();
  let offset = 0;
  let insideScalar = false;
  for (const lexeme of lexer.lex(source)) {
    if (lexeme.startsWith('#') && !insideScalar)
      comments.push({ range: { start: offset, end: offset + lexeme.length } });
    insideScalar = lexeme === SCALAR_MARK;
    if (!CST_MARKS.has(lexeme)) offset += lexeme.length;
    for (const token of parser.next(lexeme)) tokens.push(token);
    // The parser's stack holds the document and everything that is open in it.
    if (parser.stack.length > MAX_DEPTH + 2) return { start: offset - lexeme.length, end: offset };
  }
  for (const token of parser.end()) tokens.push(token);
  return null;
}

/** Marks that the lexer puts between the pieces of the text; they stand for no characters of it. */
const SCALAR_MARK = '\u001F';
const CST_MARKS: ReadonlySet<string> = new Set(['\u0002', '\u0018', SCALAR_MARK]);

/** What is never closed is best seen where it was opened; the parser says where it missed the end. */
function unclosedAt(tokens: readonly CST.Token[], fault: YAMLError, source: string): Range | null {
  if (fault.code !== 'MISSING_CHAR' && fault.code !== 'BAD_INDENT') return null;
  const quote = fault.message.includes('quote');
  if (!quote && !/^Flow|must end with a/.test(fault.message)) return null;
  const open = allTokens(tokens).filter(
    (token) => token.offset < fault.pos[1] && (quote ? isOpenQuote(token, source) : isOpenCollection(token)),
  );
  if (open.length === 0) return null;
  const start = open.reduce((last, token) => Math.max(last, token.offset), 0);
  return { start, end: start + 1 };
}

function isOpenQuote(token: CST.Token, source: string): boolean {
  if (token.type !== 'double-quoted-scalar' && token.type !== 'single-quoted-scalar') return false;
  const last = token.offset + token.source.trimEnd().length - 1;
  return last === token.offset || source[last] !== source[token.offset];
}

function isOpenCollection(token: CST.Token): boolean {
  if (token.type !== 'flow-collection') return false;
  const close = token.start.type === 'flow-map-start' ? 'flow-map-end' : 'flow-seq-end';
  return !token.end.some((end) => end.type === close);
}

/** The tokens with all those inside them, in no order. */
function allTokens(tokens: readonly CST.Token[]): readonly CST.Token[] {
  const all: CST.Token[] = [];
  const open = [...tokens];
  for (let token = open.pop(); token !== undefined; token = open.pop()) {
    all.push(token);
    if (token.type === 'document' && token.value) open.push(token.value);
    if (!('items' in token)) continue;
    for (const item of token.items) {
      if (item.key) open.push(item.key);
      if (item.value) open.push(item.value);
    }
  }
  return all;
}

function compose(tokens: readonly CST.Token[], length: number): Document.Parsed[] {
  const composer = new Composer<ParsedNode, true>({
    version: '1.2',
    schema: 'core',
    merge: false,
    resolveKnownTags: false,
    uniqueKeys: false,
    strict: true,
    logLevel: 'silent',
  });
  return [...composer.compose(tokens, false, length)];
}

function documentStart(document: Document.Parsed, tokens: readonly CST.Token[]): number {
  const start = document.range[0];
  const token = tokens.findLast((candidate) => candidate.type === 'document' && candidate.offset <= start);
  return token?.offset ?? start;
}

interface Conversion {
  readonly original: string;
  readonly masked: readonly Range[];
  readonly problems: SyntaxProblem[];
  readonly anchors: Map<string, ParsedNode>;
  /** Collections that are being converted; an alias to one of them would never end. */
  readonly open: Set<ParsedNode>;
  aliasDepth: number;
  aliasNodes: number;
  depth: number;
  doubtful: boolean;
}

function convert(by: Conversion, from: ParsedNode): Node {
  if (isAlias(from)) return expandAlias(by, from.source, rangeOf(from.range));
  if (from.anchor !== undefined) by.anchors.set(from.anchor, from);
  if (by.aliasDepth > 0 && ++by.aliasNodes > MAX_ALIAS_NODES) return missing(from.range[0]);
  if (isScalar(from)) return convertScalar(by, from);
  by.open.add(from);
  by.depth++;
  const made = isMap(from) ? convertMap(by, from) : convertSequence(by, from);
  by.depth--;
  by.open.delete(from);
  return made;
}

type ParsedCollection = Extract<ParsedNode, { items: unknown }>;

function convertMap(by: Conversion, from: ParsedCollection): Node {
  const entries: Entry[] = [];
  for (const pair of from.items) {
    if (!isPair(pair)) continue;
    const parsedKey = pair.key as ParsedNode | null;
    const parsedValue = pair.value;
    const key = convertKey(by, parsedKey, from.range[0]);
    const value = parsedValue === null ? missing(key.range.end) : convert(by, parsedValue);
    entries.push({ key, value, range: { start: key.range.start, end: Math.max(key.range.end, value.range.end) } });
  }
  return { kind: 'map', flow: from.flow === true, range: extent(by, from, entries), entries };
}

function convertSequence(by: Conversion, from: ParsedCollection): Node {
  const items: Node[] = [];
  for (const item of from.items) items.push(isPair(item) ? convertPairItem(by, item) : convert(by, item));
  return { kind: 'sequence', flow: from.flow === true, range: extent(by, from, items), items };
}

/** `[a: b]` is a list of one mapping. */
function convertPairItem(by: Conversion, pair: Pair): Node {
  const parsedValue = pair.value as ParsedNode | null;
  const key = convertKey(by, pair.key as ParsedNode | null, 0);
  const value = parsedValue === null ? missing(key.range.end) : convert(by, parsedValue);
  const range = { start: key.range.start, end: Math.max(key.range.end, value.range.end) };
  return { kind: 'map', flow: true, range, entries: [{ key, value, range }] };
}

/** Where a collection is written: of a block one from its first character to the end of its last part. */
function extent(by: Conversion, from: ParsedCollection, parts: readonly { readonly range: Range }[]): Range {
  const [start, end] = from.range;
  if (from.flow === true || by.aliasDepth > 0) return { start, end: trimmedEnd(by.original, start, end) };
  return { start, end: Math.max(start, parts.at(-1)?.range.end ?? end) };
}

function convertKey(by: Conversion, from: ParsedNode | null, fallback: number): ScalarNode {
  if (from === null) return missing(fallback);
  const node = convert(by, from);
  if (node.kind === 'scalar') return node;
  by.problems.push({ message: 'A key must be a plain name, not a list or a mapping.', range: node.range });
  return { kind: 'scalar', style: 'plain', value: '', text: '', range: node.range };
}

function convertScalar(by: Conversion, from: Scalar.Parsed): ScalarNode {
  const [start, end] = from.range;
  const style = styleOf(from);
  if (style === 'missing') return missing(start);
  const range = { start, end: trimmedEnd(by.original, start, end) };
  if (by.masked.some((one) => one.start < range.end && range.start < one.end)) {
    const text = by.original.slice(range.start, range.end);
    return { kind: 'scalar', style, range, value: text, text };
  }
  const text = typeof from.value === 'string' ? from.value : from.source;
  if (style === 'plain' && text.lastIndexOf('${') > text.lastIndexOf('}')) by.doubtful = true;
  return { kind: 'scalar', style, range, value: plainValue(from.value, text), text };
}

const TOO_MANY_ALIASES = 'The aliases of this file expand to too much. Write the values out, or fewer of them.';

function expandAlias(by: Conversion, name: string, range: Range): Node {
  const target = by.anchors.get(name);
  if (target === undefined) return refuse(by, `There is no anchor &${name} before this alias. Define it first.`, range);
  if (by.open.has(target)) return refuse(by, `The alias *${name} stands inside of what it stands for.`, range);
  if (by.aliasNodes > MAX_ALIAS_NODES || by.depth > MAX_DEPTH) return refuse(by, TOO_MANY_ALIASES, range);
  by.aliasDepth++;
  const made = convert(by, target);
  by.aliasDepth--;
  return by.aliasNodes > MAX_ALIAS_NODES ? refuse(by, TOO_MANY_ALIASES, range) : made;
}

function refuse(by: Conversion, message: string, range: Range): Node {
  by.problems.push({ message, range });
  return missing(range.start);
}

function trimmedEnd(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && /\s/.test(text[at - 1] ?? '')) at--;
  return at;
}

function styleOf(scalar: Scalar.Parsed): ScalarStyle {
  switch (scalar.type) {
    case 'QUOTE_DOUBLE':
      return 'double';
    case 'QUOTE_SINGLE':
      return 'single';
    case 'BLOCK_LITERAL':
      return 'literal';
    case 'BLOCK_FOLDED':
      return 'folded';
    default:
      return scalar.range[0] === scalar.range[1] ? 'missing' : 'plain';
  }
}

function plainValue(value: unknown, text: string): ScalarNode['value'] {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  // Neither infinity nor what is no number exists in JSON: they stay the text that was written.
  return typeof value === 'number' && Number.isFinite(value) ? value : text;
}

function missing(at: number): ScalarNode {
  return { kind: 'scalar', style: 'missing', value: null, text: '', range: { start: at, end: at } };
}

function rangeOf([start, end]: readonly [number, number, number]): Range {
  return { start, end };
}

function mask(text: string, ranges: readonly Range[]): string {
  let masked = '';
  let from = 0;
  for (const { start, end } of ranges) {
    masked += text.slice(from, start) + 'x'.repeat(end - start);
    from = end;
  }
  return masked + text.slice(from);
}

function clamp([start, end]: readonly [number, number], text: string): Range {
  const from = Math.max(0, Math.min(start, text.length));
  return { start: from, end: Math.max(from, Math.min(end, text.length)) };
}

/** A fault makes others behind it on the same line, which say nothing new. */
function onePerLine(problems: readonly SyntaxProblem[], text: string): readonly SyntaxProblem[] {
  const kept: SyntaxProblem[] = [];
  for (const problem of [...problems].sort((a, b) => a.range.start - b.range.start)) {
    const last = kept.at(-1);
    if (last !== undefined && !/[\r\n]/.test(text.slice(last.range.start, problem.range.start))) continue;
    kept.push(problem);
    if (kept.length === MAX_PROBLEMS) break;
  }
  return kept;
}
