/** `backstep history RUN`: the audit trail of a run, for people, for elsewhere, or as a scenario. */
import { existsSync, writeFileSync } from 'node:fs';
import { archiveIn } from '../../debugger/postmortem/archive.ts';
import { inOrder } from '../../debugger/travel/timeline.ts';
import { exportRun } from '../../runner/export.ts';
import type { Journal, RunSummary } from '../../runner/journal/journal.ts';
import type { RunRecord } from '../../runner/machine/index.ts';
import { saveScenario } from '../../runner/scenarios.ts';
import { CommandError } from '../exit.ts';
import { createNarrator } from '../narrator.ts';
import { recordLine } from '../runs/printer.ts';
import { lookAtRun, type JournalOption, type OpenedJournal } from '../runs/journals.ts';
import { readRun } from '../runs/recorded.ts';
import { complain, formatTime, oneLine, paint, print, printJson, table } from '../terminal.ts';

export interface HistoryOptions extends JournalOption {
  readonly json?: boolean | undefined;
  /** A file to write everything about the run to, `-` for standard output. */
  readonly export?: string | undefined;
  /** The name of the scenario that the run is printed as. */
  readonly scenario?: string | undefined;
}

/** Prints every record, with its time and number, or writes all that is known of the run to a file, or a scenario of it. */
export function history(run: string, options: HistoryOptions): Promise<number> {
  return lookAtRun(options, run, (opened, summary) => {
    const { journal } = opened;
    if (options.scenario !== undefined) return printScenario(opened, summary, options.scenario, options.json === true);
    if (options.export !== undefined) return writeExport(journal, run, options.export, options.json === true);
    const { records, plan } = readRun(journal, summary);
    if (options.json === true) {
      for (const record of records) printJson(recordLine(run, record));
      return 0;
    }
    const narrator = createNarrator(plan);
    const rows = records.map((record) => [
      formatTime(record.at, true),
      String(record.seq),
      record.type,
      withActor(record, narrator.tell(record).text),
    ]);
    const heading = ['TIME', 'SEQ', 'RECORD', 'WHAT HAPPENED'];
    for (const line of table([heading, ...rows], (cell, row) => (row === 0 ? paint('bold', cell) : cell))) print(line);
    return 0;
  });
}

/** `text` and whose doing it was, a person's or that of a process, where the words do not say so already. */
function withActor(record: RunRecord, text: string): string {
  const name = 'by' in record && record.by != null ? oneLine(record.by.name) : '';
  return name === '' || text.includes(` by ${name}`) ? text : `${text}, by ${name}`;
}

/** Raises a CommandError when the file cannot be written. */
function writeExport(journal: Journal, run: string, file: string, json: boolean): number {
  const exported = exportRun(journal, run);
  if (file === '-') {
    printJson(exported);
    return 0;
  }
  try {
    writeFileSync(file, `${JSON.stringify(exported, null, 1)}\n`);
  } catch (error) {
    throw new CommandError(`${file} cannot be written: ${(error as Error).message}.`);
  }
  const runs = exported.runs.map((each) => each.run);
  const records = exported.runs.reduce((sum, each) => sum + each.records.length, 0);
  if (json) printJson({ file, runs, records });
  else print(`${file} holds ${runs.length === 1 ? 'the run' : `${runs.length} runs`}: ${runs.join(', ')}.`);
  return 0;
}

/** Prints the run as an entry of a scenario file. Raises a CommandError when none can be made of it. */
async function printScenario(
  { journal, file }: OpenedJournal,
  { run, status, file: workflow }: RunSummary,
  name: string,
  json: boolean,
): Promise<number> {
  if (status === 'running' || status === 'compensating')
    throw new CommandError(`${run} is ${status}: a scenario holds what came of a run. Try again when it rests.`);
  if (!existsSync(workflow)) throw new CommandError(`The workflow ${workflow} is not there any more.`);
  const { strands, definition } = archiveIn(journal, file, run);
  const saved = await saveScenario({
    recording: { run, records: [...inOrder(strands)], planOf: (of, seq) => definition(of, seq)?.plan ?? null },
    workflow,
    name,
  });
  if ('error' in saved) throw new CommandError(saved.error);
  if (json) printJson({ ...saved });
  else {
    print(saved.text.trimEnd());
    for (const difference of saved.differences) complain(`Played, it goes otherwise: ${difference}`);
  }
  return 0;
}
