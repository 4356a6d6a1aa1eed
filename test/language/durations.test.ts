import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, MAX_DURATION, parseDuration } from '../../language/durations.ts';

describe('parseDuration', () => {
  it.each([
    ['250ms', 250],
    ['10s', 10_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['3d', 259_200_000],
    ['1h30m', 5_400_000],
    ['1m500ms', 60_500],
    ['1.5s', 1500],
    ['1.1s', 1100],
    ['0s', 0],
    ['PT10S', 10_000],
    ['PT0.5S', 500],
    ['PT0,5S', 500],
    ['P1DT2H', 93_600_000],
    ['P2W', 1_209_600_000],
    ['PT1H30M', 5_400_000],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(
    '|5|s|10 s|10S|-5s|+5s|30m1h|1h1h|1.5.5s|P|PT|P1Y|P1M|P1DT|PT10|1e3s|0.0001s|99999d|Infinitys|ten|10s\n|1w|P-1D'.split(
      '|',
    ),
  )('refuses %j', (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  it('reads or refuses any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[PT0-9hmsd.]{0,12}$/)), (text) => {
        const ms = parseDuration(text);
        expect(ms === null || (Number.isInteger(ms) && ms >= 0 && ms <= MAX_DURATION)).toBe(true);
      }),
    );
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [250, '250ms'],
    [5_400_000, '1h30m'],
    [90_061_001, '1d1h1m1s1ms'],
    [-1000, '-1s'],
    [999.6, '1s'],
  ])('writes %d', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('writes what parseDuration reads back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MAX_DURATION }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });
});
