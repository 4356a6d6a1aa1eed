import { describe, expect, it } from 'vitest';
import { analyse, inputType, type LanguageContext, outputType, typeInWords } from '../../language/index.ts';
import { parseModule } from '../../server/module-parser.ts';
import { testCases } from './diagnostics/cases.ts';

/** What is known of the operations of a module with this text, and of others that it imports. */
function contextOf(files: Readonly<Record<string, string>>): LanguageContext {
  const resource: LanguageContext['resource'] = (path) => {
    const text = files[path.replace(/^\.\//, '')];
    return text === undefined ? { kind: 'missing' } : { kind: 'text', text };
  };
  return { resource, parseModule };
}

const WORKFLOW = 'workflow: w\nparticipants: { m: { module: ./m.ts } }\nstates: { a: { wait: 1s, next: end } }\n';

function known(text: string, others: Readonly<Record<string, string>> = {}) {
  const operations = analyse(WORKFLOW, contextOf({ 'm.ts': text, ...others })).operations.get('m');
  if (operations === undefined) throw new Error('the participant is lost');
  return operations;
}

/** The types of the function `f`: what it takes → what it gives. */
function typesOf(text: string, others?: Readonly<Record<string, string>>): string {
  const operation = known(text, others).operations.get('f');
  if (operation === undefined) throw new Error('f is not known');
  return `${typeInWords(inputType(operation), 4)} → ${typeInWords(outputType(operation), 4)}`;
}

describe('the functions that a module exports', () => {
  const texts = [
    ['declarations', 'export function a() {}\nexport async function b() {}', 'a b', true],
    ['values', 'export const a = () => 1, b = function () {}; export let c = wrap(() => 1);', 'a b c', true],
    ['lists', 'const a = () => 1; function b() {}\nexport { a, b as c };', 'a c', true],
    [
      'what is no function',
      'export const LIMIT = 5; export class Box {} export const table = {}; export type T = 1;',
      '',
      true,
    ],
    ['types', 'interface I {} const i = 1; export type { I }; export { type I as J }; export interface K {}', '', true],
    ['the default', 'export default async (input: string) => input;', 'default', true],
    ['a named default', 'export default function a(input: string) { return input; }', 'default', true],
    ['declared ones', 'export declare function a(input: string): void;', 'a', true],
    ['patterns', 'export const { a, b } = make();', '', false],
    ['the older form', 'module.exports = { a() {} };', '', false],
    ['the older form, by names', 'exports.a = () => 1; exports.b.c = 1;', '', false],
    ['what packages export', "export * from 'package'; export function a() {}", 'a', false],
    ['half-typed code', 'export function a(input: {', 'a', true],
  ] as const;
  it.each(texts)('are found among %s', (_, text, names, complete) => {
    const found = known(text);
    expect([...found.operations.keys()].join(' ')).toBe(names);
    expect(found.complete).toBe(complete);
  });

  it.each([...texts, ['one line', 'function a() {} function b() {} export { a };export { b };', '', true] as const])(
    'are never fewer than are known without a parser: %s',
    (_, text) => {
      const { parseModule: __, ...context } = contextOf({ 'm.ts': text });
      const plain = analyse(WORKFLOW, context).operations.get('m');
      const parsed = [...known(text).operations.keys()];
      if (plain?.complete === true) expect([...plain.operations.keys()]).toEqual(expect.arrayContaining(parsed));
      else expect(plain?.complete).toBe(false);
    },
  );

  it('are followed into other modules of the workspace', () => {
    const others = {
      'parts/one.ts':
        'export function a(input: { x: number }) {}\nexport default () => 1;\nconst c = () => 1;\nexport { c };',
      'parts/index.ts':
        "export * from './one.js';\nexport { c as d } from './one';\nexport * as whole from './one.ts';",
    };
    const { operations, complete } = known("export * from './parts';\nexport * from './m.ts';", others);
    expect(complete).toBe(true);
    expect([...operations.values()].map(({ name, file, range }) => [name, file, range.start])).toEqual([
      ['d', 'parts/one.ts', 73],
      ['a', 'parts/one.ts', 16],
      ['c', 'parts/one.ts', 73],
    ]);
    expect(known("export * from './lost.ts';").complete).toBe(false);
  });

  it('carry what is written about them', () => {
    const text = `
/** Not this. */

/**
 * Packs a parcel,
 * once.
 * @param input what to pack
 */
export async function pack(
  { id }: { id: string },
  context: Context,
): Promise<null> { return null; }
`;
    expect(known(text).operations.get('pack')?.exported).toMatchObject({
      signature: 'pack({ id }: { id: string }, context: Context): Promise<null>',
      documentation: 'Packs a parcel,\nonce.',
    });
  });
});

describe('the types of a function', () => {
  it.each([
    ['f(input: string): number', 'string → number'],
    ['f(input: string | null): Promise<boolean>', 'string or null → boolean'],
    ["f(input: 'a' | 'b' | 3): 'done'", '"a" or "b" or 3 → "done"'],
    ['f(input: readonly string[]): Array<number>', 'list of string → list of number'],
    ['f(input: { a: string; b?: number; c: string | undefined })', '{ a: string, b?: number, c?: string } → any'],
    ['f({ a }: { readonly a: { b: string }[] })', '{ a: list of { b: string } } → any'],
    ['f(input: Record<string, number>): Record<"x" | "y", boolean>', 'object → { x: boolean, y: boolean }'],
    ['f(input: { [key: string]: number; a: number })', '{ a: number, … } → any'],
    ['f(input: { a: string } & { b: number })', '{ a: string, b: number } → any'],
    ['f(input: string & { readonly mark: unique symbol }): [string, number]', 'string → list of (string or number)'],
    ['f(input: Partial<{ a: string }>): Required<{ b?: number }>', '{ a?: string } → { b: number }'],
    [
      "f(input: Pick<{ a: string; b: number }, 'a'>): Omit<{ a: string; b: number }, 'a'>",
      '{ a: string } → { b: number }',
    ],
    ["f(input: { a: { b: number } }['a']): NonNullable<string | null>", '{ b: number } → string'],
    ['f(input: Date): Map<string, string>', 'any → any'],
    ['f(input: unknown): any', 'any → any'],
    ['f<T>(input: T): T[]', 'any → list'],
    ['f(input?: { a: string }): void', '{ a: string } or null → any'],
    ['f(input: { a: string } = { a: "x" })', '{ a: string } or null → any'],
    ['f(this: Context, input: number)', 'number → any'],
    ['f(): AsyncGenerator<string>', 'any → any'],
    ['f(input: `order-${string}`): bigint', 'string → any'],
    ['f(input: { a(): void; "b-c": number; 3: string })', '{ 3: string, a: any, b-c: number } → any'],
  ])('%s', (signature, words) => {
    expect(typesOf(`export declare function ${signature};`)).toBe(words);
  });

  it.each([
    [
      'interfaces',
      'interface A { a: string } interface A { b: number } interface B extends A { c: C } type C = null',
      'B',
      '{ a: string, b: number, c: null }',
    ],
    [
      'aliases with parameters',
      'type Page<T, U = string> = { items: T[]; next: U | null }',
      'Page<number>',
      '{ items: list of number, next: string or null }',
    ],
    [
      'types that lead back to themselves',
      'interface Tree { name: string; children: Tree[] }',
      'Tree',
      '{ name: string, children: list }',
    ],
    ['classes and enumerations', 'class A { a = 1 } enum E { X }', 'A | E', 'any'],
    [
      'bases that are not known',
      "import type { Base } from 'package'; interface A extends Base { a: string }",
      'A',
      '{ a: string, … }',
    ],
    [
      'imported types',
      "import type { Shape as S } from './types.js'; import * as all from './types'",
      'S & all.Other',
      '{ kind: "box", size: number, other: boolean }',
    ],
    ['types that are handed on', "import { Handed } from './barrel.ts'", 'Handed', '{ kind: "box", size: number }'],
  ])('with %s', (_, declared, type, words) => {
    const others = {
      'types.ts':
        "type Size = number; export interface Shape { kind: 'box'; size: Size } export interface Other { other: boolean }",
      'barrel.ts': "export type { Shape as Handed } from './types.ts';",
    };
    expect(typesOf(`${declared}\nexport function f(input: ${type}): Promise<void> {}`, others)).toBe(`${words} → any`);
  });

  it.each([
    [
      'an arrow',
      'export const f = async (input: { a: string }): Promise<{ b: number }> => ({ b: 1 });',
      '{ a: string } → { b: number }',
    ],
    [
      'what it returns',
      "export function f() { if (x) return { a: 'x', b: 1, c: y, d: null } as const; const g = () => { return 7; }; return { a: `z`, b: 2, c: 3, d: true }; }",
      'any → { a: string, b: number, c: any, d: null } or { a: string, b: number, c: number, d: boolean }',
    ],
    [
      'an arrow without a body',
      'export const f = () => ({ ok: true, at: { x: 1 } });',
      'any → { ok: boolean, at: { x: number } }',
    ],
    ['nothing that is written out', 'export function f() { return { ...all }; }', 'any → any'],
    ['a declared variable', 'type H = (input: string) => number; export const f: H = (input) => 1;', 'any → any'],
    [
      'several signatures',
      'export function f(a: string): 1; export function f(a: number): 2; export function f(a: any) {}',
      'any → any',
    ],
    [
      'tags in JavaScript',
      '/**\n * @param {{ a: string,\n *   b?: number }} input\n * @returns {Promise<{ c: boolean }>}\n */\nexport async function f(input) {}',
      '{ a: string, b?: number } → { c: boolean }',
    ],
    [
      'a tag for what is taken apart',
      '/** @param {{ a: string }} options */\nexport function f({ a }) {}',
      '{ a: string } → any',
    ],
    [
      'a tag about another parameter',
      '/**\n * @param input what\n * @param {string} other\n */\nexport function f(input, other) {}',
      'any → any',
    ],
    ['a tag by another name', '/** @param {string} other */\nexport function f(input) {}', 'any → any'],
    ['a tag for a part', '/** @param {string} input.a */\nexport function f(input) {}', 'any → any'],
    ['a tag for what may be left out', '/** @param {string} [input] */\nexport function f(input) {}', 'any → any'],
    [
      'a function of its module',
      'function g(input: boolean): null { return null; }\nexport { g as f };',
      'boolean → null',
    ],
  ])('by %s', (_, text, words) => {
    expect(typesOf(text)).toBe(words);
  });

  it('cost no more than they are worth', () => {
    const level = (at: number): string => `interface L${at} { a: L${at + 1}; b: L${at + 1}; c: L${at + 1} }`;
    const levels = Array.from({ length: 30 }, (_, at) => level(at)).join('\n');
    const started = process.cpuUsage();
    expect(typesOf(`${levels}\ninterface L30 { x: string }\nexport function f(input: L0) {}`)).toContain('a: { a:');
    expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
  });
});

describe('a module that nobody could read', () => {
  it.each([
    ['bytes', '\u0000\uffff export function f( \u2028 }}}'],
    ['an endless sum', `export function f() { return ${'1 + '.repeat(20_000)}1; }`],
    ['endless braces', `export function f(input: ${'{ a: '.repeat(5_000)}string${' }'.repeat(5_000)}) {}`],
    [
      'endless parentheses',
      `export type T = ${'('.repeat(20_000)}string${')'.repeat(20_000)}; export function f(input: T) {}`,
    ],
    ['a class that extends itself', 'export class f extends f {}'],
    ['an alias of itself', 'type T = T; type U = U | { a: U }; export function f(input: T & U): Partial<T> {}'],
    ['an export of itself', "export { f } from './m.ts'; import g from './m.ts'; export default g;"],
    [
      'a cursed name',
      "export const __proto__ = (input: { __proto__: string; constructor: number }) => ({ ['__proto__']: 1 });",
    ],
  ])('is no reason to fail: %s', (_, text) => {
    expect(() => known(text)).not.toThrow();
  });
});

describe('a module that is asked for again', () => {
  it('is read anew as soon as it, or one that it imports, has another text', () => {
    const main = "import type { T } from './types.ts';\nexport function f(input: T) {}";
    expect(typesOf(main, { 'types.ts': 'export type T = string' })).toBe('string → any');
    expect(typesOf(main, { 'types.ts': 'export type T = number' })).toBe('number → any');
    expect(typesOf(main)).toBe('any → any');
    expect(typesOf(main, { 'types.ts': 'export type T = number' })).toBe('number → any');
  });
});

const LABELS = `
      #- labels.ts
      interface Label { readonly id: string; readonly copies?: number }
      export async function print(input: Label): Promise<{ printed: boolean }> { return { printed: true }; }`;

testCases(
  'calls of typed functions',
  [
    {
      code: 'missing-argument',
      faulty: `
      workflow: w
      participants: { labels: { module: ./labels.ts } }
      states:
        a: { call: labels.print, with: { copies: 2 }, next: end }
      #                          ^^^^ missing-argument labels.print needs ‘id’
      ${LABELS}
    `,
      nearMiss: `
      workflow: w
      participants: { labels: { module: ./labels.ts } }
      states:
        a: { call: labels.print, with: { id: a }, next: end }
      ${LABELS}
    `,
    },
    {
      code: 'unknown-argument',
      faulty: `
      workflow: w
      participants: { labels: { module: ./labels.ts } }
      states:
        a: { call: labels.print, with: { id: a, copie: 2 }, next: end }
      #                                         ^^^^^ unknown-argument Did you mean ‘copies’?
      ${LABELS}
    `,
      nearMiss: `
      workflow: w
      participants: { labels: { module: ./labels.ts } }
      states:
        a: { call: labels.print, with: { id: a, copies: 2 }, next: end }
      ${LABELS}
    `,
    },
    {
      code: 'type-mismatch',
      faulty: `
      workflow: w
      participants: { labels: { module: ./labels.ts } }
      states:
        a: { call: labels.print, with: { id: a, copies: many }, next: end }
      #                                                 ^^^^ type-mismatch must be a number
      ${LABELS}
    `,
      nearMiss: `
      workflow: w
      participants: { labels: { module: ./labels.ts } }
      states:
        a: { call: labels.print, with: { id: a, copies: "\${ 1 + 1 }" }, next: end }
      ${LABELS}
    `,
    },
    {
      code: 'unknown-property',
      faulty: `
      workflow: w
      participants: { labels: { module: ./labels.ts } }
      states:
        a: { call: labels.print, with: { id: a }, next: end }
      output: "\${ results.a.printd }"
      #                     ^^^^^^ unknown-property printed
      ${LABELS}
    `,
      nearMiss: `
      workflow: w
      participants: { labels: { module: ./labels.ts } }
      states:
        a: { call: labels.print, with: { id: a }, next: end }
      output: "\${ results.a.printed }"
      ${LABELS}
    `,
    },
    {
      code: 'unknown-operation',
      name: 'in the settings beside a module',
      faulty: `
      workflow: w
      participants:
        labels:
          module: ./labels.ts
          operations: { pront: { timeout: 5s }, print: { timeout: 5s } }
      #                 ^^^^^ unknown-operation Did you mean ‘print’?
      states:
        a: { call: labels.print, with: { id: a }, next: end }
      ${LABELS}
    `,
      nearMiss: `
      workflow: w
      participants:
        labels:
          module: ./labels.ts
          operations: { print: { timeout: 5s } }
      states:
        a: { call: labels.print, with: { id: a }, next: end }
      ${LABELS}
    `,
      fixesLeave: ['duplicate-key'],
    },
  ],
  undefined,
  { parseModule },
);
