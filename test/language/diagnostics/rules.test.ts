/** What decides whether a finding is shown, and whether a workflow may run: comments, rules, severities. */
import { describe, expect, it } from 'vitest';
import { analyse, compile, DIAGNOSTICS, readRules, type Rules } from '../../../language/index.ts';

const LOOP = `workflow: w
states:
  # backstep-disable-next-line no-way-out, unbounded-loop
  # Turns for ever, and is meant to.
  a: { set: {}, next: a }
`;

function codes(text: string, rules: Rules = {}): readonly string[] {
  return analyse(text, { rules }).diagnostics.map((one) => `${one.severity} ${one.code}`);
}

describe('suppression comments', () => {
  it('silence the named codes on the next line that is no comment', () => {
    expect(codes(LOOP)).toEqual([]);
  });

  it('silence nothing else', () => {
    expect(codes(LOOP.replace('no-way-out, ', ''))).toEqual(['error no-way-out']);
    expect(codes(LOOP.replace('set: {}', 'set: { x: 1 }'))).toEqual(['error unknown-variable']);
    expect(codes(LOOP.replace('  a:', '\n  a:'))).toEqual(['error no-way-out', 'warning unbounded-loop']);
  });

  it('count only as comments', () => {
    const text = LOOP.replace('# backstep', 'b: { set: {}, next: end, title: "# backstep').replace(
      'loop\n',
      'loop" }\n',
    );
    expect(codes(text)).toEqual(
      ['error no-way-out', 'warning unreachable-state', 'warning unbounded-loop'].slice(1, 2),
    );
  });
});

describe('rules', () => {
  const text = 'workflow: w\nstates:\n  a: { set: {}, next: end }\n  b: { set: {}, next: end }\n';

  it('change severities and turn codes off', () => {
    expect(codes(text)).toEqual(['warning unreachable-state']);
    expect(codes(text, { 'unreachable-state': 'error' })).toEqual(['error unreachable-state']);
    expect(codes(text, { 'unreachable-state': 'off' })).toEqual([]);
  });

  it('are read from a settings file', () => {
    const read = readRules('rules: { unreachable-state: off, unbounded-loop: error }\n');
    expect(read.diagnostics).toEqual([]);
    expect(read.rules).toEqual({ 'unreachable-state': 'off', 'unbounded-loop': 'error' });
  });

  it('are checked as they are read', () => {
    const read = readRules('rules: { unreachable-sate: off, unbounded-loop: loud }\nmore: 1\n');
    expect(read.diagnostics.map((one) => `${one.code}: ${one.message}`)).toEqual([
      'unknown-key: The settings have no key ‘more’. They have ‘rules’.',
      'unknown-key: There is no diagnostic ‘unreachable-sate’. Did you mean ‘unreachable-state’?',
      'wrong-type: A severity is one of off, hint, info, warning, error.',
    ]);
    expect(read.rules).toEqual({});
  });
});

describe('what may run', () => {
  it('is a workflow without errors, by the severities that hold', () => {
    const text = 'workflow: w\nstates:\n  a: { set: {}, next: end }\n  b: { set: {}, next: end }\n';
    expect(compile(text).ok).toBe(true);
    expect(compile(text, { rules: { 'unreachable-state': 'error' } }).ok).toBe(false);
    const mismatch = text.replace('set: {}', 'call: log, with: "${ 1 + [] }"');
    expect(compile(mismatch).ok).toBe(false);
    expect(compile(mismatch, { rules: { 'type-mismatch': 'off' } }).ok).toBe(true);
  });

  it('is one whose errors were silenced, if a plan can be made all the same', () => {
    expect(compile(LOOP).ok).toBe(true);
    expect(compile(LOOP.replace('no-way-out, ', '')).ok).toBe(false);
  });

  it('is not one that has no meaning, whatever was silenced', () => {
    const text = 'workflow: w\nstates:\n  a: { set: {}, next: b }\n';
    expect(compile(text, { rules: { 'unknown-state': 'off' } }).ok).toBe(false);
    expect(compile(text, { rules: { 'unknown-state': 'hint' } }).ok).toBe(false);
  });
});

describe('the table of diagnostics', () => {
  it.each(Object.entries(DIAGNOSTICS))('%s says what it is about in whole sentences', (_, one) => {
    expect(one.summary).toMatch(/^[A-Z].*\.$/u);
    expect(one.documentation).toMatch(/^\S.*[.?]$/u);
  });
});
