/** Functions of the user's modules, as an editor sees them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CompletionList, Hover, Location } from 'vscode-languageserver/node';
import { startClient, type TestClient } from './client.ts';

const FILE = 'post.workflow.yaml';
const TEXT = `workflow: post
participants:
  labels: { module: ./labels.ts, operations: { print: { timeout: 5s } } }
states:
  a: { call: labels.print, with: { id: x }, next: b }
  b: { set: {}, next: end }
output: "\${ results.a.printed }"
`;
const LABELS = `import type { Label } from './types.ts';

/** Prints a label. */
export async function print(label: Label): Promise<{ printed: boolean }> {
  return { printed: label.id !== '' };
}
export { stick } from './stick.ts';
`;

let client: TestClient;
beforeEach(async () => {
  client = await startClient({
    files: {
      'labels.ts': LABELS,
      'types.ts': 'export interface Label { readonly id: string }\n',
      'stick.ts': '/** Sticks it on. */\nexport const stick = (input: string): null => null;\n',
    },
    capabilities: { workspace: { didChangeWatchedFiles: { dynamicRegistration: true } } },
  });
  await client.open(FILE, TEXT);
});
afterEach(() => client.close());

/** A request about the place behind the first `before` of the text. */
function at(before: string, text = TEXT) {
  const offset = text.indexOf(before) + before.length;
  const lines = text.slice(0, offset).split('\n');
  const position = { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 };
  return { textDocument: { uri: client.uri(FILE) }, position };
}

describe('a function of a module', () => {
  it('is found where it is written, from a call and from the settings beside the module', async () => {
    for (const place of ['labels.pri', 'operations: { pri']) {
      const found = await client.request<Location[]>('textDocument/definition', at(place));
      expect(found).toEqual([
        { uri: client.uri('labels.ts'), range: { start: { line: 3, character: 22 }, end: { line: 3, character: 27 } } },
      ]);
    }
    const text = TEXT.replace('labels.print', 'labels.stick');
    await client.replace(FILE, text);
    const [stick] = await client.request<Location[]>('textDocument/definition', at('labels.sti', text));
    expect(stick).toMatchObject({ uri: client.uri('stick.ts'), range: { start: { line: 1, character: 13 } } });
  });

  it('shows its signature and its documentation', async () => {
    const hover = await client.request<Hover>('textDocument/hover', at('labels.pri'));
    expect(hover.contents).toMatchObject({
      value: [
        '**operation `labels.print`** — `a function of ./labels.ts`',
        '```ts\nprint(label: Label): Promise<{ printed: boolean }>\n```',
        'Prints a label.',
      ].join('\n\n'),
    });
    const result = await client.request<Hover>('textDocument/hover', at('results.a.prin'));
    expect(result.contents).toMatchObject({ value: '**printed**: `boolean`' });
  });

  it('is completed with its signature, and so are its arguments and its result', async () => {
    const labels = async (place: string, text: string): Promise<readonly string[]> => {
      await client.replace(FILE, text);
      const list = await client.request<CompletionList | null>('textDocument/completion', at(place, text));
      return (list?.items ?? []).map((item) => `${item.label} ${item.detail ?? ''}`);
    };
    const calls = await labels('call: labels.', TEXT.replace('labels.print', 'labels.'));
    expect(calls).toEqual(expect.arrayContaining([expect.stringContaining('labels.stick stick(input: string): null')]));
    expect(await labels('with: { ', TEXT.replace('id: x', ''))).toEqual([expect.stringMatching(/^id/)]);
    expect(await labels('results.a.', TEXT.replace('.printed', '.'))).toEqual([
      expect.stringMatching(/^printed boolean/),
    ]);
  });

  it('is looked at again as soon as its module, or one that it imports, changes', async () => {
    expect((await client.pushed(FILE)).diagnostics).toEqual([]);
    const change = async (path: string, text: string): Promise<readonly unknown[]> => {
      writeFileSync(join(client.folder, path), text);
      const told = client.next<{ readonly diagnostics: readonly { readonly code: string }[] }>(
        'textDocument/publishDiagnostics',
      );
      await client.notify('workspace/didChangeWatchedFiles', { changes: [{ uri: client.uri(path), type: 2 }] });
      return (await told).diagnostics.map(({ code }) => code);
    };
    expect(await change('types.ts', 'export interface Label { readonly id: string; readonly to: string }\n')).toEqual([
      'missing-argument',
    ]);
    expect(await change('types.ts', 'export interface Label { readonly id?: string }\n')).toEqual([]);
    expect(await change('labels.ts', LABELS.replace(' print(', ' imprint('))).toEqual([
      'unknown-operation',
      'call-without-timeout',
      'unknown-operation',
    ]);
  });
});
