import { Refusal } from './problems.ts';

/** The fields of a JSON object that came in a request. */
export type Fields = Readonly<Record<string, unknown>>;

/** The value as an object; refused with 422 when it is anything else. `name` is how the message calls it. */
export function object(value: unknown, name: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw invalid(`${name} must be an object`);
}

/** A field that must be a non-empty string. */
export function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === 'string' && value !== '') return value;
  throw invalid(`${name} must be a non-empty string`);
}

/** A field that must be a number above zero. */
export function positive(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  throw invalid(`${name} must be a number above 0`);
}

/** A field that must be a list with at least one entry. */
export function list(fields: Fields, name: string): readonly unknown[] {
  const value: unknown = fields[name];
  if (Array.isArray(value) && value.length > 0) return value as readonly unknown[];
  throw invalid(`${name} must be a list with at least one entry`);
}

/** The refusal of a request whose fields are not as the service's OpenAPI document says. */
export function invalid(detail: string): Refusal {
  return new Refusal(422, 'invalid_request', `${detail}.`);
}
