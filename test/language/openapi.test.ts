import { describe, expect, it } from 'vitest';
import { checkSchema, validateJson } from '../../language/json-schema.ts';
import type { JsonObject } from '../../language/json.ts';
import { readOpenApi, type OpenApi, type OpenApiOperation } from '../../language/openapi.ts';

const SHOP = `
openapi: 3.0.3
info: { title: Shop }
servers:
  - url: https://{region}.example.com/v{version}
    variables: { region: { default: eu }, version: { default: "2" } }
paths:
  /orders/{id}:
    parameters:
      - { name: id, in: path, required: true, schema: { type: string } }
      - { name: verbose, in: query, description: from the path, schema: { type: boolean } }
    get:
      operationId: getOrder
      summary: Gets an order.
      parameters:
        - { name: verbose, in: query, schema: { type: integer } }
        - { name: X-Trace, in: header, schema: { type: string } }
        - { name: Idempotency-Key, in: header, required: true, schema: { type: string } }
        - { name: session, in: cookie, schema: { type: string } }
      responses:
        "404": { description: none, content: { application/json: { schema: { type: string } } } }
        "200": { description: one, content: { application/json: { schema: { $ref: "#/components/schemas/Order" } } } }
    delete:
      responses: { "204": { description: gone } }
  /orders:
    post:
      operationId: createOrder
      requestBody: { $ref: "#/components/requestBodies/Order" }
      responses:
        "202": { description: later }
        "201": { description: made, content: { application/vnd.shop+json: { schema: { $ref: "#/components/schemas/Order" } } } }
    put:
      operationId: replaceOrders
      requestBody: { content: { application/json: { schema: { type: array, items: { type: string } } } } }
      responses: { "204": { description: done } }
    patch:
      operationId: uploadOrders
      requestBody: { content: { text/csv: { schema: { type: string } } } }
      responses: { "204": { description: done } }
components:
  requestBodies:
    Order: { required: true, content: { application/json: { schema: { $ref: "#/components/schemas/NewOrder" } } } }
  schemas:
    Order:
      type: object
      required: [id, total, secret]
      properties:
        id: { type: string, readOnly: true }
        secret: { type: string, writeOnly: true }
        total: { type: number, minimum: 0, exclusiveMinimum: true }
        note: { type: string, nullable: true }
        parent: { nullable: true, allOf: [{ $ref: "#/components/schemas/Order" }] }
    NewOrder:
      allOf:
        - $ref: "#/components/schemas/Order"
        - type: object
          required: [lines]
          properties: { lines: { type: array, items: { $ref: "#/components/schemas/Line" } } }
    Line: { type: object, properties: { sku: { type: string } }, additionalProperties: false }
`;

function read(text: string): OpenApi & { readonly ok: true } {
  const document = readOpenApi(text);
  if (!document.ok) throw new Error(document.message);
  return document;
}

function operation(text: string, id: string): OpenApiOperation {
  const found = read(text).operations.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`no operation ${id}`);
  return found;
}

function messages(schema: JsonObject | null, value: JsonObject): readonly string[] {
  return validateJson(schema ?? false, value).map((finding) => finding.message);
}

describe('readOpenApi', () => {
  it('lists the operations that have an id', () => {
    const document = read(SHOP);
    expect(document.title).toBe('Shop');
    expect(document.serverUrl).toBe('https://eu.example.com/v2');
    expect(document.operations.map(({ id, method, path, body, summary }) => [id, method, path, body, summary])).toEqual(
      [
        ['getOrder', 'GET', '/orders/{id}', 'none', 'Gets an order.'],
        ['replaceOrders', 'PUT', '/orders', 'json', null],
        ['createOrder', 'POST', '/orders', 'json', null],
        ['uploadOrders', 'PATCH', '/orders', 'none', null],
      ],
    );
  });

  it('says where the id stands', () => {
    const { range } = operation(SHOP, 'createOrder');
    expect(SHOP.slice(range.start, range.end)).toBe('createOrder');
  });

  it('joins the parameters of the path with those of the operation', () => {
    const { parameters } = operation(SHOP, 'getOrder');
    expect(parameters.map(({ name, in: place, required, schema }) => [name, place, required, schema])).toEqual([
      ['id', 'path', true, { type: 'string' }],
      ['verbose', 'query', false, { type: 'integer' }],
      ['X-Trace', 'header', false, { type: 'string' }],
      ['session', 'cookie', false, { type: 'string' }],
    ]);
  });

  it('reads how parameters are written, and which of them the body has, too', () => {
    const { parameters } = operation(
      `openapi: 3.1.0
paths:
  /a/{id}/{other}:
    put:
      operationId: a
      parameters:
        - { name: id, in: path, required: true, schema: {} }
        - { name: other, in: path, required: true, style: matrix, explode: true, schema: {} }
        - { name: list, in: query, schema: {} }
        - { name: piped, in: query, style: pipeDelimited, schema: {} }
        - { name: wrong, in: query, style: simple, explode: false, schema: {} }
        - { name: deep, in: query, style: deepObject, schema: {} }
        - { name: filter, in: query, content: { application/json: { schema: {} } } }
        - { name: X-A, in: header, schema: {} }
        - { name: c, in: cookie, schema: {} }
      requestBody: { content: { application/json: { schema: { type: object, properties: { id: {}, list: { readOnly: true } } } } } }
`,
      'a',
    );
    expect(
      parameters.map(({ name, style, inBody }) => [name, style.form, style.explode, inBody === true].join(' ')),
    ).toEqual([
      'id simple false true',
      'other matrix true false',
      'list form true false',
      'piped pipeDelimited false false',
      'wrong form false false',
      'deep deepObject true false',
      'filter json false false',
      'X-A simple false false',
      'c form true false',
    ]);
  });

  it('reads a path that is a reference', () => {
    const text = `openapi: 3.1.0
paths:
  /a/{id}: { $ref: "#/components/pathItems/A" }
  /b: { $ref: "./elsewhere.yaml" }
components:
  pathItems:
    A:
      parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]
      get: { operationId: a, responses: {} }
`;
    const { operations, problems } = read(text);
    const [found, ...others] = operations;
    expect(others).toEqual([]);
    expect(found).toMatchObject({ id: 'a', path: '/a/{id}', parameters: [{ name: 'id', in: 'path' }] });
    expect(text.slice(found?.range.start, found?.range.end)).toBe('/a/{id}');
    expect(problems.map(({ message, range }) => [message, text.slice(range.start, range.end)])).toEqual([
      ['This path is a reference that leads nowhere in the document, so that its operations are left out.', '/b'],
    ]);
  });

  it('keeps the media type of the body, the nearest servers, and what each good answer holds', () => {
    const document = `openapi: 3.1.0
servers: [{ url: https://all.example }]
paths:
  /a:
    servers: [{ url: https://path.example }]
    patch:
      operationId: a
      requestBody: { content: { application/merge-patch+json: { schema: { type: object } } } }
      responses:
        default: { description: bad, content: { application/json: { schema: { type: boolean } } } }
        2XX: { description: other, content: { application/json: { schema: { type: string } } } }
        "204": { description: none }
        "200": { description: good, content: { application/json: { schema: { type: object } } } }
    post:
      operationId: b
      servers: [{ url: "https://{name}.example", variables: { name: { default: own } } }]
      requestBody: { required: true, content: { application/x-www-form-urlencoded: { schema: { type: object, required: [x], properties: { x: {} } } } } }
  /c:
    get: { operationId: c }
`;
    expect(operation(document, 'a')).toMatchObject({
      contentType: 'application/merge-patch+json',
      serverUrl: 'https://path.example',
      output: { type: 'object' },
      answers: [
        { status: '200', schema: { type: 'object' } },
        { status: '204', schema: null },
        { status: '2XX', schema: { type: 'string' } },
      ],
    });
    const form = operation(document, 'b');
    expect(form).toMatchObject({ contentType: 'application/x-www-form-urlencoded', serverUrl: 'https://own.example' });
    expect(messages(form.input, {})).toEqual(['/x is missing']);
    expect(operation(document, 'c')).toMatchObject({ contentType: null, serverUrl: null, answers: [] });
  });

  it('makes one schema of parameters and body', () => {
    const { input } = operation(SHOP, 'createOrder');
    expect(checkSchema(input)).toEqual([]);
    expect(Object.keys(input['properties'] as JsonObject)).toEqual([
      'id',
      'secret',
      'total',
      'note',
      'parent',
      'lines',
    ]);
    expect(messages(input, { total: 1, secret: 'x', lines: [{ sku: 'a' }], note: null })).toEqual([]);
    expect(messages(input, { total: 0, lines: [{ sku: 1, more: 2 }] })).toEqual([
      '/secret is missing',
      '/total must be > 0',
      '/lines/0/more is not allowed here',
      '/lines/0/sku must be a string',
    ]);
    expect(messages(operation(SHOP, 'getOrder').input, {})).toEqual(['/id is missing']);
  });

  it('takes the first successful answer in JSON, as the caller sees it', () => {
    const output = operation(SHOP, 'createOrder').output;
    expect(output === null ? null : checkSchema(output)).toEqual([]);
    expect(messages(output, { id: 'a', total: 1, parent: { id: 'b', total: 2, parent: null } })).toEqual([]);
    expect(messages(output, { total: 1, parent: { total: 2 } })).toContain('/id is missing');
    expect(operation(SHOP, 'replaceOrders').output).toBeNull();
    expect(operation(SHOP, 'getOrder').output).toMatchObject({ $ref: '#/$defs/Order' });
  });

  it('lets any field be one of a body that is a choice', () => {
    const text = `openapi: 3.1.0
paths: { /a: { put: { operationId: a, requestBody: { content: { application/json: { schema: { oneOf: [{ type: object }, {}] } } } } } } }
`;
    expect(messages(operation(text, 'a').input, { anything: 1 })).toEqual([]);
  });

  it('takes a list for a body that is one, or nothing where it may be left out', () => {
    const { input } = operation(SHOP, 'replaceOrders');
    expect(validateJson(input, ['a'])).toEqual([]);
    expect(validateJson(input, {})).toEqual([]);
    expect(validateJson(input, [1])).not.toEqual([]);
    const required = operation(
      SHOP.replace('requestBody: { content', 'requestBody: { required: true, content'),
      'replaceOrders',
    );
    expect(validateJson(required.input, {})).not.toEqual([]);
  });

  it('tells of what it leaves out, at the operation', () => {
    const { problems } = read(SHOP);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain('neither JSON nor a form');
    expect(SHOP.slice(problems[0]?.range.start, problems[0]?.range.end)).toBe('uploadOrders');
  });

  it('reads JSON too', () => {
    const text = JSON.stringify(
      { openapi: '3.1.0', paths: { '/a': { get: { operationId: 'a', responses: {} } } } },
      null,
      '\t',
    );
    expect(read(text).operations).toMatchObject([
      { id: 'a', method: 'GET', input: { type: 'object', properties: {} } },
    ]);
  });

  it.each([
    ['', 'holds no object'],
    ['just text', 'holds no object'],
    ['- a', 'holds no object'],
    ['a: 1', 'key `openapi`'],
    ['openapi: 2.0.0', 'key `openapi`'],
    ['openapi: { a: 1 }', 'key `openapi`'],
    ['swagger: "2.0"', 'Swagger 2'],
    ['openapi: [', ''],
    ['\u0000\uffff{', ''],
  ])('refuses %j with a sentence', (text, message) => {
    const document = readOpenApi(text);
    if (document.ok) throw new Error('was read');
    expect(document.message).toContain(message);
    expect(document.message).not.toBe('');
    expect(document.range.end).toBeGreaterThanOrEqual(document.range.start);
  });

  it.each([
    ['paths: text', []],
    ['paths: { /a: { get: { operationId: 5 } } }', []],
    ['paths: { /a: { get: text, post: { operationId: "" } } }', []],
    ['paths: { /a: { get: { operationId: a, parameters: text, responses: [1] } } }', []],
    ['paths: { /a: { get: { operationId: a, parameters: [{ $ref: "#/nowhere" }] } } }', ['cannot be read']],
    ['paths: { /a: { get: { operationId: a } }, /b: { get: { operationId: a } } }', ['used twice']],
    [
      'paths: { /a: { post: { operationId: a, requestBody: { content: { application/json: { schema: { $ref: "./x.yaml#/A" } } } } } } }',
      [],
    ],
    [
      'paths: { /a: { get: { operationId: a, parameters: [{ name: q, in: query, schema: { $ref: "#/nowhere" } }] } } }',
      ['leads nowhere'],
    ],
  ])('makes the best of %s', (text, expected) => {
    const { problems, operations } = read(`openapi: 3.1.0\n${text}\n`);
    expect(problems).toHaveLength(expected.length);
    for (const [at, message] of expected.entries()) expect(problems[at]?.message).toContain(message);
    for (const { input } of operations) expect(checkSchema(input)).toEqual([]);
  });

  it('ends on references that go round in circles', () => {
    const text = `
openapi: 3.1.0
paths:
  /a:
    post:
      operationId: a
      parameters: [{ $ref: "#/components/parameters/P" }]
      requestBody: { content: { application/json: { schema: { $ref: "#/components/schemas/A" } } } }
      responses: { "200": { content: { application/json: { schema: { $ref: "#/components/schemas/A" } } } } }
components:
  parameters: { P: { $ref: "#/components/parameters/P" } }
  schemas:
    A: { allOf: [{ $ref: "#/components/schemas/B" }] }
    B: { allOf: [{ $ref: "#/components/schemas/A" }] }
`;
    const { input, output } = operation(text, 'a');
    expect(checkSchema(input)).toEqual([]);
    expect(output).toMatchObject({ $ref: '#/$defs/A' });
    expect(read(text).problems).toHaveLength(1);
  });

  it('takes __proto__ for a name like any other', () => {
    const text = `
openapi: 3.1.0
paths:
  /a:
    post:
      operationId: __proto__
      requestBody:
        required: true
        content: { application/json: { schema: { $ref: "#/components/schemas/__proto__" } } }
components:
  schemas:
    __proto__: { type: object, required: [__proto__], properties: { __proto__: { $ref: "#/components/schemas/__proto__" } } }
`;
    const { input } = operation(text, '__proto__');
    expect(checkSchema(input)).toEqual([]);
    expect(messages(input, {})).toEqual(['/__proto__ is missing']);
  });
});
