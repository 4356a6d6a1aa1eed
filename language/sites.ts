/** Where values with expressions stand in a file, and what each expression may read there. */
import type { ExpressionContext } from './expressions/roots.ts';
import type { ReadTemplate } from './expressions/template.ts';
import type { Node } from './tree.ts';
import type { Scope, State } from './workflow.ts';

/** One value in which expressions may stand: a whole subtree, such as a `with`, or one string. */
export interface TemplateSite {
  readonly node: Node;
  /** What is written there, read once. */
  readonly read: ReadTemplate;
  /** Whether it must be one expression, and one that gives true or false. */
  readonly type: 'value' | 'template' | 'expression' | 'condition';
  readonly contexts: readonly ExpressionContext[];
  /** The scope whose variables and results are visible, and the state that the value belongs to. */
  readonly scope: Scope;
  readonly state: State | null;
}
