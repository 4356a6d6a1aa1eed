/** Dominators against their definition: a node dominates another when without it the other can’t be reached. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dominatorsOf } from '../../../language/dominators.ts';

const graph = fc.integer({ min: 1, max: 12 }).chain((count) =>
  fc.array(fc.array(fc.integer({ min: 0, max: count - 1 }), { maxLength: 3 }), {
    minLength: count,
    maxLength: count,
  }),
);

/** The nodes that a path from 0 reaches without passing `without`. */
function reachable(successors: readonly (readonly number[])[], without: number | null): ReadonlySet<number> {
  const seen = new Set<number>();
  const open = without === 0 ? [] : [0];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (seen.has(node) || node === without) continue;
    seen.add(node);
    open.push(...(successors[node] ?? []));
  }
  return seen;
}

describe('dominatorsOf', () => {
  it('agrees with what cannot be reached without a node', () => {
    fc.assert(
      fc.property(graph, (successors) => {
        const dominators = dominatorsOf(successors, 0);
        const all = reachable(successors, null);
        for (const by of successors.keys()) {
          const left = reachable(successors, by);
          for (const node of successors.keys()) {
            expect(dominators.reached(node)).toBe(all.has(node));
            expect(dominators.dominates(by, node)).toBe(all.has(node) && !left.has(node));
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('takes long chains without recursion', () => {
    const length = 100_000;
    const chain = Array.from({ length }, (_, at) => (at + 1 < length ? [at + 1] : []));
    const dominators = dominatorsOf(chain, 0);
    expect(dominators.dominates(1, length - 1)).toBe(true);
    expect(dominators.dominates(length - 1, 1)).toBe(false);
  });
});
