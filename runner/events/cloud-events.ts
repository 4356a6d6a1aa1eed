/** CloudEvents 1.0 as they come from outside and go there, checked and written by the official library. */
import { randomUUID } from 'node:crypto';
import { CloudEvent, HTTP } from 'cloudevents';
import type { CloudEventV1 } from 'cloudevents';
import { isJsonObject } from '../../language/index.ts';
import type { Json, JsonObject } from '../../language/index.ts';
import type { BusEvent } from '../journal/bus.ts';

export type EventReading =
  { readonly ok: true; readonly event: BusEvent } | { readonly ok: false; readonly message: string };

/** Types of events are names with dots; sources of events without one are this program's own. */
export const OWN_SOURCE = '/backstep';

/** The event that `attributes` and `data` make; an id and the time are given where there are none. */
export function newEvent(
  attributes: { readonly type: string; readonly id?: string; readonly source?: string },
  data: Json,
): EventReading {
  const { id = randomUUID(), source = OWN_SOURCE, type } = attributes;
  return read(() => new CloudEvent<Json>({ id, source, type, data, datacontenttype: 'application/json' }));
}

/** Reads an event in the JSON format of CloudEvents. */
export function readEvent(value: Json): EventReading {
  if (!isJsonObject(value)) return { ok: false, message: 'An event is a JSON object.' };
  const lacking = ['id', 'source', 'type', 'specversion'].filter((name) => typeof value[name] !== 'string' || value[name] === ''); // prettier-ignore
  if (lacking.length > 0) return { ok: false, message: `The event lacks ${lacking.join(', ')}: each must be a text.` };
  return read(() => new CloudEvent<Json>({ ...value }));
}

/** Reads the events of an HTTP request, in structured, binary or batched mode. */
export function readHttpEvents(
  headers: Readonly<Record<string, string>>,
  body: string,
): { readonly ok: true; readonly events: readonly BusEvent[] } | { readonly ok: false; readonly message: string } {
  try {
    const given = HTTP.toEvent<Json>({ headers: { ...headers }, body });
    const readings = (Array.isArray(given) ? given : [given]).map((event) => read(() => event));
    const events: BusEvent[] = [];
    for (const reading of readings) {
      if (!reading.ok) return reading;
      events.push(reading.event);
    }
    return { ok: true, events };
  } catch (error) {
    return { ok: false, message: `This is no event: ${reasonOf(error)}` };
  }
}

/** An event in the JSON format of CloudEvents. */
export function eventJson({ id, source, type, time, data, attributes }: BusEvent): JsonObject {
  const event = new CloudEvent<Json>({ ...attributes, id, source, type, time, data, specversion: '1.0' }, false);
  return event.toJSON() as JsonObject;
}

function read(make: () => CloudEventV1<Json>): EventReading {
  try {
    const event = make();
    validate(event);
    if (event.specversion !== '1.0') return { ok: false, message: 'Only events of CloudEvents 1.0 are taken.' };
    const { id, source, type, time, data, specversion: _, data_base64: binary, ...attributes } = event;
    if (binary !== undefined) return { ok: false, message: 'The data of an event must be JSON, and not binary.' };
    const instant = new Date(time ?? Date.now());
    if (Number.isNaN(instant.getTime())) return { ok: false, message: `The time of the event is none: ${time}.` };
    const others = Object.entries(attributes).filter(([, value]) => isPlain(value)) as [string, Json][];
    const own = { id, source, type, time: time ?? instant.toISOString(), data: data ?? null };
    return { ok: true, event: { ...own, attributes: Object.fromEntries(others) } };
  } catch (error) {
    return { ok: false, message: `This is no event: ${reasonOf(error)}` };
  }
}

function validate(event: unknown): void {
  if (event instanceof CloudEvent) event.validate();
}

function isPlain(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function reasonOf(error: unknown): string {
  const { message, errors } = error as {
    message?: string;
    errors?: readonly { instancePath?: string; message?: string }[];
  };
  const details = errors?.map((each) => `${each.instancePath?.slice(1) ?? ''} ${each.message ?? ''}`.trim()) ?? [];
  return `${(details.length > 0 ? details.join(', ') : (message ?? String(error))).replace(/\s+/g, ' ').replace(/\.$/, '')}.`;
}
