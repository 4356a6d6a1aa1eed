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
  ])('covers a value %s', (_, text) => {
    const masked = masker.text(text);
    expect(masked).toContain('•••');
    expect(masked).not.toContain(SECRET);
    expect(Buffer.from(masked.split(' ').at(-1) ?? '', 'base64').toString()).not.toContain('wörd');
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
