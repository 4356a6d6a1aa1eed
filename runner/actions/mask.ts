/**
 * Keeps the values of secrets out of everything that is recorded or shown: each is replaced by `•••`, also where it
 * stands in another text, in base64 or encoded for a URL. A value of fewer than four characters would be found
 * everywhere, so that it is masked only where it is the whole text.
 */
import { isJsonObject } from '../../language/index.ts';
import type { Json } from '../../language/index.ts';
import type { Outcome } from '../machine/stimulus.ts';

export const MASK = '•••';

const SHORTEST_PART = 4;

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
  // Longer forms first, so that no part of one is left over.
  const forms = [...new Set(values.filter((value) => value.length >= SHORTEST_PART).flatMap(formsOf))].sort(
    (a, b) => b.length - a.length,
  );
  const text = (given: string) =>
    whole.has(given) ? MASK : forms.reduce((masked, form) => masked.replaceAll(form, MASK), given);
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

function formsOf(value: string): string[] {
  const url = encodeURIComponent(value);
  const escaped = JSON.stringify(value).slice(1, -1);
  return [value, escaped, url, url.replaceAll('%20', '+'), ...base64Forms(value), ...base64Forms(url)].filter(
    (form) => form.length >= SHORTEST_PART,
  );
}

/**
 * The letters that base64 surely holds of `value`, wherever in the encoded bytes it begins: after none, one or two other
 * bytes its letters differ, and those at its ends are shared with its neighbours.
 */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value, 'utf8');
  return [0, 1, 2].flatMap((before) => {
    const bits = before * 8;
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const inner = encoded.slice(Math.ceil(bits / 6), Math.floor((bits + bytes.length * 8) / 6));
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
