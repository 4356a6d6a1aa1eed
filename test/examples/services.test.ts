import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  EXAMPLE,
  formatOverview,
  readDatabases,
  SERVICES,
  startServices,
  type RunningServices,
  type ServiceName,
} from '../../examples/order-fulfillment/services.ts';

interface Reply {
  readonly status: number;
  readonly replayed: boolean;
  readonly body: unknown;
}

const ADDRESS = { name: 'Ada', street: 'Lane 4', postalCode: '1050', city: 'Lindow', country: 'Norland' };

let dataDir: string;
let services: RunningServices;
let orders = 0;
let orderId: string;
/** Called with each line that the supervisor logs. */
let onLine: (line: string) => void = () => undefined;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'order-fulfillment-'));
  services = await startServices({
    dataDir,
    slowMs: 60_000,
    log: (line) => {
      onLine(line);
    },
  });
});

afterAll(async () => {
  await services.stop();
  rmSync(dataDir, { recursive: true });
});

beforeEach(() => {
  orders += 1;
  orderId = `o-${orders}`;
  onLine = () => undefined;
});

async function send(
  service: ServiceName,
  method: string,
  path: string,
  options: { key?: string; body?: unknown; signal?: AbortSignal; authorization?: string } = {},
): Promise<Reply> {
  const response = await fetch(`${services.urls[service]}${path}`, {
    method,
    signal: options.signal ?? null,
    headers: {
      authorization: options.authorization ?? `Bearer ${services.env.BACKSTEP_SECRET_PAYMENTS_KEY}`,
      ...(options.key === undefined ? {} : { 'idempotency-key': options.key }),
    },
    body: options.body === undefined ? null : JSON.stringify(options.body),
  });
  return {
    status: response.status,
    replayed: response.headers.get('idempotency-replayed') === 'true',
    body: await response.json(),
  };
}

const reserve = (sku: string, key = `${orderId}/reserve`, quantity = 1): Promise<Reply> =>
  send('inventory', 'POST', '/reservations', { key, body: { orderId, items: [{ sku, quantity }] } });
const release = (key = `${orderId}/release`): Promise<Reply> =>
  send('inventory', 'POST', `/orders/${orderId}/release`, { key });
const charge = (card: string, key = `${orderId}/charge`, signal?: AbortSignal): Promise<Reply> =>
  send('payments', 'POST', '/charges', {
    key,
    body: { orderId, amount: 19.9, card },
    ...(signal === undefined ? {} : { signal }),
  });
const refund = (key = `${orderId}/refund`): Promise<Reply> =>
  send('payments', 'POST', `/orders/${orderId}/refund`, { key });
const book = (postalCode: string, key = `${orderId}/book`): Promise<Reply> =>
  send('shipping', 'POST', '/shipments', { key, body: { orderId, address: { ...ADDRESS, postalCode } } });
const cancel = (): Promise<Reply> =>
  send('shipping', 'POST', `/orders/${orderId}/cancel-shipment`, { key: `${orderId}/cancel` });

const overview = () => readDatabases(dataDir).find((order) => order.orderId === orderId);
const logged = (pattern: RegExp): Promise<string> =>
  new Promise((resolve) => {
    onLine = (line) => {
      if (pattern.test(line)) resolve(line);
    };
  });

describe('idempotency', () => {
  it('answers the same key as the first commit did, with one effect', async () => {
    const first = await reserve('tea', 'key', 2);
    const second = await reserve('tea', 'key', 2);
    expect(first).toMatchObject({ status: 201, replayed: false });
    expect(second).toEqual({ ...first, replayed: true });
    expect(overview()?.reserved).toEqual([{ sku: 'tea', quantity: 2 }]);
  });

  it('refuses a key that was used for another request', async () => {
    await charge('card');
    const other = await send('payments', 'POST', '/charges', {
      key: `${orderId}/charge`,
      body: { orderId, amount: 1, card: 'card' },
    });
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    expect(overview()?.charged).toBe(19.9);
  });

  it('asks for the key', async () => {
    const reply = await send('payments', 'POST', '/charges', { body: { orderId, amount: 1, card: 'card' } });
    expect(reply).toMatchObject({ status: 400, body: { code: 'idempotency_key_missing' } });
    expect(overview()).toBeUndefined();
  });

  it('refunds once, whatever the keys', async () => {
    await charge('card');
    expect(await refund('one')).toMatchObject({ status: 200, body: { refunded: 19.9 } });
    expect(await refund('one')).toMatchObject({ replayed: true, body: { refunded: 19.9 } });
    expect(await refund('two')).toMatchObject({ status: 200, body: { refunded: 0 } });
    expect(overview()).toMatchObject({ charged: 0, refunded: 19.9 });
  });

  it('undoes what was never done', async () => {
    expect(await release()).toMatchObject({ status: 200, body: { released: 0 } });
    expect(await refund()).toMatchObject({ status: 200, body: { refunded: 0 } });
    expect(await cancel()).toMatchObject({ status: 200, body: { cancelled: 0 } });
  });
});

describe('refusals', () => {
  it('declines a card, and lets another request with the same key try again', async () => {
    expect(await charge('test-declined')).toMatchObject({
      status: 402,
      body: { code: 'card_declined', detail: 'The bank declined the card.' },
    });
    expect(overview()).toBeUndefined();
    expect(await charge('card')).toMatchObject({ status: 201, replayed: false });
  });

  it('reserves all items or none', async () => {
    const items = [{ sku: 'tea' }, { sku: 'test-sold-out' }];
    const reply = await send('inventory', 'POST', '/reservations', { key: orderId, body: { orderId, items } });
    expect(reply).toMatchObject({ status: 409, body: { code: 'out_of_stock' } });
    expect(overview()).toBeUndefined();
  });

  it('does not book what cannot be delivered', async () => {
    expect(await book('test-undeliverable')).toMatchObject({ status: 422, body: { code: 'undeliverable' } });
    expect(overview()).toBeUndefined();
  });

  it('keeps a charge and a reservation on hold until the hold is lifted', async () => {
    await charge('test-hold');
    await reserve('test-hold');
    expect(await refund()).toMatchObject({ status: 409, body: { code: 'charge_on_hold' } });
    expect(await release()).toMatchObject({ status: 409, body: { code: 'already_picked' } });
    await send('payments', 'DELETE', `/orders/${orderId}/hold`, { key: `${orderId}/lift` });
    await send('inventory', 'DELETE', `/orders/${orderId}/hold`, { key: `${orderId}/lift` });
    expect(await refund()).toMatchObject({ status: 200, body: { refunded: 19.9 } });
    expect(await release()).toMatchObject({ status: 200, body: { released: 1 } });
  });

  it('answers bad requests with problem details', async () => {
    const body = { orderId, amount: -1, card: 'card' };
    expect(await send('payments', 'POST', '/charges', { key: 'k', body })).toMatchObject({ status: 422 });
    expect(await send('payments', 'POST', '/charges', { key: 'k', body: [1] })).toMatchObject({ status: 422 });
    expect(await send('payments', 'GET', '/nowhere')).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(await send('payments', 'DELETE', '/charges')).toMatchObject({ status: 405 });
    expect(await send('payments', 'GET', '/charges', { authorization: 'Bearer guess' })).toMatchObject({ status: 401 });
  });
});

describe('faults', () => {
  it('is down twice, then works', async () => {
    expect(await book('test-down-twice')).toMatchObject({ status: 503 });
    expect(await book('test-down-twice')).toMatchObject({ status: 503 });
    expect(await book('test-down-twice')).toMatchObject({ status: 201 });
  });

  it('stays down', async () => {
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      expect(await charge('test-down')).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    }
  });

  it('has committed when it is slow, and answers the next attempt at once', async () => {
    const caller = new AbortController();
    const slow = charge('test-slow', 'slow', caller.signal);
    await expect.poll(() => overview()?.charged).toBe(19.9);
    expect(await charge('test-slow', 'slow')).toMatchObject({ status: 201, replayed: true });
    caller.abort();
    await expect(slow).rejects.toThrow('aborted');
    expect(overview()).toMatchObject({ charged: 19.9, refunded: 0 });
  });

  it.each([
    ['inventory', () => reserve('test-dies')],
    ['payments', () => charge('test-dies')],
    ['shipping', () => book('test-dies')],
  ] as const)('%s dies after its commit, and answers the next attempt as it had meant to', async (name, request) => {
    const before = services.pid(name);
    const again = logged(/runs again/);
    await expect(request()).rejects.toThrow('fetch failed');
    const committed = overview();
    expect(committed).toBeDefined();
    expect(await again).toContain(name);
    expect(services.pid(name)).not.toBe(before);
    expect(await request()).toMatchObject({ status: 201, replayed: true });
    expect(overview()).toEqual(committed);
  });
});

it('shows what the databases hold', async () => {
  await reserve('mug', undefined, 3);
  await charge('card');
  await book('1050');
  expect(overview()).toEqual({
    orderId,
    reserved: [{ sku: 'mug', quantity: 3 }],
    released: 0,
    charged: 19.9,
    refunded: 0,
    shipment: 'booked',
  });
  await cancel();
  await refund();
  await release();
  const undone = overview();
  expect(undone).toEqual({ orderId, reserved: [], released: 3, charged: 0, refunded: 19.9, shipment: 'cancelled' });
  expect(formatOverview(undone ? [undone] : [])).toBe(
    [
      'order  reserved  released  charged  refunded  shipment',
      `${orderId.padEnd(5)}  –         3         –        19.90     cancelled`,
    ].join('\n'),
  );
});

it.each(SERVICES)('serves every operation of the OpenAPI document of %s', async (name) => {
  const document = parse(readFileSync(join(EXAMPLE, `services/${name}.openapi.yaml`), 'utf8')) as {
    paths: Record<string, Record<string, { operationId: string }>>;
  };
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ path: path.replace('{orderId}', orderId), method: method.toUpperCase() })),
  );
  expect(operations.length).toBeGreaterThan(2);
  for (const { path, method } of operations) {
    const { status } = await send(name, method, path, { key: `${method} ${path} ${orderId}` });
    // Without a body some are refused as invalid; none is unknown.
    expect([200, 422], `${method} ${path}`).toContain(status);
  }
});
