/** Finding out who drives a run, and attaching to it there. */
import type { Journal, Visit } from '../../runner/host.ts';
import { visitHolder } from '../../runner/host.ts';
import { RequestError } from '../arguments.ts';

/** How often a run may change hands while it is reached for. */
const TRIES = 5;

/**
 * A visit to the process that drives `run`; null when nobody does. Raises a RequestError with the reason when that process
 * lets nobody in, and closes the journal then.
 */
export async function reach(journal: Journal, run: string): Promise<Visit | null> {
  for (let tries = 0; ; tries++) {
    const holder = journal.holder(run);
    if (holder === null) return null;
    const result = await visitHolder(holder, run, 'debugger');
    if (result.ok) return result.visit;
    if (result.code === 'not-driven' && tries < TRIES) continue;
    journal.close();
    throw new RequestError(result.message);
  }
}
