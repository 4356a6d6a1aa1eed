import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmTableFromMarkdown } from 'mdast-util-gfm-table';
import { gfmTable } from 'micromark-extension-gfm-table';
import { describe, expect, it } from 'vitest';
import { specificationOf } from '../../cli/specification/specification.ts';
import { compile } from '../../language/index.ts';
import type { Plan } from '../../language/index.ts';
import { backstep, folderWith, PATIENCE_MS } from './backstep.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');

function planOf(text: string): Plan {
  const compiled = compile(text);
  if (!compiled.ok) throw new Error(compiled.analysis.diagnostics.map(({ message }) => message).join('\n'));
  return compiled.plan;
}

/** Something of everything, with names and texts that mean something in Markdown. */
const RICH = `
workflow: rich
version: 2.1.0
title: "Rich | and *bold* \`code\`"
input: { type: object, required: [id], properties: { id: { type: string }, more: {} } }
participants:
  bank:
    baseUrl: https://bank.example
    consistency: eventual
    maxConcurrent: 4
    circuitBreaker: { failures: 3, window: 1m, reset: 30s }
    operations:
      hold: { http: POST /holds }
      settle: { http: POST /settle, idempotent: true }
      drop: { http: "DELETE /holds/{id}" }
      look: { http: GET /look, effect: read }
  tools: { operations: { convert: { shell: [convert, "a|b"] } } }
  desk: { role: desk, members: [erin] }
  boss: { role: boss }
events:
  order.paid: { data: { type: object, properties: { id: { type: string } } }, key: "\${ event.data.id }", ttl: 1h }
errors:
  bank.empty: { description: "Nothing | left" }
triggers:
  - { event: order.paid, input: { id: "\${ event.data.id }" } }
  - { cron: "0 3 * * *", input: { id: night } }
timeout: 2d
lock: "\${ input.id }"
vars: { tries: 0 }
catch:
  - { errors: [bank.empty], next: ask }
states:
  hold:
    call: bank.hold
    with: { id: "\${ input.id }", note: "a | b" }
    retry: { on: [network], attempts: 3, delay: 1s, factor: 2, maxDelay: 10s }
    timeout: { attempt: 5s, total: 1m }
    compensate: { call: bank.drop, with: { id: "\${ input.id }" }, after: attempt, onFailure: halt }
    confirm: { call: bank.settle, with: { id: "\${ input.id }" } }
    catch:
      - { errors: [http.402], next: ask }
    next: both
  both:
    parallel:
      join: any
      branches:
        left: { states: { look: { call: bank.look, next: end } } }
        right: { states: { rest: { wait: 5m, next: end } } }
    next: [{ when: "\${ vars.tries > 2 }", next: ask }, { next: convert }]
  convert:
    call: tools.convert
    compensate: none
    catch: warn
    next: each
  each:
    foreach: { in: "\${ [1, 2] }", as: n, call: bank.look }
    next: settle
  settle: { call: bank.settle, pivot: true, next: tell }
  tell: { emit: order.paid, data: { id: "\${ input.id }" }, next: listen }
  listen:
    listen:
      on: { order.paid: end }
      timeout: 1d
      onTimeout: ask
    next: end
  ask:
    human:
      title: "Go on with \${ input.id }?"
      assignee: desk
      due: 4h
      escalate: [{ after: 1h, to: boss }, { after: 1d, outcome: no }]
    on: { yes: end, no: stop }
  stop: { fail: { error: bank.empty } }
`;

describe('the specification of a workflow', () => {
  it('of the example is as it was read and approved', async () => {
    const text = readFileSync(join(EXAMPLES, 'order-fulfillment/shipping.workflow.yaml'), 'utf8');
    await expect(specificationOf(planOf(text), 'shipping.workflow.yaml')).toMatchFileSnapshot(
      'golden/shipping.spec.md',
    );
  });

  it('of one with something of everything is as it was read and approved', async () => {
    await expect(specificationOf(planOf(RICH), 'rich.workflow.yaml')).toMatchFileSnapshot('golden/rich.spec.md');
  });

  it('is Markdown in which every row has the cells of its table, whatever names and texts hold', () => {
    const tree = fromMarkdown(specificationOf(planOf(RICH), 'rich.workflow.yaml'), {
      extensions: [gfmTable()],
      mdastExtensions: [gfmTableFromMarkdown()],
    });
    const tables = tree.children.filter((block) => block.type === 'table');
    expect(tables.length).toBeGreaterThan(7);
    for (const { children } of tables)
      expect(new Set(children.map((row) => row.children.length)).size, JSON.stringify(children[0])).toBe(1);
    const cells = JSON.stringify(tables);
    for (const text of ['convert a|b', 'Nothing | left']) expect(cells).toContain(JSON.stringify(text));
  });
});

describe.concurrent('backstep spec', { timeout: PATIENCE_MS }, () => {
  it('prints the specification', async () => {
    const printed = await backstep(['spec', join(EXAMPLES, 'order-fulfillment/order-fulfillment.workflow.yaml')], {
      cwd: folderWith({}),
    });
    expect(printed).toMatchObject({ status: 0, stderr: '' });
    expect(printed.stdout).toMatch(/^# Order fulfillment\n/);
    expect(printed.stdout).toMatch(/\| `charge` \| `payments\.charge` \| `payments\.refund` \|/);
  });

  it('says what is wrong with a workflow that has errors', async () => {
    const cwd = folderWith({ 'bad.workflow.yaml': 'workflow: bad\nstates:\n  a: { next: gone }\n' });
    const refused = await backstep(['spec', 'bad.workflow.yaml'], { cwd });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/bad\.workflow\.yaml:3:\d+/);
    expect(refused.stderr).toMatch(/it was not described\./);
  });
});
