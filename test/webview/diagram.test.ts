import { describe, expect, test } from 'vitest';
import { drawDiagram, stateOfWay } from '../../webview/diagram.ts';
import { call, handler, orderPlan, plan, scope, someRange, state, to, undo } from './plans.ts';

/** The diagram's text without its first line and indentation. */
function lines(text: string): string[] {
  return text
    .split('\n')
    .slice(1, -1)
    .map((line) => line.trim());
}

describe('the text of a diagram', () => {
  test('the order workflow', () => {
    expect(drawDiagram(orderPlan()).text).toBe(`stateDiagram-v2
  state "reserve#95;stock" as reserve_stock
  reserve_stock : inventory.reserve
  state check_amount <<choice>>
  state "approve" as approve
  approve : person#58; finance
  state "refuse" as refuse
  refuse : fail order.refused
  state "Charge the card" as charge
  charge : payments.charge
  state "ship" as ship
  ship : run .#47;shipping.workflow.yaml · pivot
  [*] --> reserve_stock
  reserve_stock --> check_amount
  state "inventory.release" as reserve_stock_undo
  reserve_stock --> reserve_stock_undo : undo #40;after#58; attempt#41;
  check_amount --> approve : input.amount #62; 1000
  check_amount --> charge : else
  approve --> charge : approved
  approve --> refuse : rejected
  charge --> ship
  charge --> refuse : http.402
  state "payments.refund" as charge_undo
  charge --> charge_undo : undo
  ship --> [*]
  class reserve_stock,charge call
  class check_amount switch
  class approve human
  class refuse fail
  class ship run
  class ship pivot
  class reserve_stock_undo,charge_undo undo
`);
  });

  test('branches are regions, named where they begin; items and scopes are composite states', () => {
    const branch = (name: string) => ({
      name,
      nameRange: someRange(),
      scope: scope([state('send', call('mail', 'send'), { next: [to('end')] }, `notify/${name}`)], {
        id: `notify/${name}`,
      }),
    });
    const { text } = drawDiagram(
      plan(
        scope([
          state(
            'notify',
            { kind: 'parallel', join: 'any', onBranchError: 'cancel', branches: [branch('email'), branch('sms')] },
            { next: [to('pack')] },
          ),
          state(
            'pack',
            {
              kind: 'foreach',
              in: { kind: 'literal', value: [] },
              as: 'item',
              concurrency: 1,
              onItemError: 'cancel',
              scope: scope([state('wrap', { kind: 'set' }, { next: [to('end')] }, 'pack')], { id: 'pack' }),
              call: null,
              output: null,
            },
            { next: [to('end')] },
          ),
        ]),
      ),
    );
    expect(lines(text).slice(0, 19)).toEqual([
      'state "notify #8212; join any" as notify {',
      'state "send" as notify_email_send',
      'notify_email_send : mail.send',
      '[*] --> notify_email_send : email',
      'notify_email_send --> [*]',
      '--',
      'state "send" as notify_sms_send',
      'notify_sms_send : mail.send',
      '[*] --> notify_sms_send : sms',
      'notify_sms_send --> [*]',
      '}',
      'state "pack #8212; each item" as pack {',
      'state "wrap" as pack_wrap',
      'pack_wrap : set',
      '[*] --> pack_wrap',
      'pack_wrap --> [*]',
      '}',
      '[*] --> notify',
      'notify --> pack',
    ]);
  });

  test('errors and events of a scope come in at nodes of their own', () => {
    const { edges, nodes } = drawDiagram(
      plan(
        scope([state('work', { kind: 'set' }, { next: [to('end')] }), state('clean', { kind: 'set' })], {
          catch: [handler('clean', [], { rollback: 'all' })],
          on: [
            {
              event: 'order.cancelled',
              match: null,
              assign: [],
              transitions: [to('clean', undefined, { rollback: { to: 'work' } })],
              range: someRange(),
            },
          ],
        }),
      ),
    );
    expect(nodes.filter(({ role }) => role !== 'state').map(({ role, label }) => [role, label])).toEqual([
      ['errors', 'catch'],
      ['events', 'on order.cancelled'],
    ]);
    expect(edges.filter(({ kind }) => kind === 'error' || kind === 'event')).toEqual([
      { from: 'errors', to: 'clean', kind: 'error', label: 'any error · rollback all' },
      { from: 'on', to: 'clean', kind: 'event', label: 'rollback to work' },
    ]);
  });

  test('a state that is named but not there is shown as missing, once', () => {
    const { nodes, edges } = drawDiagram(plan(scope([state('a', { kind: 'set' }, { next: [to('x'), to('x')] })])));
    expect(nodes.map(({ role, label }) => [role, label])).toEqual([
      ['state', 'a'],
      ['missing', 'x'],
    ]);
    expect(edges.map(({ from, to: target }) => [from, target])).toEqual([
      ['[*]', 'a'],
      ['a', 'x_missing'],
      ['a', 'x_missing'],
    ]);
  });

  test('compensate: none draws nothing', () => {
    const none = undo(call(null, 'log'), { none: true });
    const { nodes } = drawDiagram(plan(scope([state('a', { kind: 'set' }, { compensate: none, next: [to('end')] })])));
    expect(nodes).toHaveLength(1);
  });

  test('each node stands for its own stretch of the text', () => {
    const order = orderPlan();
    const { nodes } = drawDiagram(order);
    const charge = order.root.states.find(({ name }) => name === 'charge');
    expect(nodes.find(({ id }) => id === 'charge')?.reveal).toBe(charge?.nameRange);
    expect(nodes.find(({ id }) => id === 'charge_undo')?.reveal).toBe(charge?.compensate?.lineRange);
  });
});

describe('marks of a run', () => {
  test('the current state, the path and what was undone become classes with colours', () => {
    const marks = { current: ['charge'], path: ['reserve_stock', 'check_amount', 'charge'], undone: ['reserve_stock'] };
    const text = drawDiagram(orderPlan(), { marks, colours: true }).text;
    expect(text).toContain('\n  class charge current\n');
    expect(text).toContain('\n  class reserve_stock,check_amount visited\n');
    expect(text).toContain('\n  class reserve_stock_undo undone\n');
    expect(text).toContain('\n  classDef current ');
  });

  test('the way of a state names its state without the numbers of items', () => {
    expect(stateOfWay('pack/2/wrap')).toBe('pack/wrap');
    expect(stateOfWay('pack/2')).toBe('pack');
    expect(stateOfWay('notify/email/send')).toBe('notify/email/send');
  });
});
