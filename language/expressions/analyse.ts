/**
 * What an expression reads and calls, found in its tree without evaluating it.
 *
 * 1. A name is a root only where the context is the whole document: at the top, in the arguments of a call, in a
 *    function's body, behind `$$.`; not in a later step of a path, nor in a filter, a sort or a grouping.
 * 2. Whatever may read a root in a way that is not seen here (`$$` alone, `*`, `**`, `%`, `@$x`) adds `ANY_ROOT` to the
 *    roots. So the named roots and `ANY_ROOT` together never miss one.
 */
import type { Range } from '../text.ts';
import { rangeOf, tokenRange, type Node } from './ast.ts';
import { functionNamed } from './functions.ts';
import { ANY_ROOT } from './roots.ts';

export interface PathStep {
  readonly name: string;
  readonly range: Range;
  /** Whether a filter or a sort follows this step, so that the next one reads only some of the items. */
  readonly filtered: boolean;
}

/** One place where a root is read: `vars.cart.total` has the root `vars` and two steps. */
export interface RootRead {
  readonly root: string;
  readonly rootRange: Range;
  /** Whether a filter follows the root itself. */
  readonly filtered: boolean;
  /** The names that follow, as far as they are plain names. */
  readonly path: readonly PathStep[];
  /** From the root to the last of these names. */
  readonly range: Range;
}

export interface FunctionCall {
  /** Without the `$`. */
  readonly name: string;
  /** The name with its `$`. */
  readonly range: Range;
  /** How many arguments it is given, that of `~>` included. */
  readonly count: number;
  readonly arguments: readonly Range[];
  /** Whether it is a function of the language or one that the expression defines itself. */
  readonly known: boolean;
}

export interface VariableUse {
  /** Without the `$`. */
  readonly name: string;
  readonly range: Range;
  /** Whether the expression defines it: by `:=`, as a parameter, or by `@` or `#`; or it is a function's name. */
  readonly known: boolean;
}

export interface ExpressionFacts {
  /** Names of the roots that are read, each once, in the order of the source; `ANY_ROOT` when it may be any. */
  readonly roots: readonly string[];
  readonly reads: readonly RootRead[];
  readonly calls: readonly FunctionCall[];
  readonly variables: readonly VariableUse[];
}

interface Walk {
  readonly source: string;
  readonly placed: Placed;
  readonly defined: Set<string>;
  readonly reads: Map<number, RootRead>;
  readonly calls: Map<number, FunctionCall>;
  readonly variables: Map<number, VariableUse>;
  any: boolean;
}

/** The range in the file between two offsets of a source. */
export type Placed = (start: number, end: number) => Range;

/** Finds what the expression reads and calls; `placed` brings ranges in `source` into the file. */
export function analyse(tree: Node, source: string, placed: Placed): ExpressionFacts {
  const walk: Walk = {
    source,
    placed,
    defined: new Set(),
    reads: new Map(),
    calls: new Map(),
    variables: new Map(),
    any: false,
  };
  visit(walk, tree, true);
  const inOrder = <T>(found: ReadonlyMap<number, T>): T[] =>
    [...found].sort(([left], [right]) => left - right).map(([, value]) => value);
  const reads = inOrder(walk.reads);
  const roots = new Set(reads.map((read) => read.root));
  if (walk.any) roots.add(ANY_ROOT);
  // A function may be used above the line that defines it, so what is defined is known only now.
  const known = <T extends { readonly name: string; readonly known: boolean }>(use: T): T => ({
    ...use,
    known: use.known || walk.defined.has(use.name),
  });
  return {
    roots: [...roots],
    reads,
    calls: inOrder(walk.calls).map(known),
    variables: inOrder(walk.variables).map(known),
  };
}

function located(walk: Walk, range: Range): Range {
  return walk.placed(range.start, range.end);
}

/** Visits `node`; `atRoot` says whether its context is the whole document. */
function visit(walk: Walk, node: Node, atRoot: boolean): void {
  if (node.focus !== undefined) walk.defined.add(node.focus);
  if (node.index !== undefined) walk.defined.add(node.index);
  visitOwn(walk, node, atRoot);
  for (const stage of [...(node.predicate ?? []), ...(node.stages ?? [])]) {
    if (stage.type === 'filter') visit(walk, stage.expr, false);
    else walk.defined.add(stage.value);
  }
  for (const pair of node.group?.lhs ?? []) for (const part of pair) visit(walk, part, false);
}

function visitOwn(walk: Walk, node: Node, atRoot: boolean): void {
  switch (node.type) {
    case 'path':
      visitPath(walk, node.steps, atRoot);
      return;
    case 'name':
      if (atRoot) addRead(walk, [node]);
      return;
    case 'wildcard':
    case 'descendant':
    case 'parent':
      walk.any ||= atRoot || node.type === 'parent';
      return;
    case 'variable':
      visitVariable(walk, node, atRoot);
      return;
    case 'function':
    case 'partial':
      visitCall(walk, node, atRoot, 0);
      return;
    case 'apply':
      visit(walk, node.lhs, atRoot);
      if (node.rhs.type === 'function') visitCall(walk, node.rhs, atRoot, 1);
      else visit(walk, node.rhs, atRoot);
      return;
    case 'lambda':
      for (const parameter of node.arguments) walk.defined.add(parameter.value);
      visit(walk, node.body, atRoot);
      return;
    case 'bind':
      walk.defined.add(node.lhs.value);
      visit(walk, node.rhs, atRoot);
      return;
    case 'transform':
      for (const part of [node.pattern, node.update, node.delete]) if (part !== undefined) visit(walk, part, false);
      return;
    case 'sort':
      for (const term of node.terms) visit(walk, term.expression, false);
      return;
    case 'binary':
      visit(walk, node.lhs, atRoot);
      visit(walk, node.rhs, atRoot);
      return;
    case 'unary':
      if (node.value === '-') visit(walk, node.expression, atRoot);
      else for (const inner of node.value === '[' ? node.expressions : node.lhs.flat()) visit(walk, inner, atRoot);
      return;
    case 'condition':
      for (const part of [node.condition, node.then, node.else]) if (part !== undefined) visit(walk, part, atRoot);
      return;
    case 'block':
      for (const inner of node.expressions) visit(walk, inner, atRoot);
      return;
    default:
  }
}

function visitPath(walk: Walk, steps: readonly Node[], atRoot: boolean): void {
  const [first, second] = steps;
  if (first === undefined) return;
  // `$$.vars.x`, and `$.vars.x` at the top, read the document like `vars.x`.
  const document = first.type === 'variable' && (first.value === '$' || (first.value === '' && atRoot));
  const plain = first.predicate === undefined && first.stages === undefined && first.focus === undefined;
  let from = 0;
  if (document && plain && second?.type === 'name') from = 1;
  else if (!(atRoot && first.type === 'name')) {
    for (const [at, step] of steps.entries()) visit(walk, step, atRoot && at === 0);
    return;
  }
  const names: (Node & { readonly type: 'name' })[] = [];
  for (const step of steps.slice(from)) {
    if (step.type !== 'name') break;
    names.push(step);
    // Behind `@$x` the context is what it was before, which is not followed any further.
    if (step.focus !== undefined) {
      walk.any = true;
      break;
    }
  }
  addRead(walk, names);
  for (const step of names) visit(walk, step, false);
  for (const step of steps.slice(from + names.length)) visit(walk, step, false);
}

function addRead(walk: Walk, names: readonly (Node & { readonly type: 'name' })[]): void {
  const [root, ...rest] = names;
  if (root === undefined) return;
  const rootRange = located(walk, tokenRange(root, walk.source));
  const path = rest.map((step): PathStep => ({
    name: step.value,
    range: located(walk, tokenRange(step, walk.source)),
    filtered: step.stages !== undefined,
  }));
  const last = rest.at(-1) ?? root;
  const range = walk.placed(tokenRange(root, walk.source).start, tokenRange(last, walk.source).end);
  walk.reads.set(root.position ?? 0, { root: root.value, rootRange, filtered: root.stages !== undefined, path, range });
}

function visitVariable(walk: Walk, node: Node & { readonly type: 'variable' }, atRoot: boolean): void {
  if (node.value === '$' || (node.value === '' && atRoot)) walk.any = true;
  if (node.value === '$' || node.value === '') return;
  const range = located(walk, tokenRange(node, walk.source));
  walk.variables.set(node.position ?? 0, { name: node.value, range, known: functionNamed(node.value) !== null });
}

function visitCall(
  walk: Walk,
  node: Node & { readonly type: 'function' | 'partial' },
  atRoot: boolean,
  piped: number,
): void {
  const { procedure } = node;
  if (procedure.type === 'variable' && procedure.position === undefined) {
    // `??` stands for a call of `$exists` that nobody wrote.
  } else if (procedure.type === 'variable' && procedure.value !== '$' && procedure.value !== '') {
    const count = node.arguments.length + piped;
    const entry = functionNamed(procedure.value);
    walk.calls.set(procedure.position ?? 0, {
      name: procedure.value,
      range: located(walk, tokenRange(procedure, walk.source)),
      count,
      arguments: node.arguments.map((argument) => located(walk, rangeOf(argument, walk.source))),
      known: entry !== null,
    });
    // With an argument left out, the context stands in for it, and at the top that is the whole document.
    const needed =
      entry?.name === 'sift' ? 2 : (entry?.parameters.filter((parameter) => !parameter.optional).length ?? 0);
    if (atRoot && entry?.contextual === true && count < needed) walk.any = true;
  } else {
    visit(walk, procedure, atRoot);
  }
  for (const argument of node.arguments) visit(walk, argument, atRoot);
  for (const stage of node.predicate ?? []) if (stage.type === 'filter') visit(walk, stage.expr, false);
}
