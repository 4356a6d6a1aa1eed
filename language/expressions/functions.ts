/**
 * The functions that an expression may call: those of JSONata 2 without `$eval`, each with its parameters and one
 * sentence, for checks, completion, hover and signature help.
 *
 * This file is one table and is as long as that table.
 */

/** The type of a parameter or a result, in words that an author knows. */
export type ValueType = 'any' | 'string' | 'number' | 'boolean' | 'array' | 'object' | 'function' | 'nothing';

export interface Parameter {
  readonly name: string;
  readonly types: readonly ValueType[];
  /** Of a list, what its items must be; null when they may be anything. */
  readonly items: 'number' | 'string' | 'object' | null;
  readonly optional: boolean;
}

export interface ExpressionFunction {
  /** Without the `$`. */
  readonly name: string;
  readonly parameters: readonly Parameter[];
  /** Whether the last parameter may be given any number of times. */
  readonly variadic: boolean;
  /** Whether the context stands in for the first parameter when it is left out. */
  readonly contextual: boolean;
  readonly result: ValueType;
  readonly documentation: string;
}

/**
 * Reads one row. The signature is `name(parameter: type|type, optional?: type, …): result`, where `array<type>` says what
 * the items are; a leading `@` says that the context stands in for the first parameter.
 */
function row(signature: string, documentation: string): ExpressionFunction {
  const contextual = signature.startsWith('@');
  const open = signature.indexOf('(');
  const close = signature.lastIndexOf(')');
  const inside = signature.slice(open + 1, close);
  const variadic = inside.endsWith('…');
  const parameters = inside
    .replace('…', '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part): Parameter => {
      const [name = '', types = 'any'] = part.split(':').map((piece) => piece.trim());
      return {
        name: name.replace('?', ''),
        optional: name.endsWith('?'),
        types: types.replace(/<.*>/, '').split('|') as ValueType[],
        items: (/<(.*)>/.exec(types)?.[1] ?? null) as Parameter['items'],
      };
    });
  return {
    name: signature.slice(contextual ? 1 : 0, open),
    parameters,
    variadic,
    contextual,
    result: signature.slice(close + 3) as ValueType,
    documentation,
  };
}

export const FUNCTIONS: readonly ExpressionFunction[] = [
  // numbers in lists
  row('sum(numbers: array<number>): number', 'The sum of the numbers.'),
  row('count(list: array): number', 'How many items the list has; 1 for a single value, 0 for nothing.'),
  row('max(numbers: array<number>): number', 'The largest of the numbers.'),
  row('min(numbers: array<number>): number', 'The smallest of the numbers.'),
  row('average(numbers: array<number>): number', 'The mean of the numbers.'),
  // text
  row('@string(value: any, pretty?: boolean): string', 'The value as text; objects and lists as JSON.'),
  row('@length(text: string): number', 'How many characters the text has.'),
  row(
    '@substring(text: string, start: number, length?: number): string',
    'A part of the text; a negative start counts from its end.',
  ),
  row('@substringBefore(text: string, mark: string): string', 'What stands before the first occurrence of the mark.'),
  row('@substringAfter(text: string, mark: string): string', 'What stands after the first occurrence of the mark.'),
  row('@uppercase(text: string): string', 'The text in capitals.'),
  row('@lowercase(text: string): string', 'The text in small letters.'),
  row('@trim(text: string): string', 'The text without white space around it, and with single spaces inside.'),
  row(
    '@pad(text: string, width: number, filler?: string): string',
    'The text filled up to the width, at its end or, for a negative width, at its beginning.',
  ),
  row('@contains(text: string, pattern: string|function): boolean', 'Whether the text holds the pattern.'),
  row(
    '@split(text: string, separator: string|function, limit?: number): array',
    'The pieces of the text between the separators.',
  ),
  row('join(texts: array<string>, separator?: string): string', 'The texts in a row, with the separator between them.'),
  row(
    '@match(text: string, pattern: function, limit?: number): array',
    'What the regular expression finds: objects with `match`, `index` and `groups`.',
  ),
  row(
    '@replace(text: string, pattern: string|function, replacement: string|function, limit?: number): string',
    'The text with the pattern replaced; `$1` in the replacement stands for the first group.',
  ),
  row('@base64encode(text: string): string', 'The text in Base64; each character must fit one byte.'),
  row('@base64decode(text: string): string', 'The text that the Base64 stands for.'),
  row('@encodeUrlComponent(text: string): string', 'The text escaped for one part of a URL.'),
  row('@encodeUrl(url: string): string', 'The URL with its special characters escaped.'),
  row('@decodeUrlComponent(text: string): string', 'The text that the escaped part of a URL stands for.'),
  row('@decodeUrl(url: string): string', 'The URL without escapes.'),
  // numbers
  row('@number(value: string|number|boolean): number', 'The value as a number; a fault when it is none.'),
  row('@abs(number: number): number', 'The number without its sign.'),
  row('@floor(number: number): number', 'The largest integer that is not above the number.'),
  row('@ceil(number: number): number', 'The smallest integer that is not below the number.'),
  row(
    '@round(number: number, places?: number): number',
    'The number rounded to decimal places; a half goes to the even neighbour.',
  ),
  row('@power(base: number, exponent: number): number', 'The base raised to the exponent.'),
  row('@sqrt(number: number): number', 'The square root.'),
  row('random(): number', 'A number from 0 to below 1, the same whenever the run is replayed.'),
  row(
    '@formatNumber(number: number, picture: string, options?: object): string',
    'The number as the picture says, such as `#,##0.00`.',
  ),
  row('@formatBase(number: number, radix?: number): string', 'The number in another base, 10 unless told.'),
  row(
    '@formatInteger(number: number, picture: string): string',
    'The integer as the picture says, such as `I` or `w`.',
  ),
  row('@parseInteger(text: string, picture: string): number', 'The integer that the text shows, as the picture says.'),
  // booleans
  row('@boolean(value: any): boolean', 'Whether the value counts as true: neither empty, nor 0, nor null, nor false.'),
  row('@not(value: any): boolean', 'The opposite of `$boolean`.'),
  row('exists(value: any): boolean', 'Whether the expression gives anything.'),
  // lists
  row('append(first: any, second: any): array', 'The items of both, one list after the other.'),
  row('sort(list: array, after?: function): array', 'The list in order; `after(a, b)` says whether a comes after b.'),
  row('reverse(list: array): array', 'The list backwards.'),
  row('shuffle(list: array): array', 'The list in a random order, the same whenever the run is replayed.'),
  row('distinct(list: any): any', 'The list without repetitions.'),
  row('zip(lists: array…): array', 'Lists of the first items, of the second items, and so on.'),
  // objects
  row('@keys(object: any): array', 'The names of the fields.'),
  row('@lookup(object: any, name: string): any', 'The value of the field with that name.'),
  row('@spread(object: any): array', 'One object for each field.'),
  row('merge(objects: array<object>): object', 'One object with the fields of all; a later one wins.'),
  row('@sift(object: object, keep?: function): object', 'The fields for which `keep(value, name)` holds.'),
  row('@each(object: object, change: function): array', 'What `change(value, name)` gives for each field.'),
  row('@clone(value: array|object): any', 'A copy of the value.'),
  row('type(value: any): string', 'The type of the value in one word.'),
  row('error(message?: string): nothing', 'Raises a fault with this message.'),
  row('assert(condition: boolean, message?: string): nothing', 'Raises a fault unless the condition holds.'),
  // functions on lists
  row('map(list: array, change: function): any', 'What `change(item, index, list)` gives for each item.'),
  row('filter(list: array, keep: function): any', 'The items for which `keep(item, index, list)` holds.'),
  row(
    'single(list: array, choose?: function): any',
    'The only item for which `choose(item, index, list)` holds; a fault when there is none or more than one.',
  ),
  row(
    'reduce(list: array, combine: function, first?: any): any',
    'Combines the items into one value: `combine(so far, item, index, list)`.',
  ),
  // date and time
  row(
    'now(picture?: string, timezone?: string): string',
    "The run's recorded clock as a timestamp; ISO 8601 without a picture.",
  ),
  row('millis(): number', "The run's recorded clock in milliseconds since 1970."),
  row(
    '@fromMillis(millis: number, picture?: string, timezone?: string): string',
    'The timestamp of milliseconds since 1970; ISO 8601 without a picture.',
  ),
  row(
    '@toMillis(timestamp: string, picture?: string): number',
    'The milliseconds since 1970 of a timestamp; ISO 8601 without a picture.',
  ),
];

const BY_NAME: ReadonlyMap<string, ExpressionFunction> = new Map(FUNCTIONS.map((entry) => [entry.name, entry]));

/** The function called `name` (without the `$`), or null. */
export function functionNamed(name: string): ExpressionFunction | null {
  return BY_NAME.get(name) ?? null;
}

/** How a function is called, for hover and signature help: `$substring(text, start, length?)`. */
export function signatureOf(entry: ExpressionFunction): string {
  const parameters = entry.parameters.map((parameter) => `${parameter.name}${parameter.optional ? '?' : ''}`);
  return `$${entry.name}(${parameters.join(', ')}${entry.variadic ? ', …' : ''})`;
}
