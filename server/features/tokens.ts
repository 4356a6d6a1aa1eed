/**
 * What the words of a file are, for colours that a grammar cannot tell: keys of the language, names by what they stand
 * for, and what expressions read and call.
 *
 * Names come from the table of symbols, keys from the schema. Where two would stand at one place the name stays.
 */
import {
  type Analysis,
  functionNamed,
  isVisible,
  keyNamed,
  kindsIn,
  mentionsIn,
  type Node,
  optionsOf,
  type Range,
  rootNamed,
  type Shape,
  type ShapeName,
  shapeNamed,
  type SymbolKind,
  type TemplateSite,
  type ValueType,
} from '../../language/index.ts';
import { rootShape } from './completion/expected.ts';

/** The types of tokens, all of them standard ones of the protocol, so that every theme has a colour for them. */
export const TOKEN_TYPES = [
  'keyword',
  'property',
  'class',
  'namespace',
  'method',
  'variable',
  'struct',
  'event',
  'interface',
  'enumMember',
  'parameter',
  'function',
] as const;
export type TokenType = (typeof TOKEN_TYPES)[number];

export const TOKEN_MODIFIERS = ['declaration', 'modification', 'defaultLibrary'] as const;
export type TokenModifier = (typeof TOKEN_MODIFIERS)[number];

export interface Token {
  readonly range: Range;
  readonly type: TokenType;
  readonly modifiers: readonly TokenModifier[];
}

const NAMED: Readonly<Record<SymbolKind, TokenType>> = {
  state: 'class',
  variable: 'variable',
  participant: 'namespace',
  operation: 'method',
  policy: 'struct',
  event: 'event',
  error: 'enumMember',
  role: 'interface',
  outcome: 'enumMember',
  item: 'parameter',
};

/** The tokens of the file, or of those lines of it that `within` touches, in order and none over another. */
export function tokens(analysis: Analysis, file: string | undefined, within?: Range): readonly Token[] {
  const found: Token[] = [];
  const add: AddToken = (range, type, modifiers = NO_MODIFIERS) => {
    if (range.start >= range.end) return;
    if (within !== undefined && (range.end < within.start || range.start > within.end)) return;
    found.push({ range, type, modifiers });
  };
  nameTokens(analysis, add);
  for (const site of analysis.sites) siteTokens(site, add);
  const { root } = analysis.tree;
  if (root !== null) keyTokens(root, [{ is: 'shape', shape: rootShape(file) }], add, (node) => isIn(node, within));
  return inOrder(found, analysis.text);
}

/** Takes what was found, in any order. */
export type AddToken = (range: Range, type: TokenType, modifiers?: readonly TokenModifier[]) => void;

// Made once: a long file has more than a hundred thousand tokens.
export const NO_MODIFIERS: readonly TokenModifier[] = [];
const DECLARATION: readonly TokenModifier[] = ['declaration'];
const MODIFICATION: readonly TokenModifier[] = ['modification'];
const DEFAULT_LIBRARY: readonly TokenModifier[] = ['defaultLibrary'];

function isIn({ range }: Node, within: Range | undefined): boolean {
  return within === undefined || (range.end >= within.start && range.start <= within.end);
}

/** Names of what is declared, where they are declared and used. */
export function nameTokens(analysis: Analysis, add: AddToken): void {
  const { symbols, workflow } = analysis;
  const roles = new Set(workflow.participants.flatMap(({ name, role }) => (role === null ? [] : [name])));
  for (const { kind, name, range, file } of symbols.declarations) {
    if (file !== null) continue;
    add(range, kind === 'participant' && roles.has(name) ? 'interface' : NAMED[kind], DECLARATION);
  }
  for (const { kind, range, writes } of symbols.references) {
    if (writes) add(range, NAMED[kind], MODIFICATION);
    else add(range, NAMED[kind]);
  }
  for (const mention of mentionsIn(analysis)) add(mention.range, NAMED[mention.kind]);
}

/** What the expressions of a value read and call. */
export function siteTokens(site: TemplateSite, add: AddToken): void {
  for (const { parsed } of site.read.expressions) {
    for (const { root, rootRange, path } of parsed.reads) {
      const known = rootNamed(root);
      if (known === null || !isVisible(known, site.contexts)) add(rootRange, 'parameter');
      else add(rootRange, 'parameter', DEFAULT_LIBRARY);
      for (const step of path) add(step.range, 'property');
    }
    for (const { name, range } of parsed.calls) {
      if (functionNamed(name) === null) add(range, 'function');
      else add(range, 'function', DEFAULT_LIBRARY);
    }
    for (const { range } of parsed.variables) add(range, 'variable');
  }
}

/**
 * Keys that the schema knows: those that say what kind of thing it is, and the others.
 *
 * @param goesInto asked of each value, with its types, before it is looked into
 */
export function keyTokens(
  node: Node,
  types: readonly ValueType[],
  add: AddToken,
  goesInto: (node: Node, types: readonly ValueType[]) => boolean,
): void {
  if (!goesInto(node, types)) return;
  if (node.kind === 'sequence') {
    const inner = types.flatMap((type) => (type.is === 'list' ? optionsOf(type.of) : []));
    if (inner.length > 0) for (const item of node.items) keyTokens(item, inner, add, goesInto);
    return;
  }
  if (node.kind !== 'map') return;
  const shapes = types.flatMap((type) => (type.is === 'shape' ? [shapeOf(type.shape, node)] : []));
  const maps = types.flatMap((type) => (type.is === 'map' ? optionsOf(type.of) : []));
  for (const { key, value } of node.entries) {
    const known = shapes.flatMap(({ shape, kinds }) => keyNamed(shape, key.text, kinds) ?? [])[0];
    if (known !== undefined) {
      add(key.range, known.kind === true ? 'keyword' : 'property');
      keyTokens(value, optionsOf(known.type), add, goesInto);
    } else if (maps.length > 0) keyTokens(value, maps, add, goesInto);
  }
}

function shapeOf(name: ShapeName, node: Node): { readonly shape: Shape; readonly kinds: readonly string[] } {
  const shape = shapeNamed(name);
  return { shape, kinds: shape.kinds === undefined ? [] : kindsIn(shape, node) };
}

/** Of tokens at one place the first that was found stays; none reaches over the end of its line. */
export function inOrder(found: readonly Token[], text: string): readonly Token[] {
  const sorted = found.map((token, at) => ({ token, at }));
  sorted.sort((a, b) => a.token.range.start - b.token.range.start || a.at - b.at);
  const kept: Token[] = [];
  let end = 0;
  for (const { token } of sorted) {
    if (token.range.start < end || /[\r\n]/.test(text.slice(token.range.start, token.range.end))) continue;
    kept.push(token);
    end = token.range.end;
  }
  return kept;
}
