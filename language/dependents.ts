/**
 * What depends on the types that a part gives: results of its states, and what it assigns to variables.
 *
 * 1. Nothing is worked out that nobody has asked for: a type that is not known yet has no reader that would be wrong.
 *    What is not kept because it stands in a circle counts as changed.
 * 2. What a variable is assigned counts as it is found while the type of the variable is being worked out, because it is
 *    often worked out from the variable itself.
 * 3. A part that reads something changed may itself give something else, so that its readers are looked at, too.
 */
import type { Part } from './check.ts';
import type { Checked, Kept } from './kept.ts';
import type { Node } from './tree.ts';
import { resultOf } from './types/results.ts';
import { sameType } from './types/same.ts';
import type { Type } from './types/type.ts';
import { forgetSites, worldOf } from './types/typing.ts';
import { assignedIn, variableIn } from './types/variables.ts';
import { typeOfValue, whileOpen } from './types/world.ts';
import type { State } from './workflow.ts';

/** What parts give, before an edit. */
export interface Given {
  readonly results: ReadonlyMap<State, Type | undefined>;
  readonly assigned: ReadonlyMap<Node, readonly Type[]>;
  readonly variables: ReadonlyMap<Node, Type | undefined>;
}

/** What some parts give to others; what was known of their types is forgotten. */
export function givenBy(kept: Kept, parts: readonly Part[]): Given {
  const { file } = kept;
  const world = worldOf(file);
  const { root } = file.workflow;
  const results = new Map<State, Type | undefined>();
  const assigned = new Map<Node, Type[]>();
  const variables = new Map<Node, Type | undefined>();
  const outer = new Set(root.vars.map(({ node }) => node));
  for (const { states } of parts) {
    for (const state of states) if (state.scope === root) results.set(state, world.results.get(state));
  }
  forgetParts(kept, parts);
  for (const { states, scopes } of parts) {
    for (const [variable, values] of assignedIn(scopes, states)) {
      if (!outer.has(variable)) continue;
      const types = whileOpen(world, world.variables, variable, () => values.map((value) => typeOfValue(world, value)));
      assigned.set(variable, [...(assigned.get(variable) ?? []), ...types]);
      variables.set(variable, world.variables.get(variable));
    }
  }
  return { results, assigned, variables };
}

/** Forgets what was worked out about parts that are other ones now. */
export function forgetParts({ file }: Kept, parts: readonly Part[]): void {
  const world = worldOf(file);
  for (const { states, sites, scopes } of parts) {
    for (const state of states) {
      world.results.delete(state);
      world.rawResults.delete(state);
    }
    for (const { vars } of scopes) for (const { node } of vars) world.variables.delete(node);
    forgetSites(world, sites);
  }
}

/** The sources whose type is another one than before, as `results/NAME` and `vars/NAME`. */
export function changedSources(kept: Kept, before: Given, parts: readonly Part[]): ReadonlySet<string> {
  const { file } = kept;
  const world = worldOf(file);
  const { root } = file.workflow;
  const after = givenBy(kept, parts);
  const changed = new Set<string>();
  for (const state of new Set([...before.results.keys(), ...after.results.keys()])) {
    const known = before.results.get(state);
    const isSame = known !== undefined && after.results.has(state) && sameType(known, resultOf(world, state));
    if (!isSame) changed.add(`results/${state.name}`);
  }
  for (const { name, node } of root.vars) {
    const [one, other] = [before.assigned.get(node), after.assigned.get(node)];
    if (one === undefined && other === undefined) continue;
    if (one?.length === other?.length && one?.every((type, at) => sameType(type, other?.[at] ?? type)) === true)
      continue;
    const known = before.variables.get(node) ?? world.variables.get(node);
    // What is assigned may be worked out from the variable itself, and then from nothing that is known of it.
    readersOf(kept, new Set([`vars/${name}`]));
    const now = known === undefined ? null : variableIn(world, root, name);
    const isSame = known !== undefined && typeof now === 'function' && sameType(known, now());
    if (!isSame) changed.add(`vars/${name}`);
  }
  return changed;
}

/** The parts that read any of `sources`, or anything worked out from them; what was known of their types is forgotten. */
export function readersOf(kept: Kept, sources: ReadonlySet<string>): ReadonlySet<Checked> {
  const found = new Set<Checked>();
  const { workflow } = kept.file;
  const world = worldOf(kept.file);
  const variables = new Map(workflow.root.vars.map(({ node, name }) => [node, name]));
  const changed = new Set(sources);
  // What is added while the set is gone through comes to its turn as well.
  for (const source of changed) {
    for (const reading of [source, '*']) {
      for (const checked of kept.readers.get(reading) ?? []) {
        if (found.has(checked)) continue;
        found.add(checked);
        const { states, scopes, isHead } = checked.part;
        for (const { scope, name } of states) if (scope === workflow.root) changed.add(`results/${name}`);
        for (const variable of assignedIn(scopes, states).keys()) changed.add(`vars/${variables.get(variable) ?? ''}`);
        if (isHead) for (const name of variables.values()) changed.add(`vars/${name}`);
      }
    }
  }
  forgetParts(
    kept,
    [...found].map(({ part }) => part),
  );
  for (const [node, name] of variables) if (changed.has(`vars/${name}`)) world.variables.delete(node);
  return found;
}
