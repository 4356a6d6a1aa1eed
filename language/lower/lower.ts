/**
 * Workflow → Plan. What can run comes from a Workflow whose form and references are right; everything that the author
 * may leave out is written out here, so that whoever runs the plan decides nothing about defaults.
 */
import { stringAt } from '../build/read.ts';
import { PLAN_FORMAT, type Plan, type PlanMigration, type PlanTrigger } from '../plan.ts';
import { lineIndex } from '../text.ts';
import { type MapNode, valueOf } from '../tree.ts';
import { lowerParticipants } from './participants.ts';
import { lowerScope } from './states.ts';
import {
  durationAt,
  durationOf,
  expressionOrNull,
  fields,
  schemaOf,
  type Source,
  templateOrNull,
  timeoutOf,
} from './values.ts';

/** The version of a definition that says none. */
const NO_VERSION = '0.0.0';
/** How long an event waits for somebody, where its type does not say (section 9): a day. */
const DEFAULT_TTL = 86_400_000;
const DEFAULT_TRANSITIONS = 10_000;
const DEFAULT_DEPTH = 32;

/**
 * The plan of a Workflow. It never throws; of a Workflow with errors it is a picture of what is there, to be drawn and
 * not to be run.
 */
export function lowerWorkflow(source: Source): Plan {
  const { workflow } = source;
  const recovery = workflow.recovery?.value;
  const timeout = timeoutOf(source, workflow.timeout);
  return {
    format: PLAN_FORMAT,
    workflow: workflow.id?.value ?? '',
    version: workflow.version?.value ?? NO_VERSION,
    title: workflow.title?.value ?? null,
    input: schemaOf(workflow.input),
    output: templateOrNull(source, workflow.root.output),
    participants: lowerParticipants(source),
    events: workflow.events.map((event) => ({
      type: event.name,
      data: schemaOf(event.data),
      key: expressionOrNull(source, event.key),
      ttl: durationAt(event.node, 'ttl') ?? DEFAULT_TTL,
    })),
    errors: workflow.errors.map((error) => ({
      type: error.name,
      description: stringAt(error.node, 'description')?.value ?? null,
      data: schemaOf(error.data),
    })),
    triggers: workflow.triggers.flatMap((trigger) => lowerTrigger(source, trigger.node)),
    timeout: timeout?.total ?? timeout?.attempt ?? null,
    recovery: recovery === 'suspend' || recovery === 'fail' ? recovery : 'compensate',
    lock: expressionOrNull(source, workflow.lock),
    limits: {
      transitions: workflow.limits.transitions?.value ?? DEFAULT_TRANSITIONS,
      depth: workflow.limits.depth?.value ?? DEFAULT_DEPTH,
    },
    migrations: workflow.migrations.map((migration): PlanMigration => ({
      from: migration.from?.value ?? '*',
      states: migration.states.flatMap(({ from, to }) => (to === null ? [] : [{ from: from.value, to: to.value }])),
      vars: fields(source, migration.vars),
    })),
    lines: lineIndex(source.text),
    root: lowerScope(source, workflow.root),
  };
}

function lowerTrigger(source: Source, node: MapNode): readonly PlanTrigger[] {
  const input = templateOrNull(source, valueOf(node, 'input'));
  const event = stringAt(node, 'event');
  if (event !== null) {
    return [{ kind: 'event', event: event.value, when: expressionOrNull(source, valueOf(node, 'when')), input }];
  }
  const every = durationOf(valueOf(node, 'every'));
  if (every !== null) return [{ kind: 'every', every, input }];
  const cron = stringAt(node, 'cron');
  return cron === null ? [] : [{ kind: 'cron', cron: cron.value, input }];
}
