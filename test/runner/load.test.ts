// What is an error for the runner is what `backstep validate` calls one.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { memoryJournal } from '../../runner/journal/memory.ts';
import { load, loadRecorded } from '../../runner/load.ts';
import { begin, makePlace } from './support/hosting.ts';
import type { Place } from './support/hosting.ts';

/** Nothing leads out of it, which is an error, and nothing leads to `lost`, which is a warning. */
const ROUND = `
workflow: round
states:
  one: { set: {}, next: two }
  two: { wait: 1d, next: one }
  lost: { set: {}, next: one }
`;

/** Its transition leads nowhere, which no severity makes right. */
const BROKEN = 'workflow: broken\nstates:\n  one: { set: {}, next: nowhere }\n';

let place: Place;
beforeEach(() => {
  place = makePlace();
  place.write('.git/HEAD', '');
});
afterEach(() => place.close());

function verdict(file: string): string | readonly string[] {
  const loaded = load(file);
  if (!('error' in loaded)) return 'fine';
  return (loaded.error.findings ?? []).map(({ code }) => code);
}

it('refuses what is an error, and nothing else', () => {
  expect(verdict(place.write('round.workflow.yaml', ROUND))).toEqual(['no-way-out']);
});

it('lets pass what the workspace has made less than an error', () => {
  const file = place.write('flows/round.workflow.yaml', ROUND);
  for (const severity of ['off', 'warning']) {
    place.write('.backstep.yaml', `rules: { no-way-out: ${severity} }`);
    expect(verdict(file)).toBe('fine');
  }
  place.write('.backstep.yaml', 'rules: {}');
  expect(verdict(file)).toEqual(['no-way-out']);
});

it('refuses what the workspace has made an error', () => {
  const file = place.write('round.workflow.yaml', ROUND);
  place.write('.backstep.yaml', 'rules: { no-way-out: off, unreachable-state: error }');
  expect(verdict(file)).toEqual(['unreachable-state']);
});

it('refuses what cannot be compiled, whatever the workspace says', () => {
  const file = place.write('broken.workflow.yaml', BROKEN);
  place.write('.backstep.yaml', 'rules: { unknown-state: off }');
  const loaded = load(file);
  expect(loaded).toMatchObject({ error: { code: 'invalid-workflow' } });
});

it('goes on with a run that has begun, whatever the workspace says since', async () => {
  const file = place.write('round.workflow.yaml', ROUND);
  place.write('.backstep.yaml', 'rules: { no-way-out: off }');
  const journal = memoryJournal();
  const host = place.host({ journal });
  await begin(host, { file, id: 'r' });
  await host.close();
  place.write('.backstep.yaml', 'rules: { unreachable-state: error }');
  const summary = journal.summary('r');
  if (summary === null) throw new Error('the run is lost');
  expect(loadRecorded(journal, summary)).toMatchObject({ plan: { workflow: 'round' } });
  expect(verdict(file)).toEqual(['no-way-out', 'unreachable-state']);
  expect(await place.host({ journal }).resume('r')).toMatchObject({ ok: true, existed: true });
});
