import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createReader, type Incoming } from '../../debugger/wire.ts';

function reading() {
  const messages: Incoming[] = [];
  const garbage: string[] = [];
  const read = createReader({ message: (message) => messages.push(message), garbage: (why) => garbage.push(why) });
  return { messages, garbage, read: (bytes: string | Buffer) => read(Buffer.from(bytes)) };
}

function framed(message: object | string): Buffer {
  const body = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message));
  return Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body]);
}

describe('the wire', () => {
  it('reads messages however they are cut into pieces', () => {
    const sent = [{ seq: 1, text: 'é€😀' }, { seq: 2 }, { seq: 3, text: 'x'.repeat(5000) }];
    const bytes = Buffer.concat(sent.map(framed));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { maxLength: 40 }), (sizes) => {
        const { messages, garbage, read } = reading();
        let at = 0;
        for (const size of sizes) {
          read(bytes.subarray(at, at + size));
          at += size;
        }
        read(bytes.subarray(Math.min(at, bytes.length)));
        expect(messages).toEqual(sent);
        expect(garbage).toEqual([]);
      }),
    );
  });

  it('accepts other headers before and after the length', () => {
    const { messages, read } = reading();
    read('Content-Type: application/json\r\nContent-Length: 9\r\nX: y\r\n\r\n{"seq":1}');
    expect(messages).toEqual([{ seq: 1 }]);
  });

  it.each([
    ['text before a header on the same line', 'what is this? '],
    ['a header without a length', 'Content-Length: many\r\n\r\n'],
    ['an absurd length', 'Content-Length: 999999999999\r\n\r\n'],
    ['a body that is no JSON', framed('{"seq":').toString()],
    ['a body that is no object', framed('[1]').toString()],
    ['an empty body', framed('').toString()],
    ['lines that are no header', '\r\n\r\nhello\r\n\r\n'],
    ['a body shorter than announced, which swallows the next header', 'Content-Length: 40\r\n\r\n{"seq":0}'],
  ])('goes on after %s', (_name, junk) => {
    const { messages, read } = reading();
    read(junk);
    read(framed({ seq: 1, padding: 'p'.repeat(60) }));
    read(framed({ seq: 2 }));
    expect(messages.map(({ seq }) => seq)).toEqual([1, 2]);
  });

  it('goes on after any bytes that end before a header', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (junk) => {
        const { messages, read } = reading();
        read(Buffer.from(junk));
        read('\r\n\r\n');
        read(framed({ seq: 1 }));
        expect(messages.at(-1)).toEqual({ seq: 1 });
      }),
    );
  });

  it('forgets endless bytes without a header', () => {
    const { messages, garbage, read } = reading();
    for (let at = 0; at < 100; at++) read('x'.repeat(10_000));
    read('\r\n\r\n');
    read(framed({ seq: 1 }));
    expect(messages).toEqual([{ seq: 1 }]);
    expect(garbage.length).toBeGreaterThan(0);
  });
});
