/** What the walk over one expression keeps, for all who take part in it. */
import { type Node, rangeOf } from '../expressions/ast.ts';
import type { Range } from '../text.ts';
import type { Field, Type } from './type.ts';

/** Something in an expression that can never come out right; the range counts in its source. */
export interface TypeProblem {
  readonly code: 'unknown-property' | 'type-mismatch' | 'constant-condition';
  readonly range: Range;
  readonly message: string;
  /** What may be written in place of the range, best first. */
  readonly replacements: readonly string[];
  /** What may be taken away instead, if anything. */
  readonly removal?: Range | null;
}

/** What a walk over one expression keeps. */
export interface Walk {
  readonly source: string;
  readonly document: Type;
  /** What is known of each part, for an editor; null where only findings are asked for. */
  readonly types: Map<Node, Type> | null;
  readonly fields: Map<Node, Field> | null;
  /** What each name is looked up in. */
  readonly contexts: Map<Node, Type> | null;
  readonly problems: TypeProblem[];
  /** How many parts are being visited at the moment, one inside the other. */
  depth: number;
}

/** An argument of a call with its type. */
export interface Argument {
  readonly node: Node;
  readonly type: Type;
}

/** The source of a part, for a message; null where it is long or its end is not known. */
export function writtenAs(walk: Walk, node: Node): string | null {
  if (node.type === 'path' && !node.steps.every((step) => step.type === 'name')) return null;
  if (!['path', 'name', 'string', 'number', 'value', 'variable'].includes(node.type)) return null;
  const range = rangeOf(node, walk.source);
  const text = walk.source.slice(range.start, range.end).trim();
  return text.length > 60 || text === '' ? null : text;
}
