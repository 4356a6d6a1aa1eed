/** What becomes of runs when their journal cannot be written, is damaged, or is held by another process. */
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { realClock } from '../../runner/clock.ts';
import { JournalError } from '../../runner/journal/journal.ts';
import type { Journal } from '../../runner/journal/journal.ts';
import { thisHolder } from '../../runner/journal/holders.ts';
import { memoryJournal } from '../../runner/journal/memory.ts';
import { openJournal } from '../../runner/journal/sqlite.ts';
import { json } from './actions/support.ts';
import { begin, placeOfEach, wrapped } from './support/hosting.ts';
import { SHOP, ENV, simple, SIMPLE_MOCKS, still } from './support/workflows.ts';

const own = placeOfEach();

describe('faults of the journal', () => {
  const FOUR = simple(
    ['a', 'b', 'c']
      .map((name, at) => `  ${name}: { call: s.${name}, next: ${['b', 'c', 'end'][at] ?? 'end'} }`)
      .join('\n'),
  );

  /** A journal that raises `code` at its `at`-th commit, the creation being the first. */
  function failing(journal: Journal, at: number, code: 'journal-full' | 'journal-busy' | 'lease-lost'): Journal {
    let commits = 1;
    return wrapped(journal, {
      append(lease, append) {
        if (++commits === at) throw new JournalError(code, `made up: ${code}`);
        journal.append(lease, append);
      },
    });
  }

  it.each(['journal-full', 'lease-lost'] as const)(
    '%s stops the run before anything unrecorded is performed',
    async (code) => {
      const journal = memoryJournal();
      const stopped = vi.fn();
      const host = own.place.host({ journal: failing(journal, 3, code), mocks: SIMPLE_MOCKS, stopped });
      const run = await begin(host, { file: own.place.write('f.workflow.yaml', FOUR), id: 'f' });
      await expect(run.settled('ended')).rejects.toMatchObject({ code });
      await vi.waitFor(() => expect(stopped.mock.calls).toMatchObject([['f', { code }]]));
      expect([...(host.mocks?.calls ?? [])]).toEqual([['s.a', 1]]);
      await expect(run.send({ type: 'advance' })).rejects.toMatchObject({ code });
      if (code === 'lease-lost') return;
      const next = own.place.host({ journal, mocks: SIMPLE_MOCKS });
      expect(await next.resume('f')).toMatchObject({ ok: true });
      expect(await next.runs.get('f')?.settled('ended')).toBe('completed');
      expect([...(next.mocks?.calls ?? [])]).toEqual([
        ['s.a', 1],
        ['s.b', 1],
        ['s.c', 1],
      ]);
    },
  );

  it('that pass are over when the same process takes the run up again', async () => {
    const journal = memoryJournal();
    const host = own.place.host({ journal: failing(journal, 3, 'journal-busy'), mocks: SIMPLE_MOCKS });
    const run = await begin(host, { file: own.place.write('f.workflow.yaml', FOUR), id: 'f' });
    await expect(run.settled('ended')).rejects.toMatchObject({ code: 'journal-busy' });
    expect(await host.resume('f')).toMatchObject({ ok: true, existed: true });
    expect(await run.settled('ended')).toBe('completed');
    expect(host.mocks?.calls.get('s.b')).toBe(1);
  });

  it('a clock that is set back by a day changes nothing but the instants', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const journal = openJournal(join(own.place.folder, 'back.db'));
      const answers: (() => void)[] = [];
      const { url } = await own.serving(
        (_, response) => void answers.push(() => json(response, 200, { r: 1, charge: 2 })),
      );
      const host = own.place.host({ journal, clock: realClock(), env: { ...ENV, SHOP_URL: url } });
      const run = await begin(host, { file: own.place.write('t.workflow.yaml', SHOP), input: { id: 1 }, id: 'back' });
      await vi.waitFor(() => expect(answers).toHaveLength(1));
      vi.setSystemTime(Date.now() - 86_400_000);
      answers[0]?.();
      await vi.waitFor(() => expect(answers).toHaveLength(2));
      expect(journal.holder('back')?.name).toBe('test');
      const other = openJournal(join(own.place.folder, 'back.db'));
      expect(other.acquire('back', thisHolder('other'), 30_000)).toMatchObject({ heldBy: { name: 'test' } });
      other.close();
      answers[1]?.();
      expect(await run.settled('ended')).toBe('completed');
      const records = journal.read('back');
      expect(records.map(({ seq }) => seq)).toEqual(records.map((_, at) => at + 1));
      expect(records.at(-1)?.at).toBeLessThan(records[0]?.at ?? 0);
      await host.close();
      journal.close();
    } finally {
      vi.useRealTimers();
    }
  });

  it('a lease that cannot be renewed stops the run', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const journal = memoryJournal();
      const host = own.place.host({
        journal: wrapped(journal, { renew: (leases) => leases }),
        mocks: { 's.a': { delay: '1h' } },
        clock: still(),
      });
      const run = await begin(host, { file: own.place.write('f.workflow.yaml', FOUR), id: 'f' });
      const stopped = expect(run.settled('ended')).rejects.toMatchObject({ code: 'lease-lost' });
      vi.advanceTimersByTime(10_000);
      await stopped;
    } finally {
      vi.useRealTimers();
    }
  });

  it('a disk that is full stops the run, and with room it goes on where it stood', async () => {
    const database = join(own.place.folder, 'small.db');
    const small = openJournal(database, { maxPages: 24 });
    const states = `${Array.from({ length: 60 }, (_, at) => `  s${at}: { call: s.a, with: { n: ${at} }, next: s${at + 1} }`).join('\n')}\n  s60: { call: s.a, next: end }`;
    const file = own.place.write('many.workflow.yaml', simple(states));
    const host = own.place.host({ journal: small, mocks: { 's.a': { return: 'x'.repeat(500) } } });
    const run = await begin(host, { file, id: 'm' });
    await expect(run.settled('ended')).rejects.toMatchObject({
      code: 'journal-full',
      message: expect.stringContaining('make room, then resume it') as string,
    });
    const performed = host.mocks?.calls.get('s.a') ?? 0;
    await host.close();
    const started = small.read('m').filter(({ type }) => type === 'attempt.started').length;
    expect(started).toBe(performed);
    small.close();
    const large = openJournal(database);
    const next = own.place.host({ journal: large, mocks: { 's.a': { return: 'x' } } });
    expect(await next.resume('m')).toMatchObject({ ok: true });
    expect(await next.runs.get('m')?.settled('ended')).toBe('completed');
    expect(large.read('m').filter(({ type }) => type === 'state.completed')).toHaveLength(61);
    await next.close();
    large.close();
  });

  it('is told when the journal cannot be written at the start', async () => {
    const journal = wrapped(memoryJournal(), {
      create() {
        throw new JournalError('journal-read-only', 'made up: read-only');
      },
    });
    const host = own.place.host({ journal, mocks: SIMPLE_MOCKS });
    expect(await host.start({ file: own.place.write('f.workflow.yaml', FOUR), input: {} })).toMatchObject({
      ok: false,
      error: { code: 'journal', journal: 'journal-read-only', message: 'made up: read-only' },
    });
  });
});
