import { join } from 'node:path';
import { build } from 'esbuild';
import fc from 'fast-check';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drawDiagram } from '../../webview/diagram.ts';
import { shorten } from '../../webview/labels.ts';
import { ROOT, launchBrowser } from '../support/workbench/index.ts';
import { call, handler, plan, scope, state, to, undo } from './plans.ts';

/** What Mermaid makes of a text: its states' ids, and its relations with their labels. */
interface Parsed {
  readonly states: string[];
  readonly relations: [from: string, to: string, label: string][];
  readonly labels: string[];
}

declare global {
  interface Window {
    parseDiagram(text: string): Promise<Parsed>;
  }
}

let browser: Browser;
let page: Page;

beforeAll(async () => {
  const { outputFiles } = await build({
    stdin: {
      resolveDir: join(ROOT, 'webview'),
      contents: `
        import mermaid from 'mermaid';
        mermaid.initialize({ startOnLoad: false, securityLevel: 'strict', maxTextSize: 1e9, maxEdges: 1e6 });
        const decode = (text) => text.replace(/ﬂ°°(\\d+)¶ß/g, (_, code) => String.fromCodePoint(Number(code)));
        window.parseDiagram = async (text) => {
          const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
          const { nodes, edges } = db.getData();
          return {
            states: nodes.map(({ id }) => id),
            relations: edges.map(({ start, end, label }) => [start, end, decode(label)]),
            labels: nodes.flatMap(({ label, description }) => [label, ...(Array.isArray(description) ? description : [])]).map((part) => decode(String(part))),
          };
        };`,
    },
    bundle: true,
    format: 'iife',
    write: false,
    logLevel: 'error',
  });
  browser = await launchBrowser();
  page = await browser.newPage();
  await page.addScriptTag({ content: outputFiles[0]?.text ?? '' });
}, 60_000);
afterAll(() => browser.close());

const FRAGMENTS = [
  'end',
  '"',
  ':',
  ';',
  '\n',
  '--',
  '-->',
  '%%',
  '%%{init: {"theme":"dark"}}%%',
  '{',
  '}',
  '[*]',
  '<<choice>>',
  '[[fork]]',
  'direction LR',
  'DIRECTION\tTB',
  'state x {',
  'end note',
  'click a href "javascript:alert(1)"',
  'classDef x fill:red',
  'style a:#f00;',
  ':::x',
  '#35;',
  '&lt;',
  '<script>alert(1)</script>',
  '`a`',
  '**b**',
  '__proto__',
  '\u0000\u0007\u200b\u202e\u2028',
  '\ud800',
  '🎉日本',
  '---\ntitle: x\n---',
];
const text = fc
  .array(fc.oneof(fc.constantFrom(...FRAGMENTS), fc.string({ unit: 'binary', maxLength: 6 })), { maxLength: 5 })
  .map((parts) => parts.join(''));
const name = fc.oneof(
  fc.constantFrom(
    'state',
    'note',
    'Default',
    'direction',
    '__proto__',
    'constructor',
    'a_start',
    'root',
    'class',
    'x__y',
    'undo',
  ),
  fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/).filter((it) => it !== 'end'),
);

test('no text that an author writes changes what Mermaid reads', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(name, { minLength: 1, maxLength: 4 }),
      text,
      text,
      text,
      async (names, ...texts) => {
        const [title, guard, operation] = texts;
        const states = names.map((it, at) =>
          state(it, call(null, operation), {
            title,
            next: [to(names[at + 1] ?? 'end', guard), to(it)],
            catch: [handler('end', [title])],
            compensate: undo(call('p', operation)),
          }),
        );
        const diagram = drawDiagram(plan(scope(states), { title }));
        const parsed = await page.evaluate((it) => window.parseDiagram(it), diagram.text);
        const known = diagram.nodes.map(({ id }) => id);
        expect(parsed.states.toSorted()).toEqual([...known, 'root_end', 'root_start'].toSorted());
        expect(parsed.relations).toEqual(
          diagram.edges.map(({ from, to: target, label }) => [
            from === '[*]' ? 'root_start' : from,
            target === '[*]' ? 'root_end' : target,
            label === '' ? '' : shown(label),
          ]),
        );
        for (const { label } of diagram.nodes) expect(parsed.labels).toContain(shown(label));
      },
    ),
    { numRuns: 300 },
  );
}, 120_000);

/** A label as one line, and an empty one as the space that keeps its place. */
function shown(label: string): string {
  return shorten(label, 1000) || '\u00a0';
}
