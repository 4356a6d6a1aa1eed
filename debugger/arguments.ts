/** Arguments of requests as they came, read with a sentence for each way in which they can be wrong. */
import type { Json } from '../language/index.ts';

/** A request that cannot be fulfilled; its message is the answer. */
export class RequestError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RequestError';
  }
}

/** Reads the fields of one request's arguments; every reader throws a RequestError when the field does not fit. */
export interface Arguments {
  /** As it came. */
  raw(name: string): unknown;
  text(name: string): string;
  optionalText(name: string): string | null;
  /** Every number of the protocol is a whole one, and none is negative. */
  number(name: string): number;
  optionalNumber(name: string): number | null;
  flag(name: string): boolean;
  json(name: string): Json | undefined;
  /** A list whose items are read like arguments; empty when it is missing. */
  list(name: string): readonly Arguments[];
  texts(name: string): readonly string[];
  object(name: string): Arguments | null;
  /** Other fields, read as arguments of the same request. */
  with(fields: Readonly<Record<string, unknown>>): Arguments;
  /** Names with texts, such as an environment. */
  dictionary(name: string): Readonly<Record<string, string>> | null;
}

/** The arguments of the request `command`. */
export function readArguments(command: string, value: unknown): Arguments {
  const fields = isObject(value) ? value : {};
  const wrong = (name: string, what: string): never => {
    throw new RequestError(`${command}: \`${name}\` must be ${what}.`);
  };
  const optional = <T>(name: string, what: string, is: (given: unknown) => given is T): T | null => {
    const given = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (given === undefined || given === null) return null;
    return is(given) ? given : wrong(name, what);
  };
  const items = (name: string): readonly unknown[] => optional(name, 'a list', isList) ?? [];
  const self: Arguments = {
    raw: (name) => (Object.hasOwn(fields, name) ? fields[name] : undefined),
    optionalText: (name) => optional(name, 'a text', isText),
    text: (name) => self.optionalText(name) ?? wrong(name, 'a text'),
    optionalNumber: (name) => optional(name, 'a whole number from 0', isNumber),
    number: (name) => self.optionalNumber(name) ?? wrong(name, 'a whole number from 0'),
    flag: (name) => optional(name, 'true or false', isFlag) ?? false,
    // What came from the wire was parsed as JSON, so that it is JSON.
    json: (name) => self.raw(name) as Json | undefined,
    list: (name) =>
      items(name).map((item) => (isObject(item) ? readArguments(command, item) : wrong(name, 'a list of objects'))),
    texts: (name) => items(name).map((item) => (isText(item) ? item : wrong(name, 'a list of texts'))),
    object(name) {
      const given = optional(name, 'an object', isObject);
      return given === null ? null : readArguments(command, given);
    },
    with: (other) => readArguments(command, other),
    dictionary(name) {
      const given = optional(name, 'an object of texts', isObject);
      if (given === null) return null;
      const entries = Object.entries(given).filter(([, each]) => each !== null);
      if (!entries.every((entry): entry is [string, string] => isText(entry[1])))
        return wrong(name, 'an object of texts');
      return Object.fromEntries(entries);
    },
  };
  return self;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isFlag(value: unknown): value is boolean {
  return typeof value === 'boolean';
}
