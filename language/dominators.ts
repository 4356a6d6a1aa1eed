/**
 * Dominators of a directed graph: node A dominates node B when every path from the root to B passes A.
 *
 * Source: K. D. Cooper, T. J. Harvey, K. Kennedy, “A Simple, Fast Dominance Algorithm”, 2001. Immediate dominators are
 * narrowed down in reverse postorder until nothing changes; questions are then answered by the numbering of the
 * dominator tree. Complexity: for the reducible graphs that people write, time linear in the edges; at worst O(V · E).
 * Each question takes constant time.
 */

export interface Dominators {
  /** Whether the node can be reached from the root at all. */
  readonly reached: (node: number) => boolean;
  /** Whether every path from the root to `node` passes `by`; a node dominates itself. False for nodes out of reach. */
  readonly dominates: (by: number, node: number) => boolean;
}

/**
 * Finds the dominators of the nodes from 0 to `successors.length - 1`.
 *
 * @param successors the nodes that each node leads to, repetitions allowed
 */
export function dominatorsOf(successors: readonly (readonly number[])[], root: number): Dominators {
  const order = postorder(successors, root);
  const number = new Int32Array(successors.length).fill(-1);
  for (const [at, node] of order.entries()) number[node] = at;
  const before: number[][] = successors.map(() => []);
  for (const node of order) for (const next of successors[node] ?? []) before[next]?.push(node);

  const immediate = new Int32Array(successors.length).fill(-1);
  immediate[root] = root;
  for (let changed = true; changed;) {
    changed = false;
    for (let at = order.length - 2; at >= 0; at--) {
      const node = order[at] ?? root;
      let found = -1;
      for (const previous of before[node] ?? []) {
        if (immediate[previous] === -1) continue;
        found = found === -1 ? previous : common(previous, found);
      }
      if (immediate[node] !== found) {
        immediate[node] = found;
        changed = true;
      }
    }
  }

  /** The nearest node that dominates both: walks up from whichever comes later. */
  function common(one: number, other: number): number {
    let [left, right] = [one, other];
    while (left !== right) {
      while ((number[left] ?? 0) < (number[right] ?? 0)) left = immediate[left] ?? root;
      while ((number[right] ?? 0) < (number[left] ?? 0)) right = immediate[right] ?? root;
    }
    return left;
  }

  const { first, last } = intervals(immediate, order, root);
  const reached = (node: number): boolean => (number[node] ?? -1) >= 0;
  return {
    reached,
    dominates: (by, node) =>
      reached(by) && reached(node) && (first[by] ?? 0) <= (first[node] ?? 0) && (last[node] ?? 0) <= (last[by] ?? 0),
  };
}

/** The nodes in the order in which a search in depth leaves them; without recursion, because chains may be long. */
function postorder(successors: readonly (readonly number[])[], root: number): readonly number[] {
  const order: number[] = [];
  const seen = new Uint8Array(successors.length);
  const stack: { readonly node: number; next: number }[] = [{ node: root, next: 0 }];
  seen[root] = 1;
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = successors[top.node]?.[top.next++];
    if (next === undefined) {
      order.push(top.node);
      stack.pop();
    } else if (seen[next] === 0) {
      seen[next] = 1;
      stack.push({ node: next, next: 0 });
    }
  }
  return order;
}

/** Numbers the dominator tree so that a node’s interval encloses those of all that it dominates. */
function intervals(
  immediate: Int32Array,
  order: readonly number[],
  root: number,
): { readonly first: Int32Array; readonly last: Int32Array } {
  const children: number[][] = Array.from({ length: immediate.length }, () => []);
  for (const node of order) if (node !== root) children[immediate[node] ?? root]?.push(node);
  const first = new Int32Array(immediate.length);
  const last = new Int32Array(immediate.length);
  let clock = 0;
  const stack: { readonly node: number; next: number }[] = [{ node: root, next: 0 }];
  first[root] = clock++;
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const child = children[top.node]?.[top.next++];
    if (child === undefined) {
      last[top.node] = clock++;
      stack.pop();
    } else {
      first[child] = clock++;
      stack.push({ node: child, next: 0 });
    }
  }
  return { first, last };
}
