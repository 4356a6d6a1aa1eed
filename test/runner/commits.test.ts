// Commits that several runs of one process share: what is kept, what is performed, and what a fault means for each run.
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realClock } from '../../runner/clock.ts';
import type { Host, RunHandle } from '../../runner/host.ts';
import { thisHolder } from '../../runner/journal/holders.ts';
import { JournalError } from '../../runner/journal/journal.ts';
import type { Journal } from '../../runner/journal/journal.ts';
import { openJournal } from '../../runner/journal/sqlite.ts';
import { fold, statusOf } from '../../runner/machine/index.ts';
import { begin, makePlace, wrapped } from './support/hosting.ts';
import type { Place } from './support/hosting.ts';

const RUNS = 12;

const STEPS = `
workflow: steps
participants: { s: { baseUrl: "http://localhost", operations: { do: { http: POST /do }, undo: { http: POST /undo } } } }
states:
  one: { call: s.do, compensate: { call: s.undo }, next: two }
  two: { call: s.do, compensate: { call: s.undo }, next: three }
  three: { call: s.do, next: end }
`;

const MOCKS = { 's.do': { return: {} }, 's.undo': { return: null } };

let place: Place;
let file: string;
let journal: Journal;
beforeEach(() => {
  place = makePlace();
  file = place.write('steps.workflow.yaml', STEPS);
  journal = openJournal(join(place.folder, 'runs.db'));
});
afterEach(async () => {
  await place.close();
  journal.close();
});

type AppendAll = NonNullable<Journal['appendAll']>;

/** The journal, with `around` every commit that is shared. */
function sharing(around: (all: Parameters<AppendAll>[0], commit: AppendAll) => ReturnType<AppendAll>): Journal {
  const commit: AppendAll = (all) => journal.appendAll?.(all) ?? [];
  return wrapped(journal, { appendAll: (all) => around(all, commit) });
}

/** The journal, which counts its transactions in `made` and can be made to fail. */
function counting(made: { together: number; alone: number; fault?: JournalError }): Journal {
  let isTogether = false;
  const alone = () => {
    if (!isTogether) made.alone++;
  };
  return wrapped(journal, {
    together(work) {
      made.together++;
      isTogether = true;
      try {
        journal.together?.(() => {
          work();
          if (made.fault !== undefined) throw made.fault;
        });
      } finally {
        isTogether = false;
      }
    },
    create(...about) {
      alone();
      return journal.create(...about);
    },
    acquire(...about) {
      alone();
      return journal.acquire(...about);
    },
  });
}

function beginAll(host: Host): Promise<RunHandle[]> {
  return Promise.all(Array.from({ length: RUNS }, (_, at) => begin(host, { file, id: `r${at}` })));
}

function attempts(run: string): number {
  return journal.read(run).filter(({ type }) => type === 'attempt.started').length;
}

/** Takes up what is left by a process of its own, and gives how each run ended. */
async function finish(): Promise<string[]> {
  const host = place.host({ journal, clock: realClock(), mocks: MOCKS });
  const statuses: string[] = [];
  for (const { run } of journal.list()) {
    const resumed = await host.resume(run);
    if (!resumed.ok) throw new Error(resumed.error.message);
    statuses.push(await resumed.run.settled('ended'));
  }
  return statuses;
}

describe('runs that are ready at the same time', () => {
  it('share commits, and perform nothing before theirs', async () => {
    const sizes: number[] = [];
    let committing = false;
    const host = place.host({
      journal: sharing((all, commit) => {
        sizes.push(all.length);
        committing = true;
        const result = commit(all);
        committing = false;
        return result;
      }),
      clock: realClock(),
      mocks: MOCKS,
      observer: {
        committed(records, { state }) {
          // Whoever is told of records finds them in the journal.
          expect(committing).toBe(false);
          expect(journal.summary(state.run)?.seq).toBeGreaterThanOrEqual(records.at(-1)?.seq ?? 0);
        },
      },
    });
    const runs = await beginAll(host);
    for (const run of runs) expect(await run.settled('ended')).toBe('completed');
    expect(Math.max(...sizes)).toBeGreaterThan(RUNS / 2);
    expect(sizes.length).toBeLessThan(2 * RUNS);
    for (const { run, status } of journal.list()) {
      expect(status).toBe('completed');
      expect(journal.holder(run)).toBeNull();
      const records = journal.read(run);
      expect(records.map(({ seq }) => seq)).toEqual(records.map((_, at) => at + 1));
      expect(fold(records).lifecycle).toBe('completed');
    }
    expect(host.mocks?.calls.get('s.do')).toBe(3 * RUNS);
  });

  it.each([1, 2, 3, 4])('all stop at a fault of commit %i, of which nothing is kept or performed', async (at) => {
    let commits = 0;
    const host = place.host({
      journal: sharing((all, commit) => {
        if (++commits === at) throw new JournalError('journal-full', 'made up: full');
        return commit(all);
      }),
      clock: realClock(),
      mocks: MOCKS,
    });
    const runs = await beginAll(host);
    const ends = await Promise.allSettled(runs.map((run) => run.settled('ended')));
    const stopped = ends.filter(({ status }) => status === 'rejected');
    expect(stopped.length).toBeGreaterThan(1);
    for (const end of stopped) expect(end).toMatchObject({ reason: { code: 'journal-full' } });
    expect(host.mocks?.calls.get('s.do') ?? 0).toBe(runs.reduce((sum, { id }) => sum + attempts(id), 0));
    for (const run of runs) {
      const kept = fold(journal.read(run.id));
      expect(journal.summary(run.id)?.status).toBe(statusOf(run.view().plan, kept));
    }
    await host.close();
    expect(await finish()).toEqual(Array<string>(RUNS).fill('completed'));
  });

  it('go on without the one whose lease another process took', async () => {
    let commits = 0;
    const host = place.host({
      journal: sharing((all, commit) => {
        if (++commits === 2) {
          journal.release({ run: 'r3', holder: thisHolder('gone'), token: 1, until: 0 });
          expect(journal.acquire('r3', thisHolder('another'), 30_000)).toMatchObject({ token: 2 });
        }
        return commit(all);
      }),
      clock: realClock(),
      mocks: MOCKS,
    });
    const runs = await beginAll(host);
    for (const run of runs) {
      if (run.id === 'r3') await expect(run.settled('ended')).rejects.toMatchObject({ code: 'lease-lost' });
      else expect(await run.settled('ended')).toBe('completed');
    }
    expect(attempts('r3')).toBeLessThan(3);
    expect(journal.holder('r3')?.name).toBe('another');
  });

  it('keep what was decided when their host is closed, and perform nothing of it', async () => {
    const closing: Promise<void>[] = [];
    const host = place.host({
      journal: sharing((all, commit) => {
        const result = commit(all);
        if (closing.length === 0) closing.push(host.close());
        return result;
      }),
      clock: realClock(),
      mocks: MOCKS,
    });
    const runs = await beginAll(host);
    await Promise.all(runs.map((run) => run.settled('ended')));
    await Promise.all(closing);
    const kept = journal.list().map(({ run }) => journal.read(run).length);
    expect(journal.list().map(({ run }) => journal.holder(run))).toEqual(kept.map(() => null));
    expect(host.mocks?.calls.get('s.do') ?? 0).toBe(0);
    expect(await finish()).toEqual(Array<string>(RUNS).fill('completed'));
  });

  it('refuse what is said to them when the commit that would answer it fails', async () => {
    let broken = false;
    const host = place.host({
      journal: sharing((all, commit) => {
        if (broken) throw new JournalError('journal-busy', 'made up: busy');
        return commit(all);
      }),
      clock: realClock(),
      mocks: { 's.do': { delay: '1h' } },
    });
    const runs = await beginAll(host);
    broken = true;
    const said = runs.map((run) => run.send({ type: 'cancel', by: { name: 'eve' }, compensate: true, force: false }));
    for (const answer of said) await expect(answer).rejects.toMatchObject({ code: 'journal-busy' });
    for (const run of runs) expect(journal.read(run.id).map(({ type }) => type)).not.toContain('run.cancelling');
  });
});

describe('runs that begin or are taken up at the same time', () => {
  const WAITS = 'workflow: waits\nstates:\n  rest: { wait: 30d, next: end }\n';
  const names = Array.from({ length: RUNS }, (_, at) => `r${at}`);

  it('share one commit, in which those that cannot be had are left out alone', async () => {
    const made = { together: 0, alone: 0 };
    const first = place.host({ journal: counting(made), clock: realClock(), mocks: MOCKS });
    const waits = place.write('waits.workflow.yaml', WAITS);
    const runs = await Promise.all(names.map((id) => begin(first, { file: waits, id })));
    await Promise.all(runs.map((run) => run.settled('waiting')));
    expect(made).toEqual({ together: 1, alone: 0 });
    await first.close();

    const held = journal.acquire('r3', thisHolder('another'), 30_000);
    if ('heldBy' in held) throw new Error('held');
    const second = place.host({ journal: counting(made), clock: realClock() });
    const taken = await Promise.all([...names, 'nobody'].map((run) => second.resume(run)));
    expect(made).toEqual({ together: 2, alone: 0 });
    for (const [at, result] of taken.entries()) {
      const run = names[at];
      if (run === 'r3')
        expect(result).toMatchObject({ ok: false, error: { code: 'held', heldBy: { name: 'another' } } });
      else if (run === undefined) expect(result).toMatchObject({ ok: false, error: { code: 'unknown-run' } });
      else expect([result.ok && result.run.id, journal.holder(run)?.name]).toEqual([run, 'test']);
    }
  });

  it('begin once where several ask for the same id', async () => {
    const host = place.host({ journal, clock: realClock(), mocks: MOCKS });
    const asked = await Promise.all([1, 2, 3].map(() => host.start({ file, input: {}, id: 'same' })));
    expect(asked.map((each) => each.ok && each.existed).sort()).toEqual([false, true, true]);
    for (const each of asked) if (each.ok) expect(await each.run.settled('ended')).toBe('completed');
    expect(host.mocks?.calls.get('s.do')).toBe(3);
  });

  it('keep nothing of anybody at a fault of the commit, and can be begun and taken up again', async () => {
    const full = new JournalError('journal-full', 'made up: full');
    const made: Parameters<typeof counting>[0] = { together: 0, alone: 0, fault: full };
    const host = place.host({ journal: counting(made), clock: realClock(), mocks: MOCKS });
    const refused = await Promise.all(names.map((id) => host.start({ file, input: {}, id })));
    for (const result of refused) expect(result).toMatchObject({ ok: false, error: { journal: 'journal-full' } });
    expect(journal.list()).toEqual([]);
    expect(host.mocks?.calls.get('s.do') ?? 0).toBe(0);

    delete made.fault;
    const waits = place.write('waits.workflow.yaml', WAITS);
    for (const run of await Promise.all(names.map((id) => begin(host, { file: waits, id }))))
      await run.settled('waiting');
    await host.close();
    const again = place.host({ journal: counting(made), clock: realClock() });
    made.fault = full;
    for (const result of await Promise.all(names.map((run) => again.resume(run))))
      expect(result).toMatchObject({ ok: false, error: { journal: 'journal-full' } });
    expect(names.map((run) => journal.holder(run))).toEqual(names.map(() => null));
    delete made.fault;
    for (const result of await Promise.all(names.map((run) => again.resume(run))))
      expect(result).toMatchObject({ ok: true });
  });

  it.each(['begun', 'taken up'])(
    'are in the journal and free when their host is closed as they are %s',
    async (how) => {
      if (how === 'taken up') {
        const before = place.host({ journal, clock: realClock(), mocks: { 's.do': { delay: '1h' } } });
        await beginAll(before);
        await before.close();
      }
      const closing: Promise<void>[] = [];
      const closes = wrapped(journal, {
        together(work) {
          journal.together?.(work);
          closing.push(host.close());
        },
      });
      const host = place.host({ journal: closes, clock: realClock(), mocks: MOCKS });
      const results = await Promise.all(
        names.map((id) => (how === 'begun' ? host.start({ file, input: {}, id }) : host.resume(id))),
      );
      await Promise.all(closing);
      for (const result of results) expect(result).toMatchObject({ ok: false });
      expect(journal.list().map(({ run }) => [run, journal.holder(run)])).toEqual(names.map((run) => [run, null]));
      expect(host.mocks?.calls.get('s.do') ?? 0).toBe(0);
      expect(await finish()).toEqual(Array<string>(RUNS).fill('completed'));
    },
  );
});
