/** Workflows with everything that a session can act on, for the transcripts of whole sessions. */

export const TRIP = `workflow: trip
version: 1.0.0
input: { type: object, required: [guests], properties: { guests: { type: array, items: { type: string } }, budget: { type: number } } }
vars: { total: 0, notes: { last: "none", count: 0 } }
participants:
  travel:
    baseUrl: http://127.0.0.1:9
    operations:
      charge_card: { http: POST /charges }
      charge_fee: { http: POST /fees }
      refund: { http: POST /refunds }
      ticket: { http: POST /tickets }
      notify: { http: POST /notes }
  desk: { role: desk }
events:
  trip.confirmed: { data: { type: object, properties: { seat: { type: string } } } }
states:
  charge_card:
    call: travel.charge_card
    with: { amount: "\${ input.budget }", token: "\${ secrets.CARD_TOKEN }" }
    assign: { total: "\${ vars.total + result.amount }", notes: "\${ { 'last': 'charged', 'count': vars.notes.count + 1 } }" }
    compensate: { call: travel.refund, with: { amount: "\${ result.amount }" } }
    next: cool_off
  cool_off: { wait: 30m, next: approve }
  approve:
    human: { title: May they go?, assignee: desk, form: { type: object, properties: { why: { type: string } } } }
    on: { yes: confirm, no: refuse }
  refuse: { fail: { error: trip.refused, message: "not this time" } }
  confirm: { listen: { on: { trip.confirmed: { next: tickets } }, timeout: 1d, onTimeout: refuse } }
  tickets:
    foreach:
      in: "\${ input.guests }"
      as: guest
      states:
        ticket: { call: travel.ticket, with: { guest: "\${ guest }" }, compensate: { call: travel.refund, with: { of: "\${ guest }" } }, next: end }
    next: tell
  tell:
    parallel:
      branches:
        mail: { states: { mail_out: { call: travel.notify, with: { by: mail }, next: mail_done }, mail_done: { set: {}, next: end } } }
        text: { states: { text_out: { call: travel.notify, with: { by: text }, next: text_done }, text_done: { set: {}, next: end } } }
    next: charge_fee
  charge_fee:
    call: travel.charge_fee
    retry: { on: [http.5xx], attempts: 2, delay: 1m }
    catch: [{ errors: [http.402], assign: { total: 0 }, next: settle }]
    next: settle
  settle:
    run: ./settle.workflow.yaml
    with: { total: "\${ vars.total }" }
    next: end
output: { total: "\${ vars.total }", seat: "\${ results.confirm.data.seat }" }
`;

export const SETTLE = `workflow: settle
version: 1.0.0
input: { type: object, properties: { total: { type: number } } }
participants:
  books: { baseUrl: http://127.0.0.1:9, operations: { enter: { http: POST /entries }, strike: { http: POST /strikes } } }
states:
  enter: { call: books.enter, with: { total: "\${ input.total }" }, compensate: { call: books.strike }, next: end }
`;

export const TRIP_FILES = { 'trip.workflow.yaml': TRIP, 'settle.workflow.yaml': SETTLE };

export const TRIP_LAUNCH = {
  program: 'trip.workflow.yaml',
  input: { guests: ['ann', 'bob'], budget: 70 },
  env: { BACKSTEP_SECRET_CARD_TOKEN: 'tok-4711-secret' },
  mocks: {
    'travel.charge_card': { return: { amount: 70, note: 'paid with tok-4711-secret' } },
    'travel.charge_fee': { return: { fee: 3 } },
    'travel.refund': { return: {} },
    'travel.ticket': [{ return: { seat: '1A' } }, { return: { seat: '1B' } }],
    'travel.notify': { return: {}, delay: '2s' },
    'books.enter': { return: { line: 1 } },
    'books.strike': { return: {} },
  },
};
