/** Workflows that the tests of the command line run; nothing outside of their own folder is needed. */

/** Books a seat, waits in `hold` until a file `go` is there, and pays. Each call is written to `calls.txt`. */
export const TRIP = {
  'trip.workflow.yaml': `workflow: trip
version: 1.0.0
input: { type: object, properties: { seat: { type: string } } }
participants:
  desk:
    operations:
      book: { shell: [node, desk.mjs, book, "\${ args.seat }"] }
      release: { shell: [node, desk.mjs, release, "\${ args.seat }"] }
      hold: { shell: [node, desk.mjs, hold], idempotent: true }
      pay: { shell: [node, desk.mjs, pay], errors: [exit.3] }
states:
  book:
    call: desk.book
    with: { seat: "\${ input.seat }" }
    timeout: 1m
    compensate: { call: desk.release, with: { seat: "\${ input.seat }" } }
    next: hold
  hold:
    call: desk.hold
    timeout: 1m
    compensate: none
    next: pay
  pay:
    call: desk.pay
    timeout: 1m
    compensate: none
    next: end
output: { seat: "\${ input.seat }" }
`,
  'desk.mjs': `import { appendFileSync, existsSync, watch } from 'node:fs';
const [what, seat = ''] = process.argv.slice(2);
appendFileSync('calls.txt', what + ' ' + seat + ' ' + process.env.IDEMPOTENCY_KEY + '\\n');
if (what === 'hold' && !existsSync('go')) {
  const watcher = watch('.', () => { if (existsSync('go')) watcher.close(); });
  if (existsSync('go')) watcher.close();
}
if (what === 'pay' && existsSync('broke')) process.exitCode = 3;
if (what === 'release' && existsSync('jammed')) process.exitCode = 4;
`,
} as const;

/** Asks a person of a team whether to go on. */
export const ASK = {
  'ask.workflow.yaml': `workflow: ask
version: 1.0.0
participants:
  office: { role: office, members: [erin, frank] }
states:
  approve:
    human:
      title: "May it go on?"
      assignee: office
      form: { type: object, required: [note], properties: { note: { type: string }, amount: { type: number }, to: { type: object, required: [name] } } }
      due: 4h
    assign: {}
    on:
      approved: done
      rejected: refuse
  refuse:
    fail: { error: ask.refused, message: It may not. }
  done:
    set: {}
    next: end
output: "\${ results.approve.form }"
`,
} as const;

/** Charges a card after reserving, over HTTP operations that are to be mocked. */
export const ORDER = {
  'order.workflow.yaml': `workflow: order
version: 1.2.0
input:
  type: object
  required: [amount]
  properties: { amount: { type: number } }
participants:
  stock:
    baseUrl: http://127.0.0.1:9
    operations:
      reserve: { http: POST /reserve }
      release: { http: POST /release }
  cards:
    baseUrl: http://127.0.0.1:9
    operations:
      charge: { http: POST /charge }
states:
  reserve:
    call: stock.reserve
    with: { amount: "\${ input.amount }" }
    compensate: { call: stock.release, with: { id: "\${ result.id }" } }
    next: pause
  pause:
    wait: 2h
    next: charge
  charge:
    call: cards.charge
    with: { amount: "\${ input.amount }" }
    retry: { on: network, attempts: 2, delay: 1m }
    compensate: none
    next: end
output: { charge: "\${ results.charge.id }" }
`,
  'good.yaml': `stock.reserve: { return: { id: r-1 } }
stock.release: { return: {} }
cards.charge: { return: { id: c-1 } }
`,
  'declined.yaml': `stock.reserve: { return: { id: r-1 } }
stock.release: { return: {} }
cards.charge: [{ fail: { error: network, message: gone } }, { fail: { error: http.402, message: declined } }]
`,
} as const;
