/** The JSON Schemas of workflow files and of scenario files, for other editors and tools: the same table, said in another language. */
import type { Json, JsonObject } from './json.ts';
import { kindKeys, SCHEMA, shapeNamed } from './schema.ts';
import type { Key, NameRule, Shape, ValueType } from './schema/types.ts';

const ID = 'https://backstep.dev/schema';

const NAMES: Record<NameRule, string | null> = {
  any: null,
  name: '^[A-Za-z_][A-Za-z0-9_]*$',
  state: '^(?!end$)[A-Za-z_][A-Za-z0-9_]*$',
  label: '^[A-Za-z_][A-Za-z0-9_.-]*$',
  type: '^[A-Za-z_][A-Za-z0-9_-]*(\\.[A-Za-z0-9_-]+)*$',
};

/** The JSON Schema 2020-12 of a kind of file. Names that must exist and what expressions give is beyond it. */
export function jsonSchema(file: 'workflow' | 'scenarios' = 'workflow'): JsonObject {
  const used = new Set<string>();
  collect(file, used);
  const definitions = [...SCHEMA.values()].filter((shape) => used.has(shape.name) && shape.name !== file);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `${ID}/${file}.json`,
    ...ofShape(shapeNamed(file)),
    $defs: Object.fromEntries(definitions.map((shape) => [shape.name, ofShape(shape)])),
  };
}

function collect(name: Shape['name'], used: Set<string>): void {
  if (used.has(name)) return;
  used.add(name);
  const visit = (type: ValueType): void => {
    if (type.is === 'shape') collect(type.shape, used);
    else if (type.is === 'list' || type.is === 'map') visit(type.of);
    else if (type.is === 'either') type.options.forEach(visit);
  };
  for (const key of shapeNamed(name).keys) visit(key.type);
}

function ofShape(shape: Shape): JsonObject {
  const names = [...new Set(shape.keys.map((key) => key.name))];
  const properties = names.map((name): [string, Json] => [name, ofKeys(shape.keys.filter((key) => key.name === name))]);
  const required = shape.keys.filter((key) => key.required === true).map((key) => key.name);
  const kinds = kindKeys(shape).map((kind) => ({ required: [kind] }));
  return {
    title: shape.title,
    description: shape.documentation,
    type: mayBeEmpty(shape) ? ['object', 'null'] : 'object',
    properties: Object.fromEntries(properties),
    additionalProperties: false,
    ...(required.length > 0 ? { required } : {}),
    ...(shape.kinds === 'one' ? { oneOf: kinds } : {}),
  };
}

function mayBeEmpty(shape: Shape): boolean {
  return shape.kinds !== 'one' && shape.name !== 'participant' && !shape.keys.some((key) => key.required === true);
}

function ofKeys(keys: readonly Key[]): JsonObject {
  const [first, ...others] = keys;
  if (first === undefined) return {};
  const schema = others.length === 0 ? ofType(first.type) : { anyOf: keys.map((key) => ofType(key.type)) };
  const description = keys.map((key) => key.documentation).join('\n\n');
  return {
    ...schema,
    description: first.default === undefined ? description : `${description} Default: ${first.default}.`,
  };
}

function ofType(type: ValueType): JsonObject {
  switch (type.is) {
    case 'boolean':
      return { type: 'boolean' };
    case 'integer':
    case 'number':
      return { type: type.is, minimum: type.minimum };
    case 'choice':
      return { enum: type.options.map((option) => option.value) };
    case 'schema':
      return { type: ['object', 'boolean'] };
    case 'value':
    case 'json':
      return {};
    case 'template':
      return { type: ['string', 'number', 'boolean'] };
    case 'condition':
      return { type: ['string', 'boolean'] };
    case 'version':
    case 'version-range':
    case 'duration':
    case 'text':
    case 'expression':
    case 'workflow-id':
    case 'name':
    case 'reference':
    case 'pattern':
    case 'error-type':
    case 'http':
    case 'cron':
    case 'file':
      return { type: 'string' };
    case 'list':
      return { type: 'array', items: ofType(type.of) };
    case 'map': {
      const pattern = NAMES[type.names];
      const schema = { type: ['object', 'null'], additionalProperties: ofType(type.of) };
      return pattern === null ? schema : { ...schema, propertyNames: { pattern } };
    }
    case 'shape':
      return { $ref: `#/$defs/${type.shape.replaceAll(' ', '%20')}` };
    case 'either':
      return { anyOf: type.options.map(ofType) };
  }
}
