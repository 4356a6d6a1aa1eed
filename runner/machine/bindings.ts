/** What expressions see: the roots of section 3 of the language, made from the state of a run. */
import type { Json } from '../../language/index.ts';
import type { Entry, RunState, ScopeInstance } from './state.ts';
import { dictionary } from './state.ts';
import type { Dictionary } from './state.ts';

export interface Bindings {
  readonly [root: string]: Json | undefined;
}

/**
 * The roots that expressions of scope instance `scope` see, but `env` and `secrets`, which the driver adds, and with
 * `extra` ones such as `result` or `error`. Objects of the state are handed out as they are and must not be changed.
 */
export function bindingsOf(state: RunState, scope: number, extra: Bindings = {}): Bindings {
  const only = state.scopes.get(scope);
  // Most decisions are made in the outermost scope, where there is nothing to merge.
  if (only?.parent === null && only.owner === null && only.item === null) {
    const { vars, results } = only;
    return { input: state.input, run: describeRun(state), vars, results, ...extra };
  }
  const bindings: Record<string, Json | undefined> = { input: state.input, run: describeRun(state) };
  let chain = scopesAbove(state, scope);
  const at = chain.findIndex((instance) => entryBehind(state, instance) !== undefined);
  const entry = at < 0 ? undefined : entryBehind(state, chain[at]);
  const seen = entry?.seen ?? null;
  // What undoes a state sees what was around that state then, and not what is there now.
  if (seen !== null) chain = chain.slice(0, at + 1);
  bindings['vars'] = merged(chain, (instance) => instance.vars, seen?.['vars']);
  bindings['results'] = merged(chain, (instance) => instance.results, seen?.['results']);
  for (const [root, value] of Object.entries(seen ?? {})) if (!(root in bindings)) bindings[root] = value;
  if (entry) bindings['result'] = entry.result;
  for (const { item } of chain.toReversed()) {
    if (!item) continue;
    bindings['index'] = item.index;
    bindings[item.as] = item.value;
  }
  return { ...bindings, ...extra };
}

/** The entry that is undone or confirmed by the states of this scope instance. */
function entryBehind(state: RunState, instance: ScopeInstance | undefined): Entry | undefined {
  const owner = instance?.owner == null ? undefined : state.activations.get(instance.owner);
  return owner?.entry == null ? undefined : state.entries.get(owner.entry);
}

/** The scope instances from `scope` outwards to the root. */
export function scopesAbove(state: RunState, scope: number): ScopeInstance[] {
  const chain: ScopeInstance[] = [];
  for (let at = state.scopes.get(scope); at; at = at.parent === null ? undefined : state.scopes.get(at.parent))
    chain.push(at);
  return chain;
}

/** Variables that a transition or a completion has set but no record has committed yet lie over the others. */
export function overlaid(
  bindings: Bindings,
  root: 'vars' | 'results',
  values: readonly (readonly [string, Json])[],
): Bindings {
  if (values.length === 0) return bindings;
  const over = dictionary();
  const under = bindings[root] as Dictionary;
  // Faster than Object.assign, which does not know these objects without a prototype.
  for (const name in under) over[name] = under[name] ?? null;
  for (const [name, value] of values) over[name] = value;
  return { ...bindings, [root]: over };
}

function merged(chain: readonly ScopeInstance[], of: (scope: ScopeInstance) => Dictionary, below?: Json): Dictionary {
  const [only] = chain;
  if (chain.length === 1 && only && below === undefined) return of(only);
  const all = Object.assign(dictionary(), below);
  for (const scope of chain.toReversed()) Object.assign(all, of(scope));
  return all;
}

/** The root `run` of each state, made again only when another process has taken the run up. */
const described = new WeakMap<RunState, { readonly attempt: number; readonly id: string }>();

function describeRun(state: RunState): Json {
  const attempt = state.recoveries + 1;
  const known = described.get(state);
  if (known && known.attempt === attempt && known.id === state.run) return known;
  const made = {
    id: state.run,
    workflow: state.workflow,
    version: state.version,
    startedAt: new Date(state.startedAt).toISOString(),
    attempt,
  };
  described.set(state, made);
  return made;
}
