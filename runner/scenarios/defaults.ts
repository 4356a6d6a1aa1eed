/** Answers for everything that a workflow and the workflows that it runs may ask of the world, made from their schemas. */
import { dirname, resolve } from 'node:path';
import type { Json, Plan, PlanState } from '../../language/index.ts';
import type { Mock, Mocks } from '../actions/mocks.ts';
import { succeeded } from '../actions/action.ts';
import { load } from '../load.ts';
import { indexOf } from '../machine/index.ts';
import type { ScenarioDecision, ScenarioEvent } from './read.ts';
import { sampleOf } from './samples.ts';

export interface Defaults {
  readonly mocks: Mocks;
  /** Each task is decided at once, with the first of its outcomes. */
  readonly decisions: ReadonlyMap<string, readonly ScenarioDecision[]>;
  /** Of each `listen` the first event, at the run's beginning. */
  readonly events: readonly ScenarioEvent[];
}

/** What the built-in operations answer. */
const BUILT_IN: readonly (readonly [string, Json])[] = [
  ['http', { status: 200, headers: {}, body: null }],
  ['shell', ''],
  ['script', null],
];

/** The defaults for the plan of `file`. Children that cannot be compiled have none. */
export function defaultsFor(plan: Plan, file: string): Defaults {
  const mocks = new Map<string, readonly Mock[]>(BUILT_IN.map(([name, result]) => [name, [answer(result)]]));
  const decisions = new Map<string, readonly ScenarioDecision[]>();
  const events: ScenarioEvent[] = [];
  const seen = new Set<string>();

  function addState(of: Plan, { id, action }: PlanState, at: string): void {
    if (action.kind === 'run') {
      const child = load(resolve(dirname(at), action.file));
      if (!('error' in child)) add(child.plan, child.file);
    }
    if (action.kind === 'human') {
      const { outcomes, form } = action;
      const filled = form === null || form === true ? {} : sampleOf(form === false ? undefined : form);
      const decision = { after: 0, outcome: outcomes[0] ?? '', form: filled ?? {}, actor: 'somebody', way: [] };
      if (!decisions.has(id)) decisions.set(id, [decision]);
    }
    const listener = action.kind === 'listen' ? action.on[0] : undefined;
    if (listener === undefined || events.some(({ type }) => type === listener.event)) return;
    const schema = of.events.find(({ type }) => type === listener.event)?.data;
    const data = typeof schema === 'boolean' || schema == null ? {} : sampleOf(schema);
    events.push({ at: 0, type: listener.event, data, id: `event-${events.length + 1}`, source: '/explore' });
  }

  function add(of: Plan, at: string): void {
    if (seen.has(at)) return;
    seen.add(at);
    for (const participant of of.participants) {
      for (const { name, output } of participant.operations) {
        const operation = `${participant.name}.${name}`;
        const result = typeof output === 'boolean' || output === null ? {} : sampleOf(output);
        if (!mocks.has(operation)) mocks.set(operation, [answer(result)]);
      }
    }
    for (const state of indexOf(of).states.values()) addState(of, state, at);
  }

  add(plan, file);
  return { mocks, decisions, events };
}

function answer(result: Json): Mock {
  return { delay: 0, outcome: succeeded(result) };
}
