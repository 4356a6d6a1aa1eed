/** What a function without an annotation gives, as far as the literals that it returns tell. */
import type { Expression, Node } from '@babel/types';
import type { JsonObject } from '../json.ts';
import { ANY, NOTHING, type Reader, schemaOfType } from './annotations.ts';

export type FunctionNode = Extract<
  Node,
  { type: 'FunctionDeclaration' | 'TSDeclareFunction' | 'FunctionExpression' | 'ArrowFunctionExpression' }
>;

/** The schema of what the function returns; `ANY` where it does not write that out. */
export function inferred(reader: Reader, node: FunctionNode): JsonObject {
  if (node.type === 'TSDeclareFunction') return ANY;
  if (node.body.type !== 'BlockStatement') return valueOf(reader, node.body, 0);
  const values: JsonObject[] = [];
  forEachReturn(node.body, (value) => values.push(value == null ? NOTHING : valueOf(reader, value, 0)));
  const known = values.filter((one) => one !== NOTHING);
  return known.length === 0 || known.includes(ANY) ? ANY : { anyOf: known };
}

/** The schema of what an expression gives, as far as it is written out. */
function valueOf(reader: Reader, node: Expression, depth: number): JsonObject {
  if (depth > 8) return ANY;
  switch (node.type) {
    case 'StringLiteral':
    case 'TemplateLiteral':
      return { type: 'string' };
    case 'NumericLiteral':
      return { type: 'number' };
    case 'BooleanLiteral':
      return { type: 'boolean' };
    case 'NullLiteral':
      return { type: 'null' };
    case 'TSAsExpression':
      // `as const` leaves the type that the value has.
      return node.typeAnnotation.type === 'TSTypeReference' &&
        node.typeAnnotation.typeName.type === 'Identifier' &&
        node.typeAnnotation.typeName.name === 'const'
        ? valueOf(reader, node.expression, depth)
        : schemaOfType(reader, node.typeAnnotation);
    case 'TSSatisfiesExpression':
    case 'ParenthesizedExpression':
      return valueOf(reader, node.expression, depth);
    case 'ObjectExpression': {
      const properties: Record<string, JsonObject> = {};
      for (const one of node.properties) {
        if (one.type === 'SpreadElement') return ANY;
        const { key, computed } = one;
        const name =
          key.type === 'Identifier' && !computed ? key.name : key.type === 'StringLiteral' ? key.value : null;
        if (name === null) return ANY;
        const isPlain = one.type === 'ObjectProperty' && one.value.type !== 'AssignmentPattern';
        const value = isPlain ? valueOf(reader, one.value as Expression, depth + 1) : ANY;
        Object.defineProperty(properties, name, { value, enumerable: true, configurable: true, writable: true });
      }
      const names = Object.keys(properties);
      return names.length === 0 ? ANY : { type: 'object', properties, required: names };
    }
    default:
      return ANY;
  }
}

/** Calls `take` with what each `return` of a function gives, those of functions inside it left out. */
function forEachReturn(node: Node, take: (value: Expression | null | undefined) => void): void {
  if (node.type === 'ReturnStatement') return take(node.argument);
  // No statement stands in what is left out, but for those of functions inside.
  if (/Function|^Class|Method$|Expression$|Literal$|Pattern$|^TS|^Identifier$/.test(node.type)) return;
  for (const value of Object.values(node) as unknown[]) {
    for (const inner of Array.isArray(value) ? (value as unknown[]) : [value])
      if (isNode(inner)) forEachReturn(inner, take);
  }
}

function isNode(value: unknown): value is Node {
  if (typeof value !== 'object' || value === null) return false;
  const { type, start } = value as { readonly type?: unknown; readonly start?: unknown };
  return typeof type === 'string' && typeof start === 'number' && !type.startsWith('Comment');
}
