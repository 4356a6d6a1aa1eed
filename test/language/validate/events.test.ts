/** Family events: each code on the right place, a near miss without it, and its fixes. */
import { describe, expect, it } from 'vitest';
import { asFact, isFact } from '../../../language/validate/events-facts.ts';
import { testCases } from '../diagnostics/cases.ts';

testCases(
  'events',
  [
    {
      code: 'event-not-a-fact',
      faulty: `
      workflow: w
      events:
        order.cancel: { data: { type: object } }
      # ^^^^^^^^^^^^ event-not-a-fact such as ‘order.cancelled’
        order.paid: { data: { type: object } }
      states:
        a: { emit: order.cancel, data: {}, next: b }
        b: { emit: order.paid, data: {}, next: c }
        c: { listen: { on: { order.cancel: end, "order.paid": end }, timeout: 1h, onTimeout: end } }
    `,
      nearMiss: `
      workflow: w
      events:
        order.cancelled: { data: { type: object } }
        orderSent.v2: { data: { type: object } }
        password.reset: { data: { type: object } }
      states:
        a: { emit: order.cancelled, data: {}, next: b }
        b: { emit: orderSent.v2, data: {}, next: c }
        c: { emit: password.reset, data: {}, next: end }
    `,
    },
    {
      code: 'event-data',
      name: 'a value',
      faulty: `
      workflow: w
      events: { order.paid: { data: { type: object, required: [id, amount], properties: { id: { type: string }, amount: { type: number, minimum: 0 } } } } }
      states:
        a: { emit: order.paid, data: { id: 1, amount: -5 }, next: b }
      #                                    ^ event-data
      #                                               ^^ event-data
        b: { emit: order.paid, data: { id: x }, next: c }
      #                        ^^^^ event-data
        c: { emit: order.paid, next: end }
      #            ^^^^^^^^^^ event-data
    `,
      nearMiss: `
      workflow: w
      events:
        order.paid: { data: { type: object, required: [id], properties: { id: { type: string }, amount: { type: number, minimum: 0 } } } }
        order.seen: { data: { type: [object, "null"] } }
      states:
        a: { emit: order.paid, data: { id: x, amount: 5, more: true }, next: b }
        b: { emit: order.seen, next: end }
    `,
    },
    {
      code: 'event-data',
      name: 'an expression',
      faulty: `
      workflow: w
      input: { type: object, properties: { id: { type: string }, n: { type: number } } }
      events: { order.paid: { data: { type: object, required: [id, at], properties: { id: { type: string }, at: { type: string } } } } }
      states:
        a: { emit: order.paid, data: { id: "\${ input.n }", at: "\${ $now() }" }, next: b }
      #                                    ^^^^^^^^^^^^^^ event-data
        b: { emit: order.paid, data: { id: "\${ input.id }" }, next: end }
      #                        ^^^^ event-data needs ‘at’
    `,
      nearMiss: `
      workflow: w
      input: { type: object, properties: { id: { type: string }, n: { type: number } } }
      events: { order.paid: { data: { type: object, required: [id, at], properties: { id: { type: string }, at: { type: string } } } } }
      states:
        a: { emit: order.paid, data: { id: "\${ input.id }", at: "\${ $now() }", more: "\${ input.n }" }, next: end }
    `,
    },
    {
      code: 'event-without-schema',
      faulty: `
      workflow: w
      events: { order.paid: {} }
      #         ^^^^^^^^^^ event-without-schema
      states:
        a: { emit: order.paid, next: end }
    `,
      nearMiss: `
      workflow: w
      events: { order.paid: { data: {} } }
      states:
        a: { emit: order.paid, next: end }
    `,
    },
    {
      code: 'event-never-sent',
      faulty: `
      workflow: w
      events: { order.paid: { data: { type: object } }, order.shipped: { data: { type: object } } }
      #         ^^^^^^^^^^ event-never-sent
      #                                                 ^^^^^^^^^^^^^ event-never-sent
      on: { order.shipped: { next: b } }
      states:
        a: { listen: { on: { order.paid: b }, timeout: 1h, onTimeout: b } }
        b: { wait: 1s, next: end }
    `,
      nearMiss: `
      workflow: w
      events: { order.paid: { data: { type: object } }, order.shipped: { data: { type: object } }, order.placed: { data: { type: object } } }
      triggers: [{ event: order.placed }]
      states:
        s: { run: ./pay.workflow.yaml, next: c }
        c: { emit: order.shipped, data: {}, next: a }
        a: { listen: { on: { order.paid: end, order.shipped: end, order.placed: end }, timeout: 1h, onTimeout: end } }
      #- ./pay.workflow.yaml
      workflow: pay
      events: { order.paid: {} }
      states: { a: { emit: order.paid, next: end } }
    `,
    },
  ],
  'events',
);

describe('names of events', () => {
  it.each([
    'order.paid',
    'order.cancelled',
    'OrderShipped',
    'order_was_sent',
    'com.example.stock.withdrawn',
    'invoice.overridden.v1',
    'config.set',
    'feed.updated',
    'shipment-left',
  ])('%s is a fact', (type) => {
    expect(isFact(type)).toBe(true);
  });

  it.each(['order.pay', 'order.feed', 'order.need', 'cancel-order', 'order.speed', 'exceed', 'hundred'])(
    '%s is none',
    (type) => {
      expect(isFact(type)).toBe(false);
    },
  );

  it.each([
    ['order.cancel', 'order.cancelled'],
    ['order.create', 'order.created'],
    ['order.ship', 'order.shipped'],
    ['order.pay', 'order.paid'],
    ['order.payment', 'order.paid'],
    ['OrderCreation', 'OrderCreated'],
    ['order.apply', 'order.applied'],
    ['order.delay', 'order.delayed'],
    ['order.shipping', 'order.shipped'],
    ['order.paying', 'order.paid'],
    ['order.processing', 'order.processed'],
    ['order.creating', 'order.created'],
    ['order.write.v2', 'order.written.v2'],
    ['order.open', 'order.opened'],
  ])('%s becomes %s', (type, fact) => {
    expect(asFact(type)).toBe(fact);
  });
});
