import { describe, expect, it } from 'vitest';
import { spotAt } from '../../server/features/completion/spot.ts';

/** The spot at the `|` of `document`, in short: ways with dots, and what is typed. */
function short(document: string): Record<string, unknown> | null {
  const offset = document.indexOf('|');
  const text = document.slice(0, offset) + document.slice(offset + 1);
  const spot = spotAt(text, offset);
  if (spot === null) return null;
  const all = {
    key: spot.keyOf?.join('.'),
    value: spot.valueOf?.join('.'),
    typed: text.slice(spot.typed.start, spot.typed.end) || undefined,
    expression: spot.expression === null ? undefined : text.slice(spot.expression.start, spot.expression.end),
    quote: spot.quote ?? undefined,
    space: spot.needsSpace || undefined,
    dash: spot.needsDash || undefined,
    before: spot.keysBefore.length > 0 ? spot.keysBefore.join(' ') : undefined,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

const A = 'workflow: w\nstates:\n  a:\n    call: x.y\n';

describe('in blocks', () => {
  it.each([
    ['the beginning of a file', '|', { key: '' }],
    ['a half-typed key at the top', 'workflow: w\nsta|', { key: '', typed: 'sta', before: 'workflow' }],
    ['a blank line at the top', 'workflow: w\n|\nstates:\n', { key: '', before: 'workflow' }],
    ['a key of a state', `${A}    ne|`, { key: 'states.a', typed: 'ne', before: 'call' }],
    ['a blank line of a state', `${A}    |`, { key: 'states.a', before: 'call' }],
    ['a blank line between two depths', `${A}   |`, { key: 'states.a', before: 'call' }],
    ['a new state', `${A}  |`, { key: 'states', before: 'a' }],
    ['a new key at the top, below states', `${A}|`, { key: '', before: 'workflow states' }],
    ['below a key with nothing behind it', 'states:\n  |', { key: 'states', value: 'states' }],
    ['below a state’s name', 'states:\n  a:\n    |', { key: 'states.a', value: 'states.a' }],
    [
      'a half-typed key below a state’s name',
      'states:\n  a:\n    ca|',
      { key: 'states.a', value: 'states.a', typed: 'ca' },
    ],
    ['a value', `${A}    next: |`, { value: 'states.a.next' }],
    ['a value without its space', `${A}    next:|`, { value: 'states.a.next', space: true }],
    ['a half-typed value', `${A}    next: ch|`, { value: 'states.a.next', typed: 'ch' }],
    ['a value in the midst of a file', `states:\n  a:\n    next: |\n  b:\n    next: end\n`, { value: 'states.a.next' }],
    ['a quoted value', `${A}    next: "ch|`, { value: 'states.a.next', typed: 'ch', quote: '"' }],
    [
      'a quoted value that is closed behind the cursor',
      `${A}    next: 'ch|'`,
      { value: 'states.a.next', typed: 'ch', quote: "'" },
    ],
    ['behind a closed quote', `${A}    next: "ch" |`, null],
    ['a comment', `${A}    # ne|`, null],
    ['a comment behind a value', `${A}    next: b # ne|`, null],
    ['a block of text', `${A}    title: >\n      some te|`, { value: 'states.a.title', typed: 'some te' }],
    [
      'behind a block of text',
      `${A}    title: >\n      some\n    ne|`,
      { key: 'states.a', typed: 'ne', before: 'call title' },
    ],
    ['with CRLF', 'states:\r\n  a:\r\n    ne|', { key: 'states.a', value: 'states.a', typed: 'ne' }],
    ['a key that is quoted', '"states":\n  "a b":\n    |', { key: 'states.a b', value: 'states.a b' }],
    ['below an anchor', 'states: &all\n  a: &one\n    call: x\n    |', { key: 'states.a', before: 'call' }],
  ])('%s', (_, document, expected) => {
    expect(short(document)).toEqual(expected);
  });
});

describe('in lists', () => {
  const S = 'states:\n  a:\n    switch:\n';
  it.each([
    ['behind a dash', `${S}      - |`, { key: 'states.a.switch.0', value: 'states.a.switch.0' }],
    ['a dash alone', `${S}      -|`, { key: 'states.a.switch.0', value: 'states.a.switch.0', space: true }],
    [
      'half-typed behind a dash',
      `${S}      - wh|`,
      { key: 'states.a.switch.0', value: 'states.a.switch.0', typed: 'wh' },
    ],
    ['a value behind a dash', `${S}      - when: |`, { value: 'states.a.switch.0.when' }],
    [
      'a second key of an item',
      `${S}      - when: x\n        ne|`,
      { key: 'states.a.switch.0', typed: 'ne', before: 'when' },
    ],
    ['a second item', `${S}      - when: x\n      - |`, { key: 'states.a.switch.1', value: 'states.a.switch.1' }],
    [
      'in the column of the dashes',
      `${S}      - when: x\n      |`,
      { key: 'states.a.switch.1', value: 'states.a.switch.1', dash: true },
    ],
    ['below the list', `${S}      - when: x\n    |`, { key: 'states.a', before: 'switch' }],
    [
      'a list in the column of its key',
      'states:\n  a:\n    switch:\n    - next: b\n    ne|',
      { key: 'states.a', typed: 'ne', before: 'switch' },
    ],
    [
      'an item in the column of its key',
      'states:\n  a:\n    switch:\n    - ne|',
      { key: 'states.a.switch.0', value: 'states.a.switch.0', typed: 'ne' },
    ],
  ])('%s', (_, document, expected) => {
    expect(short(document)).toEqual(expected);
  });
});

describe('in braces and brackets', () => {
  it.each([
    ['an empty mapping', 'a: { |', { key: 'a' }],
    ['a half-typed key', 'a: { b: 1, c|', { key: 'a', typed: 'c', before: 'b' }],
    ['with the closing brace there', 'a: { b: 1, c| }', { key: 'a', typed: 'c', before: 'b' }],
    ['a value', 'a: { b: |}', { value: 'a.b' }],
    ['a value without its space', 'a: { b:|}', { value: 'a.b', space: true }],
    ['a quoted value', 'a: { b: "x|" }', { value: 'a.b', typed: 'x', quote: '"' }],
    ['a nested mapping', 'a: { b: { c: { |', { key: 'a.b.c' }],
    ['behind a nested mapping', 'a: { b: { c: 1 }, |', { key: 'a', before: 'b' }],
    ['an item', 'a: [x, |', { value: 'a.1' }],
    ['an item of mappings', 'a: [{ b: 1 }, { |', { key: 'a.1' }],
    ['behind an unquoted expression', 'a: { b: ${ {"x": 1} }, c: |', { value: 'a.c' }],
    ['over several lines', 'a: {\n  b: 1,\n  |', { key: 'a', before: 'b' }],
    ['behind a dash', 'a:\n  - { after: 4h, to: |', { value: 'a.0.to' }],
    ['behind the closing brace', 'a: { b: 1 } |', null],
    ['below it', 'a: { b: 1 }\n|', { key: '', before: 'a' }],
    ['below one that was never closed', 'a:\n  b: { c: 1\n  d: |', { value: 'a.d' }],
  ])('%s', (_, document, expected) => {
    expect(short(document)).toEqual(expected);
  });
});

describe('in expressions', () => {
  it.each([
    ['quoted', 'a: "${ inp|', { value: 'a', typed: '${ inp', expression: ' inp', quote: '"' }],
    ['closed behind the cursor', 'a: "${ inp| }"', { value: 'a', typed: '${ inp', expression: ' inp', quote: '"' }],
    ['plain', 'a: ${ input.|', { value: 'a', typed: '${ input.', expression: ' input.' }],
    [
      'the second of a text',
      'a: "x ${ b } y ${ |',
      { value: 'a', typed: 'x ${ b } y ${ ', expression: ' ', quote: '"' },
    ],
    ['behind one', 'a: "${ b } |', { value: 'a', typed: '${ b } ', quote: '"' }],
    [
      'with escaped quotes',
      'a: "${ \\"}\\" & i|',
      { value: 'a', typed: '${ \\"}\\" & i', expression: ' \\"}\\" & i', quote: '"' },
    ],
    ['an escaped dollar', 'a: "$${ |', { value: 'a', typed: '$${ ', quote: '"' }],
    ['in braces', 'a: { b: "${ v|" }', { value: 'a.b', typed: '${ v', expression: ' v', quote: '"' }],
    [
      'in a block of text',
      'a: |-\n  x ${ v'.replace('|', '>') + '|',
      { value: 'a', typed: 'x ${ v', expression: ' v' },
    ],
    [
      'on a further line',
      'a:\n  b: ${ x\n    and y.|',
      { value: 'a.b', typed: '${ x\n    and y.', expression: ' x\n    and y.' },
    ],
  ])('%s', (_, document, expected) => {
    expect(short(document)).toEqual(expected);
  });
});
