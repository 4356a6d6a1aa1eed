/** The types of roots by place, of parts of expressions, and of what is being typed. */
import { describe, expect, it } from 'vitest';
import { fieldsIn, typeAt, typeBefore, typeInWords, typeOfPath, typeOfResult } from '../../../language/index.ts';
import { analyseMarked } from '../../support/markers.ts';

const HEAD = `
  workflow: w
  input: { type: object, properties: { id: { type: string }, items: { type: array, items: { type: object, properties: { sku: { type: string }, price: { type: number } } } } } }
  vars: { total: 0, untouched: 1, list: [] }
  events: { order.paid: { data: { type: object, properties: { amount: { type: number } } } } }
  errors: { out.of.stock: { data: { type: object, properties: { sku: { type: string } } } } }
  participants:
    boss: { role: boss }
    tool: { operations: { pack: { shell: ["\${ args.file$0 }"], input: { type: object, properties: { file: { type: string } } } } } }
    shop:
      baseUrl: https://shop.example
      operations:
        find: { http: "GET /things/{id}", output: { type: object, required: [name], properties: { name: { type: string } } } }
`;

/** What the expression with the cursor reads where it stands: the type of the part before the cursor. */
function typeAtCursor(states: string, head = HEAD.replace('$0', '')): string | null {
  const { document, analysis } = analyseMarked(`${head}  states:${states}`);
  const { cursor } = document.main;
  if (cursor === null) throw new Error('There is no cursor.');
  const found = typeAt(analysis, cursor);
  return found === null ? null : typeInWords(found.type);
}

describe('the type of a root', () => {
  it.each([
    ['input', '\n    a: { set: { total: "${ input.id$0 }" }, next: end }', 'string'],
    [
      'a variable that is assigned',
      '\n    a: { set: { total: "${ vars.total$0 + 1 }" }, next: end }',
      'number or null',
    ],
    [
      'a variable that is never assigned: a guess',
      '\n    a: { set: { total: "${ vars.untouched$0 }" }, next: end }',
      'number',
    ],
    [
      'the result of a call',
      '\n    a: { call: shop.find, with: { id: x }, assign: { total: "${ result.name$0 }" }, next: end }',
      'string',
    ],
    [
      'the result of another state',
      '\n    a: { call: shop.find, with: { id: x }, next: b }\n    b: { set: { total: "${ results.a$0 }" }, next: end }',
      '{ name: string }',
    ],
    [
      'a reshaped result',
      '\n    a: { call: shop.find, with: { id: x }, output: { n: "${ result.name }", m: 1 }, next: b }\n    b: { set: { total: "${ results.a$0 }" }, next: end }',
      '{ n: string, m: 1 }',
    ],
    [
      'an item',
      '\n    a: { foreach: { in: "${ input.items }", as: line, states: { s: { set: {}, output: "${ line$0 }", next: end } } }, next: end }',
      '{ sku?: string, price?: number }',
    ],
    [
      'the place of an item',
      '\n    a: { foreach: { in: "${ input.items }", states: { s: { set: {}, output: "${ index$0 }", next: end } } }, next: end }',
      'integer',
    ],
    [
      'what a foreach gives',
      '\n    a: { foreach: { in: "${ input.items }", as: i, states: { s: { set: {}, next: end } }, output: { s: "${ i.sku }" } }, next: b }\n    b: { set: { total: "${ results.a$0 }" }, next: end }',
      'list of { s: string or null }',
    ],
    [
      'what branches give',
      '\n    a: { parallel: { join: any, branches: { x: { states: { s: { set: {}, next: end } }, output: 1 } } }, next: b }\n    b: { set: { total: "${ results.a$0 }" }, next: end }',
      '{ x?: 1 }',
    ],
    [
      'a branch that may fail',
      '\n    a: { parallel: { onBranchError: collect, branches: { x: { states: { s: { set: {}, next: end } }, output: 1 } } }, next: b }\n    b: { set: { total: "${ results.a.x.error.type$0 }" }, next: end }',
      'string',
    ],
    [
      'a scope without an output: its last state',
      '\n    a: { scope: { states: { s: { call: shop.find, with: { id: x }, next: end } } }, next: b }\n    b: { set: { total: "${ results.a.name$0 }" }, next: end }',
      'string',
    ],
    [
      'an event',
      '\n    a: { listen: { on: { order.paid: { match: "${ event.data.amount$0 > 1 }", next: end } } } }',
      'number',
    ],
    [
      'the event that was heard',
      '\n    a: { listen: { on: { order.paid: end } }, assign: { total: "${ event.type$0 }" } }',
      '"order.paid"',
    ],
    [
      'an outcome',
      '\n    a: { human: { title: T, assignee: boss }, on: { yes: end, no: end }, assign: { total: "${ outcome$0 }" } }',
      '"yes" or "no"',
    ],
    [
      'a form',
      '\n    a: { human: { title: T, assignee: boss, form: { properties: { note: { type: string } } } }, on: { yes: end }, assign: { total: "${ form.note$0 }" } }',
      'string',
    ],
    [
      'an error',
      '\n    a: { set: {}, catch: [ { assign: { total: "${ error.status$0 }" }, next: end } ], next: end }',
      'integer or null',
    ],
    [
      'the data of a declared error: a guess',
      '\n    a: { set: {}, catch: [ { errors: [out.of.stock], assign: { total: "${ error.data.sku$0 }" }, next: end } ], next: end }',
      'string',
    ],
    ['run', '\n    a: { set: { total: "${ run.attempt$0 }" }, next: end }', 'integer'],
    ['the environment', '\n    a: { set: { total: "${ env.HOME$0 }" }, next: end }', 'string'],
    [
      'what nothing describes',
      '\n    a: { call: tool.pack, with: { file: x }, assign: { total: "${ result.size$0 }" }, next: end }',
      'any',
    ],
    [
      'a part in the middle',
      '\n    a: { set: { total: "${ $sum(input.items$0.price) }" }, next: end }',
      'list of { sku?: string, price?: number }',
    ],
    [
      'a parameter',
      '\n    a: { set: { total: "${ $map(input.items, function($i) { $i$0.sku }) }" }, next: end }',
      '{ sku?: string, price?: number }',
    ],
  ])('%s', (_, states, words) => {
    expect(typeAtCursor(states)).toBe(words);
  });

  it('args: what the operation takes', () => {
    expect(typeAtCursor('\n    a: { set: {}, next: end }', HEAD)).toBe('string');
  });

  it('ends where results lead back to themselves', () => {
    const loop =
      '\n    a: { set: {}, output: "${ results.b$0 }", next: b }\n    b: { set: {}, output: "${ results.a }", next: a }';
    expect(typeAtCursor(loop)).toBe('any');
  });
});

describe('a name that is being typed', () => {
  const { analysis } = analyseMarked(`${HEAD.replace('$0', '')}  states:
    a: { call: shop.find, with: { id: x }, next: b }
    b: { set: { total: "\${ 1 }" }, next: end }
  `);
  const site = analysis.sites.find(({ state }) => state?.name === 'b');
  const names = (before: string): readonly string[] | null => {
    const found = site === undefined ? null : typeBefore(analysis, site, before);
    return found === null ? null : found.inside ? [...fieldsIn(found.context).keys()] : ['…'];
  };

  it.each<[string, readonly string[] | null]>([
    ['', ['…']],
    ['1 + ', ['…']],
    ['$$.', ['…']],
    ['input.', ['id', 'items']],
    ['input.items.', ['sku', 'price']],
    ['input.items[0].', ['sku', 'price']],
    ['input.items[price > 1 and ', ['sku', 'price']],
    ['input.items[price > 1].', ['sku', 'price']],
    ['input.items^(', ['sku', 'price']],
    ['input.items.{ "a": ', ['sku', 'price']],
    ['input.items.(', ['sku', 'price']],
    ['$map(input.items, function($i) { $i.', ['sku', 'price']],
    ['$filter(input.items, function($i, $n) { $n > 1 and $i.', ['sku', 'price']],
    ['$sort(input.items, function($a, $b) { $a.price > $b.', ['sku', 'price']],
    ['($all := input.items; $all[0].', ['sku', 'price']],
    ['$reverse(input.items).', ['sku', 'price']],
    ['$merge([{ "a": 1 }, { "b": 2 }]).', ['a', 'b']],
    ['{ "x": results.', ['a', 'b']],
    ['{ "x": results.a.', ['name']],
    ['input.id = "x" ? results.a.', ['name']],
    ['input.id ?? input.', ['id', 'items']],
    ['$string(input.', ['id', 'items']],
    ['run.', ['id', 'workflow', 'version', 'startedAt', 'attempt']],
    ['vars.', ['total', 'untouched', 'list']],
    ['1 1 + input.', ['id', 'items']],
    ['"input.', null],
    ['input.id ', null],
    ['/* input.', null],
  ])('behind %j', (before, expected) => {
    expect(names(before)).toEqual(expected);
  });
});

describe('from other files', () => {
  it('a child workflow gives its output, which its own child may shape', () => {
    const { analysis } = analyseMarked(`
      workflow: w
      states: { a: { run: ./child.workflow.yaml, next: end } }
      #- child.workflow.yaml
      workflow: child
      states: { a: { run: ./deep/grandchild.workflow.yaml, next: end } }
      output: { inner: "\${ results.a }" }
      #- deep/grandchild.workflow.yaml
      workflow: grandchild
      participants: { shop: { openapi: ../shop.openapi.yaml, baseUrl: https://shop.example } }
      states: { a: { call: shop.find, next: end } }
      #- shop.openapi.yaml
      openapi: 3.1.0
      info: { title: Shop, version: 1.0.0 }
      paths: { /things: { get: { operationId: find, responses: { "200": { description: ok, content: { application/json: { schema: { type: object, properties: { name: { type: string } } } } } } } } } }
    `);
    const [state] = analysis.workflow.states;
    if (state === undefined) throw new Error('There is no state.');
    expect(typeInWords(typeOfResult(analysis, state), 3)).toBe('{ inner: { name?: string } or null }');
    const spot = { node: null, scope: state.scope, state };
    expect(typeInWords(typeOfPath(analysis, spot, ['results', 'a', 'inner', 'name']))).toBe('string');
  });

  it('workflows that run each other end', () => {
    const { analysis } = analyseMarked(`
      workflow: w
      states: { a: { run: ./other.workflow.yaml, next: end } }
      output: { a: "\${ results.a }" }
      #- other.workflow.yaml
      workflow: other
      states: { a: { run: ./main.workflow.yaml, next: end } }
      output: { b: "\${ results.a }" }
    `);
    const [state] = analysis.workflow.states;
    expect(state === undefined ? '' : typeInWords(typeOfResult(analysis, state), 9)).toContain('{ b: ');
  });
});
