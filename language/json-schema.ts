/**
 * JSON Schema 2020-12: whether a schema is well formed, and whether a value fits it.
 *
 * 1. Every schema stands alone: `#` in a `$ref` is its own root, and nothing is ever fetched.
 * 2. Bad schemas and bad values give findings, never an exception; a schema that cannot be compiled fits nothing.
 * 3. A value is looked at by its own fields only, so that `__proto__` and `constructor` are names like any other.
 * 4. The validator turns schemas into functions with `new Function`, so this file is for Node and not for a page with a
 *    content security policy. Ajv quotes everything of a schema that enters the code.
 */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { OwnFault } from './expressions/faults.ts';
import { BoundedRegExp, nestsRepetition, renewPatternTime } from './expressions/regex.ts';
import type { Json, JsonObject } from './json.ts';

/** Something wrong with a schema or with a value: where, as a JSON Pointer, and a sentence that begins with the place. */
export interface SchemaFinding {
  /** `''` for the whole, `/items/0/sku` further in. */
  readonly path: string;
  readonly message: string;
}

export type Schema = JsonObject | boolean;

/** More findings than this in one value say nothing new. */
const MAX_FINDINGS = 20;
/** Schemas nest at most this deep: the compiler is recursive. */
const MAX_DEPTH = 100;
/** The largest schema in values: keywords, names and items. */
const MAX_SIZE = 50_000;

/**
 * What is wrong with a schema. An empty list means that `validateJson` can use it.
 *
 * @param schema anything that an author may have written where a schema belongs
 */
export function checkSchema(schema: Json): readonly SchemaFinding[] {
  const compiled = compiledOf(schema);
  return compiled.ok ? [] : compiled.findings;
}

/**
 * What keeps `value` from fitting `schema`; an empty list means that it fits.
 *
 * @returns at most 20 findings; one about the schema when the schema itself is bad
 */
export function validateJson(schema: Schema, value: Json): readonly SchemaFinding[] {
  if (schema === true) return [];
  const compiled = compiledOf(schema);
  if (!compiled.ok) {
    return [
      { path: '', message: `cannot be checked, because its schema is wrong: ${compiled.findings[0]?.message ?? ''}` },
    ];
  }
  renewPatternTime();
  try {
    if (compiled.validate(value)) return [];
  } catch (error) {
    const message =
      error instanceof OwnFault
        ? error.message
        : error instanceof TypeError
          ? 'cannot be compared: it has a property `valueOf` or `toString`'
          : 'nests too deeply to be checked against its schema';
    return [{ path: '', message }];
  }
  const findings = describeAll(compiled.validate.errors ?? []);
  return findings.length === 0 ? [{ path: '', message: 'does not fit its schema' }] : findings;
}

type CompiledSchema =
  | { readonly ok: true; readonly validate: ValidateFunction }
  | { readonly ok: false; readonly findings: readonly SchemaFinding[] };

/** Compiled schemas live as long as the schema that they were made from. */
const bySchema = new WeakMap<object, CompiledSchema>();
/** Editing a file makes its schemas anew at every key, most of them with the text that they had; the oldest first. */
const byText = new Map<string, CompiledSchema>();
const CAPACITY = 200;

function compiledOf(schema: Json): CompiledSchema {
  if (typeof schema !== 'boolean' && !isObject(schema)) {
    return { ok: false, findings: [{ path: '', message: 'must be a JSON Schema: an object, or `true` or `false`' }] };
  }
  const known = typeof schema === 'boolean' ? undefined : bySchema.get(schema);
  if (known !== undefined) return known;
  const form = checkForm(schema, '', 0, { left: MAX_SIZE });
  if (form.length > 0) return { ok: false, findings: form.slice(0, MAX_FINDINGS) };
  const text = JSON.stringify(schema);
  const made = byText.get(text) ?? compileSchema(schema);
  byText.delete(text);
  byText.set(text, made);
  const [oldest] = byText.keys();
  if (byText.size > CAPACITY && oldest !== undefined) byText.delete(oldest);
  if (typeof schema !== 'boolean') bySchema.set(schema, made);
  return made;
}

/** A validator of its own for each schema: an `$id` in one schema is then unknown to every other. */
function validator(): Ajv2020 {
  const ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    ownProperties: true,
    validateFormats: true,
    validateSchema: false,
    logger: false,
    code: { regExp: boundedPattern },
  });
  formats.default(ajv);
  return ajv;
}

/** Patterns run on texts of bounded length only; Ajv wants to know by what name generated code would reach this. */
const boundedPattern = Object.assign((pattern: string, flags: string) => new BoundedRegExp(pattern, flags), {
  code: 'bounded',
});

/** Ajv passes over a property called `__proto__`, but not over a pattern that only this name matches. */
function withoutProto<T extends Json>(schema: T): T {
  if (typeof schema !== 'object' || schema === null || !JSON.stringify(schema).includes('"__proto__"')) return schema;
  return rewritten(schema) as T;
}

function rewritten(schema: Json): Json {
  if (Array.isArray(schema)) return (schema as readonly Json[]).map(rewritten);
  if (!isObject(schema)) return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, rewritten(value)]));
  const properties = Object.hasOwn(copy, 'properties') ? copy['properties'] : undefined;
  if (properties === undefined || !isObject(properties) || !Object.hasOwn(properties, '__proto__')) return copy;
  const patterns = isObject(copy['patternProperties'] ?? null) ? (copy['patternProperties'] as JsonObject) : {};
  return { ...copy, patternProperties: { ...patterns, '^__proto__$': properties['__proto__'] ?? true } };
}

let metaSchema: ValidateFunction | null = null;

function compileSchema(schema: Schema): CompiledSchema {
  metaSchema ??= validator().getSchema('https://json-schema.org/draft/2020-12/schema') ?? null;
  try {
    if (metaSchema !== null && metaSchema(schema) === false) {
      // The only choices in it are between one type and a list of them, and the one type is said by another finding.
      const errors = (metaSchema.errors ?? []).filter(
        (error) => !/\/type\/anyOf(?:\/1\/type)?$/.test(error.schemaPath),
      );
      return { ok: false, findings: describeAll(errors) };
    }
    return { ok: true, validate: validator().compile(withoutProto(schema)) };
  } catch (error) {
    return { ok: false, findings: [{ path: '', message: compileMessage(error) }] };
  }
}

function compileMessage(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const missing = /can't resolve reference (\S+)/.exec(message);
  if (missing !== null)
    return `refers to ${missing[1] ?? ''}, which is not in the schema; \`#\` is the schema's own root`;
  // Ajv compares the items of lists by their own `valueOf` and `toString`, if they have such.
  if (error instanceof TypeError) return 'cannot be used: it lists objects with a property `valueOf` or `toString`';
  return `cannot be used: ${message}`;
}

/** The checks that Ajv does not make: kinds, size, depth, references outwards, and patterns that could take forever. */
function checkForm(schema: Json, path: string, depth: number, budget: { left: number }): SchemaFinding[] {
  if (depth > MAX_DEPTH) return [{ path, message: 'The schema nests too deeply.' }];
  if (--budget.left < 0) return [{ path: '', message: 'The schema is too large.' }];
  if (Array.isArray(schema)) {
    return (schema as readonly Json[]).flatMap((item, at) =>
      checkForm(item, `${path}/${String(at)}`, depth + 1, budget),
    );
  }
  if (!isObject(schema)) return [];
  const findings: SchemaFinding[] = [];
  for (const [key, value] of Object.entries(schema)) {
    const place = `${path}/${escapePointer(key)}`;
    if (key === '$ref' && typeof value === 'string' && !value.startsWith('#') && !hasId(schema, value)) {
      findings.push({
        path: place,
        message: `refers to ${value}, but a schema may only refer into itself: \`#/$defs/…\``,
      });
    }
    if (key === 'pattern' && typeof value === 'string') findings.push(...checkPattern(value, place));
    if (key === 'patternProperties' && isObject(value)) {
      for (const name of Object.keys(value)) findings.push(...checkPattern(name, `${place}/${escapePointer(name)}`));
    }
    if (DATA.includes(key)) {
      if (nestsDeeper(value, MAX_DEPTH))
        findings.push({ path: place, message: `${place} nests too deeply for a schema` });
      continue;
    }
    findings.push(...checkForm(value, place, depth + 1, budget));
  }
  return findings;
}

/** Keywords whose values are data and not schemas. */
const DATA = ['const', 'enum', 'default', 'examples'];

function nestsDeeper(value: Json, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((inner: Json) => nestsDeeper(inner, depth - 1));
}

function checkPattern(pattern: string, path: string): readonly SchemaFinding[] {
  try {
    // As Ajv compiles it.
    new RegExp(pattern, 'u');
  } catch (error) {
    return [{ path, message: `is no regular expression: ${error instanceof Error ? error.message : pattern}` }];
  }
  if (!nestsRepetition(pattern)) return [];
  return [{ path, message: 'repeats a repetition, which may take forever on some texts' }];
}

/** A relative reference is resolved against an `$id`, which a schema on its own does not need. */
function hasId(schema: JsonObject, reference: string): boolean {
  return Object.hasOwn(schema, '$id') && schema['$id'] === reference;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The findings that Ajv's errors stand for: each once, and of alternatives only what helps. */
function describeAll(errors: readonly ErrorObject[]): readonly SchemaFinding[] {
  const left = new Set(errors.filter((error) => !['if', '$ref', '$dynamicRef'].includes(error.keyword)));
  for (const error of errors) if (error.keyword === 'anyOf' || error.keyword === 'oneOf') narrow(error, left);
  const findings = [...left].map(describe);
  return [...new Map(findings.map((finding) => [finding.message, finding])).values()].slice(0, MAX_FINDINGS);
}

/** Where only one alternative has the right type, what is wrong with that one says more than that none fits. */
function narrow(choice: ErrorObject, left: Set<ErrorObject>): void {
  const prefix = `${choice.schemaPath}/`;
  const branches = new Map<string, ErrorObject[]>();
  for (const error of left) {
    if (!error.schemaPath.startsWith(prefix)) continue;
    const branch = error.schemaPath.slice(prefix.length).split('/')[0] ?? '';
    branches.set(branch, [...(branches.get(branch) ?? []), error]);
  }
  const meant = [...branches.values()].filter(
    (errors) => !errors.some((error) => error.instancePath === choice.instancePath && error.keyword === 'type'),
  );
  const kept = meant.length === 1 ? (meant[0] ?? []) : [choice];
  for (const error of [choice, ...[...branches.values()].flat()]) if (!kept.includes(error)) left.delete(error);
}

function describe(error: ErrorObject): SchemaFinding {
  const path = pathOf(error);
  const place = path === '' ? '' : `${path} `;
  return { path, message: `${place}${sentence(error)}` };
}

/** The place of a finding: for a field that is missing or too many, the field itself. */
function pathOf(error: ErrorObject): string {
  const parameters = error.params as Readonly<Record<string, unknown>>;
  const field = parameters['missingProperty'] ?? parameters['additionalProperty'] ?? parameters['unevaluatedProperty'];
  return typeof field === 'string' ? `${error.instancePath}/${escapePointer(field)}` : error.instancePath;
}

function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** What is wrong, as the end of a sentence that begins with the place. */
function sentence(error: ErrorObject): string {
  const parameters = error.params as Readonly<Record<string, unknown>>;
  const limit = String(parameters['limit']);
  switch (error.keyword) {
    case 'type':
      return `must be ${list(parameters['type'])}`;
    case 'required':
    case 'dependentRequired':
      return 'is missing';
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return 'is not allowed here';
    case 'enum':
      return `must be one of ${shown(parameters['allowedValues'])}`;
    case 'const':
      return `must be ${JSON.stringify(parameters['allowedValue'])}`;
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return `must be ${String(parameters['comparison'])} ${limit}`;
    case 'multipleOf':
      return `must be a multiple of ${String(parameters['multipleOf'])}`;
    case 'minLength':
      return `must have at least ${limit} character${limit === '1' ? '' : 's'}`;
    case 'maxLength':
      return `must have at most ${limit} character${limit === '1' ? '' : 's'}`;
    case 'minItems':
      return `must have at least ${limit} item${limit === '1' ? '' : 's'}`;
    case 'maxItems':
      return `must have at most ${limit} item${limit === '1' ? '' : 's'}`;
    case 'minProperties':
      return `must have at least ${limit} field${limit === '1' ? '' : 's'}`;
    case 'maxProperties':
      return `must have at most ${limit} field${limit === '1' ? '' : 's'}`;
    case 'uniqueItems':
      return `must not repeat an item (${String(parameters['j'])} and ${String(parameters['i'])})`;
    case 'pattern':
      return `must match the pattern ${String(parameters['pattern'])}`;
    case 'format':
      return `must be a valid ${String(parameters['format'])}`;
    case 'false schema':
      return 'is not allowed here';
    case 'anyOf':
      return 'must fit at least one of the alternatives';
    case 'oneOf':
      return parameters['passingSchemas'] === null
        ? 'must fit one of the alternatives'
        : 'must fit only one of the alternatives';
    case 'not':
      return 'must not be what the schema excludes';
    default:
      return error.message ?? 'does not fit its schema';
  }
}

function list(types: unknown): string {
  const names = (Array.isArray(types) ? types : String(types).split(',')).map(String);
  return names.map((name) => (name === 'null' ? 'null' : `${/^[aeio]/.test(name) ? 'an' : 'a'} ${name}`)).join(' or ');
}

function shown(values: unknown): string {
  if (!Array.isArray(values)) return '';
  const texts = values.slice(0, 10).map((value) => JSON.stringify(value));
  return values.length > 10 ? `${texts.join(', ')} …` : texts.join(', ');
}
