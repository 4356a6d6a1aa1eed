/** Threads: the run itself, and each branch and item that goes on beside others. */
import type { RunView } from '../runner/host.ts';
import type { FindRun } from './stack.ts';

/** The run's own thread; child runs that their parent waits for stand on it too. */
export const MAIN_THREAD = 1;

/** A scope instance of a run. */
export interface ScopeSpot {
  readonly view: RunView;
  readonly scope: number;
}

export interface Threads {
  /** The thread that a scope of a run belongs to. */
  of(view: RunView, scope: number): number;
  /** The threads that are there now, each with the outermost scope that goes on in it. */
  list(main: RunView): readonly { readonly id: number; readonly name: string; readonly at: ScopeSpot }[];
}

/** A table that gives each branch and item a number of its own, for the whole session. */
export function createThreads(find: FindRun, views: () => Iterable<RunView>): Threads {
  const numbers = new Map<string, number>();
  const numberOf = (view: RunView, scope: number): number => {
    const key = `${view.state.run}#${scope}`;
    const known = numbers.get(key) ?? numbers.size + MAIN_THREAD + 1;
    numbers.set(key, known);
    return known;
  };
  const of = (view: RunView, scope: number): number => {
    const { scopes, parent } = view.state;
    for (let at = scopes.get(scope); at !== undefined; at = at.parent === null ? undefined : scopes.get(at.parent)) {
      if (isThread(at)) return numberOf(view, at.id);
    }
    if (parent === null) return MAIN_THREAD;
    if (parent.detached) return numberOf(view, 0);
    const above = find(parent.run);
    const caller = [...(above?.state.activations.values() ?? [])].find((each) => each.way === parent.way);
    return above === null || caller === undefined ? MAIN_THREAD : of(above, caller.scope);
  };
  const list: Threads['list'] = (main) => {
    const { workflow, run } = main.state;
    const threads = [{ id: MAIN_THREAD, name: `${workflow} ${run}`, at: { view: main, scope: 0 } }];
    for (const view of views()) {
      const { state } = view;
      if (state.endedAt !== null) continue;
      if (state.parent?.detached === true) {
        threads.push({ id: numberOf(view, 0), name: `${state.workflow} ${state.run}`, at: { view, scope: 0 } });
      }
      for (const scope of state.scopes.values()) {
        if (isThread(scope))
          threads.push({ id: numberOf(view, scope.id), name: scope.way, at: { view, scope: scope.id } });
      }
    }
    return threads;
  };
  return { of, list };
}

/** Branches and items are, as long as they go on; what they did is undone on the thread around them. */
function isThread(scope: { readonly branch: unknown; readonly item: unknown; readonly phase: string }): boolean {
  return (scope.branch !== null || scope.item !== null) && scope.phase === 'active';
}
