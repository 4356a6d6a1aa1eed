// What a workflow that somebody else wrote, a service that lies and data that was made to harm cannot do.
import { existsSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Json } from '../../language/index.ts';
import { realClock } from '../../runner/clock.ts';
import type { Host } from '../../runner/host.ts';
import { memoryJournal } from '../../runner/journal/memory.ts';
import { json, serve } from './actions/support.ts';
import { begin, makePlace } from './support/hosting.ts';
import type { Place } from './support/hosting.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closing.splice(0).reverse()) await close();
});

function place(): Place {
  const made = makePlace();
  closing.push(() => made.close());
  return made;
}

/** Why a run cannot be begun, or the error that it ends with; `completed` if it does. */
async function endOf(host: Host, file: string): Promise<string> {
  const started = await host.start({ file, input: {} });
  if (!started.ok) return started.error.message;
  await started.run.settled('ended');
  return started.run.view().state.error?.message ?? 'completed';
}

const API = JSON.stringify({
  openapi: '3.1.0',
  info: { title: 't', version: '1' },
  paths: { '/a': { get: { operationId: 'a', responses: { 200: { description: 'ok' } } } } },
});
const CHILD = 'workflow: child\nversion: 1.0.0\nstates: { a: { set: {}, next: end } }\n';
const MODULE = 'export function f() { return 1; }\n';

/** A workflow that names `path` as its document, its child or its module. */
const NAMING: Readonly<Record<string, (path: string) => string>> = {
  openapi: (path) => `workflow: w
version: 1.0.0
participants: { s: { openapi: ${path}, baseUrl: "http://127.0.0.1:1" } }
states: { a: { call: s.a, catch: warn, next: end } }
`,
  run: (path) => `workflow: w\nversion: 1.0.0\nstates: { a: { run: ${path}, next: end } }\n`,
  module: (path) => `workflow: w
version: 1.0.0
participants: { m: { module: ${path}, operations: { f: { effect: none } } } }
states: { a: { call: m.f, next: end } }
`,
};

describe.each([
  ['openapi', 'api.yaml', API],
  ['run', 'other.workflow.yaml', CHILD],
  ['module', 'steps.ts', MODULE],
])('a file that a workflow names with `%s`', (kind, name, content) => {
  const text = NAMING[kind] ?? (() => '');

  function workspace() {
    const around = place();
    around.write(`elsewhere/${name}`, content);
    around.write(`ws/inner/${name}`, content);
    around.write('ws/.backstep.yaml', 'rules: {}\n');
    return around;
  }

  it('may lie anywhere in the workspace', async () => {
    const around = workspace();
    const host = around.host({ clock: realClock() });
    expect(await endOf(host, around.write('ws/w.workflow.yaml', text(`./inner/${name}`)))).toBe('completed');
    expect(await endOf(host, around.write('ws/deep/er/w.workflow.yaml', text(`../../inner/${name}`)))).toBe(
      'completed',
    );
  });

  it('is refused outside of it, also behind a link', async () => {
    const around = workspace();
    const host = around.host({ clock: realClock() });
    const outside = /names .*, outside of its workspace .*ws; it was not run\. Move that inside, or allow its folder/;
    expect(await endOf(host, around.write('ws/w.workflow.yaml', text(`../elsewhere/${name}`)))).toMatch(outside);
    const absolute = join(around.folder, 'elsewhere', name);
    expect(await endOf(host, around.write('ws/w2.workflow.yaml', text(absolute)))).toMatch(outside);
    symlinkSync(join(around.folder, 'elsewhere'), join(around.folder, 'ws/link'));
    expect(await endOf(host, around.write('ws/w3.workflow.yaml', text(`./link/${name}`)))).toMatch(outside);
    expect(host.runs.size).toBe(0);
  });

  it('may lie elsewhere if the process says so', async () => {
    const around = workspace();
    vi.stubEnv('BACKSTEP_ALLOW_PATHS', join(around.folder, 'elsewhere'));
    const host = around.host({ clock: realClock() });
    expect(await endOf(host, around.write('ws/w.workflow.yaml', text(`../elsewhere/${name}`)))).toBe('completed');
    // A file of the workspace cannot say so.
    vi.unstubAllEnvs();
    around.write('ws/.env', `BACKSTEP_ALLOW_PATHS=${join(around.folder, 'elsewhere')}\n`);
    expect(await endOf(host, around.write('ws/w4.workflow.yaml', text(`../elsewhere/${name}`)))).toContain('outside');
  });

  it('lies beside the workflow, or below the current folder, where no folder says that it is the workspace', async () => {
    const around = place();
    around.write(`lib/${name}`, content);
    const file = around.write('flows/w.workflow.yaml', text(`../lib/${name}`));
    expect(await endOf(around.host({ clock: realClock() }), file)).toContain('outside of its workspace');
    vi.spyOn(process, 'cwd').mockReturnValue(around.folder);
    expect(await endOf(around.host({ clock: realClock() }), file)).toBe('completed');
    vi.restoreAllMocks();
  });
});

it('a child run whose file has become a link to elsewhere since its parent began is not run', async () => {
  const around = place();
  const journal = memoryJournal();
  around.write('ws/.backstep.yaml', 'rules: {}\n');
  around.write('elsewhere/child.workflow.yaml', CHILD);
  mkdirSync(join(around.folder, 'ws/sub'));
  around.write('ws/sub/child.workflow.yaml', CHILD);
  const file = around.write(
    'ws/w.workflow.yaml',
    `workflow: w
version: 1.0.0
participants: { boss: { role: boss } }
states:
  ask: { human: { title: x, assignee: boss }, on: { yes: a } }
  a: { run: ./sub/child.workflow.yaml, next: end }
`,
  );
  const host = around.host({ journal });
  const run = await begin(host, { file, id: 'r' });
  await run.settled('waiting');
  renameSync(join(around.folder, 'ws/sub'), join(around.folder, 'ws/old'));
  symlinkSync(join(around.folder, 'elsewhere'), join(around.folder, 'ws/sub'));
  await run.send({ type: 'decision', state: 'ask', by: { name: 'ada' }, outcome: 'yes', form: null });
  expect(await run.settled('ended')).toBe('failed');
  expect(run.view().state.error).toMatchObject({ type: 'validation', message: expect.stringContaining('outside') as string }); // prettier-ignore
  expect(journal.summary('r.a.1')).toBeNull();
});

describe('a secret', () => {
  const SECRET = 'hunter2-éß-"x"';

  it('is in no record and no line, whoever says it back in whatever form', async () => {
    const around = place();
    const journal = memoryJournal();
    const lines: string[] = [];
    const service = await serve(({ headers, body, url }, response) => {
      const { key } = JSON.parse(body) as { key: string };
      const said = { message: `no ${key}`, key, list: [key], [key]: 1, path: url, auth: headers.authorization };
      json(response, url === '/good' ? 200 : 403, {
        ...said,
        encoded: encodeURIComponent(key),
        base64: Buffer.from(`user:${key}`).toString('base64'),
        code: key,
      });
    });
    closing.push(() => service.close());
    around.write(
      'steps.ts',
      `export function tell({ key }, { log }) { log('log ' + key); console.log('print ' + key); return { got: key }; }
export function raise({ key }) { throw Object.assign(new Error('thrown ' + key), { type: 'odd', data: { key } }); }
`,
    );
    const file = around.write(
      'w.workflow.yaml',
      `workflow: w
version: 1.0.0
participants:
  s:
    baseUrl: ${service.url}
    headers: { Authorization: "Basic \${ $base64encode('user:' & $encodeUrlComponent(secrets.KEY)) }" }
    operations: { good: { http: POST /good }, bad: { http: POST /bad } }
  gone: { baseUrl: "http://127.0.0.1:1", operations: { call: { http: "GET /x/{key}" } } }
  m: { module: ./steps.ts, operations: { tell: {}, raise: {} } }
  p: { operations: { cry: { shell: [node, -e, "console.error(process.argv[1]); console.log(process.argv[1]); process.exit(9)", "\${ args.key }"] } } }
states:
${['s.good', 's.bad', 'gone.call', 'm.tell', 'm.raise', 'p.cry']
  .map((call, at, all) => {
    const next = all[at + 1]?.replace('.', '_') ?? 'end';
    return `  ${call.replace('.', '_')}: { call: ${call}, with: { key: "\${ secrets.KEY }" }, catch: [ { assign: { last: "\${ error }" }, next: ${next} } ], next: ${next} }`;
  })
  .join('\n')}
`.replace('states:', 'vars: { last: null }\nstates:'),
    );
    const output = ({ text }: { text: string }) => void lines.push(text);
    const host = around.host({ journal, clock: realClock(), secret: () => SECRET, observer: { output } });
    const run = await begin(host, { file, id: 'r' });
    expect(await run.settled('ended')).toBe('completed');
    await host.close();
    expect(service.heard.map(({ body }) => body)).toEqual([JSON.stringify({ key: SECRET }), JSON.stringify({ key: SECRET })]); // prettier-ignore
    const kept = JSON.stringify(journal.read('r')) + JSON.stringify(lines);
    expect(kept).toContain('•••');
    const forms = [SECRET, JSON.stringify(SECRET).slice(1, -1), encodeURIComponent(SECRET), 'hunter2'];
    for (const form of forms) expect(kept).not.toContain(form);
    for (const [text] of kept.matchAll(/[A-Za-z0-9+/=]{12,}/g))
      expect(Buffer.from(text, 'base64').toString()).not.toContain('hunter2');
    expect(lines).toContainEqual('log •••');
  });

  it('is masked in the answer of a mock that says it back', async () => {
    const around = place();
    const journal = memoryJournal();
    const file = around.write(
      'w.workflow.yaml',
      `workflow: w
participants: { s: { baseUrl: "http://127.0.0.1:1", operations: { good: { http: POST /good } } } }
states: { a: { call: s.good, with: { key: "\${ secrets.KEY }" }, next: end } }
`,
    );
    const mocks = { 's.good': { return: { got: SECRET } } };
    const host = around.host({ journal, clock: realClock(), secret: () => SECRET, mocks });
    const run = await begin(host, { file, id: 'r' });
    expect(await run.settled('ended')).toBe('completed');
    await host.close();
    expect(JSON.stringify(journal.read('r'))).toContain('"got":"•••"');
  });
});

describe('a module', () => {
  const STEPS = `export function hoard() { const all = []; for (;;) all.push(new Array(10000).fill(all.length)); }
export function buffer() { const all = []; for (;;) all.push(Buffer.alloc(10_000_000, 1)); }
export function spin() { for (;;); }
export function fine() { return 'fine'; }
`;
  const text = (call: string) => `workflow: w
version: 1.0.0
participants: { m: { module: ./steps.ts, operations: { ${call}: { effect: none } } } }
states: { a: { call: m.${call}, timeout: 1s, next: end } }
`;

  it.each(['hoard', 'buffer'])(
    'that takes all memory ends alone, and says why: %s',
    async (how) => {
      vi.stubEnv('BACKSTEP_MODULE_MEMORY', '48');
      const around = place();
      around.write('steps.ts', STEPS);
      const host = around.host({ clock: realClock() });
      const hoarding = text(how).replace('timeout: 1s', 'timeout: 1m');
      expect(await endOf(host, around.write('hoard.workflow.yaml', hoarding))).toContain(
        'it used more than 48 MB of memory',
      );
      expect(await endOf(host, around.write('fine.workflow.yaml', text('fine').replace('1s', '1m')))).toBe('completed');
    },
    60_000,
  );

  it('that never ends is ended with its process when its time is up', async () => {
    const around = place();
    around.write('steps.ts', STEPS);
    const host = around.host({ clock: realClock() });
    expect(await endOf(host, around.write('spin.workflow.yaml', text('spin')))).toContain('took longer than 1000 ms');
    // The next call has another process; it need not wait for the old one to give way.
    expect(await endOf(host, around.write('fine.workflow.yaml', text('fine').replace('1s', '1m')))).toBe('completed');
  }, 60_000);
});

describe('the name __proto__', () => {
  it('is a name like any other, in data, variables, states and answers, and reaches no prototype', async () => {
    const around = place();
    const journal = memoryJournal();
    const answer = '{"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}},"own":1}';
    const service = await serve((_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(answer)); // prettier-ignore
    closing.push(() => service.close());
    const file = around.write(
      'w.workflow.yaml',
      `workflow: w
version: 1.0.0
participants: { s: { baseUrl: ${service.url}, operations: { get: { http: POST /x }, undo: { http: POST /undo } } } }
vars: { __proto__: 1, constructor: 2 }
states:
  __proto__: { call: s.get, with: "\${ input }", compensate: { call: s.undo, with: { __proto__: "\${ result.own }" } }, assign: { __proto__: "\${ vars.constructor }" }, next: constructor }
  constructor: { set: { constructor: "\${ vars.__proto__ + 1 }" }, next: each }
  each: { foreach: { in: [1], as: n, vars: { __proto__: 5 }, states: { toString: { set: { __proto__: "\${ n }" }, next: end } } }, next: end }
output: { polluted: "\${ input.polluted }", result: "\${ results.__proto__.own }", vars: "\${ vars }" }
`,
    );
    const host = around.host({ journal, clock: realClock() });
    const input = JSON.parse('{"__proto__":{"polluted":"in"},"a":{"__proto__":null}}') as Json;
    const run = await begin(host, { file, id: 'r', input });
    expect(await run.settled('ended')).toBe('completed');
    const { state } = run.view();
    expect(JSON.stringify(state.output)).toBe('{"polluted":null,"result":1,"vars":{"__proto__":2,"constructor":3}}');
    expect(service.heard[0]?.body).toBe('{"__proto__":{"polluted":"in"},"a":{"__proto__":null}}');
    const kept = journal.read('r').find((record) => record.type === 'attempt.succeeded');
    expect(JSON.stringify(kept)).toContain(answer);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect([...state.entries.values()].map(({ compensate }) => JSON.stringify(compensate?.value))).toEqual(['{"__proto__":1}']); // prettier-ignore
  });
});

it('nothing of the text of an argument is ever a command', async () => {
  const around = place();
  const file = around.write(
    'w.workflow.yaml',
    `workflow: w
version: 1.0.0
participants: { p: { operations: { say: { shell: [node, -e, "console.log(JSON.stringify(process.argv.slice(1)))", "\${ args.text }"] } } } }
states: { a: { call: p.say, with: { text: "\${ input.text }" }, next: end } }
`,
  );
  writeFileSync(join(around.folder, 'kept'), '');
  const text = '$(rm kept); `rm kept` && rm kept | rm kept > kept\n"; rm kept; \'';
  const host = around.host({ clock: realClock() });
  const run = await begin(host, { file, input: { text } });
  expect(await run.settled('ended')).toBe('completed');
  expect(run.view().state.output).toEqual([text]);
});

it('a program may clean up before the host that started it is closed', async () => {
  const around = place();
  const file = around.write(
    'w.workflow.yaml',
    `workflow: w
version: 1.0.0
participants: { p: { operations: { wait: { shell: [sh, -c, "trap 'sleep 0.2; touch clean; exit 1' TERM; echo ready >&2; while :; do sleep 0.05; done"] } } } }
states: { a: { call: p.wait, next: end } }
`,
  );
  let isReady: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => (isReady = resolve));
  const output = ({ text }: { text: string }) => void (text === 'ready' && isReady());
  const host = around.host({ clock: realClock(), observer: { output } });
  await begin(host, { file });
  await ready;
  await host.close();
  expect(existsSync(join(around.folder, 'clean'))).toBe(true);
});
