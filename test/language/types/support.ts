/** Short forms that the tests of types share. */
import { parseTree } from '../../../language/expressions/parse.ts';
import { isJsonObject, type Json } from '../../../language/json.ts';
import { type Inferred, inferTree } from '../../../language/types/infer.ts';
import { membersOf, type Type } from '../../../language/types/type.ts';

/** What is inferred of an expression on a document of this type. */
export function inferredFrom(source: string, document: Type): Inferred {
  const parsed = parseTree(source);
  if (!parsed.ok) throw new Error(`${source}: ${parsed.message}`);
  return inferTree(parsed.tree, source, document);
}

/** Whether a recorded value is one of the type; nothing is recorded as null. */
export function accepts(type: Type, value: Json): boolean {
  return membersOf(type).some((member) => acceptsSingle(member, value));
}

function acceptsSingle(type: Type, value: Json): boolean {
  switch (type.kind) {
    case 'unknown':
      return true;
    case 'nothing':
    case 'null':
    case 'function':
      return value === null;
    case 'literal':
      return value === type.value;
    case 'number':
      return typeof value === 'number' && (!type.integer || Number.isInteger(value));
    case 'boolean':
    case 'string':
      return typeof value === type.kind;
    case 'list':
      return Array.isArray(value) && (value as readonly Json[]).every((item) => accepts(type.items(), item));
    case 'object': {
      if (value === null || !isJsonObject(value)) return false;
      const missing = [...type.fields.keys()].some(
        (name) => type.fields.get(name)?.required === true && !Object.hasOwn(value, name),
      );
      return (
        !missing &&
        Object.entries(value).every(([name, inner]) => {
          const field = type.fields.get(name);
          return field === undefined ? type.rest !== null && accepts(type.rest(), inner) : accepts(field.type(), inner);
        })
      );
    }
    case 'union':
      return accepts(type, value);
  }
}
