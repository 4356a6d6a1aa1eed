/**
 * Keeps the values of secrets out of everything that is recorded or shown: each is replaced by `•••`.
 *
 * 1. A value is found where it stands in another text, and also escaped (JSON, strings of programs, HTML, URLs, each of
 *    them more than once), in base64 and in hexadecimal. Of a value of several lines each longer line is found by itself.
 * 2. A value of fewer than four characters would be found everywhere, so that it is masked only where it is the whole text.
 * 3. Text is masked before it is cut: half a secret is not found.
 */
import { isJsonObject } from '../../language/index.ts';
import type { Json } from '../../language/index.ts';
import type { Outcome } from '../machine/stimulus.ts';

export const MASK = '•••';

const SHORTEST_PART = 4;
/** Lines of a value that are shorter say too little to be masked by themselves. */
const SHORTEST_LINE = 8;
/** Of longer values, such as keys, only the forms are looked for that have no line breaks and no mixed escapes. */
const LONGEST_MIXED = 1000;

export interface Masker {
  text(text: string): string;
  json(value: Json): Json;
  outcome(outcome: Outcome): Outcome;
}

/** A masker for the values of the secrets that an action was given. */
export function maskerOf(secrets: Iterable<string>): Masker {
  const values = [...new Set(secrets)].filter((value) => value !== '');
  if (values.length === 0) return { text: (text) => text, json: (value) => value, outcome: (outcome) => outcome };
  const whole = new Set(values);
  const parts = [...new Set(values.flatMap(partsOf))].filter((part) => part.length >= SHORTEST_PART);
  // Longer values first, so that no part of one is left over.
  const patterns = parts.sort((a, b) => b.length - a.length).map((part) => new RegExp(formsOf(part).join('|'), 'g'));
  const text = (given: string) =>
    whole.has(given) ? MASK : patterns.reduce((masked, pattern) => masked.replace(pattern, MASK), given);
  const json = (value: Json): Json => {
    if (typeof value === 'string') return text(value);
    if (typeof value === 'number') return whole.has(String(value)) ? MASK : value;
    if (isJsonObject(value))
      return Object.fromEntries(Object.entries(value).map(([name, field]) => [text(name), json(field)]));
    return Array.isArray(value) ? (value as readonly Json[]).map(json) : value;
  };
  const outcome = (given: Outcome): Outcome => {
    if (given.ok) return { ok: true, result: json(given.result) };
    const { error } = given;
    const code = error.code === null ? null : text(error.code);
    return {
      ok: false,
      error: { ...error, type: text(error.type), message: text(error.message), code, data: json(error.data) },
    };
  };
  return { text, json, outcome };
}

/** The value, without space around it, and its lines: a program that reads it may say any of them. */
function partsOf(value: string): string[] {
  const lines = value.split(/[\r\n]+/).map((line) => line.trim());
  return [value, value.trim(), ...(lines.length > 1 ? lines.filter((line) => line.length >= SHORTEST_LINE) : [])];
}

/** Regular expressions of all that may stand for `value`; the longest of what begins alike comes first. */
function formsOf(value: string): string[] {
  const url = encodeURIComponent(value);
  const breaks = value.length > LONGEST_MIXED ? '' : LINE_BREAK;
  const escaped = value.length > LONGEST_MIXED ? exactForms(value, url) : [mixed(value)];
  return [...escaped, ...base64Forms(value, breaks), ...base64Forms(url, breaks), ...hexForms(value)];
}

function exactForms(value: string, url: string): string[] {
  return [value, JSON.stringify(value).slice(1, -1), url, url.replaceAll('%20', '+')].map(literal);
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

/**
 * Each character as it is or escaped in any of the usual ways; letters and digits are escaped by none of them. Escapes of
 * escapes are bounded, so that no text takes long.
 */
function mixed(value: string): string {
  return value.replace(/\\+|[^A-Za-z0-9]/gu, (part) =>
    part.startsWith('\\') ? backslashes(part.length) : escapes(part),
  );
}

function backslashes(count: number): string {
  const times = String(count);
  return `(?:\\\\{${times},${String(8 * count)}}|(?:%(?:25){0,3}5[cC]){${times}})`;
}

const NAMED: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos', '\n': 'NewLine', '\t': 'Tab' }; // prettier-ignore
const LETTERED: Readonly<Record<string, string>> = { '\n': 'n', '\r': 'r', '\t': 't', '\b': 'b', '\f': 'f', '\v': 'v' };

function escapes(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  const forms = [`\\\\{0,8}${literal(character)}`];
  const percents = Array.from(Buffer.from(character, 'utf8'), (byte) => `%(?:25){0,3}${anyCase(hexOf(byte, 2))}`);
  forms.push(percents.join(''));
  if (character === ' ') forms.push('\\+');
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  forms.push(units.map((unit) => `\\\\{1,8}u${anyCase(hexOf(unit, 4))}`).join(''));
  if (point < 256) forms.push(`\\\\{1,8}x${anyCase(hexOf(point, 2))}`);
  const letter = LETTERED[character];
  if (letter !== undefined) forms.push(`\\\\{1,8}${letter}`);
  const names = [`#0{0,4}${String(point)}`, `#[xX]0{0,4}${anyCase(point.toString(16))}`, NAMED[character]];
  forms.push(`&(?:amp;){0,3}(?:${names.filter((name) => name !== undefined).join('|')});`);
  return `(?:${forms.join('|')})`;
}

function hexOf(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0');
}

function anyCase(hex: string): string {
  return hex.replace(/[a-f]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}

/** Encoders break long lines; in JSON the break is escaped. */
const LINE_BREAK = '(?:\\\\r)?(?:\\\\n)?[\\r\\n]*';

/**
 * The letters that base64 surely holds of `value`, wherever in the encoded bytes it begins: after none, one or two other
 * bytes its letters differ, and those at its ends are shared with its neighbours.
 */
function base64Forms(value: string, breaks: string): string[] {
  const bytes = Buffer.from(value, 'utf8');
  return [0, 1, 2].flatMap((before) => {
    const bits = before * 8;
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const inner = encoded.slice(Math.ceil(bits / 6), Math.floor((bits + bytes.length * 8) / 6));
    if (inner.length < SHORTEST_PART) return [];
    return [Array.from(inner, base64Letter).join(breaks)];
  });
}

/** The two letters that differ between base64 and base64url, and that a URL would escape. */
function base64Letter(letter: string): string {
  if (letter === '+') return '(?:[+-]|%2[bB])';
  return letter === '/' ? '(?:\\\\{0,8}\\/|_|%2[fF])' : letter;
}

function hexForms(value: string): string[] {
  const hex = Buffer.from(value, 'utf8').toString('hex');
  return hex.length < 2 * SHORTEST_PART ? [] : [(hex.match(/../g) ?? []).map(anyCase).join('[\\s:]{0,2}')];
}
