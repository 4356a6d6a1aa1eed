/** What of each workflow the scenarios entered: states, transitions (handlers of errors among them) and compensations. */
import { lineIndex, positionAt } from '../../language/index.ts';
import type { Plan, PlanHandler, PlanListener, PlanScope, PlanState, PlanTransition } from '../../language/index.ts';
import { indexOf } from '../machine/index.ts';
import type { RunRecord, TextRange } from '../machine/index.ts';
import type { PlayedRun } from './play.ts';

export type CoveredKind = 'state' | 'transition' | 'compensation';

/** A part of a workflow; lines and columns count from 1. */
export interface CoveredPart {
  readonly kind: CoveredKind;
  /** A state's way without items, or `FROM → TO`. */
  readonly name: string;
  readonly line: number;
  readonly column: number;
  /** How often it was entered. */
  readonly hits: number;
}

export interface WorkflowCoverage {
  readonly workflow: string;
  /** Absolute path. */
  readonly file: string;
  readonly parts: readonly CoveredPart[];
}

export interface Coverage {
  /** Counts what these runs entered. */
  add(runs: readonly PlayedRun[]): void;
  /** What was counted so far, in the order in which the workflows first ran. */
  report(): readonly WorkflowCoverage[];
}

interface Counted {
  readonly workflow: string;
  readonly parts: Map<string, CoveredPart>;
}

/** Coverage that has counted nothing yet. */
export function createCoverage(): Coverage {
  const files = new Map<string, Counted>();
  return {
    add(runs) {
      for (const run of runs) {
        const { file } = run.state;
        const counted = files.get(file) ?? { workflow: run.plan.workflow, parts: partsOf(run) };
        files.set(file, counted);
        for (const hit of hitsOf(run)) {
          const part = counted.parts.get(hit);
          if (part !== undefined) counted.parts.set(hit, { ...part, hits: part.hits + 1 });
        }
      }
    },
    report: () =>
      [...files].map(([file, { workflow, parts }]) => ({ workflow, file, parts: [...parts.values()].sort(byPlace) })),
  };
}

function byPlace(a: CoveredPart, b: CoveredPart): number {
  return a.line - b.line || a.column - b.column;
}

/** Everything that can be entered, by the mark that `hitsOf` gives it. */
function partsOf({ plan, text }: PlayedRun): Map<string, CoveredPart> {
  const lines = lineIndex(text);
  const parts = new Map<string, CoveredPart>();
  const add = (mark: string, kind: CoveredKind, name: string, range: TextRange): void => {
    const { line, character } = positionAt(lines, range.start);
    parts.set(mark, { kind, name, line: line + 1, column: character + 1, hits: 0 });
  };
  const addTransitions = (from: string, all: readonly (PlanTransition | PlanHandler)[]): void => {
    for (const { next, range } of all) add(markOf(range), 'transition', `${from} → ${next}`, range);
  };
  const addScope = (scope: PlanScope): void => {
    // What a workflow or an embedded scope catches or hears leads from all of it.
    const from = scope.id === '' ? 'the workflow' : scope.id;
    addTransitions(from, [...scope.catch, ...transitionsOf(scope.on)]);
    for (const state of scope.states) addState(state);
  };
  const addState = (state: PlanState): void => {
    const { id, compensate } = state;
    add(`state ${id}`, 'state', id, state.nameRange);
    addTransitions(id, [...state.next, ...transitionsIn(state), ...state.catch]);
    if (compensate !== null && !compensate.none) add(`compensation ${id}`, 'compensation', id, compensate.lineRange);
    for (const scope of scopesIn(state)) addScope(scope);
  };
  addScope(plan.root);
  return parts;
}

function scopesIn({ action }: PlanState): readonly PlanScope[] {
  if (action.kind === 'scope') return [action.scope];
  if (action.kind === 'parallel') return action.branches.map(({ scope }) => scope);
  return action.kind === 'foreach' && action.scope !== null ? [action.scope] : [];
}

/** Transitions of a state besides its `next`. */
function transitionsIn({ action }: PlanState): readonly PlanTransition[] {
  switch (action.kind) {
    case 'human':
      return action.on.flatMap(({ transitions }) => transitions);
    case 'listen':
      return [...transitionsOf(action.on), ...action.onTimeout];
    case 'scope':
      return transitionsOf(action.on);
    default:
      return [];
  }
}

function transitionsOf(listeners: readonly PlanListener[]): readonly PlanTransition[] {
  return listeners.flatMap(({ transitions }) => transitions);
}

/** A mark for each thing that the run entered. */
function hitsOf({ plan, records }: PlayedRun): readonly string[] {
  const entries = new Map<number, string>();
  return records.flatMap((record) => {
    if ('entry' in record && typeof record.entry === 'object' && record.entry !== null)
      entries.set(record.entry.entry, record.entry.plan);
    if (record.type === 'state.entered') return [`state ${record.plan}`];
    if (record.type === 'compensation.entered' && record.role === 'compensation')
      return [`compensation ${stateOf(plan, entries.get(record.entry) ?? '')}`];
    const taken = transitionOf(record);
    return taken === null ? [] : [markOf(taken)];
  });
}

/** The id of the state that is written, where that of an item of a `foreach` with `call` stands for it. */
function stateOf(plan: Plan, id: string): string {
  const range = indexOf(plan).states.get(id)?.nameRange;
  if (range === undefined) return id;
  for (const [other, state] of indexOf(plan).states) if (state.nameRange.start === range.start) return other;
  return id;
}

function transitionOf(record: RunRecord): TextRange | null {
  if (record.type === 'state.completed') return record.transition.range;
  if (record.type === 'error.raised' || record.type === 'event.received')
    return record.leave?.kind === 'transition' ? record.leave.transition.range : null;
  return null;
}

function markOf(range: TextRange): string {
  return `transition ${range.start}-${range.end}`;
}
