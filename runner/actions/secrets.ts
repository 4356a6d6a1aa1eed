/** The secrets that a workflow names. */
import type { Plan } from '../../language/index.ts';

const found = new WeakMap<Plan, ReadonlySet<string>>();

/** Names of all secrets that expressions of `plan` read, `X` for `secrets.X`. */
export function secretsIn(plan: Plan): ReadonlySet<string> {
  const before = found.get(plan);
  if (before !== undefined) return before;
  const names = new Set<string>();
  collect(plan, names);
  found.set(plan, names);
  return names;
}

/** A plan is plain JSON, in which an expression is an object with its source and the roots that it reads. */
function collect(value: unknown, names: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  const { roots, source } = value as { readonly roots?: unknown; readonly source?: unknown };
  if (Array.isArray(roots) && typeof source === 'string') {
    if (!roots.includes('secrets')) return;
    for (const [, quoted, plain] of source.matchAll(/\bsecrets\s*\.\s*(?:`([^`]+)`|([A-Za-z_]\w*))/g))
      names.add(quoted ?? plain ?? '');
    return;
  }
  for (const inner of Object.values(value)) collect(inner, names);
}
