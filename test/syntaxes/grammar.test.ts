import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { IGrammar } from 'vscode-textmate';
import { SCHEMA } from '../../language/schema.ts';
import { FUNCTIONS } from '../../language/expressions/functions.ts';
import { ROOTS } from '../../language/expressions/roots.ts';
import { loadGrammar, shown, tokenise } from './tokens.ts';

let grammar: IGrammar;
beforeAll(async () => {
  grammar = await loadGrammar();
});

/** What is left of the tokens when punctuation is put aside. */
const words = (text: string): string[] => shown(grammar, text).filter((token) => !token.includes(' punctuation.'));

/** Whether each stretch of `line` (0-based) is inside an expression. */
const embedded = (text: string, line = 0): string[] =>
  (tokenise(grammar, text)[line] ?? [])
    .filter((token) => token.scopes.includes('meta.embedded.jsonata'))
    .map((token) => token.text);

describe('keys and values', () => {
  it.each([
    ['workflow: order-fulfillment', ['workflow keyword.control', 'order-fulfillment entity.name.type.workflow']],
    ['states:', ['states keyword.control']],
    ['  reserve_stock:', ['reserve_stock entity.name.tag']],
    [
      '    call: inventory.reserve # now',
      [
        'call keyword.control.kind',
        'inventory entity.name.type.participant',
        'reserve entity.name.function.operation',
        'now comment.line.number-sign',
      ],
    ],
    ['    call: log', ['call keyword.control.kind', 'log entity.name.type.participant']],
    ['    next: check_amount', ['next keyword.control', 'check_amount entity.name.function.state']],
    ['    next: end', ['next keyword.control', 'end constant.language']],
    ['    next:', ['next keyword.control']],
    [
      '  - { after: 4h, to: lead }',
      [
        'after keyword.control',
        '4h constant.numeric.duration',
        'to keyword.control',
        'lead entity.name.function.state',
      ],
    ],
    ['timeout: 1h30m', ['timeout keyword.control', '1h30m constant.numeric.duration']],
    ['timeout: PT10S', ['timeout keyword.control', 'PT10S constant.numeric.duration']],
    ['attempts: 4', ['attempts keyword.other', '4 constant.numeric']],
    ['pivot: true', ['pivot keyword.control', 'true constant.language.boolean']],
    ['data: null', ['data keyword.other', 'null constant.language.null']],
    ['message: 4 of them', ['message keyword.other', '4 of them string.unquoted.plain.out']],
    ['message: a, b } c', ['message keyword.other', 'a, b } c string.unquoted.plain.out']],
    [
      'on: [network, http.5xx]',
      ['on keyword.control', 'network string.unquoted.plain.in', 'http.5xx string.unquoted.plain.in'],
    ],
    ['"a key": 1', ['"a key" entity.name.tag', '1 constant.numeric']],
    ['url: http://host/#part', ['url entity.name.tag', 'http://host/#part string.unquoted.plain.out']],
    [
      '# backstep-disable-next-line unknown-state',
      ['backstep-disable-next-line keyword.other.directive', 'unknown-state constant.other.code'],
    ],
    ['a: &one 1', ['a entity.name.tag', '&one entity.name.type.anchor', '1 constant.numeric']],
    ['b: *one', ['b entity.name.tag', '*one variable.other.alias']],
  ])('%s', (line, expected) => {
    expect(words(line)).toEqual(expected);
  });

  it('begins anew after a flow mapping that was never closed', () => {
    expect(words('input: { type: object\nstates:\n  a:\n').slice(-2)).toEqual([
      'states keyword.control',
      'a entity.name.tag',
    ]);
  });

  it('ends a block of text where its indentation ends', () => {
    const text = 'a:\n  message: |\n    next: end\n\n    more ${ input.x\n  next: end\n';
    expect(words(text)).toEqual([
      'a entity.name.tag',
      'message keyword.other',
      '| keyword.control.flow.block-scalar',
      'next: end string.unquoted.block',
      'more string.unquoted.block',
      'input variable.language.root',
      'x variable.other.property',
      'next keyword.control',
      'end constant.language',
    ]);
  });
});

describe('expressions', () => {
  it.each([
    [
      '"${ input.amount > 1000 }"',
      ['input variable.language.root', 'amount variable.other.property', '> keyword.operator', '1000 constant.numeric'],
    ],
    [
      '${ $sum(results.charge.lines.price) }',
      [
        'sum support.function',
        'results variable.language.root',
        'charge variable.other.property',
        'lines variable.other.property',
        'price variable.other.property',
      ],
    ],
    [
      '${ ($f := function($x) { $x & "}" }; $f(1)) }',
      [
        'f variable.other',
        ':= keyword.operator',
        'function keyword.operator.word',
        'x variable.other',
        'x variable.other',
        '& keyword.operator',
        '"}" string.quoted',
        'f entity.name.function',
        '1 constant.numeric',
      ],
    ],
    [
      '"${ vars.name = \'a}b\' and true }"',
      [
        'vars variable.language.root',
        'name variable.other.property',
        '= keyword.operator',
        "'a}b' string.quoted",
        'and keyword.operator.word',
        'true constant.language',
      ],
    ],
    ['"${ x in [\\"a\\"] }"', ['x variable.other.readwrite', 'in keyword.operator.word', '\\"a\\" string.quoted']],
    ["'${ x = ''a'' }'", ['x variable.other.readwrite', '= keyword.operator', "''a'' string.quoted"]],
    [
      '"${ $replace(x, /a+/, `b c`) }"',
      ['replace support.function', 'x variable.other.readwrite', '/a+/ string.regexp', '`b c` variable.other.property'],
    ],
    [
      '"${ $ ~> $each($$.x) }"',
      ['~> keyword.operator', 'each support.function', '$ variable.other', 'x variable.other.property'],
    ],
    ['${ a /* why */ }', ['a variable.other.readwrite', '/* why */ comment.block']],
  ])('%s', (value, expected) => {
    expect(words(`a: ${value}`).slice(1)).toEqual(expected);
  });

  it('stands inside text, and ends with its brace', () => {
    expect(embedded('title: "Approve ${ input.id } over ${ {"a": 1}.a } now"')).toEqual([
      ' ',
      'input',
      '.',
      'id',
      ' ',
      ' ',
      '{',
    ]);
    expect(embedded('title: Approve ${ {"a": 1}.a } now').join('')).toBe(' {"a": 1}.a ');
  });

  it('is not begun by an escaped dollar', () => {
    expect(embedded('a: "costs $${ 5 }"')).toEqual([]);
    expect(words('a: "costs $${ 5 }"')).toContain('$${ constant.character.escape.dollar');
  });

  it.each(['a: "${ input.\nb: 1', "a: '${ input.\nb: 1", 'a: ${ input.\nb: 1'])(
    'that is half typed does not reach past a closed string or a plain line: %j',
    (text) => {
      const closed = text.replace('.\n', text.includes('"') ? '."\n' : text.includes("'") ? ".'\n" : '.\n');
      expect(embedded(closed, 1)).toEqual([]);
      expect(words(closed).slice(-2)).toEqual(['b entity.name.tag', '1 constant.numeric']);
    },
  );
});

describe('whole files', () => {
  it('leaves nothing of the example without a scope', () => {
    const text = readFileSync(
      new URL('../../examples/order-fulfillment/order-fulfillment.workflow.yaml', import.meta.url),
      'utf8',
    );
    const bare = tokenise(grammar, text)
      .flat()
      .filter((token) => token.text.trim() !== '' && token.scopes.length === 0);
    expect(bare).toEqual([]);
  });
});

describe('the words of the language', () => {
  it('are all known as keys', () => {
    // What scenarios hold and what built-in operations take are words like `id` and `url`, which are data elsewhere.
    const data = /arguments$|^(?:scenario|mock|failure|incident|decision|crash|expectation)$/;
    const shapes = [...SCHEMA.values()].filter((shape) => !data.test(shape.name));
    const names = shapes.flatMap((shape) => shape.keys.map((key) => key.name));
    const unknown = [...new Set(names)].filter((name) => !/^\S+ keyword\./.test(words(`  ${name}: x`)[0] ?? ''));
    expect(unknown).toEqual([]);
  });

  it('mark every kind of state as one', () => {
    const kinds = SCHEMA.get('state')?.keys.filter((key) => key.kind === true) ?? [];
    expect(kinds).toHaveLength(13);
    for (const { name } of kinds) expect(shown(grammar, `  ${name}:`)[0]).toMatch(/keyword\.control/);
  });

  it('are all known as functions and roots of expressions', () => {
    for (const { name } of FUNCTIONS) expect(words(`a: \${ $${name}(x) }`)[1]).toBe(`${name} support.function`);
    for (const { name } of ROOTS) expect(words(`a: \${ ${name} }`)[1]).toBe(`${name} variable.language.root`);
  });
});
