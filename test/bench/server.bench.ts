// What a keystroke costs: processor time from the change of a document to its fresh diagnostics, over the protocol.
//   node test/bench/server.bench.ts
import { fileURLToPath } from 'node:url';
import type { DocumentDiagnosticReport } from 'vscode-languageserver/node';
import { startClient, type TestClient } from '../server/client.ts';
import type { Figure } from './extension.bench.ts';

const KEYSTROKES = 30;
const RUNS = 5;

/** Measures at 100 and at 1,000 states. Client and server are one process here, so both are in the figure. */
export async function measureServer(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const states of [100, 1_000]) {
    const client = await startClient({ capabilities: { textDocument: { diagnostic: {} } } });
    const text = workflowOf(states);
    const uri = await client.open('large.workflow.yaml', text);
    await typing(client, uri, text, 10);
    const runs: number[] = [];
    for (let run = 0; run < RUNS; run++) runs.push(await typing(client, uri, text, KEYSTROKES));
    await client.close();
    runs.sort((a, b) => a - b);
    figures.push({
      name: `processor time from a keystroke to fresh diagnostics, ${states} states`,
      value: runs[RUNS >> 1] ?? 0,
      unit: 'ms',
      spread: [runs[0] ?? 0, runs.at(-1) ?? 0],
    });
  }
  for (const states of [1_000, 5_000]) figures.push(...(await measureRequests(states)));
  return figures;
}

/** Processor time of single requests about a long workflow that was looked at already. */
async function measureRequests(states: number): Promise<readonly Figure[]> {
  const client = await startClient({ capabilities: { textDocument: { diagnostic: {} } } });
  const text = workflowOf(states);
  const uri = await client.open('large.workflow.yaml', text);
  const textDocument = { uri };
  await client.request('textDocument/diagnostic', { textDocument });
  const middle = text.indexOf('next: step_', text.length / 2);
  const inExpression = text.indexOf('input.amount', text.length / 2);
  const at = (offset: number): { line: number; character: number } => {
    const before = text.slice(0, offset).split('\n');
    return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
  };
  const requests = [
    ['completion of a state', 'completion', { position: at(middle + 'next: '.length) }],
    ['completion in an expression', 'completion', { position: at(inExpression + 'input.'.length) }],
    ['renaming a state', 'rename', { position: at(middle + 'next: s'.length), newName: 'renamed' }],
    ['semantic tokens', 'semanticTokens/full', {}],
  ] as const;
  const figures: Figure[] = [];
  for (const [name, method, params] of requests) {
    const runs: number[] = [];
    for (let run = 0; run < RUNS * 2; run++) {
      const start = process.cpuUsage();
      await client.request(`textDocument/${method}`, { textDocument, ...params });
      const { user, system } = process.cpuUsage(start);
      if (run >= RUNS) runs.push((user + system) / 1_000);
    }
    runs.sort((a, b) => a - b);
    figures.push({
      name: `processor time of ${name}, ${states} states`,
      value: runs[RUNS >> 1] ?? 0,
      unit: 'ms',
      spread: [runs[0] ?? 0, runs.at(-1) ?? 0],
    });
  }
  await client.close();
  return figures;
}

/** Types and takes away a letter in the middle of the file; milliseconds of processor time for each keystroke. */
async function typing(client: TestClient, uri: string, text: string, keystrokes: number): Promise<number> {
  const before = text.slice(0, text.indexOf('title: Step', text.length / 2) + 11).split('\n');
  const at = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
  const next = { ...at, character: at.character + 1 };
  const start = process.cpuUsage();
  for (let key = 0; key < keystrokes; key++) {
    const change =
      key % 2 === 0 ? { range: { start: at, end: at }, text: 'x' } : { range: { start: at, end: next }, text: '' };
    await client.notify('textDocument/didChange', {
      textDocument: { uri, version: ++version },
      contentChanges: [change],
    });
    const report = await client.request<DocumentDiagnosticReport>('textDocument/diagnostic', { textDocument: { uri } });
    if (report.kind !== 'full') throw new Error('the server did not look at the text again');
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000 / keystrokes;
}

let version = 1;

/** A workflow of calls with arguments, compensations and branches, one after the other. */
function workflowOf(states: number): string {
  const head = `workflow: large
version: 1.0.0
input: { type: object, properties: { id: { type: string }, amount: { type: number } } }
vars: { total: 0 }
participants:
  service:
    baseUrl: https://localhost
    operations:
      do: { http: POST /things, output: { type: object, properties: { id: { type: string } } } }
      undo: { http: "DELETE /things/{id}", effect: write }
policies:
  retry: { often: { on: [network, http.5xx], attempts: 4 } }
states:
`;
  const all = Array.from({ length: states }, (_, index) => {
    const next = index + 1 < states ? `step_${index + 1}` : 'end';
    if (index % 10 === 9) {
      return `  step_${index}:\n    title: Step\n    switch:\n      - when: "\${ vars.total > ${index} }"\n        next: ${next}\n      - next: end\n`;
    }
    return `  step_${index}:
    title: Step
    call: service.do
    with: { id: "\${ input.id }", amount: "\${ input.amount + ${index} }" }
    retry: often
    timeout: 10s
    compensate:
      call: service.undo
      with: { id: "\${ result.id }" }
      after: attempt
      retry: often
    assign: { total: "\${ vars.total + 1 }" }
    next: ${next}
`;
  });
  return head + all.join('');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { name, value, unit, spread } of await measureServer()) {
    const range = spread === undefined ? '' : ` (${spread.map((one) => one.toFixed(1)).join('–')})`;
    console.log(`${name}: ${value.toFixed(1)} ${unit}${range}`);
  }
}
