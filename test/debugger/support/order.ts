/** The workflows that the debugger's tests step through. */

export const ORDER = `workflow: order
version: 1.0.0
input:
  type: object
  required: [orderId, amount]
  properties:
    orderId: { type: string }
    amount: { type: number }
vars:
  note: "none"
  cart: { items: [{ price: 3 }] }
participants:
  inventory:
    baseUrl: http://127.0.0.1:9
    operations:
      reserve: { http: POST /reservations }
      release: { http: POST /release }
  payments:
    baseUrl: http://127.0.0.1:9
    operations:
      charge: { http: POST /charges }
      refund: { http: POST /refund }
states:
  reserve:
    call: inventory.reserve
    with: { orderId: "\${ input.orderId }" }
    assign: { note: "\${ 'reserved ' & result.reservationId }" }
    compensate:
      call: inventory.release
      with: { orderId: "\${ input.orderId }", reservation: "\${ result.reservationId }" }
    next: check
  check:
    switch:
      - when: "\${ input.amount > 1000 }"
        next: refuse
      - next: charge
  charge:
    call: payments.charge
    with: { amount: "\${ input.amount }" }
    compensate:
      call: payments.refund
      with: { orderId: "\${ input.orderId }" }
    next: ship
  ship:
    run: ./shipping.workflow.yaml
    with: { orderId: "\${ input.orderId }" }
    next: end
  refuse:
    fail: { error: order.refused, message: "too much: \${ input.amount }" }
output: { chargeId: "\${ results.charge.chargeId }" }
`;

export const SHIPPING = `workflow: shipping
version: 1.0.0
input:
  type: object
  properties: { orderId: { type: string } }
participants:
  carrier:
    baseUrl: http://127.0.0.1:9
    operations:
      book: { http: POST /parcels }
      cancel: { http: POST /cancel }
states:
  book:
    call: carrier.book
    with: { orderId: "\${ input.orderId }" }
    compensate:
      call: carrier.cancel
      with: { parcel: "\${ result.parcelId }" }
    next: label
  label:
    set: {}
    next: end
`;

export const FILES = { 'order.workflow.yaml': ORDER, 'shipping.workflow.yaml': SHIPPING };

/** Everything answers. */
export const MOCKS = {
  'inventory.reserve': { return: { reservationId: 'r-1' } },
  'inventory.release': { return: {} },
  'payments.charge': { return: { chargeId: 'c-1' } },
  'payments.refund': { return: {} },
  'carrier.book': { return: { parcelId: 'p-1' } },
  'carrier.cancel': { return: {} },
};

export const INPUT = { orderId: 'o-1', amount: 40 };

export const LAUNCH = { program: 'order.workflow.yaml', input: INPUT, mocks: MOCKS };

/** The parcel cannot be booked: the charge and the reservation are undone. */
export const FAILING = {
  ...LAUNCH,
  mocks: { ...MOCKS, 'carrier.book': { fail: { error: 'http.500', message: 'no lorry' } } },
};
