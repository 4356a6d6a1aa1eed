/** What becomes of a state whose run is forked, or moved to another text. */
import { declare } from './activations.ts';
import type { RecordBody } from './record.ts';
import { dictionary } from './state.ts';
import type { RunState } from './state.ts';

/** Makes of a run its fork: what it waits for is its own from now on. */
export function applyFork(state: RunState, body: Extract<RecordBody, { type: 'run.forked' }>): void {
  state.run = body.run;
  state.parent = null;
  state.timeoutAt = body.timeoutAt;
  if (state.lock) state.lock.held = false;
  for (const forked of body.activations) {
    const activation = state.activations.get(forked.activation);
    if (!activation) continue;
    const { key, child, until, total, wakeAt, due, escalations } = forked;
    Object.assign(activation, { key, child, until, total, wakeAt });
    if (activation.task) Object.assign(activation.task, { due, escalations });
  }
}

/** Gives everything its name and place in the text that the run has moved to. */
export function applyMigration(state: RunState, body: Extract<RecordBody, { type: 'run.migrated' }>): void {
  state.version = body.to.version;
  state.hash = body.to.hash;
  state.file = body.to.file;
  state.timeoutAt = body.timeoutAt;
  for (const { scope: id, plan, way, as, parallel, states, assign: values, drop } of body.scopes) {
    const scope = state.scopes.get(id);
    if (!scope) continue;
    Object.assign(scope, { plan, way, parallel });
    if (scope.item && as !== null) scope.item = { ...scope.item, as };
    const names = new Map(states);
    const renamed = (name: string): string => names.get(name) ?? name;
    const results = dictionary();
    for (const [name, value] of Object.entries(scope.results)) results[renamed(name)] = value;
    scope.results = results;
    scope.visits = new Map([...scope.visits].map(([name, count]) => [renamed(name), count]));
    scope.completions = new Map([...scope.completions].map(([name, seq]) => [renamed(name), seq]));
    for (const name of drop) Reflect.deleteProperty(scope.vars, name);
    declare(scope, values);
  }
  for (const migrated of body.activations) {
    const activation = state.activations.get(migrated.activation);
    if (!activation) continue;
    const { state: name, plan, way, visit, anew, leave, due, escalations } = migrated;
    Object.assign(activation, { state: name, plan, way, visit });
    if (activation.role === 'state') state.visits.set(way, Math.max(visit, state.visits.get(way) ?? 0));
    if (anew) Object.assign(activation, { input: null, key: null, total: null });
    if (leave) activation.leave = leave;
    if (activation.task) Object.assign(activation.task, { due, escalations });
  }
  for (const { entry: id, plan } of body.entries) {
    const entry = state.entries.get(id);
    if (entry) Object.assign(entry, { plan });
  }
}
