/**
 * Whether a lease holds, as one process sees it, whose clock may have been set, or may differ from that of the holder.
 *
 * 1. A lease that was given or renewed since this process looked at it before holds, whatever its instant says: for as long
 *    as that says if it can be true, for the longest time of a lease if it cannot.
 * 2. From then on the time that passes here counts, not the clock: a lease that nobody renews ends, and no setting of a
 *    clock ends it earlier or lets it last.
 * 3. Of a lease that is looked at for the first time there is only what it says to go by. Of a process that lives on this
 *    machine it says more: when it ends by the time since the machine was started, which nobody sets. Where that is missing,
 *    and for others, it is the instant. One that would hold for longer than leases do was given by a clock that is ahead: it
 *    is believed of a process that lives here, which renews it within moments, and of nobody else.
 * 4. A holder that is surely dead holds nothing.
 */
import { hostname, uptime } from 'node:os';
import { isDead } from './holders.ts';
import { LONGEST_LEASE } from './journal.ts';
import type { Holder } from './journal.ts';

/** A lease as it stands in the journal; instants are in milliseconds. */
export interface KeptLease {
  readonly token: number;
  readonly holder: Holder | null;
  /** Since 1970 by the clock of the holder; 0 for a lease that was given back. */
  readonly until: number;
  /** When it ends by `sinceStart` of the holder's machine; absent in journals of older releases. */
  readonly ends?: number | undefined;
}

export interface LeaseWatch {
  /** Whether the lease of `run`, as it stands now, holds. */
  holds(run: number | string, lease: KeptLease): boolean;
}

/** How exactly systems tell how long they have been running, in milliseconds; some count seconds. */
const EXACT_TO = 1000;

let beforeProcess = uptime() * 1000 - performance.now();

/**
 * Milliseconds since the machine was started, the same for all of its processes, sleep included; where `isExact` is not
 * asked for the last sleep may be missing, because looking is slow.
 */
export function sinceStart(isExact: boolean): number {
  if (isExact) beforeProcess = uptime() * 1000 - performance.now();
  return Math.round(beforeProcess + performance.now());
}

interface Seen {
  readonly token: number;
  readonly until: number;
  /** When it ends, in milliseconds by the time that passes in this process. */
  readonly ends: number;
}

/** Of so many runs it is known how their leases were; of those that were first looked at longer ago it is forgotten. */
const MOST = 50_000;

/** A watch that has seen nothing yet. */
export function createLeaseWatch(): LeaseWatch {
  const seen = new Map<number | string, Seen>();

  function look(run: number | string, { token, holder, until, ends }: KeptLease): Seen {
    const before = seen.get(run);
    if (before?.token === token && before.until === until) return before;
    const isFirst = before === undefined;
    const isHere = holder?.host === hostname() && ends !== undefined;
    const left = isHere && isFirst ? ends - sinceStart(true) - EXACT_TO : until - Date.now();
    const ms = holder === null || until <= 0 ? 0 : lengthOf(left, isFirst, holder);
    const now = { token, until, ends: performance.now() + ms };
    seen.set(run, now);
    const [oldest] = seen.size > MOST ? seen.keys() : [];
    if (oldest !== undefined) seen.delete(oldest);
    return now;
  }

  return {
    holds(run, lease) {
      const { ends } = look(run, lease);
      return lease.holder !== null && performance.now() < ends && !isDead(lease.holder);
    },
  };
}

/** For how many milliseconds a lease still holds of which the clock says that it is `left`. */
function lengthOf(left: number, isFirst: boolean, holder: Holder): number {
  if (left > 0 && left <= LONGEST_LEASE) return left;
  const isBelieved = !isFirst || (left > 0 && holder.host === hostname());
  return isBelieved ? LONGEST_LEASE : 0;
}
