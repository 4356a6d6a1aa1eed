/** The commands that serve other programs: the language server, the debug adapter, the schema. */
import { connect } from 'node:net';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXAMPLE } from '../../examples/order-fulfillment/services.ts';
import { backstep, folderWith, PATIENCE_MS, startBackstep } from './backstep.ts';

function framed(message: unknown): string {
  const text = JSON.stringify(message);
  return `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}

const INITIALIZE = { seq: 1, type: 'request', command: 'initialize', arguments: { adapterID: 'backstep' } };

describe.concurrent('backstep', { timeout: PATIENCE_MS }, () => {
  it('serves the Language Server Protocol until the client ends it', async () => {
    const messages = [
      { jsonrpc: '2.0', id: 1, method: 'initialize', params: { processId: null, rootUri: null, capabilities: {} } },
      { jsonrpc: '2.0', method: 'initialized', params: {} },
      { jsonrpc: '2.0', id: 2, method: 'shutdown' },
      { jsonrpc: '2.0', method: 'exit' },
    ];
    const input = messages.map(framed).join('');
    const { status, stdout, stderr } = await backstep(['lsp', '--stdio'], { cwd: folderWith({}), input, open: true });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/"id":1,"result":\{.*"capabilities":/s);
  });

  it('serves the Debug Adapter Protocol on standard input and output', async () => {
    const input = framed(INITIALIZE) + framed({ seq: 2, type: 'request', command: 'disconnect' });
    const { status, stdout, stderr } = await backstep(['debug'], { cwd: folderWith({}), input });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/"command":"initialize","success":true/);
  });

  it('serves the Debug Adapter Protocol on a port until it is stopped', async () => {
    const listening = startBackstep(['debug', '--port', '0'], { cwd: folderWith({}) });
    const port = await new Promise<number>((resolve) => {
      let text = '';
      listening.process.stdout?.on('data', (part: string) => {
        text += part;
        const found = /Listening on 127\.0\.0\.1:(\d+)\n/.exec(text);
        if (found !== null) resolve(Number(found[1]));
      });
    });
    const answer = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(port, '127.0.0.1', () => socket.write(framed(INITIALIZE)));
      socket.once('error', reject);
      socket.setEncoding('utf8').on('data', (part: string) => {
        text += part;
        if (!text.includes('"command":"initialize"')) return;
        socket.destroy();
        resolve(text);
      });
    });
    expect(answer).toMatch(/"success":true/);
    const taken = await backstep(['debug', '--port', String(port)], { cwd: folderWith({}) });
    expect(taken).toMatchObject({ status: 1, stdout: '' });
    expect(taken.stderr).toContain(`The port ${port} cannot be had: another process listens on it.`);
    listening.process.kill('SIGTERM');
    expect((await listening.finished).status).toBe(143);
  });

  it('prints a JSON Schema that fits the example and no misspelt one', async () => {
    const { status, stdout } = await backstep(['schema'], { cwd: folderWith({}) });
    expect(status).toBe(0);
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(JSON.parse(stdout) as object);
    const text = readFileSync(join(EXAMPLE, 'order-fulfillment.workflow.yaml'), 'utf8');
    expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true);
    expect(validate(parse(text.replace('states:', 'sttes:')))).toBe(false);
  });
});
