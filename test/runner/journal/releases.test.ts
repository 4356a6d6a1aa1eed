// Journals that releases have written are read, replayed and gone on with for ever; see test/fixtures/journals/make.ts.
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import { readMocks } from '../../../runner/actions/mocks.ts';
import { virtualClock } from '../../../runner/clock.ts';
import { createHost } from '../../../runner/host.ts';
import { MIGRATIONS } from '../../../runner/journal/migrations.ts';
import { openJournal } from '../../../runner/journal/sqlite.ts';
import { loadRecorded, textAt } from '../../../runner/load.ts';
import { fold, statusOf } from '../../../runner/machine/index.ts';
import type { StimulusBody } from '../../../runner/machine/index.ts';
import { expectedOf } from '../../fixtures/journals/make.ts';
import type { Expected } from '../../fixtures/journals/make.ts';

const FOLDER = join(import.meta.dirname, '../../fixtures/journals');
const RELEASES = readdirSync(FOLDER, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? entry.name : [],
);

const scratch = mkdtempSync(join(tmpdir(), 'backstep-releases-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** A copy of a release's journal, opened by this one. */
function opened(release: string, name: string) {
  const file = join(scratch, `${release}-${name}.db`);
  cpSync(join(FOLDER, release, 'runs.sqlite'), file);
  return openJournal(file);
}

it('there is a journal of every format', () => {
  const formats = RELEASES.map((release) => {
    const db = new DatabaseSync(join(FOLDER, release, 'runs.sqlite'), { readOnly: true });
    const { user_version: format } = db.prepare('PRAGMA user_version').get() as { user_version: number };
    db.close();
    return format;
  });
  expect(formats.toSorted()).toEqual(MIGRATIONS.map((_, at) => at + 1));
});

describe.each(RELEASES)('the journal of %s', (release) => {
  const expected = JSON.parse(readFileSync(join(FOLDER, release, 'expected.json'), 'utf8')) as Record<string, Expected>;

  it.each(Object.keys(expected))('replays %s to what it was', (run) => {
    const journal = opened(release, `replay-${run}`);
    const summary = journal.summary(run);
    const records = journal.read(run);
    if (summary === null) throw new Error('the run is lost');
    expect(expectedOf(records, summary.status)).toEqual(expected[run]);
    for (const seq of [1, records.length]) {
      const loaded = loadRecorded(journal, textAt(summary, records, seq));
      if ('error' in loaded) throw new Error(loaded.error.message);
      if (seq === records.length) expect(statusOf(loaded.plan, fold(records))).toBe(summary.status);
    }
    journal.close();
  });

  it.each<readonly [string, StimulusBody, string]>([
    ['asked', { type: 'decision', state: 'more', by: { name: 'eve' }, outcome: 'yes', form: null }, 'completed'],
    ['suspended', { type: 'retry', by: { name: 'ada' }, state: null }, 'compensated'],
  ])('goes on with %s', async (run, word, end) => {
    const journal = opened(release, `on-${run}`);
    const mocks = readMocks({ 's.undo': { return: {} } });
    if (!mocks.ok) throw new Error(mocks.message);
    const clock = virtualClock(Date.UTC(2026, 0, 2));
    const host = createHost({ journal, clock, holder: 'test', mocks: mocks.mocks });
    const resumed = await host.resume(run);
    if (!resumed.ok) throw new Error(resumed.error.message);
    await resumed.run.settled('waiting');
    expect(await resumed.run.send(word)).toBeNull();
    expect(await resumed.run.settled('ended')).toBe(end);
    await host.close();
    journal.close();
  });
});
