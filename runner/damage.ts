/** One damaged run does not keep anybody from the others. */
import { JournalError } from './journal/journal.ts';

/** What `read` gives, or null where it meets a run whose records are damaged. Raises any other JournalError. */
export function unlessDamaged<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof JournalError && error.code === 'journal-damaged') return null;
    throw error;
  }
}
