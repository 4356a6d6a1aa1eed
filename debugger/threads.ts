/** Threads: the run itself, and each branch and item that goes on beside others. */
import type { RunView } from '../runner/host.ts';
import type { FindRun } from './stack.ts';

/** The run's own thread; child runs that their parent waits for stand on it too. */
export const MAIN_THREAD = 1;

export interface Threads {
  /** The thread that a scope of a run belongs to. */
  of(view: RunView, scope: number): number;
  /** The threads that are there now. */
  list(main: RunView): readonly { readonly id: number; readonly name: string }[];
  has(id: number, main: RunView): boolean;
}

/** A table that gives each branch and item a number of its own, for the whole session. */
export function createThreads(find: FindRun, views: () => Iterable<RunView>): Threads {
  const numbers = new Map<string, number>();
  const numberOf = (key: string): number => {
    const known = numbers.get(key) ?? numbers.size + MAIN_THREAD + 1;
    numbers.set(key, known);
    return known;
  };
  const of = (view: RunView, scope: number): number => {
    for (
      let at = view.state.scopes.get(scope);
      at !== undefined;
      at = at.parent === null ? undefined : view.state.scopes.get(at.parent)
    ) {
      if (at.branch !== null || at.item !== null) return numberOf(`${view.state.run}#${at.id}`);
    }
    const { parent, run } = view.state;
    if (parent === null) return MAIN_THREAD;
    if (parent.detached) return numberOf(run);
    const above = find(parent.run);
    if (above === null) return MAIN_THREAD;
    const caller = [...above.state.activations.values()].find((each) => each.way === parent.way);
    return caller === undefined ? MAIN_THREAD : of(above, caller.scope);
  };
  const list: Threads['list'] = (main) => {
    const threads = [{ id: MAIN_THREAD, name: `${main.state.workflow} ${main.state.run}` }];
    for (const view of views()) {
      const { parent, run, workflow, scopes, endedAt } = view.state;
      if (endedAt !== null) continue;
      if (parent?.detached === true) threads.push({ id: numberOf(run), name: `${workflow} ${run}` });
      for (const scope of scopes.values()) {
        const isThread = (scope.branch !== null || scope.item !== null) && scope.phase === 'active';
        if (isThread) threads.push({ id: numberOf(`${run}#${scope.id}`), name: scope.way });
      }
    }
    return threads;
  };
  return { of, list, has: (id, main) => list(main).some((thread) => thread.id === id) };
}
