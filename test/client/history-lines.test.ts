import { expect, test } from 'vitest';
import { PAGE, pageOf, pagesOf, signOf } from '../../client/history-lines.ts';

const LINE = { seq: 1, at: 0, state: 'charge', text: '' };

test('pages follow one another without a gap, and the last one ends with the run', () => {
  expect(pagesOf(2 * PAGE + 1)).toEqual([
    { from: 1, to: PAGE },
    { from: PAGE + 1, to: 2 * PAGE },
    { from: 2 * PAGE + 1, to: 2 * PAGE + 1 },
  ]);
  expect(pagesOf(PAGE)).toEqual([{ from: 1, to: PAGE }]);
  expect(pageOf(PAGE, 3 * PAGE)).toEqual({ from: 1, to: PAGE });
  expect(pageOf(PAGE + 1, PAGE + 5)).toEqual({ from: PAGE + 1, to: PAGE + 5 });
});

test.each([
  ['state.entered', 'plain'],
  ['state.completed', 'done'],
  ['attempt.succeeded', 'done'],
  ['attempt.failed', 'failed'],
  ['compensation.failed', 'failed'],
  ['error.raised', 'failed'],
  ['failure.injected', 'failed'],
  ['compensation.completed', 'undoing'],
  ['rollback.started', 'undoing'],
  ['task.completed', 'person'],
  ['event.received', 'event'],
  ['transition.taken', 'moved'],
])('%s is shown as %s', (type, sign) => {
  expect(signOf({ ...LINE, type }, false)).toBe(sign);
});

test('where the view stands goes before all, and drift before what the record is', () => {
  const drifted = { ...LINE, type: 'state.completed', drift: 'another transition' };
  expect(signOf(drifted, false)).toBe('drift');
  expect(signOf(drifted, true)).toBe('here');
});
