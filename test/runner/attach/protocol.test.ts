import { describe, expect, it } from 'vitest';
import { readReply, readWord } from '../../../runner/attach/protocol.ts';

const BY = { name: 'debugger' };
const VISITOR = { name: 'debugger', pid: 1, host: 'here' };
const HELLO = { type: 'hello', protocol: 1, holder: 'h', run: 'r', visitor: VISITOR };
const STEP = { place: 'enter', scope: 0, activation: 3, plan: 'a', way: 'a', range: { start: 0, end: 1 } };

const wish = (stimulus: object): object => ({ type: 'send', id: 1, run: 'r', stimulus });

const WORDS: readonly object[] = [
  HELLO,
  { type: 'hold', id: 1 },
  { type: 'free' },
  { type: 'seen', id: 2 },
  { type: 'go', id: 3 },
  { type: 'watch', watch: null, single: 0 },
  { type: 'watch', watch: { steps: ['enter a', 'transition@7'], errors: true }, single: 3 },
  { type: 'chosen', id: 1, step: null, wait: true },
  { type: 'chosen', id: 1, step: STEP, wait: false },
  wish({ type: 'cancel', by: BY, compensate: true, force: false }),
  wish({ type: 'decision', state: 'a', by: BY, outcome: 'yes', form: { note: [1, null] } }),
  wish({ type: 'inject', activation: 1, error: { type: 'network', message: 'gone' } }),
  wish({ type: 'inject', activation: 1, error: { type: 'network', message: 'gone' }, by: BY }),
  wish({ type: 'answer', activation: 1, result: null, by: BY }),
  wish({ type: 'skip-wait', activation: 1, by: BY }),
  wish({ type: 'jump', activation: 1, to: 'b', by: BY }),
  wish({ type: 'set', target: { kind: 'variable', scope: 0, name: 'n' }, value: 1 }),
  wish({ type: 'set', target: { kind: 'result', activation: 4 }, value: { a: 'b' }, by: BY }),
];

const NO_WORDS: readonly (readonly [string, unknown])[] = [
  ['a text', 'hello'],
  ['an array', [HELLO]],
  ['nothing', null],
  ['an object without a type', {}],
  ['a type that there is not', { type: 'advance' }],
  ['a type that objects have by themselves', { type: 'constructor' }],
  ['a negative number', { type: 'seen', id: -1 }],
  ['a number with a fraction', { type: 'go', id: 1.5 }],
  ['a key too many', { type: 'free', id: 1 }],
  ['a key too few', { type: 'hold' }],
  ['a visitor without a name', { ...HELLO, visitor: { pid: 1, host: 'here' } }],
  ['steps that are no texts', { type: 'watch', watch: { steps: [1], errors: true }, single: 0 }],
  ['an outcome, which only an action has', wish({ type: 'outcome', activation: 1, attempt: 1, outcome: { ok: true } })],
  ['a timer, which only the clock has', wish({ type: 'timer' })],
  ['a recovery', wish({ type: 'recover' })],
  ['a cancelling by nobody', wish({ type: 'cancel', compensate: true, force: false })],
  ['an answer without a result', wish({ type: 'answer', activation: 1, by: BY })],
  ['a target that there is not', wish({ type: 'set', target: { kind: 'secret', name: 'n' }, value: 1 })],
  ['an error that is a text', wish({ type: 'inject', activation: 1, error: 'network' })],
];

const REPLIES: readonly object[] = [
  { type: 'refused', code: 'visited', message: 'no' },
  { type: 'welcome', clock: 'virtual', now: 5, runs: [{ run: 'r', env: { A: '1' } }] },
  { type: 'run', run: 'r', env: {} },
  { type: 'committed', id: 1, run: 'r', seq: 5 },
  { type: 'step', id: 1, run: 'r', step: STEP },
  { type: 'step', id: 1, run: 'r', step: { ...STEP, activation: null, range: null } },
  { type: 'choose', id: 1, run: 'r' },
  { type: 'held', id: 1 },
  { type: 'sent', id: 1, refused: null },
  { type: 'output', run: 'r', way: 'a', level: 'info', text: 'hello' },
  { type: 'settled', run: 'r', status: 'completed', fault: null },
];

const NO_REPLIES: readonly (readonly [string, unknown])[] = [
  ['a word of the other side', { type: 'free' }],
  ['an environment that is no texts', { type: 'run', run: 'r', env: { A: 1 } }],
  ['a step at no place', { type: 'step', id: 1, run: 'r', step: { ...STEP, place: 'nowhere' } }],
  ['a step without its range', { type: 'step', id: 1, run: 'r', step: { ...STEP, range: undefined } }],
];

describe('the protocol of attaching', () => {
  it.each(WORDS.map((word) => [JSON.stringify(word), word]))('reads of the visitor %s', (line, word) => {
    expect(readWord(String(line))).toEqual(word);
  });

  it.each(NO_WORDS)('refuses of the visitor %s', (_, value) => {
    expect(readWord(JSON.stringify(value))).toBeNull();
  });

  it.each(REPLIES.map((reply) => [JSON.stringify(reply), reply]))('reads of the holder %s', (line, reply) => {
    expect(readReply(String(line))).toEqual(reply);
  });

  it.each(NO_REPLIES)('refuses of the holder %s', (_, value) => {
    expect(readReply(JSON.stringify(value))).toBeNull();
  });

  it('refuses what is no JSON', () => {
    for (const line of ['', '{', '{"type":"free"', '\0', 'GET / HTTP/1.1']) {
      expect(readWord(line)).toBeNull();
      expect(readReply(line)).toBeNull();
    }
  });
});
