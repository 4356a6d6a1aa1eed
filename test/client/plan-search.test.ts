import { expect, test } from 'vitest';
import { answerOf, errorsOf, findHuman, findState, stateAt, statesOf } from '../../client/plan-search.ts';
import { planOf } from '../support/machine.ts';

const TEXT = `workflow: shop
version: 1.0.0
events:
  order.lost: {}
errors:
  order.refused: { description: It was refused. }
participants:
  bank:
    baseUrl: http://127.0.0.1:9
    operations:
      charge: { http: POST /charges, output: { type: object, required: [id] }, errors: [card.expired, http.4xx] }
  boss: { role: boss }
states:
  pay:
    call: bank.charge
    catch: [{ errors: [http.5xx, bank.closed, order.refused], next: end }]
    next: both
  both:
    parallel:
      branches:
        left:
          states:
            ask: { human: { assignee: boss }, on: { yes: end, no: end } }
        right:
          states:
            hear: { listen: { on: { order.lost: { next: end } } } }
    next: end
`;

const plan = planOf(TEXT);

test('states inside of others are found by their ids and by where they stand', () => {
  expect(statesOf(plan).map(({ id }) => id)).toEqual(['pay', 'both', 'both/left/ask', 'both/right/hear']);
  expect(findState(plan, 'both/right/hear')?.action.kind).toBe('listen');
  expect(findState(plan, 'hear')).toBeNull();
  expect(stateAt(plan, TEXT.indexOf('assignee'))?.id).toBe('both/left/ask');
  expect(stateAt(plan, TEXT.indexOf('branches:'))?.id).toBe('both');
  expect(stateAt(plan, 3)).toBeNull();
  expect(findHuman(plan, 'both/left/ask')?.outcomes).toEqual(['yes', 'no']);
  expect(findHuman(plan, 'pay')).toBeNull();
});

test('the errors of a workflow are those that it declares and single types that it names', () => {
  expect(errorsOf(plan)).toEqual([
    { word: 'order.refused', about: 'It was refused.' },
    { word: 'card.expired' },
    { word: 'bank.closed' },
  ]);
});

test('what a call answers is known from its operation', () => {
  const [pay, both] = statesOf(plan);
  if (!pay || !both) throw new Error('no states');
  expect(answerOf(plan, pay)).toEqual({ type: 'object', required: ['id'] });
  expect(answerOf(plan, both)).toBeNull();
});
