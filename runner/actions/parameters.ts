/**
 * How the values of `with` are written into a request.
 *
 * A parameter of an OpenAPI document is written in its `style` (OpenAPI 3.1, 4.8.12.2 to 4.8.12.4). One that has none is a
 * field of a plain operation: a text as it is, a list in a query as one parameter an item, anything else as JSON.
 */
import { isJsonObject } from '../../language/index.ts';
import type { Json, ParameterStyle } from '../../language/index.ts';

/** A value as text: JSON unless it is a text. */
export function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * The value of a path's parameter, escaped; null for a value that cannot stand in a path. It is one segment: `..` would
 * reach another operation.
 */
export function inPath(name: string, value: Json | undefined, style: ParameterStyle | undefined): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'object' && style === undefined) return null;
  const text =
    style === undefined || style.form === 'json' ? encodeURIComponent(textOf(value)) : styledPath(name, value, style);
  return text === '' || text === '.' || text === '..' ? null : text;
}

function styledPath(name: string, value: Json, { form, explode }: ParameterStyle): string {
  const key = encodeURIComponent(name);
  const parts = partsOf(value, explode, encodeURIComponent);
  if (form === 'label') return `.${parts.join(explode ? '.' : ',')}`;
  if (form !== 'matrix') return parts.join(',');
  if (explode && Array.isArray(value)) return parts.map((part) => `;${key}=${part}`).join('');
  if (explode && isJsonObject(value)) return parts.map((part) => `;${part}`).join('');
  return `;${key}=${parts.join(',')}`;
}

/** Parts of a query, escaped, that stand for one parameter. */
export function inQuery(name: string, value: Json, style: ParameterStyle | undefined): string[] {
  if (value === null) return [];
  if (style === undefined || style.form === 'json') {
    const values = style === undefined && Array.isArray(value) ? (value as readonly Json[]) : [value];
    return values.flatMap((item) => (item === null ? [] : Array.isArray(item) && style === undefined ? inQuery(name, item, style) : [pair(name, textOf(item))])); // prettier-ignore
  }
  if (style.form === 'deepObject' && isJsonObject(value))
    return Object.entries(value).flatMap(([field, inner]) => inQuery(`${name}[${field}]`, inner, EXPLODED));
  if (style.explode) {
    if (Array.isArray(value)) return (value as readonly Json[]).map((item) => pair(name, plain(item)));
    if (isJsonObject(value)) return Object.entries(value).map(([field, inner]) => pair(field, plain(inner)));
    return [pair(name, plain(value))];
  }
  const between = style.form === 'spaceDelimited' ? '%20' : style.form === 'pipeDelimited' ? '%7C' : ',';
  const parts = partsOf(value, false, encodeURIComponent);
  return parts.length === 0 ? [] : [`${encodeURIComponent(name)}=${parts.join(between)}`];
}

const EXPLODED: ParameterStyle = { form: 'form', explode: true };

/** The value of a header. */
export function inHeader(value: Json, style: ParameterStyle | undefined): string {
  if (style === undefined || style.form === 'json') return textOf(value);
  return partsOf(value, style.explode, (text) => text).join(',');
}

/** Parts of the header `Cookie` that stand for one parameter. */
export function inCookie(name: string, value: Json, style: ParameterStyle | undefined): string[] {
  const escape = (text: string) => text.replace(/[^\x21-\x7e]|[",;\\]/gu, (letter) => encodeURIComponent(letter));
  if (style === undefined || style.form === 'json') return [`${name}=${escape(textOf(value))}`];
  if (style.explode && isJsonObject(value)) return partsOf(value, true, escape);
  if (style.explode && Array.isArray(value)) return partsOf(value, true, escape).map((part) => `${name}=${part}`);
  return [`${name}=${partsOf(value, false, escape).join(',')}`];
}

/** An object as a form: one pair a field, a list as one an item. */
export function formOf(fields: Iterable<readonly [string, Json]>): string {
  return [...fields].flatMap(([name, value]) => inQuery(name, value, undefined)).join('&');
}

/** Items of a list, and names and values of an object: each field one part `name=value`, or two parts. */
function partsOf(value: Json, explode: boolean, escape: (text: string) => string): string[] {
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => escape(plain(item)));
  if (!isJsonObject(value)) return [escape(plain(value))];
  return Object.entries(value).flatMap(([name, inner]) => {
    const parts = [escape(name), escape(plain(inner))];
    return explode ? [parts.join('=')] : parts;
  });
}

function plain(value: Json): string {
  return value === null ? '' : textOf(value);
}

function pair(name: string, text: string): string {
  return new URLSearchParams([[name, text]]).toString();
}
