/** Whether answers of the service are those that its OpenAPI document promises: status, type, headers and body. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect } from 'vitest';
import type { Json, JsonObject } from '../../../language/index.ts';
import { openApiDocument } from '../../../runner/service/openapi.ts';

interface Operation {
  readonly responses: Readonly<Record<string, Promised>>;
}

interface Promised {
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, { readonly schema: JsonObject }>>;
}

const DOCUMENT = openApiDocument('1.2.3');
const PATHS = DOCUMENT['paths'] as unknown as Readonly<Record<string, Readonly<Record<string, Operation>>>>;

const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
formats.default(ajv);
ajv.addVocabulary(['components']);
ajv.addSchema({ $id: 'http://document/', components: DOCUMENT['components'] as JsonObject });

/** Fails where the document says otherwise; of what the document does not name only that the answer is a problem. */
export function expectDocumented(method: string, path: string, { status, headers }: Response, body: Json): void {
  const asked = path.replace(/\?.*/, '');
  const operations = Object.entries(PATHS).flatMap(([template, methods]) => {
    const operation = methods[method.toLowerCase()];
    const fits = new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(asked);
    return operation !== undefined && fits ? [operation] : [];
  });
  const [operation] = operations;
  const promised = operation?.responses[String(status)];
  if (operation === undefined) expect([404, 405, 401]).toContain(status);
  // Faults alone are left to the default.
  else expect([path, status, promised !== undefined]).toEqual([path, status, true]);
  if (status >= 400) {
    expect(headers.get('content-type')).toBe('application/problem+json');
    expectFits('#/components/schemas/Problem', body);
    expect((body as JsonObject)['status']).toBe(status);
    return;
  }
  for (const name of Object.keys(promised?.headers ?? {})) expect(headers.get(name)).not.toBeNull();
  const [type, content] = Object.entries(promised?.content ?? {})[0] ?? [];
  if (type === undefined) expect(body).toBeNull();
  else expect(headers.get('content-type')?.split(';')[0]).toBe(type);
  if (type === 'application/json' && content !== undefined) {
    const reference = content.schema['$ref'];
    if (typeof reference === 'string') expectFits(reference, body);
  }
}

/** A component of the document by its `$ref`. */
export function expectFits(reference: string, value: Json): void {
  const validate =
    ajv.getSchema(`http://document/${reference}`) ?? ajv.compile({ $ref: `http://document/${reference}` });
  const fits = validate(value);
  expect({ fits, errors: validate.errors, value }).toEqual({ fits: true, errors: null, value });
}
