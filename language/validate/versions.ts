/**
 * Family versions: whether runs of older versions find a place in this one.
 *
 * Rule: sections 11 and 13 of the language reference. A target that is no state is always a gap. Which states an older
 * version had is known only where somebody hands it in, such as from the journal of its runs; each of them needs a state
 * of the same way here, or a target in the migration that takes its version over. What stood inside a mapped state is
 * looked for inside its target, as the runner does (section 11).
 * Complexity: linear in the states of all versions and the migrations, but for the gaps, which are few.
 */
import satisfies from 'semver/functions/satisfies.js';
import type { KnownVersion, LanguageContext } from '../context.ts';
import { type Diagnostic, finding } from '../diagnostics.ts';
import { entryOf } from '../tree.ts';
import type { Migration, Workflow } from '../workflow.ts';

/** The findings about migrations. */
export function checkVersions(workflow: Workflow, context: LanguageContext): readonly Diagnostic[] {
  if (workflow.migrations.length === 0) return [];
  const ways = new Set(workflow.states.map((state) => state.id));
  return workflow.migrations.flatMap((migration) => [
    ...targets(migration, ways),
    ...gaps(workflow, migration, ways, context.versions?.(workflow.id?.value ?? '') ?? []),
  ]);
}

function targets(migration: Migration, ways: ReadonlySet<string>): readonly Diagnostic[] {
  return migration.states.flatMap(({ from, to }) => {
    // A value that is missing is a matter of form.
    if (to === null || ways.has(to.value)) return [];
    const message = `‘${to.value}’ is no state of this version, so that runs that stand at ‘${from.value}’ have no place. Name a state.`;
    return [finding('migration-gap', to.range, message)];
  });
}

function gaps(
  workflow: Workflow,
  migration: Migration,
  ways: ReadonlySet<string>,
  versions: readonly KnownVersion[],
): readonly Diagnostic[] {
  const { from } = migration;
  if (from === null) return [];
  const mapped = new Map(migration.states.map((one) => [one.from.value, one.to?.value ?? one.from.value]));
  const isOwn = (version: string): boolean => version === workflow.version?.value;
  const missing = new Map<string, string>();
  for (const { version, states } of versions) {
    if (isOwn(version) || !satisfies(version, from.value, { includePrerelease: true })) continue;
    for (const way of states) {
      if (mapped.has(way) || missing.has(way) || ways.has(placeOf(way, mapped))) continue;
      // Where what it stood in has no place, that is the gap.
      if (![...missing.keys()].some((outer) => way.startsWith(`${outer}/`))) missing.set(way, version);
    }
  }
  const range = entryOf(migration.node, 'states')?.key.range ?? from.range;
  return [...missing].map(([way, version]) => {
    const message = `‘${way}’ of version ${version} has no place in this one: no state has its name, and ‘states’ does not say which takes its place.`;
    return finding('migration-gap', range, message);
  });
}

/** Where a state is looked for: what stands inside a state that another takes the place of follows it. */
function placeOf(way: string, mapped: ReadonlyMap<string, string>): string {
  for (let at = way.lastIndexOf('/'); at > 0; at = way.lastIndexOf('/', at - 1)) {
    const target = mapped.get(way.slice(0, at));
    if (target !== undefined) return target + way.slice(at);
  }
  return way;
}
