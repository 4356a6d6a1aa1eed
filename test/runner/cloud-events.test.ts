/** CloudEvents as they come from outside, in the modes of the HTTP binding. */
import { describe, expect, it } from 'vitest';
import { eventJson, newEvent, readEvent, readHttpEvents } from '../../runner/events/cloud-events.ts';

const ABOUT = { specversion: '1.0', id: '1', source: '/shop', type: 'order.paid' };
const HEADERS = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/shop', 'ce-type': 'order.paid' };
const STRUCTURED = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
const BATCHED = { 'content-type': 'application/cloudevents-batch+json' };

describe('an event in structured mode', () => {
  it('is read with its data and every attribute', () => {
    const given = {
      ...ABOUT,
      time: '2026-01-31T13:00:00+01:00',
      subject: 'ü',
      ext: 5,
      flag: true,
      data: { '€': ['😀'] },
    };
    const read = readHttpEvents(STRUCTURED, JSON.stringify(given));
    expect(read).toEqual({
      ok: true,
      events: [
        {
          ...{ id: '1', source: '/shop', type: 'order.paid', time: '2026-01-31T13:00:00+01:00', data: { '€': ['😀'] } },
          attributes: { subject: 'ü', ext: 5, flag: true },
        },
      ],
    });
    if (read.ok && read.events[0]) {
      expect(JSON.parse(JSON.stringify(eventJson(read.events[0])))).toEqual({
        ...given,
        time: '2026-01-31T12:00:00.000Z',
      });
    }
  });

  it.each([
    ['without an id', { ...ABOUT, id: undefined }, 'The event lacks id: each must be a text that is not empty.'],
    ['with an empty id', { ...ABOUT, id: '' }, 'The event lacks id: each must be a text that is not empty.'],
    ['with a number as its id', { ...ABOUT, id: 5 }, 'The event lacks id: each must be a text that is not empty.'],
    ['without source and type', { specversion: '1.0', id: '1' }, 'The event lacks source, type: each must be a text that is not empty.'], // prettier-ignore
    ['without a version', { ...ABOUT, specversion: undefined }, 'The event lacks specversion: each must be a text that is not empty.'], // prettier-ignore
    ['of another version', { ...ABOUT, specversion: '2.0' }, 'Only events of CloudEvents 1.0 are taken.'],
    ['of no time', { ...ABOUT, time: 'yesterday' }, 'The time of the event is none: "yesterday". Write it as 2026-01-31T12:00:00Z.'], // prettier-ignore
    ['of an impossible time', { ...ABOUT, time: '2026-13-41T12:00:00Z' }, /^The time of the event is none/],
    ['with a source that is no URI', { ...ABOUT, source: 'not a uri %%' }, /^This is no event: source must match/],
    ['with an attribute that is an object', { ...ABOUT, ext: { a: 1 } }, 'The attribute ext of an event must be a text, a whole number, true or false.'], // prettier-ignore
    ['with an attribute that is no name', { ...ABOUT, Bad_Ext: 'x' }, /^An event has no attribute Bad_Ext/],
    ['with data twice', { ...ABOUT, data: 1, data_base64: 'MQ==' }, 'An event has data or data_base64, and not both.'],
    ['with binary data', { ...ABOUT, datacontenttype: 'image/png', data_base64: 'MQ==' }, 'The data of an event must be JSON or text, and not binary.'], // prettier-ignore
    ['that is null', null, 'An event is a JSON object.'],
    ['that is a list', [], 'An event is a JSON object.'],
  ])('is refused %s', (_, value, message) => {
    const expected = typeof message === 'string' ? message : (expect.stringMatching(message) as string);
    expect(readHttpEvents(STRUCTURED, JSON.stringify(value))).toEqual({
      ok: false,
      code: 'invalid',
      message: expected,
    });
  });

  it('is refused when it is no JSON, and when it names a prototype', () => {
    for (const body of ['', '{', 'nope'])
      expect(readHttpEvents(STRUCTURED, body)).toMatchObject({ ok: false, message: expect.stringMatching(/no JSON/) as string }); // prettier-ignore
    const polluting = `{"specversion":"1.0","id":"1","source":"/s","type":"t.done","__proto__":{"a":1}}`;
    expect(readHttpEvents(STRUCTURED, polluting)).toMatchObject({ ok: false });
  });

  it('takes JSON and text that are written in base64, and leaves attributes that are null away', () => {
    const encoded = Buffer.from('{"n":1}').toString('base64');
    expect(readEvent({ ...ABOUT, subject: null, data_base64: encoded })).toMatchObject({
      event: { data: { n: 1 }, attributes: {} },
    });
    const text = { ...ABOUT, datacontenttype: 'text/plain', data_base64: Buffer.from('é').toString('base64') };
    expect(readEvent(text)).toMatchObject({ event: { data: 'é' } });
  });
});

describe('an event in binary mode', () => {
  it('may have no body', () => {
    expect(readHttpEvents(HEADERS, '')).toMatchObject({ ok: true, events: [{ id: '1', data: null, attributes: {} }] });
  });

  it.each([
    ['application/json', '{"a":1}', { a: 1 }],
    ['application/vnd.shop.order+json; charset=utf-8', '{"a":1}', { a: 1 }],
    ['text/plain', '{"a":1}', '{"a":1}'],
  ])('has data of the type %s', (type, body, data) => {
    expect(readHttpEvents({ ...HEADERS, 'content-type': type }, body)).toMatchObject({
      events: [{ data, attributes: { datacontenttype: type } }],
    });
  });

  it('has attributes that are percent-encoded', () => {
    const headers = { ...HEADERS, 'ce-subject': 'Euro%20%E2%82%AC%20%F0%9F%98%80', 'ce-rate': '100%', 'ce-traceparent': '00-a' }; // prettier-ignore
    expect(readHttpEvents(headers, '')).toMatchObject({
      events: [{ attributes: { subject: 'Euro € 😀', rate: '100%', traceparent: '00-a' } }],
    });
  });

  it.each([
    ['without an id', { ...HEADERS, 'ce-id': '' }, '', 'invalid', /lacks id/],
    ['of another version', { ...HEADERS, 'ce-specversion': '0.3' }, '', 'invalid', /1\.0/],
    ['with data that are no JSON', { ...HEADERS, 'content-type': 'application/json' }, '{', 'invalid', /no JSON/],
    ['with data of another type', { ...HEADERS, 'content-type': 'image/png' }, 'x', 'unsupported-type', /image\/png/],
    [
      'in another format',
      { 'content-type': 'application/cloudevents+xml' },
      '<a/>',
      'unsupported-type',
      /cloudevents\+json/,
    ],
    ['that says nothing of itself', { 'content-type': 'application/json' }, JSON.stringify(ABOUT), 'invalid', /ce-id/],
  ])('is refused %s', (_, headers, body, code, message) => {
    expect(readHttpEvents(headers, body)).toEqual({
      ok: false,
      code,
      message: expect.stringMatching(message) as string,
    });
  });
});

describe('events in batched mode', () => {
  it('are read in their order', () => {
    const batch = ['a', 'b'].map((id) => ({ ...ABOUT, id }));
    expect(readHttpEvents(BATCHED, JSON.stringify(batch))).toMatchObject({ events: [{ id: 'a' }, { id: 'b' }] });
    expect(readHttpEvents(BATCHED, '[]')).toEqual({ ok: true, events: [] });
  });

  it.each([
    ['one of them is none', [ABOUT, { ...ABOUT, id: '' }], /^Event 2 of the batch: The event lacks id/],
    ['one of them is null', [null], /^Event 1 of the batch: An event is a JSON object/],
    ['they are no list', ABOUT, /^A batch of events is a JSON array/],
  ])('are all refused when %s', (_, batch, message) => {
    expect(readHttpEvents(BATCHED, JSON.stringify(batch))).toEqual({
      ok: false,
      code: 'invalid',
      message: expect.stringMatching(message) as string,
    });
  });
});

describe('an event that is made here', () => {
  it('has an id and a time of its own where none are given, and none that are empty', () => {
    const made = newEvent({ type: 'order.paid' }, { n: 1 });
    expect(made).toMatchObject({ ok: true, event: { source: '/backstep', data: { n: 1 } } });
    expect(newEvent({ type: 'order.paid', id: '' }, null)).toMatchObject({
      ok: false,
      message: expect.stringContaining('lacks id') as string,
    });
    expect(newEvent({ type: '' }, null)).toMatchObject({ ok: false });
    expect(newEvent({ type: 'order.paid', source: '' }, null)).toMatchObject({ ok: false });
  });
});
