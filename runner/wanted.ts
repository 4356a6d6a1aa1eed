/** A run that one process drives and another wants for a moment: to move it to another version. */
import type { Journal } from './journal/journal.ts';

/** Milliseconds for which a run is left to whoever asked for it. */
const WANTED = 10_000;

/** Whether somebody has asked for the run just now, so that nobody else is to take it up. Raises a JournalError. */
export function isWanted(journal: Journal, run: string): boolean {
  const isRecent = (at: number): boolean => Math.abs(Date.now() - at) < WANTED;
  return journal.inbox(run).some(({ stimulus, at }) => stimulus.type === 'let-go' && isRecent(at));
}
