/** Runs, tasks and events as the service shows them. */
import type { Json, JsonObject } from '../../language/index.ts';
import { unlessDamaged } from '../damage.ts';
import { eventJson } from '../events/cloud-events.ts';
import type { DeadLetter, KeptEvent } from '../journal/bus.ts';
import type { Journal, RunSummary } from '../journal/journal.ts';
import { loadRecorded } from '../load.ts';
import { compensatedOf, errorOf, fold, indexOf, pathOf, pendingStack } from '../machine/index.ts';
import type { Activation, RunError, RunState } from '../machine/index.ts';
import type { Host } from '../host.ts';

const time = (instant: number): string => new Date(instant).toISOString();

export function summaryView({
  run,
  workflow,
  version,
  status,
  startedAt,
  updatedAt,
  parent,
  seq,
}: RunSummary): JsonObject {
  return {
    run,
    workflow,
    version,
    status,
    startedAt: time(startedAt),
    updatedAt: time(updatedAt),
    parent,
    records: seq,
  };
}

/** A run with where it stands and what would be undone. Raises a JournalError. */
export function runView(journal: Journal, host: Host, summary: RunSummary): JsonObject {
  const records = journal.read(summary.run);
  const live = host.runs.get(summary.run)?.view();
  const loaded = live === undefined ? loadRecorded(journal, summary) : null;
  const plan = live?.plan ?? (loaded !== null && 'plan' in loaded ? loaded.plan : null);
  const state = fold(records);
  const current = [...state.activations.values()].filter(({ role, scopes }) => role === 'state' && scopes.length === 0);
  return {
    ...summaryView(summary),
    input: state.input,
    output: state.output,
    error: errorView(errorOf(state)),
    current: current.map(({ way }) => way),
    path: pathOf(records),
    compensated: compensatedOf(records),
    compensationStack:
      plan === null
        ? []
        : pendingStack(plan, state).map(({ state, action, with: given, status, error }) => ({
            ...{ state, action, with: given, status },
            error: errorView(error),
          })),
    tasks: tasksOf(state, plan).map(({ run: _, ...task }) => task),
    drivenBy: journal.holder(summary.run)?.name ?? null,
  };
}

/** The open tasks of all unfinished runs but those that are damaged, the oldest first. Raises a JournalError. */
export function tasksView(journal: Journal, host: Host, unfinished: readonly RunSummary[]): readonly JsonObject[] {
  return unfinished
    .flatMap((summary) => {
      const live = host.runs.get(summary.run)?.view();
      const state = live?.state ?? unlessDamaged(() => fold(journal.read(summary.run)));
      if (state === null || ![...state.activations.values()].some(({ task }) => task !== null)) return [];
      const loaded = live === undefined ? loadRecorded(journal, summary) : null;
      return tasksOf(state, live?.plan ?? (loaded !== null && 'plan' in loaded ? loaded.plan : null));
    })
    .sort((one, other) => one.createdAt.localeCompare(other.createdAt));
}

interface TaskView extends JsonObject {
  readonly run: string;
  readonly createdAt: string;
}

function tasksOf(state: Readonly<RunState>, plan: Parameters<typeof indexOf>[0] | null): TaskView[] {
  return [...state.activations.values()].flatMap((activation): TaskView[] => {
    const { task, way, phase } = activation;
    if (task === null || phase !== 'acting') return [];
    const { title, description, assignee, candidates, members, owner, status, due, createdAt } = task;
    const action = plan === null ? undefined : actionOf(plan, activation);
    return [
      {
        ...{ run: state.run, state: way, title, description, assignee, owner, status },
        ...{ candidates: [...candidates], members: [...members], outcomes: [...(action?.outcomes ?? [])] },
        ...{ form: action?.form ?? null, createdAt: time(createdAt), due: due === null ? null : time(due) },
      },
    ];
  });
}

function actionOf(plan: Parameters<typeof indexOf>[0], { plan: id, role }: Activation) {
  const state = indexOf(plan).states.get(id);
  const action = { state: state?.action, compensation: state?.compensate?.action, confirmation: state?.confirm?.action }[role]; // prettier-ignore
  return action?.kind === 'human' ? action : undefined;
}

function errorView(error: RunError | null): Json {
  if (error === null) return null;
  const { type, message, state, attempt, data } = error;
  return { type, message, state, attempt, data };
}

export function eventView(journal: Journal, event: KeptEvent): JsonObject {
  const deliveredTo = [...journal.bus.takers(event.number)];
  return { number: event.number, received: time(event.at), deliveredTo, event: eventJson(event) };
}

export function letterView({ number, event, workflow, reason, at }: DeadLetter): JsonObject {
  return { number, reason, workflow, at: time(at), event: eventJson(event) };
}
