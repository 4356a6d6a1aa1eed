/** Where an expression stands in a file, as far as it decides what the roots are there. */
import { type Analysis, type Scope, touches, type TypeSpot } from '../../language/index.ts';
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
  const site = analysis.sites.find(({ node }) => touches(node.range, offset));
  if (site !== undefined) return site;
  const scope = scopeOf(analysis.workflow, expected.scope);
  const state = scope.states.find((candidate) => candidate.name === expected.state.at(-1)) ?? null;
  const events = expected.event === null ? null : [expected.event];
  const operation = expected.operation === null ? null : operationNamed(analysis, expected.operation);
  return { node: null, scope, state, place: { events, operation } };
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
