/**
 * CloudEvents 1.0 as they come from outside and go there, checked and written by the official library.
 *
 * The library makes up what an event lacks (an id, a time) and passes over what it cannot use. An event that did not say who
 * it is could not be told from its repetition, so what the specification demands is asked for before the library sees it.
 */
import { randomUUID } from 'node:crypto';
import { CloudEvent } from 'cloudevents';
import type { CloudEventV1 } from 'cloudevents';
import { isJsonObject } from '../../language/index.ts';
import type { Json, JsonObject } from '../../language/index.ts';
import type { BusEvent } from '../journal/bus.ts';

export type EventReading =
  { readonly ok: true; readonly event: BusEvent } | { readonly ok: false; readonly message: string };

export type EventsReading =
  | { readonly ok: true; readonly events: readonly BusEvent[] }
  | { readonly ok: false; readonly code: 'invalid' | 'unsupported-type'; readonly message: string };

/** Types of events are names with dots; sources of events without one are this program's own. */
export const OWN_SOURCE = '/backstep';

/** The event that `attributes` and `data` make; an id and the time are given where there are none. */
export function newEvent(
  attributes: { readonly type: string; readonly id?: string; readonly source?: string },
  data: Json,
): EventReading {
  const { id = randomUUID(), source = OWN_SOURCE, type } = attributes;
  return readEvent({ specversion: '1.0', id, source, type, data, datacontenttype: 'application/json' });
}

/** Reads an event in the JSON format of CloudEvents. */
export function readEvent(value: Json): EventReading {
  if (!isJsonObject(value)) return { ok: false, message: 'An event is a JSON object.' };
  const { data_base64: encoded, data: plain, ...rest } = value;
  // An attribute that is null is one that is not there.
  const attributes = Object.fromEntries(Object.entries(rest).filter(([, each]) => each !== null));
  const problem = attributeProblem(attributes);
  if (problem !== null) return { ok: false, message: problem };
  if (encoded === undefined || encoded === null)
    return read(() => new CloudEvent<Json>({ ...attributes, data: plain ?? null }));
  if (plain !== undefined) return { ok: false, message: 'An event has data or data_base64, and not both.' };
  const content = attributes['datacontenttype'] ?? 'application/json';
  const data =
    typeof content === 'string' && typeof encoded === 'string'
      ? dataOf(content, Buffer.from(encoded, 'base64').toString('utf8'))
      : null;
  if (data === null) return { ok: false, message: 'The data of an event must be JSON or text, and not binary.' };
  return data.ok ? read(() => new CloudEvent<Json>({ ...attributes, data: data.value })) : data;
}

/** Reads the events of an HTTP request, in structured, binary or batched mode; of a batch all or none. */
export function readHttpEvents(headers: Readonly<Record<string, string>>, body: string): EventsReading {
  const media = mediaTypeOf(headers['content-type'] ?? '');
  const given = headers['content-type'] === undefined ? 'no content-type' : `the content-type ${media}`;
  if (media === 'application/cloudevents+json' || media === 'application/cloudevents-batch+json') {
    const value = jsonOf(body);
    if (!value.ok) return { ...value, code: 'invalid' };
    return media === 'application/cloudevents+json' ? allOf([readEvent(value.value)]) : readBatch(value.value);
  }
  const attributes = attributesIn(headers);
  if (media.startsWith('application/cloudevents') || Object.keys(attributes).length === 0) {
    const code = media === 'application/json' ? 'invalid' : 'unsupported-type';
    return { ok: false, code, message: `This is no event: it has ${given}, and no attributes as headers. ${MODES}` };
  }
  const content = headers['content-type'];
  const about = content === undefined ? attributes : { ...attributes, datacontenttype: content };
  if (body === '') return allOf([readEvent(about)]);
  const data = dataOf(content ?? 'application/json', body);
  if (data === null) {
    const message = `The data of an event must be JSON or text, and this has ${given}.`;
    return { ok: false, code: 'unsupported-type', message };
  }
  return data.ok ? allOf([readEvent({ ...about, data: data.value })]) : { ...data, code: 'invalid' };
}

const MODES =
  'Send application/cloudevents+json, application/cloudevents-batch+json, or the attributes as headers such as ce-id.';

function readBatch(value: Json): EventsReading {
  if (!Array.isArray(value)) return { ok: false, code: 'invalid', message: 'A batch of events is a JSON array.' };
  const given: readonly Json[] = value;
  return allOf(
    given.map((each, index) => {
      const reading = readEvent(each);
      return reading.ok ? reading : { ok: false, message: `Event ${index + 1} of the batch: ${reading.message}` };
    }),
  );
}

function allOf(readings: readonly EventReading[]): EventsReading {
  const events: BusEvent[] = [];
  for (const reading of readings) {
    if (!reading.ok) return { ...reading, code: 'invalid' };
    events.push(reading.event);
  }
  return { ok: true, events };
}

/** The attributes of an event in binary mode; their values are percent-encoded (section 3.1.3.2 of the HTTP binding). */
function attributesIn(headers: Readonly<Record<string, string>>): Record<string, string> {
  const attributes = Object.entries(headers).flatMap(([name, value]) =>
    name.toLowerCase().startsWith('ce-') ? [[name.toLowerCase().slice('ce-'.length), percentDecoded(value)]] : [],
  );
  return Object.fromEntries(attributes) as Record<string, string>;
}

function percentDecoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    // A percent sign that encodes nothing stands for itself.
    return value;
  }
}

type DataReading = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly message: string };

/** Data of this content type; null when it is neither JSON nor text. */
function dataOf(content: string, text: string): DataReading | null {
  const media = mediaTypeOf(content);
  if (/[/+]json$/.test(media)) return jsonOf(text);
  return media.startsWith('text/') ? { ok: true, value: text } : null;
}

function jsonOf(text: string): DataReading {
  try {
    return { ok: true, value: JSON.parse(text) as Json };
  } catch (error) {
    return { ok: false, message: `This is no event: it is no JSON. ${(error as Error).message}.` };
  }
}

function mediaTypeOf(content: string): string {
  return (content.split(';')[0] ?? '').trim().toLowerCase();
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

/** What keeps these attributes from being those of an event, as a sentence; null when nothing does. */
function attributeProblem(attributes: Readonly<Record<string, Json>>): string | null {
  const lacking = ['id', 'source', 'type', 'specversion'].filter((name) => typeof attributes[name] !== 'string' || attributes[name] === ''); // prettier-ignore
  if (lacking.length > 0) return `The event lacks ${lacking.join(', ')}: each must be a text that is not empty.`;
  if (attributes['specversion'] !== '1.0') return 'Only events of CloudEvents 1.0 are taken.';
  for (const [name, value] of Object.entries(attributes)) {
    if (!/^[a-z0-9]+$/.test(name))
      return `An event has no attribute ${name}: names of attributes have small letters and digits only.`;
    if (typeof value !== 'string' && typeof value !== 'boolean' && !Number.isInteger(value))
      return `The attribute ${name} of an event must be a text, a whole number, true or false.`;
  }
  const { time } = attributes;
  if (time === undefined || (typeof time === 'string' && TIME.test(time) && !Number.isNaN(Date.parse(time))))
    return null;
  return `The time of the event is none: ${JSON.stringify(time)}. Write it as 2026-01-31T12:00:00Z.`;
}

/** An event in the JSON format of CloudEvents. */
export function eventJson({ id, source, type, time, data, attributes }: BusEvent): JsonObject {
  const event = new CloudEvent<Json>({ ...attributes, id, source, type, time, data, specversion: '1.0' }, false);
  return event.toJSON() as JsonObject;
}

/** Has the library make and check the event. */
function read(make: () => CloudEventV1<Json>): EventReading {
  try {
    const event = make();
    validate(event);
    const { id, source, type, time, data, specversion: _, ...attributes } = event;
    const others = Object.entries(attributes as JsonObject).filter(([, value]) => value !== undefined);
    const own = { id, source, type, time: time ?? new Date().toISOString(), data: data ?? null };
    return { ok: true, event: { ...own, attributes: Object.fromEntries(others) } };
  } catch (error) {
    return { ok: false, message: `This is no event: ${reasonOf(error)}` };
  }
}

function validate(event: unknown): void {
  if (event instanceof CloudEvent) event.validate();
}

function reasonOf(error: unknown): string {
  const { message, errors } = error as {
    message?: string;
    errors?: readonly { instancePath?: string; message?: string }[];
  };
  const details = errors?.map((each) => `${each.instancePath?.slice(1) ?? ''} ${each.message ?? ''}`.trim()) ?? [];
  return `${(details.length > 0 ? details.join(', ') : (message ?? String(error))).replace(/\s+/g, ' ').replace(/\.$/, '')}.`;
}
