/** Events that a run publishes: each belongs to the commit of the records that say so. */
import type { Json, Plan } from '../language/index.ts';
import { ttlOf } from './awaiting.ts';
import type { NewEvent } from './journal/bus.ts';
import type { Command, RunRecord, RunState } from './machine/index.ts';

/**
 * The events that come with `records` and the commands decided with them. Their id is the idempotency key of what
 * published them, so that each is kept once for each completion; `family` is that of a run on a virtual clock, else null.
 */
export function publishedBy(
  plan: Plan,
  state: RunState,
  records: readonly RunRecord[],
  commands: readonly Command[],
  family: string | null,
): readonly NewEvent[] {
  const events: NewEvent[] = [];
  const { run, workflow } = state;
  const publish = (event: { readonly id: string; readonly type: string; readonly data: Json }, at: number): void => {
    const source = `/workflows/${workflow}/runs/${run}`;
    const until = at + ttlOf(plan, event.type);
    events.push({ ...event, source, time: new Date(at).toISOString(), attributes: {}, at, until, run, family });
  };
  for (const record of records)
    if (record.type === 'state.completed' && record.emitted !== null) publish(record.emitted, record.at);
  for (const command of commands) if (command.type === 'publish') publish(command.event, state.now);
  return events;
}
