/** Family security, and versions: each code on the right place, a near miss without it, and its fixes. */
import { describe, expect, it } from 'vitest';
import { analyse } from '../../../language/index.ts';
import { testCases } from '../diagnostics/cases.ts';

testCases(
  'security',
  [
    {
      code: 'inline-secret',
      faulty: `
      workflow: w
      vars: { apiKey: 7f3k9d2m }
      #               ^^^^^^^^ inline-secret it stands under ‘apiKey’
      participants:
        s:
          baseUrl: https://anna:geheim9@s.example
      #                         ^^^^^^^ inline-secret
          headers: { Authorization: Bearer 8a7d6f5e4c3b2a19, X-Key: "\${ secrets.KEY }" }
      #                                    ^^^^^^^^^^^^^^^^ inline-secret
          operations: { get: { http: GET /x, timeout: 5s } }
      states:
        a: { call: s.get, with: { password: 'hunter2', token: aB3dE5fG7hJ9kL1mN3, n: "\${ vars.apiKey }" }, next: end }
      #                                      ^^^^^^^ inline-secret
      #                                                       ^^^^^^^^^^^^^^^^^^ inline-secret
    `,
      nearMiss: `
      workflow: w
      input: { type: object, properties: { password: { type: string, default: hunter2 } } }
      vars: { apiKey: null, tokenCount: 17, password: "\${ env.PASSWORD }", secret: <secret>, key: order }
      participants:
        s:
          baseUrl: "https://\${ env.USER }:\${ secrets.PASSWORD }@s.example"
          headers: { Authorization: "Bearer \${ secrets.KEY }" }
          operations: { get: { http: GET /x, timeout: 5s } }
      states:
        a: { call: s.get, with: { password: "\${ secrets.P }", token: f47ac10b-58cc-4372-a567-0e02b2c3d479, all: "\${ vars }" }, next: b }
        b: { call: s.get, with: { key: customer-4711, author: Anna, monkey: bananas123456789 }, next: end }
    `,
    },
    {
      code: 'secret-outside-with',
      faulty: `
      workflow: w
      vars: { x: "\${ secrets.KEY }" }
      #              ^^^^^^^ secret-outside-with
      states: { a: { set: { x: "\${ vars.x }" }, next: end } }
    `,
      nearMiss: `
      workflow: w
      states: { a: { call: http, with: { url: https://a.example, headers: { X: "\${ secrets.KEY }" } }, timeout: 5s, next: end } }
    `,
    },
    {
      code: 'shell-interpolation',
      faulty: `
      workflow: w
      participants:
        tool:
          operations: { zip: { shell: [bash, -lc, "zip \${ args.name } *"], timeout: 5s } }
      #                                                ^^^^^^^^^^^^^^ shell-interpolation
      states:
        a: { call: tool.zip, with: { name: x }, compensate: none, next: b }
        b: { call: shell, with: { command: [/usr/bin/env, sh, -c, "rm \${ input.x }", "\${ input.y }"] }, timeout: 5s, compensate: none, next: end }
      #                                                               ^^^^^^^^^^^^ shell-interpolation
    `,
      nearMiss: `
      workflow: w
      participants:
        tool:
          operations: { zip: { shell: [bash, -c, 'zip "$1" *', zip, "\${ args.name }"], timeout: 5s } }
      states:
        a: { call: tool.zip, with: { name: x }, compensate: none, next: b }
        b: { call: shell, with: { command: [rm, -c, "\${ input.x }"] }, timeout: 5s, compensate: none, next: end }
    `,
    },
    {
      code: 'plain-http',
      faulty: `
      workflow: w
      participants: { s: { baseUrl: "http://stock.example/api", operations: { get: { http: GET /x, timeout: 5s } } } }
      #                              ^^^^^^^^^^^^^^^^^^^^^^^^ plain-http
      states:
        a: { call: s.get, next: b }
        b: { call: http, with: { url: http://stock.example/x }, timeout: 5s, next: end }
      #                               ^^^^^^^^^^^^^^^^^^^^^^ plain-http
    `,
      nearMiss: `
      workflow: w
      participants: { s: { baseUrl: "http://localhost:8080/api", operations: { get: { http: GET /x, timeout: 5s } } } }
      states:
        a: { call: s.get, next: b }
        b: { call: http, with: { url: "http://127.0.0.1:9000/x", query: { back: http://stock.example } }, timeout: 5s, next: c }
        c: { call: http, with: { url: "http://\${ env.HOST }/x" }, timeout: 5s, next: d }
        d: { call: http, with: { url: "http://[::1]:80/x" }, timeout: 5s, next: end }
    `,
    },
  ],
  'security',
);

testCases(
  'versions',
  [
    {
      code: 'migration-gap',
      faulty: `
      workflow: w
      migrations: [{ from: 1.x, states: { old: gone, other: a } }]
      #                                        ^^^^ migration-gap no state of this version
      states: { a: { wait: 1s, next: end } }
    `,
      nearMiss: `
      workflow: w
      migrations: [{ from: 1.x, states: { old: a, other: b/c } }]
      states: { a: { wait: 1s, next: b }, b: { scope: { states: { c: { wait: 1s, next: end } } }, next: end } }
    `,
    },
  ],
  'versions',
);

describe('a migration from versions that runs are known of', () => {
  const text =
    'workflow: w\nversion: 2.0.0\nmigrations: [{ from: 1.x, states: { old: a } }]\nstates: { a: { wait: 1s, next: end } }\n';
  const found = (version: string, states: readonly string[]): readonly string[] =>
    analyse(text, { versions: (id) => (id === 'w' ? [{ version, states }] : []) }).diagnostics.map(
      ({ code, message }) => `${code} ${message.slice(0, 20)}`,
    );

  it('has a gap for each state that is neither here nor mapped', () => {
    expect(found('1.4.0', ['a', 'old', 'lost'])).toEqual(['migration-gap ‘lost’ of version 1.']);
  });

  it('has one gap for a state and all that stood in it, and none for what moved with its scope', () => {
    expect(found('1.4.0', ['lost', 'lost/inner', 'lost/inner/most'])).toEqual(['migration-gap ‘lost’ of version 1.']);
    const moved = analyse(
      text
        .replace('old: a', 'old: a, gone: box')
        .replace('a: {', 'box: { scope: { states: { in: { fail: { error: x } } } } }, a: {'),
      { versions: () => [{ version: '1.4.0', states: ['gone', 'gone/in', 'gone/out', 'old', 'old/in'] }] },
    );
    expect(
      moved.diagnostics.flatMap(({ code, message }) => (code === 'migration-gap' ? message.slice(0, 12) : [])),
    ).toEqual(['‘gone/out’ o', '‘old/in’ of ']);
  });

  it('has none for versions that it does not take over', () => {
    expect(found('0.9.0', ['lost'])).toEqual([]);
    expect(found('2.0.0', ['lost'])).toEqual([]);
  });
});
