/** Commands whose telemetry nobody takes. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { backstep, folderWith, PATIENCE_MS } from './backstep.ts';

const FILES = { '.git/HEAD': '', 'short.workflow.yaml': 'workflow: short\nstates: { go: { wait: 1ms, next: end } }\n' };
const RUN = ['run', 'short.workflow.yaml', '--id', 'r'];
/** So long that nobody waits for it who does not have to. */
const A_DAY = '86400000';

let silent: Server | null = null;
afterEach(() => {
  silent?.closeAllConnections();
  silent?.close();
  silent = null;
});

it('end with their run, though the collector never answers, and say so', { timeout: PATIENCE_MS }, async () => {
  const asked: string[] = [];
  const server = createServer((request) => void asked.push(request.url ?? ''));
  silent = server;
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const place = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://user:hidden@${place}`, OTEL_EXPORTER_OTLP_TIMEOUT: A_DAY };
  const { status, stdout, stderr } = await backstep(RUN, { cwd: folderWith(FILES), env });
  expect(status).toBe(0);
  expect(stdout).toContain('completed');
  expect(stderr).toContain(`The collector of OpenTelemetry at ${place} does not take what it is sent.`);
  expect(stderr).not.toContain('hidden');
  expect(asked.sort()).toEqual(['/v1/metrics', '/v1/traces']);
});

it('end with their run, though no collector is there, and say so', { timeout: PATIENCE_MS }, async () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_EXPORTER_OTLP_TIMEOUT: A_DAY };
  const { status, stderr } = await backstep(RUN, { cwd: folderWith(FILES), env });
  expect(status).toBe(0);
  // A sentence alone, and no warning of Node's.
  expect(stderr).not.toMatch(/Warning|trace-warnings/);
  expect(
    stderr.match(/The collector of OpenTelemetry at 127\.0\.0\.1:1 does not take what it is sent\./g),
  ).toHaveLength(1);
});
