/** What becomes of a word for a task that is left in the journal, by several people at the same instant. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fateOf } from '../../runner/fate.ts';
import type { TaskWord } from '../../runner/fate.ts';
import { memoryJournal } from '../../runner/journal/memory.ts';
import type { Journal } from '../../runner/journal/journal.ts';
import { begin, makePlace } from './support/hosting.ts';
import type { Place } from './support/hosting.ts';

const TEXT = `
workflow: ask
participants: { office: { role: office } }
states:
  ask:
    human: { title: May it?, assignee: office, form: { type: object, properties: { n: { type: number } } } }
    on: { yes: again, no: end }
  again: { human: { title: Really?, assignee: office }, on: { yes: end } }
`;

const claim = (name: string): TaskWord => ({
  type: 'task',
  state: 'ask',
  by: { name },
  change: { to: 'claimed', actor: name },
});
const release = (name: string): TaskWord => ({ type: 'task', state: 'ask', by: { name }, change: { to: 'released' } });
const complete = (name: string, n: number, outcome = 'yes'): TaskWord => ({
  type: 'decision',
  state: 'ask',
  by: { name },
  outcome,
  form: { n },
});

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.close());

/** A run that waits for an answer and that nobody drives; `left` leaves a word for it and gives what is asked of its fate. */
async function waiting(journal: Journal) {
  const host = place.host({ journal });
  await (await begin(host, { file: place.write('ask.workflow.yaml', TEXT), id: 'r' })).settled('waiting');
  await host.close();
  const task = journal.read('r').find(({ type }) => type === 'task.created');
  const activation = task?.type === 'task.created' ? task.activation : -1;
  const since = journal.summary('r')?.seq ?? 0;
  return (word: TaskWord) => ({ run: 'r', activation, word, since, message: journal.post('r', word) });
}

const CASES = [
  ['of two claims the first', [claim('ada'), claim('ben')], [null, /already claimed by ada; release it first/]],
  ['claims of one person both', [claim('ada'), claim('ada')], [null, null]],
  ['a claim after one that was given back', [claim('ada'), release('ada'), claim('ben')], [null, null, null]],
  ['of two answers the first', [complete('ada', 1), complete('ben', 1)], [null, /already completed by ada: yes|no open task/]],
  ['of two answers of one person the first', [complete('ada', 1), complete('ada', 2)], [null, /already completed by ada: yes|no open task/]],
  ['no answer that does not fit', [complete('ada', 1, 'maybe'), complete('ben', 2)], [/no outcome maybe|already completed by ben/, null]],
  ['nothing after the answer', [complete('ada', 1), claim('ben')], [null, /already completed by ada: yes|no open task/]],
] as const; // prettier-ignore

it.each(CASES)(
  'is that the run takes %s, and each of them is told, while nobody drives it',
  async (_, words, fates) => {
    const journal = memoryJournal();
    const left = await waiting(journal);
    const all = words.map(left);
    for (const [index, each] of all.entries()) {
      const { heard, refused } = await fateOf(journal, each, 0);
      expect(heard).toBe(false);
      const fate = fates[index] ?? null;
      if (fate === null) expect(refused).toBeNull();
      else expect(refused).toMatch(fate);
    }
  },
);

it.each(CASES)(
  'is that the run takes %s, and each of them is told, while a process drives it',
  async (_, words, fates) => {
    const journal = memoryJournal();
    const left = await waiting(journal);
    const all = words.map(left);
    const resumed = await place.host({ journal }).resume('r');
    if (resumed.ok) await resumed.run.settled('waiting');
    for (const [index, each] of all.entries()) {
      const { heard, refused } = await fateOf(journal, each, 0);
      expect(heard).toBe(true);
      const fate = fates[index] ?? null;
      if (fate === null) expect(refused).toBeNull();
      else expect(refused).toMatch(fate);
    }
  },
);

it('is not known as long as whoever holds the run does not hear it', async () => {
  const journal = memoryJournal();
  const left = await waiting(journal);
  const holder = { id: 'debugger', pid: process.pid, host: 'elsewhere', name: 'debugger', start: null };
  journal.acquire('r', holder, 30_000);
  expect(await fateOf(journal, left(claim('ada')), 0)).toEqual({ heard: false, refused: null });
});
