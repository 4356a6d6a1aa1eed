/** Patterns that a person types into the debugger: of error types for exceptions, of state names for functions. */

const ERROR_PATTERN = /^[A-Za-z_][\w-]*(\.[\w-]+)*$/;

/** Reads a list of error patterns, separated by commas or spaces; a sentence when one of them is none. */
export function readErrorPatterns(text: string): readonly string[] | string {
  const patterns = text.split(/[\s,]+/).filter((part) => part !== '');
  const wrong = patterns.find((pattern) => !ERROR_PATTERN.test(pattern));
  if (wrong !== undefined) {
    return `\`${wrong}\` is no pattern of error types. Write types or their prefixes, such as \`http.5xx, timeout\`.`;
  }
  return patterns;
}

export interface StatePattern {
  readonly place: 'enter' | 'undo';
  matches(name: string, id: string): boolean;
}

/**
 * Reads the name of a function breakpoint: a state's name or its way, with `*` for any letters; `compensate:` before it
 * means the state's compensation. Gives a sentence instead when it is none of these.
 */
export function readStatePattern(text: string): StatePattern | string {
  const match = /^\s*(compensate:)?\s*([\w*]+(?:\/[\w*]+)*)\s*$/.exec(text);
  const pattern = match?.[2];
  if (match === null || pattern === undefined) {
    return `\`${text}\` is no name of a state. Write a name, such as \`charge\` or \`charge*\`, or \`compensate:charge\`.`;
  }
  const test = new RegExp(`^${pattern.replaceAll('*', '[^/]*')}$`);
  return { place: match[1] === undefined ? 'enter' : 'undo', matches: (name, id) => test.test(name) || test.test(id) };
}
