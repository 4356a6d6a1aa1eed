import { describe, expect, it } from 'vitest';
import { changedIn } from '../../client/fork-values.ts';
import { factsInWords } from '../../client/inline-words.ts';
import { runItem, workflowNameIn } from '../../client/run-items.ts';

const FACTS = {
  run: 'r',
  state: 'charge',
  line: 1,
  column: 1,
  visits: 1,
  duration: 120,
  outcome: 'completed in 120 ms',
  result: '{"id": 1}',
  attempt: null,
};

describe('what a state came to', () => {
  it.each([
    [{}, '= {"id": 1} · 120 ms'],
    [{ visits: 3, duration: 61_000 }, '= {"id": 1} · 3 visits · 61.0 s'],
    [{ result: null }, '120 ms'],
    [{ result: null, duration: null, outcome: 'entered' }, ''],
    [
      { result: 'null', duration: null, outcome: 'attempt 2 failed: timeout', attempt: 3 },
      'attempt 2 failed: timeout · attempt 3',
    ],
    [{ result: null, duration: 7_200_000, outcome: 'cancelled' }, 'cancelled · 2 h'],
  ])('%j', (facts, words) => {
    expect(factsInWords({ ...FACTS, ...facts })).toBe(words);
  });
});

describe('a run to choose', () => {
  const line = { run: 'r-1', workflow: 'order', version: '1.0.0', status: 'waiting' };
  it('says what it is, since when, and who drives it', () => {
    const startedAt = '2026-01-01T00:00:00.000Z';
    const updatedAt = '2026-01-01T23:59:59.000Z';
    const now = Date.parse('2026-01-02T00:00:00.000Z');
    expect(runItem({ ...line, startedAt, updatedAt, drivenBy: { name: 'backstep serve' } }, now)).toEqual({
      run: 'r-1',
      label: 'r-1',
      description: 'order 1.0.0 · waiting',
      detail: 'begun 24 hours ago, last change 1 second ago, driven by backstep serve',
    });
  });
});

describe('the workflow of a history', () => {
  it.each([
    ['{ "runs": [{ "run": "r", "file": "/home/a/order.workflow.yaml", "hash": "x"', 'order.workflow.yaml'],
    ['{"file":"C:\\\\work\\\\order.workflow.yml"', 'order.workflow.yml'],
    ['{"file":"/home/a/{**}.workflow.yaml"', null],
    ['{"file":"/etc/passwd"', null],
    ['{"file":', null],
    ['', null],
  ])('%s', (text, name) => {
    expect(workflowNameIn(text)).toBe(name);
  });
});

describe('the values of a fork', () => {
  it('are those that differ', () => {
    const before = { amount: 40, items: [{ sku: 'a' }], note: null };
    expect(changedIn(before, { amount: 50, items: [{ sku: 'a' }], note: null, more: 1 })).toEqual({
      amount: 50,
      more: 1,
    });
    expect(changedIn(before, before)).toEqual({});
  });
  it.each([[null], [[1]], [3]])('are no %j', (typed) => {
    expect(changedIn({}, typed)).toContain('JSON object');
  });
});
