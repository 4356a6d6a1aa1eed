import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { maskerOf } from '../../../runner/actions/mask.ts';

const SECRET = 'p@ss wörd/"7"';
const masker = maskerOf([SECRET, '42', 'abc']);

describe('the mask of secrets', () => {
  it.each([
    ['as it is', `before ${SECRET} after`],
    ['in a URL', `https://x.example/?key=${encodeURIComponent(SECRET)}&b`],
    ['in a form', `key=${encodeURIComponent(SECRET).replaceAll('%20', '+')}`],
    ['in JSON', JSON.stringify({ key: SECRET })],
    ['in base64', `Basic ${Buffer.from(SECRET).toString('base64')}`],
    ['in base64 behind one letter', Buffer.from(`u${SECRET}`).toString('base64')],
    ['in base64 behind two letters and before others', Buffer.from(`u:${SECRET}:more`).toString('base64')],
    ['in base64url', Buffer.from(`user:${SECRET}`).toString('base64url')],
    ['in a URL with small letters', encodeURIComponent(SECRET).toLowerCase()],
    ['in a form of a browser', new URLSearchParams({ key: SECRET }).toString()],
    ['in a URL in a URL', encodeURIComponent(encodeURIComponent(SECRET))],
    ['in JSON in JSON', JSON.stringify(JSON.stringify({ key: SECRET }))],
    ['in JSON of ASCII letters with escaped slashes', `"${SECRET.replace('ö', '\\u00F6').replace('/', '\\/')}"`],
    ['in HTML', `<b>${SECRET.replaceAll('"', '&quot;').replaceAll('/', '&#x2F;')}</b>`],
    ['in hexadecimal', Buffer.from(SECRET).toString('hex').toUpperCase()],
    ['in hexadecimal byte by byte', (Buffer.from(SECRET).toString('hex').match(/../g) ?? []).join(' ')],
    ['in what Node shows of an object', inspect({ key: `'${SECRET}\\` })],
  ])('covers a value %s', (_, text) => {
    const masked = masker.text(text);
    expect(masked).toContain('•••');
    expect(masked).not.toContain(SECRET);
    expect(masked).not.toMatch(/w(ö|%C3|\\u00F6)rd/i);
    expect(masked).not.toMatch(/72 ?64 ?2F ?22 ?37/i);
    expect(Buffer.from(masked.split(' ').at(-1) ?? '', 'base64').toString()).not.toContain('wörd');
  });

  it('covers a long key as a whole, line by line, and in base64 with line breaks', () => {
    const lines = [
      '-----BEGIN KEY-----',
      'MIIEvQIBADANBgkqhkiG9w0BAQEF',
      'AASCBKcwggSjAgEAAoIBAQC7VJTU',
      '-----END KEY-----',
    ];
    const key = `${lines.join('\n')}\n`;
    const keyed = maskerOf([key]);
    expect(keyed.text(`got ${key.trim()}!`)).toBe('got •••!');
    expect(lines.map((line) => keyed.text(`  ${line}`))).toEqual(['  •••', '  •••', '  •••', '  •••']);
    const wrapped = Buffer.from(key).toString('base64').replace(/.{20}/g, '$&\r\n');
    expect(keyed.text(wrapped)).toMatch(/^•••\s*.{0,4}$/);
    expect(maskerOf([key.repeat(20)]).text(JSON.stringify([key.repeat(20)]))).not.toContain('MIIEv');
  });

  it('comes to an end where a text is full of escapes', () => {
    const text = `${'\\'.repeat(200_000)}${'%25'.repeat(100_000)}${'&amp;'.repeat(50_000)}`;
    expect(maskerOf(['\\\\ %&"\\/+&']).text(text)).toBe(text);
  });

  it('covers a short value only where it is the whole text', () => {
    expect(masker.json(['42', 42, '420', 'abc', 'abcd'])).toEqual(['•••', '•••', '420', '•••', 'abcd']);
  });

  it('reaches names, lists and errors', () => {
    expect(masker.json({ [SECRET]: [{ a: SECRET }] })).toEqual({ '•••': [{ a: '•••' }] });
    const error = { type: 'error', message: `bad ${SECRET}`, code: SECRET, status: null, data: { echo: SECRET } };
    expect(masker.outcome({ ok: false, error })).toEqual({
      ok: false,
      error: { type: 'error', message: 'bad •••', code: '•••', status: null, data: { echo: '•••' } },
    });
  });

  it('leaves everything as it is without secrets', () => {
    const value = { a: ['b'] };
    expect(maskerOf(['']).json(value)).toBe(value);
  });
});
