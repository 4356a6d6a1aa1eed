/**
 * The tree that JSONata's parser gives, typed as far as this project reads it. The library declares it only loosely.
 *
 * `position` is the offset just behind the token that a node was made from, in the expression's own source: behind the
 * name, behind the operator, behind the opening parenthesis of a call.
 */
import type { Range } from '../text.ts';

/** A filter behind a step, or the binding of an index to a variable. */
export type Stage =
  | { readonly type: 'filter'; readonly expr: Node; readonly position: number }
  | { readonly type: 'index'; readonly value: string; readonly position: number };

interface Common {
  readonly position?: number;
  /** Filters of a node that stands alone; those of a step of a path are its `stages`. */
  readonly predicate?: readonly Stage[];
  readonly stages?: readonly Stage[];
  readonly group?: { readonly lhs: readonly (readonly [Node, Node])[]; readonly position: number };
  /** `@$x`: the value is bound to a variable and the context stays what it was. */
  readonly focus?: string;
  /** `#$i`: the place in the sequence is bound to a variable. */
  readonly index?: string;
  /** `[]`: a single value stays a list. */
  readonly keepArray?: boolean;
  readonly consarray?: boolean;
  readonly tuple?: boolean;
}

/** A node of a parsed expression. */
export type Node = Common &
  (
    | { readonly type: 'path'; readonly steps: readonly Node[]; readonly keepSingletonArray?: boolean }
    | { readonly type: 'name'; readonly value: string }
    | { readonly type: 'string'; readonly value: string }
    | { readonly type: 'number'; readonly value: number }
    | { readonly type: 'value'; readonly value: boolean | null }
    | { readonly type: 'variable'; readonly value: string }
    | { readonly type: 'wildcard' | 'descendant' | 'parent' }
    | { readonly type: 'regex'; readonly value: RegExp }
    | { readonly type: 'operator'; readonly value: string }
    | { readonly type: 'binary'; readonly value: BinaryOperator; readonly lhs: Node; readonly rhs: Node }
    | { readonly type: 'unary'; readonly value: '-'; readonly expression: Node }
    | { readonly type: 'unary'; readonly value: '['; readonly expressions: readonly Node[] }
    | { readonly type: 'unary'; readonly value: '{'; readonly lhs: readonly (readonly [Node, Node])[] }
    | { readonly type: 'condition'; readonly condition: Node; readonly then: Node; readonly else?: Node }
    | { readonly type: 'block'; readonly expressions: readonly Node[] }
    | { readonly type: 'bind'; readonly lhs: Node & { readonly type: 'variable' }; readonly rhs: Node }
    | { readonly type: 'apply'; readonly lhs: Node; readonly rhs: Node }
    | { readonly type: 'function' | 'partial'; readonly procedure: Node; readonly arguments: readonly Node[] }
    | {
        readonly type: 'lambda';
        readonly arguments: readonly (Node & { readonly type: 'variable' })[];
        readonly body: Node;
        readonly thunk?: boolean;
      }
    | { readonly type: 'transform'; readonly pattern: Node; readonly update: Node; readonly delete?: Node }
    | { readonly type: 'sort'; readonly terms: readonly { readonly descending: boolean; readonly expression: Node }[] }
  );

export type BinaryOperator =
  '+' | '-' | '*' | '/' | '%' | '=' | '!=' | '<' | '<=' | '>' | '>=' | '&' | '..' | 'in' | 'and' | 'or';

/** The nodes directly inside `node`, in the order of the source where the tree keeps it. */
export function childrenOf(node: Node): readonly Node[] {
  const inner: Node[] = [...ownChildren(node)];
  for (const stage of [...(node.predicate ?? []), ...(node.stages ?? [])]) {
    if (stage.type === 'filter') inner.push(stage.expr);
  }
  for (const pair of node.group?.lhs ?? []) inner.push(...pair);
  return inner;
}

function ownChildren(node: Node): readonly Node[] {
  switch (node.type) {
    case 'path':
      return node.steps;
    case 'binary':
    case 'apply':
    case 'bind':
      return [node.lhs, node.rhs];
    case 'unary':
      if (node.value === '-') return [node.expression];
      return node.value === '[' ? node.expressions : node.lhs.flat();
    case 'condition':
      return node.else === undefined ? [node.condition, node.then] : [node.condition, node.then, node.else];
    case 'block':
      return node.expressions;
    case 'function':
    case 'partial':
      return [node.procedure, ...node.arguments];
    case 'lambda':
      return [...node.arguments, node.body];
    case 'transform':
      return node.delete === undefined ? [node.pattern, node.update] : [node.pattern, node.update, node.delete];
    case 'sort':
      return node.terms.map((term) => term.expression);
    default:
      return [];
  }
}

/**
 * The stretch of `source` that holds all tokens of `node`, in offsets of `source`. Closing brackets and parentheses
 * leave no trace in the tree, so the range may end before them.
 */
export function rangeOf(node: Node, source: string): Range {
  let { start, end } = tokenRange(node, source);
  for (const child of childrenOf(node)) {
    const inner = rangeOf(child, source);
    start = Math.min(start, inner.start);
    end = Math.max(end, inner.end);
  }
  return { start: Math.min(start, end), end };
}

/** The token that `node` was made from, in offsets of `source`; for a node without one it ends before it starts. */
export function tokenRange(node: Node, source: string): Range {
  const end = node.position;
  if (end === undefined) return { start: source.length, end: 0 };
  return { start: Math.max(0, end - tokenLength(node, end, source)), end };
}

function tokenLength(node: Node, end: number, source: string): number {
  switch (node.type) {
    case 'name':
    case 'string': {
      const quote = source[end - 1];
      if (quote === '`') return node.value.length + 2;
      if (quote !== '"' && quote !== "'") return node.value.length;
      return end - openingQuote(source, end, quote);
    }
    case 'variable':
      return node.value.length + 1;
    case 'number':
    case 'value': {
      const token = /[\w.+]+$/.exec(source.slice(Math.max(0, end - 40), end));
      return token === null ? 1 : token[0].length;
    }
    case 'regex':
      // The parser copies the left side of `??` and `?:` by way of JSON, in which a regular expression is lost.
      return node.value instanceof RegExp ? node.value.source.length + 2 : 1;
    case 'binary':
      return node.value.length;
    default:
      return 1;
  }
}

/** The offset of the quote that opens the string which ends before `end`: the nearest one that is not escaped. */
function openingQuote(source: string, end: number, quote: string): number {
  for (let at = end - 2; at >= 0; at--) {
    if (source[at] !== quote) continue;
    let slashes = 0;
    while (source[at - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return at;
  }
  return 0;
}
