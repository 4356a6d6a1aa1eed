/** Refactorings: the text before and after each, and where none is offered. It is long because it is a table of texts. */
import { describe, expect, it } from 'vitest';
import type { ClientCapabilities, CodeAction } from 'vscode-languageserver/node';
import { analyse, type Analysis } from '../../language/index.ts';
import { apply } from '../../server/features/format.ts';
import { refactorings } from '../../server/features/refactor/refactorings.ts';
import type { Refactoring } from '../../server/features/refactor/text.ts';
import { startClient } from './client.ts';

const HEAD = `workflow: w
version: 1.0.0
input: { type: object, required: [id], properties: { id: { type: string } } }
participants:
  stock:
    baseUrl: https://localhost
    operations:
      reserve: { http: POST /reservations, input: { type: object, required: [id], properties: { id: { type: string } } } }
      release: { http: POST /releases, input: { type: object, required: [id], properties: { id: { type: string } } } }
      post: { http: POST /things, output: { type: object, required: [thingId], properties: { thingId: { type: string } } } }
      drop: { http: "DELETE /things/{id}" }
      once: { http: POST /once, idempotent: false, input: {} }
      createOrder: { http: POST /orders, input: { type: object } }
      cancelOrder: { http: POST /orders/cancel, input: { type: object, required: [reason], properties: { reason: { type: string } } } }
policies: { retry: { often: { attempts: 4 } } }
states:
`;

const analysed = (text: string): Analysis => analyse(text, { file: 'a.workflow.yaml' });

/** A text with the cursor `$0`, or with a selection between two of them. */
function offered(source: string, child?: string): { readonly text: string; readonly all: readonly Refactoring[] } {
  const start = source.indexOf('$0');
  const text = source.replaceAll('$0', '');
  const second = source.indexOf('$0', start + 2);
  const range = { start, end: second < 0 ? start : second - 2 };
  const childAt = (): Analysis | undefined =>
    child === undefined ? undefined : analyse(child, { file: 'c.workflow.yaml' });
  return { text, all: refactorings(analysed(text), range, childAt) };
}

const codes = (text: string): string[] =>
  analysed(text)
    .diagnostics.map(({ code }) => code)
    .sort();

/** The text after the refactoring with this title, which must not raise a finding that was not there. */
function done(source: string, title: RegExp, child?: string): string {
  const { text, all } = offered(source, child);
  const found = all.find((one) => title.test(one.title));
  if (found === undefined)
    throw new Error(`Not offered: ${String(title)}; offered: ${all.map((one) => one.title).join(', ')}`);
  const after = apply(
    text,
    [...found.edits].sort((one, other) => one.range.start - other.range.start),
  );
  const before = codes(text);
  for (const code of codes(after)) {
    const at = before.indexOf(code);
    expect(at, `a new ${code} in\n${after}`).toBeGreaterThanOrEqual(0);
    before.splice(at, 1);
  }
  return after;
}

const titles = (source: string, child?: string): string[] => offered(source, child).all.map(({ title }) => title);

describe('adding a compensation', () => {
  it('finds the inverse by its name, and takes the arguments over', () => {
    const text = `${HEAD}  a:
    call: stock.res$0erve
    with: { id: "\${ input.id }" }
    timeout: 5s
    next: end
`;
    expect(done(text, /^Compensate ‘a’ by ‘stock.release’$/)).toBe(
      text.replace('$0', '').replace(
        '    next: end',
        `    compensate:
      call: stock.release
      with: { id: "\${ input.id }" }
      after: attempt
      retry: often
      timeout: 10s
    next: end`,
      ),
    );
  });

  it('finds what deletes what was posted, and takes its number from the answer', () => {
    const text = `${HEAD}  a: { call: stock.po$0st, next: end }\n`;
    expect(done(text, /^Compensate/)).toBe(
      text
        .replace('$0', '')
        .replace(
          'next: end',
          'compensate: { call: stock.drop, with: { id: "${ result.thingId }" }, retry: often, timeout: 10s }, next: end',
        ),
    );
  });

  it.each([
    ['something that it needs is not known', '  a: { call: stock.create$0Order, with: {}, next: end }\n'],
    ['nothing is its opposite', '  a: { call: stock.on$0ce, with: {}, next: end }\n'],
    ['there is one', '  a: { call: stock.re$0serve, with: { id: x }, compensate: none, next: end }\n'],
    ['there is no way back', '  a: { call: stock.re$0serve, with: { id: x }, pivot: true, next: end }\n'],
  ])('is not offered where %s', (_, states) => {
    expect(titles(HEAD + states).filter((title) => title.startsWith('Compensate'))).toEqual([]);
  });
});

describe('wrapping', () => {
  const CALL = `${HEAD}  a:
    call: stock.re$0serve
    with: { id: x }
    compensate: none
    next: end
`;

  it('adds a retry by the policy that there is', () => {
    expect(done(CALL, /^Retry ‘a’ by the policy ‘often’$/)).toBe(
      CALL.replace('$0', '').replace('    next: end', '    retry: often\n    next: end'),
    );
  });

  it('adds a retry of its own where there is no policy', () => {
    const text = CALL.replace(/^policies: .*\n/m, '');
    expect(done(text, /^Retry ‘a’$/)).toContain(
      '    retry: { on: [network, timeout, http.5xx], attempts: 3, delay: 1s, factor: 2 }\n',
    );
  });

  it('adds no retry to what must not be done twice', () => {
    expect(titles(`${HEAD}  a: { call: stock.on$0ce, with: {}, next: end }\n`).join()).not.toMatch(/Retry/);
  });

  it('adds a handler and the state that it leads to', () => {
    expect(done(CALL, /^Catch the errors of ‘a’$/)).toBe(
      CALL.replace('$0', '').replace(
        '    next: end\n',
        `    catch:
      - errors: [any]
        next: a_failed
    next: end
  a_failed: { fail: { error: a.failed, message: "‘a’ has failed." } }
`,
      ),
    );
  });

  it('adds a handler in braces, behind a name that is taken', () => {
    const text = `${HEAD}  a: { call: stock.re$0serve, with: { id: x }, compensate: none, next: a_failed }\n  a_failed: { set: {}, next: end }\n`;
    const after = done(text, /^Catch/);
    expect(after).toContain('catch: [{ errors: [any], next: a_failed_2 }], next: a_failed }\n  a_failed_2: { fail:');
  });

  it('is not offered where there is a handler, or nothing that can fail', () => {
    expect(titles(`${HEAD}  a: { call: log, with: { message: x }, catch: war$0n, next: end }\n`)).toEqual([]);
    expect(titles(`${HEAD}  a: { wa$0it: 1s, next: end }\n`)).toEqual([]);
  });
});

describe('merging switches', () => {
  it('takes the list of the second over', () => {
    const text = `${HEAD}  a:
    sw$0itch:
      - when: "\${ input.id = 'x' }"
        next: end
      - next: b
  # of b
  b:
    switch:
        - when: "\${ input.id = 'y' }"
          next: c
        - next: end
  c: { set: {}, next: end }
`;
    expect(done(text, /^Take the switch ‘b’ into ‘a’$/)).toBe(`${HEAD}  a:
    switch:
      - when: "\${ input.id = 'x' }"
        next: end
      - when: "\${ input.id = 'y' }"
        next: c
      - next: end
  # of b
  c: { set: {}, next: end }
`);
  });

  it('works in brackets', () => {
    const text = `${HEAD}  a: { swi$0tch: [{ when: "\${ input.id = 'x' }", next: end }, { next: b }] }
  b: { switch: [{ when: "\${ input.id = 'y' }", next: a }, { next: end }], }
`;
    expect(done(text, /^Take/)).toBe(
      `${HEAD}  a: { switch: [{ when: "\${ input.id = 'x' }", next: end }, { when: "\${ input.id = 'y' }", next: a }, { next: end }] }\n`,
    );
  });

  it.each([
    [
      'something else leads to the second',
      '  a: { swi$0tch: [{ when: "${ input.id }", next: b }, { next: b }] }\n  b: { switch: [{ next: end }] }\n',
    ],
    [
      'the second does more than choose',
      '  a: { swi$0tch: [{ next: b }] }\n  b: { switch: [{ next: end }], output: 1 }\n',
    ],
    [
      'it leads on only sometimes',
      '  a: { swi$0tch: [{ when: "${ input.id }", next: b }] }\n  b: { switch: [{ next: end }] }\n',
    ],
  ])('is not offered where %s', (_, states) => {
    expect(titles(HEAD + states)).toEqual([]);
  });
});

describe('extracting', () => {
  const STATES = `  before: { set: {}, next: a }
  a:
    call: stock.reserve
    with: { id: "\${ input.id }" }
    compensate: none
    retry: often
    timeout: 5s
    next: b
  # about b
  b:
    call: log
    with: { message: "\${ results.a }" }
    next: after
  after: { set: {}, next: end }
`;
  const selected = (from: string, to: string, states = STATES): string => {
    const start = states.indexOf(from);
    const end = states.indexOf(to);
    return `${HEAD}${states.slice(0, start)}$0${states.slice(start, end)}$0${states.slice(end)}`;
  };

  it('takes states into a scope', () => {
    const expected = `${HEAD}  before: { set: {}, next: a_scope }
  a_scope:
    scope:
      states:
        a:
          call: stock.reserve
          with: { id: "\${ input.id }" }
          compensate: none
          retry: often
          timeout: 5s
          next: b
        # about b
        b:
          call: log
          with: { message: "\${ results.a }" }
          next: end
    next: after
  after: { set: {}, next: end }
`;
    expect(done(selected('a:\n', 'next: after'), /^Extract 2 states to a scope$/)).toBe(expected);
  });

  it('takes states into a workflow, with what they need, and leaves nothing unused behind', () => {
    const { text, all } = offered(selected('a:\n', 'next: after'));
    const found = all.find(({ title }) => title === 'Extract 2 states to a workflow');
    const parent = done(selected('a:\n', 'next: after'), /^Extract 2 states to a workflow$/);
    expect(parent).toContain(
      'next: a_flow }\n  a_flow:\n    run: ./a_flow.workflow.yaml\n    with: "${ input }"\n    next: after\n',
    );
    expect(parent).not.toMatch(/often|reserve:/);
    const [child] = found?.created ?? [];
    expect(child?.path).toBe('./a_flow.workflow.yaml');
    const inside = analyse(child?.text ?? '', { file: 'a_flow.workflow.yaml' });
    const unused = ['unused-declaration', 'no-contract'];
    expect(inside.diagnostics.filter(({ code }) => !unused.includes(code)).map(({ code }) => code)).toEqual([]);
    expect(inside.workflow.states.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(inside.workflow.policies.retry.map(({ name }) => name)).toEqual(['often']);
    // The two together read without any error, in both directions.
    const resource = (path: string) =>
      path.endsWith('a_flow.workflow.yaml')
        ? ({ kind: 'text', text: child?.text ?? '' } as const)
        : ({ kind: 'missing' } as const);
    const both = analyse(parent, { file: 'a.workflow.yaml', resource });
    expect(both.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(text).toContain('often');
  });

  it('takes the beginning of a workflow', () => {
    const states = STATES.replace('  before: { set: {}, next: a }\n', '');
    expect(done(selected('a:\n', 'call: log', states), /^Extract 2 states to a scope$/)).toMatch(
      /states:\n {2}a_scope:\n/,
    );
  });

  it.each([
    [
      'is entered at two places',
      STATES.replace('next: a }', 'switch: [{ when: "${ input.id = \'x\' }", next: b }, { next: a }] }'),
    ],
    ['is left to two places', STATES.replace('next: b', 'next: b\n    catch: [{ next: end }]')],
    [
      'is read from outside',
      STATES.replace('after: { set: {}', 'after: { call: log, with: { message: "${ results.a }" }'),
    ],
    [
      'is confirmed',
      STATES.replace('compensate: none', 'compensate: none\n    confirm: { call: log, with: { message: x } }'),
    ],
  ])('is not offered where the stretch %s', (_, states) => {
    expect(titles(selected('a:\n', 'next: after', states)).join()).not.toMatch(/Extract/);
  });

  it('makes no workflow of states that read results of others', () => {
    const states = STATES.replace('results.a }', 'results.before }');
    const given = titles(selected('a:\n', 'next: after', states));
    expect(given.filter((title) => title.startsWith('Extract'))).toEqual(['Extract 2 states to a scope']);
  });
});

describe('inlining', () => {
  const CHILD = `workflow: c
input: { type: object, properties: { order: { type: string } } }
participants:
  mail: { baseUrl: https://localhost, operations: { send: { http: POST /mails, input: { type: object, properties: { to: { type: string } } } } } }
policies: { retry: { often: { attempts: 4 } } }
states:
  # tells
  tell:
    call: mail.send
    with: { to: "\${ input.order & '!' }" }
    compensate: none
    retry: often
    timeout: 5s
    next: end
output: { to: "\${ input.order }" }
`;
  const parent = (given: string): string => `${HEAD}  a: { set: {}, next: b }
  b:
    ru$0n: ./c.workflow.yaml
    with: ${given}
    retry: often
    next: end
`;

  it('puts the child in place of the state that runs it, with what it declares', () => {
    const after = done(parent('{ order: "${ input.id }" }'), /^Inline ‘c’$/, CHILD);
    expect(after).toContain(`  b:
    scope:
      states:
        # tells
        tell:
          call: mail.send
          with: { to: "\${ input.id & '!' }" }
          compensate: none
          retry: often
          timeout: 5s
          next: end
      output: { to: "\${ input.id }" }
    retry: often
    next: end
`);
    expect(after).toMatch(/^ {2}mail: \{ baseUrl/m);
    expect(after.match(/often: \{/g)).toHaveLength(1);
  });

  it('leaves the expressions alone where the input is the same', () => {
    expect(
      done(parent('"${ input }"'), /^Inline/, CHILD.replaceAll('input.order', 'input.id').replace('order: {', 'id: {')),
    ).toContain("input.id & '!'");
  });

  it.each([
    ['what is given is no path', parent('{ order: "${ input.id & 1 }" }'), CHILD],
    [
      'the child has a policy of the same name that is another',
      parent('{ order: "${ input.id }" }'),
      CHILD.replace('attempts: 4', 'attempts: 5'),
    ],
    ['the child does what only a run of its own can do', parent('{ order: "${ input.id }" }'), `${CHILD}timeout: 1h\n`],
    [
      'the child has a point of no return',
      parent('{ order: "${ input.id }" }'),
      CHILD.replace('timeout: 5s', 'timeout: 5s\n    pivot: true'),
    ],
    ['a result would be taken for another', parent('{ order: "${ results.tell.id }" }'), CHILD],
    [
      'nobody waits for the child',
      parent('{ order: "${ input.id }" }').replace('    with', '    detached: true\n    with'),
      CHILD,
    ],
    ['the child can’t be read', parent('{ order: "${ input.id }" }'), undefined],
  ])('is not offered where %s', (_, source, child) => {
    expect(titles(source, child).join()).not.toMatch(/Inline/);
  });
});

describe('refactorings over the protocol', () => {
  const text = `${HEAD}  a: { set: {}, next: b }\n  b: { set: {}, next: end }\n`;
  const given = async (capabilities: ClientCapabilities): Promise<readonly CodeAction[]> => {
    const client = await startClient({ capabilities });
    try {
      const uri = await client.open('w.workflow.yaml', text);
      const line = text.split('\n').findIndex((one) => one.startsWith('  a:'));
      const range = { start: { line, character: 2 }, end: { line, character: 20 } };
      const context = { diagnostics: [], only: ['refactor.extract'] };
      return await client.request<CodeAction[]>('textDocument/codeAction', { textDocument: { uri }, range, context });
    } finally {
      await client.close();
    }
  };

  it('make a file before they change another', async () => {
    const workspaceEdit = { documentChanges: true, resourceOperations: ['create' as const] };
    const [, extraction] = await given({ workspace: { workspaceEdit } });
    const [create, filled, changed] = extraction?.edit?.documentChanges ?? [];
    expect(create).toMatchObject({ kind: 'create', options: { overwrite: false } });
    expect(filled).toMatchObject({ edits: [{ newText: expect.stringContaining('workflow: a_flow\n') as unknown }] });
    expect(changed).toMatchObject({ textDocument: { version: 1 } });
  });

  it('leave out what the client can’t do', async () => {
    expect((await given({})).map(({ title }) => title)).toEqual(['Extract ‘a’ to a scope']);
  });
});
