/** `backstep emit TYPE`: puts an event onto the local bus. */
import { basename, dirname } from 'node:path';
import type { Plan } from '../../language/index.ts';
import { newEvent } from '../../runner/events/cloud-events.ts';
import { plansOfFiles, plansOfRuns, receiveEvent } from '../../runner/events/declarations.ts';
import { CommandError, EXIT_USAGE } from '../exit.ts';
import { readJsonOption } from '../json-option.ts';
import { openJournalFor, type JournalOption, type OpenedJournal } from '../runs/journals.ts';
import { complain, print, printJson } from '../terminal.ts';

export interface EmitOptions extends JournalOption {
  readonly data?: string | undefined;
  readonly id?: string | undefined;
  readonly source?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Puts the event onto the bus of the journal; runs that await it are given it when a process drives them. */
export async function emit(type: string, options: EmitOptions): Promise<number> {
  const { id, source } = options;
  const data = options.data === undefined ? null : await readJsonOption('--data', options.data);
  const read = newEvent({ type, ...(id !== undefined && { id }), ...(source !== undefined && { source }) }, data);
  if (!read.ok) throw new CommandError(read.message, EXIT_USAGE);
  const opened = openJournalFor(options);
  try {
    const received = receiveEvent(opened.journal, declaring(opened), read.event, Date.now());
    const { source, id } = read.event;
    if (options.json === true)
      printJson({ id, source, type, new: received !== null, misfits: received?.misfits ?? [] });
    else if (received === null)
      print(`${type} ${id}: an event of ${source} with this id was already seen; it is dropped`);
    else print(`${type} ${id}: received`);
    for (const reason of received?.misfits ?? []) complain(`backstep: It is a dead letter. ${reason}`);
    return 0;
  } finally {
    opened.journal.close();
  }
}

/** The workflows that may declare events: those of unfinished runs, and those in the workspace of the journal. */
export function declaring({ journal, file }: OpenedJournal): readonly Plan[] {
  const folder = dirname(file);
  const workspace = basename(folder) === '.backstep' ? dirname(folder) : process.cwd();
  return [...plansOfRuns(journal), ...plansOfFiles(workspace)];
}
