/** Where an expression stands in a file, as far as it decides what the roots are there. */
import {
  type Analysis,
  nodePathAt,
  type Scope,
  type TemplateSite,
  type TypeSpot,
  worldOf,
} from '../../language/index.ts';
import type { Expected } from './completion/expected.ts';
import { scopeOf } from './completion/names.ts';
import type { LastRun } from '../history.ts';
import { operationNamed } from './operations.ts';

/** What a file does not say itself. */
export interface Surroundings {
  /** Names of environment variables that the `.env` file beside the workflow sets. */
  readonly environment: readonly string[];
  /** The latest run of a workflow with this id and exactly this text; null where there is none. */
  readonly lastRun?: (workflow: string, text: string) => LastRun | null;
}

/** The place at `offset`: a value of the file, or, while the file can’t be read there, what `expected` knows of it. */
export function typeSpotAt(analysis: Analysis, offset: number, expected: Expected): TypeSpot {
  const site = siteAt(analysis, offset);
  if (site !== null) return site;
  const scope = scopeOf(analysis.workflow, expected.scope);
  const state = scope.states.find((candidate) => candidate.name === expected.state.at(-1)) ?? null;
  const events = expected.event === null ? null : [expected.event];
  const operation = expected.operation === null ? null : operationNamed(analysis, expected.operation);
  return { node: null, scope, state, place: { events, operation } };
}

/** The value with expressions at `offset`, found by the way that leads there and not among those of the whole file. */
function siteAt(analysis: Analysis, offset: number): TemplateSite | null {
  const { siteOf } = worldOf(analysis);
  const { steps, node } = nodePathAt(analysis.tree, offset);
  for (const one of [...steps.map((step) => step.node), node]) {
    const site = one === null ? undefined : siteOf.get(one);
    if (site !== undefined) return site;
  }
  return null;
}

/** The name of the current item of the innermost `foreach` around, or null outside of one. */
export function itemName(analysis: Analysis, expected: Expected): string | null {
  for (let at: Scope | null = scopeOf(analysis.workflow, expected.scope); at !== null; at = at.parent) {
    if (at.item !== null) return at.item.name;
  }
  return null;
}

/** The names of environment variables or secrets that expressions of the file read, and those that are known besides. */
export function namesRead(analysis: Analysis, root: 'env' | 'secrets', known: readonly string[]): readonly string[] {
  const read = [...analysis.text.matchAll(new RegExp(`\\b${root}\\.([A-Za-z_]\\w*)`, 'g'))].map(
    (match) => match[1] ?? '',
  );
  return [...new Set([...known, ...read])].sort();
}
