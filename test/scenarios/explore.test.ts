/** What exploring finds: every end, what stayed undone, and that crashes change neither. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { explore, type Explored } from '../../runner/scenarios.ts';

const WORKFLOW = `workflow: order
version: 1.0.0
input: { type: object, required: [id], properties: { id: { type: string } } }
participants:
  stock:
    baseUrl: http://localhost
    operations:
      reserve: { http: POST /r, output: { type: object, required: [place], properties: { place: { type: string } } } }
      release: { http: POST /x }
      note: { http: POST /n }
  office: { role: office }
states:
  reserve:
    call: stock.reserve
    compensate: { call: stock.release, with: { place: "\${ result.place }" } }
    next: note
  note: { call: stock.note, next: ask }
  ask:
    human: { title: Good?, assignee: office }
    on: { approved: end, rejected: refuse }
  refuse: { fail: { error: refused } }
`;

const folder = mkdtempSync(join(tmpdir(), 'backstep-explore-'));
const file = join(folder, 'order.workflow.yaml');
writeFileSync(file, WORKFLOW);
afterAll(() => rmSync(folder, { recursive: true }));

function lineOf({ variation, played, left }: Explored): string {
  const what = Object.values(variation).join(' ');
  const undone = left.map(({ state, inDoubt }) => (inDoubt ? `${state}?` : state)).join(' ');
  return `${what}: ${played.status}, undone ${played.compensated.join(' ')}, left ${undone}`;
}

it('fails every step in turn, lets people decide otherwise and what undoes fail', async () => {
  const exploring = await explore({ file });
  if (!exploring.ok) throw new Error(exploring.error.message);
  expect(exploring.explored.map(lineOf)).toEqual([
    'none: completed, undone , left ',
    'failure reserve http.400: failed, undone , left ',
    'failure reserve http.503: failed, undone , left reserve?',
    'failure reserve network: failed, undone , left reserve?',
    'failure reserve timeout: failed, undone , left reserve?',
    'failure note http.400: compensated, undone reserve, left ',
    'stuck note http.400 reserve: suspended, undone , left reserve',
    'failure note http.503: compensated, undone reserve, left note?',
    'failure note network: compensated, undone reserve, left note?',
    'failure note timeout: compensated, undone reserve, left note?',
    'outcome ask rejected: compensated, undone reserve, left note',
  ]);
});

it('crashes after every commit, which changes no end', async () => {
  const exploring = await explore({ file });
  if (!exploring.ok) throw new Error(exploring.error.message);
  const crashes = exploring.explored.reduce((sum, each) => sum + each.crashes, 0);
  expect(crashes).toBeGreaterThan(30);
  expect(exploring.explored.flatMap(({ differing }) => differing)).toEqual([]);
});

it('says why a workflow cannot be explored', async () => {
  expect(await explore({ file, input: {} })).toMatchObject({ ok: false, error: { code: 'invalid-input' } });
});
