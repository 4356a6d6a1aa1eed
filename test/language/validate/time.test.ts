/** Family time and people: each code on the right place, a near miss without it, and its fixes. */
import { testCases } from '../diagnostics/cases.ts';

testCases(
  'time and people',
  [
    {
      code: 'call-without-timeout',
      faulty: `
      workflow: w
      states:
        a: { call: http, with: { url: https://a.example }, next: end }
      # ^ call-without-timeout
    `,
      nearMiss: `
      workflow: w
      participants: { s: { baseUrl: https://s.example, operations: { get: { http: GET /x, timeout: 5s } } } }
      states:
        a: { call: http, with: { url: https://a.example }, timeout: 5s, next: b }
        b: { call: s.get, next: c }
        c: { call: log, with: { message: x }, next: d }
        d: { scope: { states: { e: { call: http, with: { url: https://a.example }, next: end } } }, timeout: 1m, next: f }
        f: { foreach: { in: "\${ input.x }", call: s.get }, next: g }
        g: { call: http, with: { url: https://a.example }, heartbeat: 5s, next: end }
    `,
    },
    {
      code: 'call-without-timeout',
      name: 'in a short run, with a compensation that does not count from the attempt',
      faulty: `
      workflow: w
      participants: { s: { baseUrl: https://s.example, operations: { book: { http: POST /x, effect: write } } } }
      timeout: 8s
      states:
        a: { call: s.book, with: { id: 1 }, compensate: { call: s.book, with: { id: 2 }, retry: { attempts: 2 } }, next: b }
      # ^ call-without-timeout
        b: { foreach: { in: "\${ input.x }", call: s.book }, compensate: none, next: end }
      # ^ call-without-timeout
    `,
      nearMiss: `
      workflow: w
      participants: { s: { baseUrl: https://s.example, operations: { book: { http: POST /x } } } }
      timeout: 8s
      states:
        a: { call: s.book, with: { id: 1 }, timeout: 5s, next: end }
    `,
    },
    {
      code: 'timeout-contradiction',
      name: 'an attempt is longer than all',
      faulty: `
      workflow: w
      policies: { timeout: { odd: { attempt: 20s, total: 10s } } }
      #                                      ^^^ timeout-contradiction
      states:
        a: { call: http, with: { url: https://a.example }, timeout: { attempt: 1m, total: 30s }, next: b }
      #                                                                        ^^ timeout-contradiction
        b: { call: http, with: { url: https://a.example }, timeout: odd, next: end }
    `,
      nearMiss: `
      workflow: w
      policies: { timeout: { odd: { attempt: 10s, total: 10s } } }
      states:
        a: { call: http, with: { url: https://a.example }, timeout: { attempt: 30s, total: 1m }, next: b }
        b: { call: http, with: { url: https://a.example }, timeout: odd, next: end }
    `,
    },
    {
      code: 'timeout-contradiction',
      name: 'retries do not fit',
      faulty: `
      workflow: w
      states:
        a: { call: http, with: { url: https://a.example }, timeout: { attempt: 10s, total: 32s }, retry: { attempts: 3 }, next: b }
      #                                                                                    ^^^ timeout-contradiction 33s
        b: { call: http, with: { url: https://a.example }, timeout: { total: 10s }, retry: { attempts: 5, delay: 5s }, next: end }
      #                                                                      ^^^ timeout-contradiction
    `,
      nearMiss: `
      workflow: w
      states:
        a: { call: http, with: { url: https://a.example }, timeout: { attempt: 10s, total: 33s }, retry: { attempts: 3 }, next: b }
        b: { call: http, with: { url: https://a.example }, timeout: { total: 10s }, retry: { attempts: 5, delay: 5s, jitter: full }, next: end }
    `,
    },
    {
      code: 'timeout-contradiction',
      name: 'an inner limit is longer than an outer one',
      faulty: `
      workflow: w
      timeout: 1d
      events: { order.paid: { data: { type: object } } }
      participants: { boss: { role: boss } }
      states:
        a: { scope: { states: { b: { call: http, with: { url: https://a.example }, timeout: 2m, next: end } } }, timeout: 1m, next: c }
      #                                                                                     ^^ timeout-contradiction the timeout of ‘a’
        c: { wait: 2d, next: d }
      #            ^^ timeout-contradiction the timeout of the run
        d: { human: { title: Look, assignee: boss, due: 3d, escalate: [{ after: 4d, outcome: no }] }, on: { yes: e, no: e } }
      #                                                 ^^ timeout-contradiction
      #                                                                         ^^ timeout-contradiction
        e: { listen: { on: { order.paid: end }, timeout: 1h, onTimeout: f }, timeout: 10m, next: end }
      #                                                  ^^ timeout-contradiction
        f: { call: http, with: { url: https://a.example }, timeout: 10s, heartbeat: 20s, next: g }
      #                                                                             ^^^ timeout-contradiction
        g: { emit: order.paid, data: {}, next: end }
    `,
      nearMiss: `
      workflow: w
      timeout: 5d
      states:
        a: { scope: { states: { b: { call: http, with: { url: https://a.example }, timeout: 1m, next: end } } }, timeout: 1m, next: c }
        c: { wait: 2d, next: d }
        d: { human: { title: Look, due: 3d, escalate: [{ after: 4d, outcome: no }] }, on: { yes: end, no: end } }
    `,
    },
    {
      code: 'human-without-due',
      faulty: `
      workflow: w
      timeout: 8h
      states:
        a: { human: { title: Look }, on: { ok: b } }
      # ^ human-without-due
        b:
      # ^ human-without-due
          human:
            title: Look again
          on: { ok: c }
        c: { wait: 1s, next: end }
    `,
      nearMiss: `
      workflow: w
      states:
        a: { human: { title: Look, due: 4h }, on: { ok: end } }
    `,
    },
    {
      code: 'escalation-order',
      faulty: `
      workflow: w
      participants: { boss: { role: boss } }
      states:
        a:
          human:
            title: Look
            due: 1h
            escalate:
              - { after: 2h, to: boss }
              - { after: 1h, notify: boss }
      #                  ^^ escalation-order
              - { after: 3h, outcome: no }
              - { after: 4h, notify: boss }
      #                  ^^ escalation-order never taken
          on: { ok: end, no: end }
    `,
      nearMiss: `
      workflow: w
      participants: { boss: { role: boss } }
      states:
        a:
          human:
            title: Look
            due: 1h
            escalate:
              - { after: 30m, notify: boss }
              - { after: 1h, to: boss }
              - { after: 1h, notify: boss }
              - { after: 3h, outcome: no }
          on: { ok: end, no: end }
    `,
    },
    {
      code: 'listen-without-timeout',
      faulty: `
      workflow: w
      events: { order.paid: { data: { type: object } } }
      states:
        s: { emit: order.paid, data: {}, next: a }
        a: { listen: { on: { order.paid: b } } }
      # ^ listen-without-timeout
        b: { listen: { on: { order.paid: {} } }, next: end }
      # ^ listen-without-timeout
    `,
      nearMiss: `
      workflow: w
      events: { order.paid: { data: { type: object } } }
      states:
        s: { emit: order.paid, data: {}, next: a }
        a: { listen: { on: { order.paid: b }, timeout: 1h, onTimeout: b } }
        b: { listen: { on: { order.paid: end } }, timeout: 1h, next: end }
    `,
    },
  ],
  'time and people',
);
