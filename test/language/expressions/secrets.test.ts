import { describe, expect, it } from 'vitest';
import { evaluateExpression, evaluateTemplate, HIDDEN, unseal } from '../../../language/expressions/evaluate.ts';
import type { Json } from '../../../language/json.ts';
import { expression, MOMENT, template } from './support.ts';

const SECRET = 's3cr3t-value';
/** Bindings with a secret in them, which no caller should give and nothing may use. */
const BINDINGS = { input: { user: 'ada', huge: 'not read' }, vars: { n: 2 }, secrets: { KEY: SECRET } };

function secrets(name: string): string | undefined {
  return name === 'KEY' ? SECRET : undefined;
}

async function sealedValue(value: Json): Promise<Parameters<typeof unseal>> {
  const evaluation = await evaluateTemplate(template(value), BINDINGS, MOMENT);
  if (!evaluation.ok) throw new Error(evaluation.message);
  expect(JSON.stringify(evaluation)).not.toContain(SECRET);
  // It goes through the journal.
  return [...(JSON.parse(JSON.stringify([evaluation.value, evaluation.sealed])) as [Json, []]), secrets];
}

describe('secrets', () => {
  it('are hidden where they stand and put back when they are needed', async () => {
    const value = {
      headers: { Authorization: 'Bearer ${ secrets.KEY }', plain: 'x ${ input.user }' },
      list: ['${ secrets.KEY }', 1],
      call: '${ $base64encode(input.user & ":" & secrets.KEY) }',
    };
    const parts = await sealedValue(value);
    expect(parts[0]).toEqual({ headers: { Authorization: HIDDEN, plain: 'x ada' }, list: [HIDDEN, 1], call: HIDDEN });
    expect(await unseal(...parts)).toEqual({
      ok: true,
      value: {
        headers: { Authorization: `Bearer ${SECRET}`, plain: 'x ada' },
        list: [SECRET, 1],
        call: Buffer.from(`ada:${SECRET}`).toString('base64'),
      },
    });
  });

  it('leave no value behind for anything else to read', async () => {
    for (const source of [
      '$',
      '$$',
      '*',
      '**',
      '$string($)',
      '$lookup($, "secrets")',
      '$.(secrets.KEY)',
      '$each($, function($v) { $v })',
    ]) {
      const evaluation = await evaluateExpression(expression(source), BINDINGS, MOMENT);
      expect(JSON.stringify(evaluation)).not.toContain(SECRET);
    }
  });

  it('take along only what the scalar reads', async () => {
    const [, sealed] = await sealedValue('${ secrets.KEY & input.user & vars.n }');
    expect(sealed).toMatchObject([{ path: [], bindings: { input: { user: 'ada' }, vars: { n: 2 } } }]);
    expect(JSON.stringify(sealed)).not.toContain('not read');
  });

  it('are put back the same whenever it is done', async () => {
    const parts = await sealedValue({ a: '${ secrets.KEY & $random() & $now() }' });
    expect(await unseal(...parts)).toEqual(await unseal(...parts));
  });

  it('hide the whole text around them', async () => {
    const [value, sealed] = await sealedValue('${ input.user }:${ secrets.KEY }');
    expect(value).toBe(HIDDEN);
    expect(await unseal(value, sealed, secrets)).toEqual({ ok: true, value: `ada:${SECRET}` });
  });

  it('that are not set are named', async () => {
    const parts = await sealedValue('${ secrets.OTHER }');
    expect(await unseal(...parts)).toEqual({
      ok: false,
      message: expect.stringContaining('OTHER is not set') as string,
    });
  });

  it('stand in no message', async () => {
    const parts = await sealedValue('${ $number(secrets.KEY) }');
    const result = await unseal(...parts);
    expect(result).toMatchObject({ ok: false });
    expect(JSON.stringify(result)).not.toContain(SECRET);
  });

  it('need nothing where there are none', () => {
    expect(unseal({ a: 1 }, [], secrets)).toEqual({ ok: true, value: { a: 1 } });
  });

  it('keep to places that are called __proto__', async () => {
    const parts = await sealedValue(JSON.parse('{"__proto__": "${ secrets.KEY }"}') as Json);
    expect(JSON.stringify(parts[0])).toBe(`{"__proto__":"${HIDDEN}"}`);
    expect(JSON.stringify(await unseal(...parts))).toBe(`{"ok":true,"value":{"__proto__":"${SECRET}"}}`);
  });
});
