import { describe, expect, it } from 'vitest';
import { fold } from '../../../runner/machine/index.ts';
import type { RunState } from '../../../runner/machine/index.ts';
import { play } from '../../support/machine.ts';

const TEXT = `workflow: w
version: 1.0.0
participants:
  s:
    baseUrl: http://localhost
    operations: { a: { http: POST /a }, b: { http: POST /b }, undo: { http: POST /undo } }
states:
  first: { call: s.a, compensate: { call: s.undo }, next: pause }
  pause: { wait: 30d, next: second }
  second: { call: s.b, compensate: { call: s.undo }, next: third }
  third: { human: { title: t, form: { type: object } }, on: { ok: end, again: first } }
`;
const by = { name: 'ada' };

/** Whether a state of the run waits in `name`. */
const waitsIn = (name: string) => (state: RunState) =>
  [...state.activations.values()].some((each) => each.state === name && each.phase === 'acting');
const idOf = (records: Awaited<ReturnType<typeof play>>['records'], name: string): number => {
  const found = records.findLast((record) => record.type === 'state.entered' && record.state === name);
  return found?.type === 'state.entered' ? found.activation : -1;
};

describe('a debugger’s hand', () => {
  it('ends a wait, jumps to another state of the scope, and leaves what was done to be undone', async () => {
    const before = await play(TEXT, {});
    const pause = idOf(before.records, 'pause');
    const skipped = await play(TEXT, {
      hands: [{ when: waitsIn('pause'), give: { type: 'skip-wait', activation: pause, by } }],
    });
    expect(skipped.duration).toBe(0);
    expect(skipped.path).toEqual(['first', 'pause', 'second', 'third']);
    const third = idOf(skipped.records, 'third');
    const jumped = await play(TEXT, {
      hands: [
        { when: waitsIn('third'), give: { type: 'jump', activation: third, to: 'second', by } },
        { when: waitsIn('third'), give: { type: 'cancel', by, compensate: true, force: false } },
      ],
    });
    expect(jumped.path).toEqual(['first', 'pause', 'second', 'third', 'second', 'third']);
    expect(jumped.status).toBe('cancelled');
    expect(jumped.compensated).toEqual(['second', 'second', 'first']);
    expect(fold(jumped.records)).toEqual(jumped.state);
  });

  it.each([
    [
      'a state that is not there',
      { to: 'nowhere' },
      'There is no state nowhere beside pause. There are first, pause, second, third.',
    ],
    ['an activation that is not there', { activation: 99 }, 'Only a state can be left by a jump.'],
  ])('refuses to jump: %s', async (_what, wrong, sentence) => {
    const pause = idOf((await play(TEXT, {})).records, 'pause');
    const played = await play(TEXT, {
      hands: [{ when: waitsIn('pause'), give: { type: 'jump', activation: pause, to: 'second', by, ...wrong } }],
    });
    expect(played.refusals).toEqual([sentence]);
  });

  it('refuses an answer and the end of a wait where there is nothing to answer or to wait for', async () => {
    const pause = idOf((await play(TEXT, {})).records, 'pause');
    const played = await play(TEXT, {
      hands: [
        { when: waitsIn('pause'), give: { type: 'answer', activation: pause, result: 1, by } },
        { when: waitsIn('third'), give: { type: 'skip-wait', activation: pause, by } },
      ],
    });
    expect(played.refusals).toEqual([
      'An answer can be given only where a state is entered or its action is about to run.',
      'Nothing waits there any more.',
    ]);
  });
});
