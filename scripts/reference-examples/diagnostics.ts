// An example of every finding, for docs/reference/diagnostics.md: a file that raises it, and the same put right. A line
// `#- path` begins another file. A test checks that the first raises the code and the second does not, nor any error.
// It is long because it is one table.
import type { DiagnosticCode } from '../../language/index.ts';

export interface CodeExample {
  readonly wrong: string;
  readonly right: string;
}

const INPUT = `input: { type: object, properties: { n: { type: number }, card: { type: string } } }`;

const PAY = `participants:
  pay:
    baseUrl: https://pay.example
    operations:
      charge: { http: POST /charges, timeout: 5s }
      refund: { http: POST /refunds, timeout: 5s }`;

const states = (body: string): string => `workflow: order\nstates:\n${indent(body)}`;
const paying = (body: string, pay = PAY): string => `workflow: order\n${pay}\nstates:\n${indent(body)}`;
const taking = (body: string): string => `workflow: order\n${INPUT}\nstates:\n${indent(body)}`;

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}

export const CODE_EXAMPLES: Readonly<Record<DiagnosticCode, CodeExample>> = {
  'yaml-syntax': {
    wrong: 'workflow: order\nstates: { first: { set: {}, next: end }',
    right: 'workflow: order\nstates: { first: { set: {}, next: end } }',
  },
  'duplicate-key': {
    wrong: states('first: { set: {}, next: end, next: end }'),
    right: states('first: { set: {}, next: end }'),
  },
  'unknown-key': {
    wrong: states('first: { wait: 1s, tilte: Wait a moment, next: end }'),
    right: states('first: { wait: 1s, title: Wait a moment, next: end }'),
  },
  'missing-key': {
    wrong: 'version: 1.0.0\nstates: { first: { set: {}, next: end } }',
    right: 'workflow: order\nversion: 1.0.0\nstates: { first: { set: {}, next: end } }',
  },
  'wrong-type': {
    wrong: states('first: { wait: 1s, pivot: maybe, next: end }'),
    right: states('first: { wait: 1s, pivot: true, next: end }'),
  },
  'no-kind': {
    wrong: states('first: { title: Begin, next: end }'),
    right: states('first: { title: Begin, set: {}, next: end }'),
  },
  'many-kinds': {
    wrong: states('first: { wait: 1s, set: {}, next: end }'),
    right: states('first: { wait: 1s, next: second }\nsecond: { set: {}, next: end }'),
  },
  'bad-duration': {
    wrong: states('first: { wait: 5 minutes, next: end }'),
    right: states('first: { wait: 5m, next: end }'),
  },
  'bad-name': {
    wrong: states('1st: { set: {}, next: end }'),
    right: states('first: { set: {}, next: end }'),
  },
  'bad-schema': {
    wrong: `workflow: order\ninput: { type: objekt }\n${states('first: { set: {}, next: end }').slice(16)}`,
    right: `workflow: order\ninput: { type: object }\n${states('first: { set: {}, next: end }').slice(16)}`,
  },
  'bad-version': {
    wrong: 'workflow: order\nversion: 1.0\nstates: { first: { set: {}, next: end } }',
    right: 'workflow: order\nversion: 1.0.0\nstates: { first: { set: {}, next: end } }',
  },
  'unquoted-expression': {
    wrong: taking('first: { switch: [{ when: ${ input.n > 5 }, next: end }, { next: end }] }'),
    right: taking('first: { switch: [{ when: "${ input.n > 5 }", next: end }, { next: end }] }'),
  },
  'unknown-state': {
    wrong: states('first: { set: {}, next: secnod }\nsecond: { set: {}, next: end }'),
    right: states('first: { set: {}, next: second }\nsecond: { set: {}, next: end }'),
  },
  'unknown-participant': {
    wrong: paying('first: { call: pai.charge, next: end }'),
    right: paying('first: { call: pay.charge, next: end }'),
  },
  'unknown-operation': {
    wrong: paying('first: { call: pay.chrage, next: end }'),
    right: paying('first: { call: pay.charge, next: end }'),
  },
  'unknown-event': {
    wrong: `workflow: order\nevents: { order.paid: { data: {} } }\nstates: { first: { emit: order.payed, next: end } }`,
    right: `workflow: order\nevents: { order.paid: { data: {} } }\nstates: { first: { emit: order.paid, next: end } }`,
  },
  'unknown-policy': {
    wrong: `policies: { retry: { often: { attempts: 5 } } }\n${paying('first: { call: pay.charge, retry: oftne, next: end }')}`,
    right: `policies: { retry: { often: { attempts: 5 } } }\n${paying('first: { call: pay.charge, retry: often, next: end }')}`,
  },
  'unknown-role': {
    wrong:
      'workflow: order\nparticipants: { finance: { role: finance-team } }\n' +
      'states:\n  first: { human: { title: Approve, assignee: finanse, due: 1d }, on: { approved: end } }',
    right:
      'workflow: order\nparticipants: { finance: { role: finance-team } }\n' +
      'states:\n  first: { human: { title: Approve, assignee: finance, due: 1d }, on: { approved: end } }',
  },
  'unknown-variable': {
    wrong: 'workflow: order\nvars: { count: 0 }\nstates: { first: { set: { cuont: 1 }, next: end } }',
    right: 'workflow: order\nvars: { count: 0 }\nstates: { first: { set: { count: 1 }, next: end } }',
  },
  'unknown-outcome': {
    wrong: states(
      'first:\n  human: { title: Approve, due: 1d, escalate: [{ after: 2d, outcome: late }] }\n  on: { approved: end }',
    ),
    right: states(
      'first:\n  human: { title: Approve, due: 1d, escalate: [{ after: 2d, outcome: late }] }\n  on: { approved: end, late: end }',
    ),
  },
  'missing-file': {
    wrong: `${states('ship: { run: ./shiping.workflow.yaml, next: end }')}\n#- ./shipping.workflow.yaml\nworkflow: shipping`,
    right: `${states('ship: { run: ./shipping.workflow.yaml, next: end }')}\n#- ./shipping.workflow.yaml\nworkflow: shipping`,
  },
  'unused-declaration': {
    wrong: 'workflow: order\nvars: { count: 0 }\nstates: { first: { set: {}, next: end } }',
    right: 'workflow: order\nvars: { count: 0 }\nstates: { first: { set: { count: 1 }, next: end } }',
  },
  'recursive-run': {
    wrong: states('again: { run: ./main.workflow.yaml, next: end }'),
    right: states(
      'again: { wait: 1s, maxVisits: 5, next: [{ when: "${ $random() > 0.5 }", next: again }, { next: end }] }',
    ),
  },
  'unreachable-state': {
    wrong: states('first: { set: {}, next: end }\nforgotten: { set: {}, next: end }'),
    right: states('first: { set: {}, next: forgotten }\nforgotten: { set: {}, next: end }'),
  },
  'no-way-out': {
    wrong: states('first: { wait: 1h, next: second }\nsecond: { wait: 1h, next: first }'),
    right: taking(
      'first: { wait: 1h, next: second }\nsecond: { wait: 1h, next: [{ when: "${ input.n > 5 }", next: first }, { next: end }] }',
    ),
  },
  'missing-next': {
    wrong: states('first: { set: {} }'),
    right: states('first: { set: {}, next: end }'),
  },
  'missing-default': {
    wrong: taking('first: { switch: [{ when: "${ input.n > 5 }", next: end }] }'),
    right: taking('first: { switch: [{ when: "${ input.n > 5 }", next: end }, { next: end }] }'),
  },
  'shadowed-transition': {
    wrong: taking(
      'first: { switch: [{ next: end }, { when: "${ input.n > 5 }", next: second }] }\nsecond: { set: {}, next: end }',
    ),
    right: taking(
      'first: { switch: [{ when: "${ input.n > 5 }", next: second }, { next: end }] }\nsecond: { set: {}, next: end }',
    ),
  },
  'unbounded-loop': {
    wrong: taking('first: { switch: [{ when: "${ input.n > 5 }", next: first }, { next: end }] }'),
    right: taking('first: { switch: [{ when: "${ input.n > 5 }", next: first }, { next: end }], maxVisits: 100 }'),
  },
  'expression-syntax': {
    wrong: `${taking('first: { set: {}, next: end }')}\noutput: "\${ input.n + }"`,
    right: `${taking('first: { set: {}, next: end }')}\noutput: "\${ input.n + 1 }"`,
  },
  'unknown-root': {
    wrong: `${taking('first: { set: {}, next: end }')}\noutput: "\${ inptu.n }"`,
    right: `${taking('first: { set: {}, next: end }')}\noutput: "\${ input.n }"`,
  },
  'unknown-property': {
    wrong: `${taking('first: { set: {}, next: end }')}\noutput: "\${ input.crad }"`,
    right: `${taking('first: { set: {}, next: end }')}\noutput: "\${ input.card }"`,
  },
  'unknown-function': {
    wrong: `${taking('first: { set: {}, next: end }')}\noutput: "\${ $upercase(input.card) }"`,
    right: `${taking('first: { set: {}, next: end }')}\noutput: "\${ $uppercase(input.card) }"`,
  },
  'type-mismatch': {
    wrong: paying(
      'first: { call: pay.charge, with: { amount: much }, next: end }',
      PAY.replace(
        'POST /charges,',
        'POST /charges, input: { type: object, properties: { amount: { type: number } } },',
      ),
    ),
    right: paying(
      'first: { call: pay.charge, with: { amount: 40 }, next: end }',
      PAY.replace(
        'POST /charges,',
        'POST /charges, input: { type: object, properties: { amount: { type: number } } },',
      ),
    ),
  },
  'missing-argument': {
    wrong: paying('first: { call: pay.refund, next: end }', PAY.replace('POST /refunds', '"POST /refunds/{id}"')),
    right: paying(
      'first: { call: pay.refund, with: { id: c-1 }, next: end }',
      PAY.replace('POST /refunds', '"POST /refunds/{id}"'),
    ),
  },
  'unknown-argument': {
    wrong: paying(
      'first: { call: pay.charge, with: { amuont: 40 }, next: end }',
      PAY.replace(
        'POST /charges,',
        'POST /charges, input: { type: object, properties: { amount: { type: number } } },',
      ),
    ),
    right: paying(
      'first: { call: pay.charge, with: { amount: 40 }, next: end }',
      PAY.replace(
        'POST /charges,',
        'POST /charges, input: { type: object, properties: { amount: { type: number } } },',
      ),
    ),
  },
  'constant-condition': {
    wrong: taking('first: { switch: [{ when: "${ input.n = \'five\' }", next: end }, { next: end }] }'),
    right: taking('first: { switch: [{ when: "${ input.n = 5 }", next: end }, { next: end }] }'),
  },
  'not-boolean': {
    wrong: taking('first: { switch: [{ when: "${ input.n }", next: end }, { next: end }] }'),
    right: taking('first: { switch: [{ when: "${ input.n > 0 }", next: end }, { next: end }] }'),
  },
  'result-not-certain': {
    wrong: `${paying('first: { switch: [{ when: "${ $random() > 0.5 }", next: charge }, { next: end }] }\ncharge: { call: pay.charge, next: end }')}\noutput: { id: "\${ results.charge.id }" }`,
    right: `${paying('charge: { call: pay.charge, next: end }')}\noutput: { id: "\${ results.charge.id }" }`,
  },
  'outer-assignment': {
    wrong:
      'workflow: order\nvars: { count: 0 }\nstates:\n  both:\n    parallel:\n      branches:\n        left: { states: { add: { set: { count: 1 }, next: end } } }\n    next: end\noutput: "${ vars.count }"',
    right:
      'workflow: order\nstates:\n  both:\n    parallel:\n      branches:\n        left: { vars: { count: 0 }, states: { add: { set: { count: 1 }, next: end } }, output: "${ vars.count }" }\n    next: end',
  },
  'no-contract': {
    wrong: `${paying('charge: { call: pay.charge, next: end }')}\noutput: { id: "\${ results.charge.id }" }`,
    right: `${paying(
      'charge: { call: pay.charge, next: end }',
      PAY.replace('POST /charges,', 'POST /charges, output: { type: object, properties: { id: { type: string } } },'),
    )}\noutput: { id: "\${ results.charge.id }" }`,
  },
  'missing-compensation': {
    wrong: paying('charge: { call: pay.charge, next: ship }\nship: { run: ./shipping.workflow.yaml, next: end }'),
    right: paying(
      'charge:\n  call: pay.charge\n  compensate: { call: pay.refund, after: attempt, retry: { attempts: 3 } }\n  next: ship\nship: { run: ./shipping.workflow.yaml, next: end }',
    ),
  },
  'compensation-never-used': {
    wrong: paying(
      'agree: { wait: 1h, pivot: true, next: charge }\ncharge: { call: pay.charge, retry: { attempts: 3 }, compensate: { call: pay.refund }, next: end }',
    ),
    right: paying(
      'agree: { wait: 1h, pivot: true, next: charge }\ncharge: { call: pay.charge, retry: { attempts: 3 }, next: end }',
    ),
  },
  'compensation-not-idempotent': {
    wrong: paying(
      'charge:\n  call: pay.charge\n  compensate: { call: pay.refund, after: attempt, retry: { attempts: 3 } }\n  next: end',
      PAY.replace('POST /refunds,', 'POST /refunds, idempotent: false,'),
    ),
    right: paying(
      'charge:\n  call: pay.charge\n  compensate: { call: pay.refund, after: attempt, retry: { attempts: 3 } }\n  next: end',
      PAY.replace('POST /refunds,', 'POST /refunds, idempotent: true,'),
    ),
  },
  'compensation-without-retry': {
    wrong: paying('charge: { call: pay.charge, compensate: { call: pay.refund, after: attempt }, next: end }'),
    right: paying(
      'charge:\n  call: pay.charge\n  compensate: { call: pay.refund, after: attempt, retry: { attempts: 3 } }\n  next: end',
    ),
  },
  'unknown-outcome-on-timeout': {
    wrong: paying('charge: { call: pay.charge, compensate: { call: pay.refund, retry: { attempts: 3 } }, next: end }'),
    right: paying(
      'charge:\n  call: pay.charge\n  compensate: { call: pay.refund, after: attempt, retry: { attempts: 3 } }\n  next: end',
    ),
  },
  'retry-not-idempotent': {
    wrong: paying(
      'charge: { call: pay.charge, retry: { attempts: 3 }, next: end }',
      PAY.replace('POST /charges,', 'POST /charges, idempotent: false,'),
    ),
    right: paying(
      'charge: { call: pay.charge, retry: { on: [circuit-open] }, next: end }',
      PAY.replace('POST /charges,', 'POST /charges, idempotent: false,'),
    ),
  },
  'pivot-not-last-risk': {
    wrong: paying('agree: { wait: 1h, pivot: true, next: charge }\ncharge: { call: pay.charge, next: end }'),
    right: paying(
      'agree: { wait: 1h, pivot: true, next: charge }\ncharge: { call: pay.charge, retry: { attempts: 5 }, next: end }',
    ),
  },
  'many-pivots': {
    wrong: states('first: { wait: 1h, pivot: true, next: second }\nsecond: { wait: 1h, pivot: true, next: end }'),
    right: states('first: { wait: 1h, pivot: true, next: second }\nsecond: { wait: 1h, next: end }'),
  },
  'pivot-in-branch': {
    wrong: states(
      'both:\n  parallel: { branches: { left: { states: { agree: { wait: 1h, pivot: true, next: end } } } } }\n  next: end',
    ),
    right: states(
      'both:\n  parallel: { branches: { left: { states: { agree: { wait: 1h, next: end } } } } }\n  pivot: true\n  next: end',
    ),
  },
  'rollback-past-pivot': {
    wrong: states('agree: { wait: 1h, pivot: true, next: undo }\nundo: { rollback: all, next: end }'),
    right: states(
      'agree: { wait: 1h, pivot: true, next: wait }\nwait: { wait: 1h, next: undo }\nundo: { rollback: { to: agree }, next: end }',
    ),
  },
  'rollback-target': {
    wrong: taking(
      'first: { switch: [{ when: "${ input.n > 5 }", next: ask }, { next: undo }] }\nask: { wait: 1h, next: undo }\nundo: { rollback: { to: ask }, next: end }',
    ),
    right: taking('ask: { wait: 1h, next: undo }\nundo: { rollback: { to: ask }, next: end }'),
  },
  'confirm-without-compensate': {
    wrong: paying('hold: { call: pay.charge, confirm: { call: pay.refund }, next: end }'),
    right: paying(
      'hold:\n  call: pay.charge\n  confirm: { call: pay.charge }\n  compensate: { call: pay.refund, after: attempt, retry: { attempts: 3 } }\n  next: end',
    ),
  },
  'call-without-timeout': {
    wrong: states('look: { call: http, with: { url: https://stock.example }, next: end }'),
    right: states('look: { call: http, with: { url: https://stock.example }, timeout: 10s, next: end }'),
  },
  'timeout-contradiction': {
    wrong: states(
      'look:\n  call: http\n  with: { url: https://stock.example }\n  timeout: { attempt: 1m, total: 30s }\n  next: end',
    ),
    right: states(
      'look:\n  call: http\n  with: { url: https://stock.example }\n  timeout: { attempt: 10s, total: 30s }\n  next: end',
    ),
  },
  'human-without-due': {
    wrong: states('approve: { human: { title: Approve }, on: { approved: end } }'),
    right: states('approve: { human: { title: Approve, due: 1d }, on: { approved: end } }'),
  },
  'escalation-order': {
    wrong: states(
      'approve:\n  human:\n    title: Approve\n    due: 1h\n    escalate: [{ after: 1d, outcome: refused }, { after: 4h, outcome: refused }]\n  on: { approved: end, refused: end }',
    ),
    right: states(
      'approve:\n  human:\n    title: Approve\n    due: 1h\n    escalate: [{ after: 1d, outcome: refused }]\n  on: { approved: end, refused: end }',
    ),
  },
  'listen-without-timeout': {
    wrong:
      'workflow: order\nevents: { order.paid: { data: {} } }\nstates: { wait: { listen: { on: { order.paid: end } } } }',
    right:
      'workflow: order\nevents: { order.paid: { data: {} } }\nstates: { wait: { listen: { on: { order.paid: end }, timeout: 1d, onTimeout: end } } }',
  },
  'event-not-a-fact': {
    wrong:
      'workflow: order\nevents: { order.cancel: { data: {} } }\nstates: { first: { emit: order.cancel, next: end } }',
    right:
      'workflow: order\nevents: { order.cancelled: { data: {} } }\nstates: { first: { emit: order.cancelled, next: end } }',
  },
  'event-data': {
    wrong:
      'workflow: order\nevents: { order.paid: { data: { type: object, required: [id] } } }\nstates: { first: { emit: order.paid, data: { ID: o-1 }, next: end } }',
    right:
      'workflow: order\nevents: { order.paid: { data: { type: object, required: [id] } } }\nstates: { first: { emit: order.paid, data: { id: o-1 }, next: end } }',
  },
  'event-without-schema': {
    wrong: 'workflow: order\nevents: { order.paid: {} }\nstates: { first: { emit: order.paid, next: end } }',
    right:
      'workflow: order\nevents: { order.paid: { data: { type: object } } }\nstates: { first: { emit: order.paid, data: {}, next: end } }',
  },
  'event-never-sent': {
    wrong:
      'workflow: order\nevents: { order.paid: { data: {} } }\nstates: { wait: { listen: { on: { order.paid: end }, timeout: 1d, onTimeout: end } } }',
    right:
      'workflow: order\nevents: { order.paid: { data: {} } }\nstates:\n  pay: { emit: order.paid, next: wait }\n  wait: { listen: { on: { order.paid: end }, timeout: 1d, onTimeout: end } }',
  },
  'inline-secret': {
    wrong: paying('first: { call: pay.charge, with: { password: correct-horse }, next: end }'),
    right: paying('first: { call: pay.charge, with: { password: "${ secrets.PASSWORD }" }, next: end }'),
  },
  'secret-outside-with': {
    wrong: `${states('first: { set: {}, next: end }')}\noutput: "\${ secrets.KEY }"`,
    right: paying('first: { call: pay.charge, with: { key: "${ secrets.KEY }" }, next: end }'),
  },
  'shell-interpolation': {
    wrong: taking(
      'zip: { call: shell, with: { command: [sh, -c, "zip a.zip ${ input.card }"] }, timeout: 1m, next: end }',
    ),
    right: taking('zip: { call: shell, with: { command: [zip, a.zip, "${ input.card }"] }, timeout: 1m, next: end }'),
  },
  'plain-http': {
    wrong: states('look: { call: http, with: { url: http://stock.example }, timeout: 10s, next: end }'),
    right: states('look: { call: http, with: { url: https://stock.example }, timeout: 10s, next: end }'),
  },
  'migration-gap': {
    wrong:
      'workflow: order\nversion: 2.0.0\nmigrations: [{ from: 1.x, states: { charge: pay } }]\nstates: { first: { set: {}, next: end } }',
    right:
      'workflow: order\nversion: 2.0.0\nmigrations: [{ from: 1.x, states: { charge: first } }]\nstates: { first: { set: {}, next: end } }',
  },
};
