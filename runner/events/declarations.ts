/** What workflows declare of events, for those who receive events before any run does. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Plan } from '../../language/index.ts';
import { DEFAULT_TTL, misfitOf, ttlOf } from '../awaiting.ts';
import type { BusEvent, KeptEvent } from '../journal/bus.ts';
import type { Journal } from '../journal/journal.ts';
import { load, loadRecorded } from '../load.ts';
import { ENDED } from '../machine/index.ts';

const WORKFLOW = /\.workflow\.ya?ml$/;

/** The workflow files anywhere below `folder`, sorted; hidden folders and node_modules are not searched. */
export function workflowFiles(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory())
        return entry.name === 'node_modules' || entry.name.startsWith('.') ? [] : workflowFiles(path);
      return WORKFLOW.test(entry.name) && statSync(path, { throwIfNoEntry: false })?.isFile() === true ? [path] : [];
    });
}

/** The plans of the unfinished runs of a journal, each version once. Raises a JournalError. */
export function plansOfRuns(journal: Journal): readonly Plan[] {
  const known = new Map<string, Plan | null>();
  for (const summary of journal.list()) {
    const key = `${summary.hash} ${summary.resources ?? ''} ${summary.file}`;
    if (ENDED.has(summary.status) || known.has(key)) continue;
    const loaded = loadRecorded(journal, summary);
    known.set(key, 'error' in loaded ? null : loaded.plan);
  }
  return [...known.values()].filter((plan) => plan !== null);
}

/** The plans of the workflows below `folder`; those that have errors are passed over. */
export function plansOfFiles(folder: string): readonly Plan[] {
  return workflowFiles(folder).flatMap((file) => {
    const loaded = load(file);
    return 'error' in loaded ? [] : [loaded.plan];
  });
}

/** How long an event is kept: as long as any of the workflows that declare it wants, a day without one; milliseconds. */
export function ttlAmong(plans: readonly Plan[], type: string): number {
  const declaring = plans.filter((plan) => plan.events.some((event) => event.type === type));
  return declaring.length === 0 ? DEFAULT_TTL : Math.max(...declaring.map((plan) => ttlOf(plan, type)));
}

/** Makes the event a dead letter for each workflow that its data does not fit; gives the reasons. Raises a JournalError. */
export function buryMisfits(
  journal: Journal,
  plans: readonly Plan[],
  event: KeptEvent,
  now: number,
): readonly string[] {
  const reasons = new Map<string, string>();
  for (const plan of plans) {
    const reason = misfitOf(plan, event);
    if (reason === null || reasons.has(plan.workflow)) continue;
    reasons.set(plan.workflow, reason);
    journal.bus.bury(event.number, plan.workflow, reason, now);
  }
  return [...reasons.values()];
}

/** Receives an event from outside into the journal; null when it was already seen. Raises a JournalError. */
export function receiveEvent(
  journal: Journal,
  plans: readonly Plan[],
  event: BusEvent,
  now: number,
): { readonly kept: KeptEvent; readonly misfits: readonly string[] } | null {
  const until = now + ttlAmong(plans, event.type);
  const [kept = null] = journal.bus.receive([{ ...event, at: now, until, run: null, family: null }]);
  return kept === null ? null : { kept, misfits: buryMisfits(journal, plans, kept, now) };
}
