/** `backstep tasks`: what waits for people. */
import { unlessDamaged } from '../../runner/damage.ts';
import { ENDED } from '../../runner/machine/index.ts';
import { journalFile, openToLook, type JournalOption } from '../runs/journals.ts';
import { openTasks, outcomesOf } from '../runs/open-tasks.ts';
import { readRun } from '../runs/recorded.ts';
import { deliverInbox } from '../runs/words.ts';
import { complain, formatTime, oneLine, paint, print, printJson, table } from '../terminal.ts';

/** Lists the open tasks of all unfinished runs, the oldest first. */
export async function tasks(options: JournalOption & { readonly json?: boolean | undefined }): Promise<number> {
  const opened = openToLook(options);
  if (opened === null) {
    complain(`There are no runs yet: no journal is at ${journalFile(options)}.`);
    return 0;
  }
  const { journal } = opened;
  try {
    const found = [];
    for (const summary of journal.list()) {
      if (ENDED.has(summary.status)) continue;
      const recorded = unlessDamaged(() => readRun(journal, summary));
      if (recorded === null) {
        complain(`The records of the run ${summary.run} are damaged; its tasks are not known.`);
        continue;
      }
      await deliverInbox(recorded, journal);
      for (const { way, activation, task } of openTasks(recorded.state)) {
        const outcomes = recorded.plan === null ? [] : outcomesOf(recorded.plan, activation);
        found.push({ run: summary.run, state: way, outcomes, ...task });
      }
    }
    found.sort((a, b) => a.createdAt - b.createdAt);
    if (options.json === true) {
      for (const { escalations: _, escalated: _2, createdAt, due, ...task } of found) {
        printJson({
          ...task,
          createdAt: new Date(createdAt).toISOString(),
          due: due === null ? null : new Date(due).toISOString(),
        });
      }
      return 0;
    }
    if (found.length === 0) {
      complain('No task waits for anybody.');
      return 0;
    }
    const rows = found.map(({ run, state, title, assignee, candidates, owner, due, outcomes }) => [
      `${run}/${state}`,
      oneLine(title),
      owner ?? assignee ?? (candidates.length === 0 ? 'anybody' : candidates.join(', ')),
      due === null ? '' : formatTime(due),
      outcomes.join(' | '),
    ]);
    const heading = ['TASK', 'TITLE', 'FOR', 'DUE', 'OUTCOMES'];
    for (const line of table([heading, ...rows], (cell, row) => (row === 0 ? paint('bold', cell) : cell))) print(line);
    return 0;
  } finally {
    journal.close();
  }
}
