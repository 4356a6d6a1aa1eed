// Several processes at one journal: who drives a run, what reaches it from outside, and what a killed one leaves.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realClock } from '../../runner/clock.ts';
import { createHost } from '../../runner/host.ts';
import type { Journal } from '../../runner/journal/journal.ts';
import { openJournal } from '../../runner/journal/sqlite.ts';
import type { RunStatus } from '../../runner/machine/index.ts';
import { bundleVictim, startVictim } from './victims.ts';

const WAITING = `workflow: waiting
version: 1.0.0
participants: { boss: { role: boss } }
states:
  ask:
    human: { title: Sure?, assignee: boss }
    on: { yes: end, no: refuse }
  refuse: { fail: { error: refused, message: no } }
`;

let folder = '';
let file = '';
let program = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'backstep-processes-'));
  file = join(folder, 'waiting.workflow.yaml');
  writeFileSync(file, WAITING);
  program = await bundleVictim(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Looks at the journal until the run has `status`; the test's own limit of time bounds it. */
async function reached(journal: Journal, run: string, status: RunStatus): Promise<void> {
  while (journal.summary(run)?.status !== status) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('a run that another process drives', () => {
  it('hears what is said to it through the journal', async () => {
    const database = join(folder, 'says.db');
    const journal = openJournal(database);
    const { ended } = startVictim(program, [file, database, 'says', 'start']);
    await reached(journal, 'says', 'waiting');
    expect(journal.holder('says')).toMatchObject({ name: 'victim' });
    journal.post('says', { type: 'decision', state: 'ask', by: { name: 'ada' }, outcome: 'yes', form: null });
    expect((await ended).code).toBe(0);
    expect(journal.summary('says')?.status).toBe('completed');
    expect(journal.inbox('says')).toEqual([]);
    expect(journal.holder('says')).toBeNull();
    journal.close();
  });

  it('is refused to others, and free for them the moment that process is killed', async () => {
    const database = join(folder, 'held.db');
    const journal = openJournal(database);
    const victim = startVictim(program, [file, database, 'held', 'start']);
    await reached(journal, 'held', 'waiting');
    const host = createHost({ journal, clock: realClock(), holder: 'test' });
    const message = expect.stringContaining(`is driven by victim (process ${victim.process.pid ?? 0}`) as string;
    expect(await host.resume('held')).toMatchObject({ ok: false, error: { code: 'held', message } });
    victim.process.kill('SIGKILL');
    await victim.ended;
    expect(await host.resume('held')).toMatchObject({ ok: true, existed: true });
    const run = host.runs.get('held');
    expect(
      await run?.send({ type: 'decision', state: 'ask', by: { name: 'ada' }, outcome: 'no', form: null }),
    ).toBeNull();
    expect(await run?.settled('ended')).toBe('failed');
    await host.close();
    journal.close();
  });

  it('begins once when several processes begin it at the same time', async () => {
    const database = join(folder, 'race.db');
    openJournal(database).close();
    const quick = join(folder, 'quick.workflow.yaml');
    writeFileSync(quick, 'workflow: quick\nvars: { n: 0 }\nstates: { a: { set: { n: 1 }, next: end } }\n');
    const ends = await Promise.all(
      Array.from({ length: 4 }, () => startVictim(program, [quick, database, 'race', 'start']).ended),
    );
    const journal = openJournal(database);
    expect(journal.read('race').filter(({ type }) => type === 'run.started' || type === 'run.completed')).toHaveLength(
      2,
    );
    // One of them began it; the others were shown its end, or told who drives it.
    expect(ends.filter(({ code, output }) => code === 0 && Number(output) > 0).length).toBeGreaterThanOrEqual(1);
    journal.close();
  });

  it('is taken over by exactly one of several processes when its lease has ended', async () => {
    const database = join(folder, 'expired.db');
    const journal = openJournal(database);
    const host = createHost({ journal, clock: realClock(), holder: 'test' });
    const started = await host.start({ file, input: {}, id: 'expired' });
    if (!started.ok) throw new Error(started.error.message);
    await started.run.settled('waiting');
    await host.close();
    // Of a process elsewhere nobody knows whether it lives: its lease holds for as long as it was given, and no longer.
    const elsewhere = { id: 'x', pid: 1, host: 'elsewhere', name: 'gone', start: null };
    expect(journal.acquire('expired', elsewhere, 2000)).toMatchObject({ token: expect.any(Number) as number });
    const refused = await createHost({ journal, clock: realClock(), holder: 'early' }).resume('expired');
    expect(refused).toMatchObject({ ok: false, error: { code: 'held', heldBy: { name: 'gone' } } });
    while (journal.holder('expired') !== null) await new Promise((resolve) => setTimeout(resolve, 5));
    const several = [1, 2, 3, 4].map(() => startVictim(program, [file, database, 'expired', 'resume']));
    let refusals = 0;
    await new Promise<void>((resolve) => {
      for (const { ended } of several) void ended.then(() => ++refusals === several.length - 1 && resolve());
    });
    journal.post('expired', { type: 'decision', state: 'ask', by: { name: 'ada' }, outcome: 'yes', form: null });
    const codes = (await Promise.all(several.map(({ ended }) => ended))).map(({ code }) => code);
    expect(codes.filter((code) => code !== 3)).toEqual([0]);
    expect(journal.read('expired').filter(({ type }) => type === 'run.recovered')).toHaveLength(1);
    expect(journal.summary('expired')?.status).toBe('completed');
    journal.close();
  });
});
