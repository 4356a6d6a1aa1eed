/** Events that a run publishes: each belongs to the commit of the records that say so. */
import type { Json, Plan } from '../language/index.ts';
import { ttlOf } from './awaiting.ts';
import type { NewEvent } from './journal/bus.ts';
import type { Decision, RunState } from './machine/index.ts';

const NONE: readonly NewEvent[] = [];

/**
 * The events that come with a decision, in the order in which the run came to them, once its records are applied to `state`.
 * Their id is the idempotency key of what published them, so that each is kept once for each completion; `family` is that of
 * a run on a virtual clock, else null.
 */
export function publishedBy(
  plan: Plan,
  state: RunState,
  { records, commands }: Pick<Decision, 'records' | 'commands'>,
  family: string | null,
): readonly NewEvent[] {
  let events: NewEvent[] | null = null;
  const publish = (event: { readonly id: string; readonly type: string; readonly data: Json }): void => {
    const { run, workflow, now: at } = state;
    const source = `/workflows/${workflow}/runs/${run}`;
    const until = at + ttlOf(plan, event.type);
    events ??= [];
    events.push({ ...event, source, time: new Date(at).toISOString(), attributes: {}, at, until, run, family });
  };
  for (const record of records)
    if (record.type === 'state.completed' && record.emitted !== null) publish(record.emitted);
  for (const command of commands) if (command.type === 'publish') publish(command.event);
  return events ?? NONE;
}
