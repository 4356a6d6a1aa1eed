import { expect, test } from 'vitest';
import { marksAt } from '../../client/marks.ts';
import type { PositionEvent } from '../../debugger/protocol.ts';

const POSITION: PositionEvent = {
  run: 'r',
  file: '/f',
  scope: '',
  state: 'b',
  plan: 'b',
  undoing: true,
  path: ['a', 'b', 'c'],
  undone: ['c'],
  status: 'compensating',
};

test('a diagram marks where the run stands, its path and what was undone', () => {
  expect(marksAt(POSITION)).toEqual({
    run: 'r',
    status: 'compensating',
    current: 'b',
    undoing: true,
    path: ['a', 'b', 'c'],
    undone: ['c'],
  });
});

test('a run that has ended stands nowhere', () => {
  expect(marksAt({ ...POSITION, status: 'compensated' }).current).toBe('');
});
