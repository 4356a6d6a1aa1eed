/**
 * Holds messages of a debug adapter against the JSON schema of the protocol: requests, responses and events, each by
 * its own definition. A failed response is an `ErrorResponse`, whatever its command.
 */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import formats from 'ajv-formats';

interface ProtocolSchema {
  readonly definitions: Readonly<Record<string, unknown>>;
}

const schema = JSON.parse(
  readFileSync(new URL('./debugAdapterProtocol.json', import.meta.url), 'utf8'),
) as ProtocolSchema;

// The schema calls itself draft 4; it uses nothing that a later draft reads otherwise.
const ajv = new Ajv({ strict: false, allErrors: true });
formats.default(ajv);
for (const name of ['uint32', 'uint64']) {
  ajv.addFormat(name, { type: 'number', validate: (value) => Number.isInteger(value) && value >= 0 });
}
ajv.addSchema({ $id: 'dap', definitions: schema.definitions });
const validators = new Map<string, ValidateFunction>();

/**
 * Throws unless `message` is a message of the Debug Adapter Protocol. Requests and events of our own (`backstep/…`) are
 * held against what every request, response or event has.
 */
export function assertDapMessage(message: unknown): void {
  const name = definitionOf(message);
  const validate = validatorOf(name);
  if (validate(message)) return;
  const complaints = (validate.errors ?? []).map((error) => `${error.instancePath || 'it'} ${error.message ?? ''}`);
  throw new Error(`Not a ${name}: ${complaints.join('; ')}. Got ${JSON.stringify(message).slice(0, 400)}`);
}

function definitionOf(message: unknown): string {
  if (typeof message !== 'object' || message === null) throw new Error(`Not a message: ${JSON.stringify(message)}`);
  const { type, command, event, success } = message as Record<string, unknown>;
  switch (type) {
    case 'request':
      return named(command, 'Request');
    case 'event':
      return named(event, 'Event');
    case 'response':
      return success === false ? 'ErrorResponse' : named(command, 'Response');
    default:
      throw new Error(`A message needs the type request, response or event: ${JSON.stringify(message).slice(0, 200)}`);
  }
}

function named(subject: unknown, kind: 'Request' | 'Event' | 'Response'): string {
  if (typeof subject !== 'string' || subject.length === 0) throw new Error(`A ${kind} without a name.`);
  if (subject.startsWith('backstep/')) return kind;
  const name = `${subject.charAt(0).toUpperCase()}${subject.slice(1)}${kind}`;
  if (!Object.hasOwn(schema.definitions, name)) throw new Error(`The protocol has no ${name}.`);
  return name;
}

function validatorOf(name: string): ValidateFunction {
  const known = validators.get(name);
  if (known !== undefined) return known;
  const validate = ajv.compile({ $ref: `dap#/definitions/${name}` });
  validators.set(name, validate);
  return validate;
}
