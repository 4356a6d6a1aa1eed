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
  const add = (range: Range, type: TokenType, ...modifiers: readonly TokenModifier[]): void => {
    if (range.start >= range.end) return;
    if (within !== undefined && (range.end < within.start || range.start > within.end)) return;
    found.push({ range, type, modifiers });
  };
  names(analysis, add);
  for (const mention of mentionsIn(analysis)) add(mention.range, NAMED[mention.kind]);
  expressions(analysis, add);
  const { root } = analysis.tree;
  if (root !== null) keys(root, [{ is: 'shape', shape: rootShape(file) }], within, add);
  return inOrder(found, analysis.text);
}

type Add = (range: Range, type: TokenType, ...modifiers: readonly TokenModifier[]) => void;

function names({ symbols, workflow }: Analysis, add: Add): void {
  const roles = new Set(workflow.participants.flatMap(({ name, role }) => (role === null ? [] : [name])));
  for (const { kind, name, range, file } of symbols.declarations) {
    if (file !== null) continue;
    add(range, kind === 'participant' && roles.has(name) ? 'interface' : NAMED[kind], 'declaration');
  }
  for (const { kind, range, writes } of symbols.references) {
    if (writes) add(range, NAMED[kind], 'modification');
    else add(range, NAMED[kind]);
  }
}

function expressions({ sites }: Analysis, add: Add): void {
  for (const site of sites) {
    for (const { parsed } of site.read.expressions) {
      for (const { root, rootRange, path } of parsed.reads) {
        const known = rootNamed(root);
        if (known === null || !isVisible(known, site.contexts)) add(rootRange, 'parameter');
        else add(rootRange, 'parameter', 'defaultLibrary');
        for (const step of path) add(step.range, 'property');
      }
      for (const { name, range } of parsed.calls) {
        if (functionNamed(name) === null) add(range, 'function');
        else add(range, 'function', 'defaultLibrary');
      }
      for (const { range } of parsed.variables) add(range, 'variable');
    }
  }
}

/** Keys that the schema knows: those that say what kind of thing it is, and the others. */
function keys(node: Node, types: readonly ValueType[], within: Range | undefined, add: Add): void {
  if (within !== undefined && (node.range.end < within.start || node.range.start > within.end)) return;
  if (node.kind === 'sequence') {
    const inner = types.flatMap((type) => (type.is === 'list' ? optionsOf(type.of) : []));
    if (inner.length > 0) for (const item of node.items) keys(item, inner, within, add);
    return;
  }
  if (node.kind !== 'map') return;
  const shapes = types.flatMap((type) => (type.is === 'shape' ? [shapeOf(type.shape, node)] : []));
  const maps = types.flatMap((type) => (type.is === 'map' ? optionsOf(type.of) : []));
  for (const { key, value } of node.entries) {
    const known = shapes.flatMap(({ shape, kinds }) => keyNamed(shape, key.text, kinds) ?? [])[0];
    if (known !== undefined) {
      add(key.range, known.kind === true ? 'keyword' : 'property');
      keys(value, optionsOf(known.type), within, add);
    } else if (maps.length > 0) keys(value, maps, within, add);
  }
}

function shapeOf(name: ShapeName, node: Node): { readonly shape: Shape; readonly kinds: readonly string[] } {
  const shape = shapeNamed(name);
  return { shape, kinds: shape.kinds === undefined ? [] : kindsIn(shape, node) };
}

/** Of tokens at one place the first that was found stays; none reaches over the end of its line. */
function inOrder(found: readonly Token[], text: string): readonly Token[] {
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
