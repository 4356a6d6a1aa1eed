/** `backstep dead-letters`: events that could not be delivered, and sending them again. */
import { eventJson } from '../../runner/events/cloud-events.ts';
import type { Bus } from '../../runner/journal/bus.ts';
import { JournalError } from '../../runner/journal/journal.ts';
import { buryMisfits } from '../../runner/events/declarations.ts';
import { CommandError } from '../exit.ts';
import { journalFile, openExistingJournal, openToLook, type JournalOption } from '../runs/journals.ts';
import { complain, formatTime, paint, print, printJson, table } from '../terminal.ts';
import { declaring } from './emit.ts';

type Options = JournalOption & { readonly json?: boolean | undefined };

/** Lists dead letters with their reasons, the oldest first. */
export function deadLetters(options: Options): number {
  const opened = openToLook(options);
  if (opened === null) {
    complain(`There are no events yet: no journal is at ${journalFile(options)}.`);
    return 0;
  }
  const { bus } = opened.journal;
  try {
    expireIfPossible(bus);
    const letters = bus.deadLetters();
    if (options.json === true) {
      for (const { number, event, workflow, reason, at } of letters)
        printJson({ letter: number, reason, workflow, at: new Date(at).toISOString(), event: eventJson(event) });
      return 0;
    }
    if (letters.length === 0) {
      complain('There are no dead letters.');
      return 0;
    }
    const rows = letters.map(({ number, event, reason, at }) => [
      String(number),
      formatTime(at),
      event.type,
      event.id,
      reason,
    ]);
    const heading = ['LETTER', 'SINCE', 'TYPE', 'EVENT', 'REASON'];
    for (const line of table([heading, ...rows], (cell, row) => (row === 0 ? paint('bold', cell) : cell))) print(line);
    return 0;
  } finally {
    opened.journal.close();
  }
}

/** Makes dead letters of what nothing awaited in time; where nothing can be kept, those that there are can still be shown. */
function expireIfPossible(bus: Bus): void {
  try {
    bus.expire(Date.now());
  } catch (error) {
    const passes = error instanceof JournalError && ['journal-read-only', 'journal-full'].includes(error.code);
    if (!passes) throw error;
  }
}

/** Sends the event of a dead letter again; `id` is the letter's number or the event's id. */
export function resend(id: string, options: Options): number {
  const opened = openExistingJournal(options);
  if (opened === null)
    throw new CommandError(`There is no dead letter ${id}: no journal is at ${journalFile(options)}.`);
  const { bus } = opened.journal;
  try {
    const now = Date.now();
    bus.expire(now);
    const letters = bus.deadLetters();
    const found = letters.filter(({ event }) => event.id === id);
    const events = new Set(found.map(({ event }) => event.number));
    if (events.size > 1)
      throw new CommandError(`Several dead letters have the event id ${id}; name one by its number.`);
    const letter = found[0] ?? letters.find(({ number }) => String(number) === id);
    const sent = letter === undefined ? null : bus.resend(letter.number, now);
    if (sent === null) throw new CommandError(`There is no dead letter ${id}. "backstep dead-letters" lists them.`);
    const misfits = buryMisfits(opened.journal, declaring(opened), sent, now);
    if (options.json === true) printJson({ id: sent.id, source: sent.source, type: sent.type, misfits });
    else print(`${sent.type} ${sent.id}: sent again`);
    for (const reason of misfits) complain(`backstep: It is a dead letter again. ${reason}`);
    return 0;
  } finally {
    opened.journal.close();
  }
}
