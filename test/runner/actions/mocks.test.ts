import { describe, expect, it } from 'vitest';
import type { Json } from '../../../language/index.ts';
import { playMocks, readMocks } from '../../../runner/actions/mocks.ts';
import type { Mocks } from '../../../runner/actions/mocks.ts';
import { virtualClock } from '../../../runner/clock.ts';

const never = new AbortController().signal;

function mocksOf(value: Json): Mocks {
  const read = readMocks(value);
  if (!read.ok) throw new Error(read.message);
  return read.mocks;
}

describe('mocks', () => {
  it('are used up one a call, the last one serving all later calls', async () => {
    const player = playMocks(
      mocksOf({ 'a.b': [{ return: 1 }, { fail: { error: 'http.402', message: 'no', data: [2] } }, { return: 3 }] }),
      virtualClock(),
    );
    const answers = [];
    for (let at = 0; at < 4; at++) answers.push(await player.answer({ operation: 'a.b', way: 's' }, never));
    expect(answers).toEqual([
      { ok: true, result: 1 },
      { ok: false, error: { type: 'http.402', message: 'no', code: null, status: 402, data: [2] } },
      { ok: true, result: 3 },
      { ok: true, result: 3 },
    ]);
    expect(player.calls.get('a.b')).toBe(4);
  });

  it('answer for a state before they answer for an operation, but not for its compensation', async () => {
    const player = playMocks(
      mocksOf({ 'a.b': { return: 'operation' }, 'state:x/y': { return: 'state' } }),
      virtualClock(),
    );
    expect(await player.answer({ operation: 'a.b', way: 'x/y' }, never)).toEqual({ ok: true, result: 'state' });
    expect(await player.answer({ operation: 'a.b', way: null }, never)).toEqual({ ok: true, result: 'operation' });
  });

  it('fail a call that has none, and remember it', async () => {
    const player = playMocks(mocksOf({}), virtualClock());
    expect(await player.answer({ operation: 'a.b', way: 's' }, never)).toMatchObject({
      ok: false,
      error: { type: 'mock-missing', message: 'There is no mock for a.b. Add one, or one for state:s.' },
    });
    expect([...player.missing]).toEqual(['a.b']);
  });

  it('answer after their delay by the clock, unless they are stopped', async () => {
    const clock = virtualClock(0);
    const player = playMocks(mocksOf({ slow: { delay: '3s', return: 1 } }), clock);
    expect(await player.answer({ operation: 'slow', way: null }, never)).toEqual({ ok: true, result: 1 });
    expect(clock.now()).toBe(3000);
    const controller = new AbortController();
    const stopped = player.answer({ operation: 'slow', way: null }, controller.signal);
    controller.abort();
    expect(await stopped).toMatchObject({ ok: false, error: { type: 'cancelled' } });
  });

  it.each([
    [[], [], /Mocks are an object/],
    [{ a: 1 }, ['a'], /A mock of a is/],
    [{ a: [] }, ['a'], /list of mocks for a is empty/],
    [{ a: [{ returns: 1 }] }, ['a', 0, 'returns'], /no key "returns"/],
    [{ a: { return: 1, fail: { error: 'x' } } }, ['a'], /returns or fails, not both/],
    [{ a: { fail: {} } }, ['a', 'fail'], /needs the error's type/],
    [{ a: { fail: { error: 'x', type: 'y' } } }, ['a', 'fail', 'type'], /no key "type"/],
    [{ a: { delay: 3 } }, ['a', 'delay'], /must be a duration/],
  ])('refuse %j and say where', (value, where, message) => {
    expect(readMocks(value as Json)).toEqual({ ok: false, where, message: expect.stringMatching(message) as string });
  });
});
