/** Whatever is given, there is a clear message and an exit status, and nothing hangs or is lost. */
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backstep, folderWith, jsonLines, PATIENCE_MS } from './backstep.ts';

const NUMBER = `workflow: number
input: { type: object, required: [n], properties: { n: { type: number } } }
states:
  a:
    set: {}
    next: end
output: "\${ input }"
`;

/** \`a0\` is a list of ten, and each next one ten times the one before it. */
function aliasBomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let at = 1; at < 10; at++)
    lines.push(
      `a${at}: &a${at} [${Array(10)
        .fill(`*a${at - 1}`)
        .join(', ')}]`,
    );
  return lines.join('\n');
}

const FILES: Readonly<Record<string, readonly [text: string, finding: RegExp]>> = {
  'an empty file': ['', /^w\.workflow\.yaml:1:1 error missing-key: /m],
  'half-typed YAML': [
    'workflow: half\nstates:\n  a:\n    call: x.\n    with: { b: "',
    /^w\.workflow\.yaml:5:\d+ error /m,
  ],
  '5 MB of one letter': ['a'.repeat(5_000_000), /^w\.workflow\.yaml:1:1 error wrong-type: /m],
  'an alias bomb': [aliasBomb(), /^w\.workflow\.yaml:\d+:\d+ error yaml-syntax: .*aliases/m],
  '500 levels of lists': [`workflow: deep\nstates: ${'['.repeat(500)}${']'.repeat(500)}`, /:2:\d+ error yaml-syntax: /],
  '500 levels of mappings': [
    `workflow: deep\nstates:\n${Array.from({ length: 500 }, (_, at) => `${' '.repeat(at + 2)}s${at}:`).join('\n')}\n`,
    /error yaml-syntax: /,
  ],
  'keys of a prototype': [
    'workflow: p\n__proto__: { a: 1 }\nstates:\n  __proto__:\n    set: { __proto__: 1 }\n    next: constructor\n',
    /^w\.workflow\.yaml:2:1 error unknown-key: .*__proto__/m,
  ],
  'bytes that are no text': [
    '\u0000\u0001\uFFFD\u0002',
    /^w\.workflow\.yaml:1:1 error yaml-syntax: .*control character/m,
  ],
};

describe.concurrent('a workflow that is', { timeout: PATIENCE_MS }, () => {
  it.each(Object.entries(FILES))('%s is refused with its place', async (_, [text, finding]) => {
    const cwd = folderWith({ 'w.workflow.yaml': text });
    const validated = await backstep(['validate', 'w.workflow.yaml'], { cwd });
    expect(validated.status).toBe(1);
    expect(validated.stdout).toMatch(finding);
    const run = await backstep(['run', 'w.workflow.yaml'], { cwd });
    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toMatch(finding);
    expect(run.stderr).toMatch(/^backstep: The workflow .* errors?; it was not run\.$/m);
    for (const { stderr } of [validated, run]) expect(stderr).not.toMatch(/^ +at /m);
  });

  it('not there is refused', async () => {
    const cwd = folderWith({});
    expect(await backstep(['run', 'gone.workflow.yaml'], { cwd })).toMatchObject({ status: 1, stdout: '' });
    expect((await backstep(['run', '.'], { cwd })).stderr).toMatch(/is a folder/);
    expect((await backstep(['diagram', 'gone.workflow.yaml'], { cwd })).stderr).toMatch(/There is no file/);
  });
});

describe.concurrent('an input that', { timeout: PATIENCE_MS }, () => {
  it.each([
    ['is no JSON', '{"n": tru}', 'backstep: --input:1:10: This is no JSON: "}" cannot stand here.\n'],
    ['ends too early', '{"n":', 'backstep: --input:1:6: This is no JSON: it ends too early.\n'],
    ['is empty', '', 'backstep: --input:1:1: This is no JSON: it is empty.\n'],
    ['is in no file', '@gone.json', 'backstep: There is no file gone.json (--input).\n'],
    ['is no JSON in a file', '@bad.json', 'backstep: bad.json:2:6: This is no JSON: "x" cannot stand here.\n'],
    [
      'does not fit',
      '{"n": "one"}',
      'backstep: w.workflow.yaml:2:1: The input does not fit the workflow number: /n must be a number. No run was begun.\n',
    ],
  ])('%s is refused', async (_, input, message) => {
    const cwd = folderWith({ 'w.workflow.yaml': NUMBER, 'bad.json': '{\n"n": x }' });
    const { status, stdout, stderr } = await backstep(['run', 'w.workflow.yaml', '--input', input], { cwd });
    expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: '', stderr: message });
    expect((await backstep(['runs', '--json'], { cwd })).stdout).toBe('');
  });

  it('has keys of a prototype is a value like any other', async () => {
    const cwd = folderWith({ 'w.workflow.yaml': NUMBER });
    const input = '{"n":1,"__proto__":{"n":2},"constructor":3}';
    const { status, stdout } = await backstep(['run', 'w.workflow.yaml', '--input', input, '--json'], { cwd });
    expect(status).toBe(0);
    expect(stdout.trim().split('\n').at(-1)).toContain(`"output":${input}`);
  });
});

describe.concurrent('mocks that', { timeout: PATIENCE_MS }, () => {
  it.each([
    ['are no YAML', 'a: [', /^backstep: mocks\.yaml:\d+:\d+: /],
    ['have no such key', 'tool.go:\n  retrun: 1\n', /^backstep: mocks\.yaml:2:11: A mock has no key "retrun"/],
    ['are a list', '[]', /^backstep: mocks\.yaml:1:1: Mocks are an object/],
    ['are an alias bomb', aliasBomb(), /^backstep: mocks\.yaml:1:1: /],
  ])('%s are refused', async (_, text, message) => {
    const cwd = folderWith({ 'w.workflow.yaml': NUMBER, 'mocks.yaml': text });
    const { status, stdout, stderr } = await backstep(['run', 'w.workflow.yaml', '--mocks', 'mocks.yaml'], { cwd });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(message);
  });
});

/** Answers by path with something that no client expects. */
const GARBAGE: Readonly<Record<string, (socket: Socket) => void>> = {
  '/noise': (socket) => socket.end('\u0000\u0001 no protocol \r\n\r\n'),
  '/json': (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{"a": [[['),
  '/page': (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<h1>Hello</h1>'),
  '/cut': (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{', () => socket.destroy()),
  '/silence': () => undefined,
};

describe('an action that', () => {
  let server: Server;
  let url = '';
  beforeAll(async () => {
    const open = new Set<Socket>();
    server = createServer((socket) => {
      open.add(socket);
      socket.on('close', () => open.delete(socket)).on('error', () => undefined);
      socket.once('data', (data) => GARBAGE[String(data).split(' ')[1] ?? '']?.(socket));
    });
    server.on('close', () => open.clear());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
  });

  it.concurrent.each([
    ['/noise', 'network', /the answer is not HTTP/],
    ['/json', 'validation', /something that is not JSON/],
    ['/page', 'validation', /does not fit its schema/],
    ['/cut', 'network', /cut/],
    ['/silence', 'timeout', /longer than 2000 ms/],
  ])('answers with %s fails the run with %s', { timeout: PATIENCE_MS }, async (path, type, message) => {
    const cwd = folderWith({
      'w.workflow.yaml': `workflow: w
participants:
  odd: { baseUrl: "\${ env.ODD }", operations: { get: { http: GET ${path}, output: { type: object } } } }
states:
  a:
    call: odd.get
    timeout: 2s
    next: end
`,
    });
    const run = ['run', 'w.workflow.yaml', '--json'];
    const { status, stdout, stderr } = await backstep(run, { cwd, env: { ODD: url } });
    expect({ status, stderr }).toEqual({ status: 4, stderr: '' });
    const error = jsonLines(stdout).at(-1)?.['error'] as { message: string };
    expect(error).toMatchObject({ type, state: 'a' });
    expect(error.message).toMatch(message);
  });

  it('is an unknown program fails the run', { timeout: PATIENCE_MS }, async () => {
    const cwd = folderWith({
      'w.workflow.yaml': `workflow: w
participants:
  tool: { operations: { go: { shell: [no-such-program-anywhere] } } }
states:
  a:
    call: tool.go
    next: end
`,
    });
    const { status, stdout } = await backstep(['run', 'w.workflow.yaml', '--json'], { cwd });
    expect(status).toBe(4);
    expect(jsonLines(stdout).at(-1)).toMatchObject({ status: 'failed', error: { type: 'exit.127', state: 'a' } });
  });
});

describe.concurrent('a journal that', { timeout: PATIENCE_MS }, () => {
  const LONG = `workflow: long
vars: { n: 0, text: "" }
states:
  a:
    set: { n: "\${ vars.n + 1 }", text: "\${ $pad('', 2000, 'x') }" }
    maxVisits: 200
    next:
      - { when: "\${ vars.n < 150 }", next: a }
      - next: end
output: "\${ vars.n }"
`;

  it('has no room left stops the run, which goes on when there is room', async () => {
    const cwd = folderWith({ 'w.workflow.yaml': LONG });
    const run = ['run', 'w.workflow.yaml', '--id', 'long'];
    const stopped = await backstep(run, { cwd, shell: `trap '' XFSZ; ulimit -f 150; exec "$@"` });
    expect(stopped.status).toBe(1);
    expect(stopped.stderr).toMatch(
      /^backstep: The journal .*runs\.db may not grow: .*; raise the limit, then resume it\.\n$/,
    );
    const resumed = await backstep(['resume', 'long', '--json'], { cwd });
    expect(resumed.status).toBe(0);
    const last = jsonLines(resumed.stdout).at(-1);
    expect(last).toMatchObject({ status: 'completed', output: 150 });
    expect(last?.['path']).toHaveLength(150);
  });

  it.each([
    ['is no journal', 'notes.txt', /notes\.txt is not a journal of Backstep/],
    ['lies in a file', 'notes.txt/runs.db', /notes\.txt\/runs\.db cannot be used/],
    ['is a device', '/dev/full', /\/dev\/full/],
  ])('%s is refused', async (_, journal, message) => {
    const cwd = folderWith({
      'w.workflow.yaml': NUMBER,
      'notes.txt': 'Remember the milk, and do not forget it again.\n',
    });
    const run = ['run', 'w.workflow.yaml', '--input', '{"n":1}', '--journal', journal];
    const { status, stdout, stderr } = await backstep(run, { cwd });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
