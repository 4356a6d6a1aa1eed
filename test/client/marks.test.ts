import { expect, test } from 'vitest';
import { marksAfter } from '../../client/marks.ts';
import type { PositionEvent } from '../../debugger/protocol.ts';
import type { RunMarks } from '../../webview/protocol.ts';

const at = (state: string, rest: Partial<PositionEvent> = {}): PositionEvent => ({
  run: 'r',
  file: '/f',
  scope: '',
  state,
  plan: state,
  undoing: false,
  path: [],
  status: 'running',
  ...rest,
});
const undoing = (state: string): PositionEvent => at(state, { undoing: true, status: 'compensating' });

function follow(...positions: PositionEvent[]): RunMarks {
  return positions.reduce<RunMarks | undefined>(marksAfter, undefined) as RunMarks;
}

test('the path and the current state are those of the last position', () => {
  expect(follow(at('a'), at('b', { path: ['a', 'b'] }))).toEqual({
    run: 'r',
    status: 'running',
    current: 'b',
    undoing: false,
    path: ['a', 'b'],
    undone: [],
  });
});

test('a state is undone when the run stands elsewhere than at its compensation', () => {
  expect(follow(at('c'), undoing('b')).undone).toEqual([]);
  expect(follow(at('c'), undoing('b'), undoing('a')).undone).toEqual(['b']);
  expect(follow(at('c'), undoing('b'), undoing('a'), at('', { status: 'compensated' })).undone).toEqual(['b', 'a']);
});

test('stepping back to a compensation makes it not yet undone', () => {
  expect(follow(undoing('c'), undoing('b'), undoing('a'), undoing('b')).undone).toEqual(['c']);
});

test('a run that has ended stands nowhere, and another run begins afresh', () => {
  expect(follow(at('a'), at('a', { status: 'completed' })).current).toBe('');
  expect(follow(undoing('b'), undoing('a'), at('a', { run: 'other' })).undone).toEqual([]);
});
