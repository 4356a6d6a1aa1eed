/** What JSONata throws, made into a message and a place. It throws plain objects, errors, and errors of the platform. */
import type { Range } from '../text.ts';

/** A fault that this project raises itself inside an evaluation; its message is already a sentence for the author. */
export class OwnFault extends Error {}

interface Thrown {
  readonly code: string;
  /** The name of the function at fault with its `$`, or `the function`. */
  readonly name: string;
  readonly argument: string;
  readonly type: string;
}

/** Messages that say more than JSONata's, or say what to do; the others keep JSONata's words. */
const MESSAGES: Readonly<Record<string, (thrown: Thrown) => string>> = {
  D1011: () => 'The expression nests too deeply. Look for a function that calls itself without an end.',
  D1012: () => 'The expression takes too long. Look for an endless recursion, or work on fewer items.',
  D2014: () => 'The range has too many items.',
  D2015: () => 'A list in the expression has too many items.',
  T0410: ({ argument, name }) => `Argument ${argument} of ${name} is missing or has the wrong type.`,
  T0411: ({ argument, name }) => `Argument ${argument} of ${name} is left out, and the context does not fit it.`,
  T0412: ({ argument, name, type }) => `Argument ${argument} of ${name} must be a list of ${type}.`,
  T1005: ({ name }) => `A function is called with a dollar sign: ${name}.`,
  T1006: ({ name }) => (name === ANONYMOUS ? 'What is called here is no function.' : `There is no function ${name}.`),
};

const ANONYMOUS = 'the function';

const LONGEST_MESSAGE = 500;

/**
 * Describes anything that the library threw.
 *
 * @param error what was thrown
 * @param source the expression's source
 * @returns a sentence of at most 500 characters, and the place in `source`: the token, or all of it when unknown
 */
export function describeFault(error: unknown, source: string): { readonly message: string; readonly range: Range } {
  const whole = { start: 0, end: source.length };
  if (typeof error !== 'object' || error === null) return { message: 'The expression failed.', range: whole };
  if (error instanceof OwnFault) return { message: shorten(error.message), range: faultRange(error, source) ?? whole };
  if (error instanceof RangeError) {
    const message = /call stack/i.test(error.message)
      ? 'The expression nests too deeply.'
      : 'A text or a list in the expression becomes too long.';
    return { message, range: whole };
  }
  if (error instanceof SyntaxError) return { message: shorten(error.message), range: whole };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const range = faultRange(error, source) ?? whole;
  const own = Object.hasOwn(MESSAGES, code) ? MESSAGES[code] : undefined;
  if (own !== undefined) return { message: shorten(own(thrownFields(error, code))), range };
  if (code === '' || !('message' in error) || typeof error.message !== 'string') {
    return { message: 'The expression cannot be evaluated on these values.', range };
  }
  const message = error.message.replaceAll('"(end)"', 'the end');
  return { message: shorten(message.endsWith('.') ? message : `${message}.`), range };
}

function thrownFields(error: object, code: string): Thrown {
  const text = (value: unknown): string =>
    typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  const token = 'token' in error ? text(error.token) : '';
  return {
    code,
    name: token === '' ? ANONYMOUS : `$${token}`,
    argument: 'index' in error ? text(error.index) : '',
    type: 'type' in error ? text(error.type) : '',
  };
}

function shorten(message: string): string {
  return message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE - 1)}…`;
}

/** JSONata's positions stand behind the token. */
function faultRange(error: object, source: string): Range | null {
  if (!('position' in error) || typeof error.position !== 'number' || error.position < 0) return null;
  const end = Math.min(error.position, source.length);
  const token = 'token' in error && typeof error.token === 'string' ? error.token : '';
  const before = source.slice(0, end);
  const called = `$${token}(`;
  if (token !== '' && before.endsWith(called)) return { start: end - called.length, end: end - 1 };
  const length = token !== '' && before.endsWith(token) ? token.length : 1;
  return { start: Math.max(0, end - length), end: Math.max(end, Math.min(1, source.length)) };
}
