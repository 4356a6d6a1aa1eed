/**
 * Folds records into the state of a run: the only code that changes a state.
 *
 * It is over 400 lines because it is one table, a case for each record, with what several cases share below it.
 *
 * 1. Synchronous and total: every record that was ever written can be applied, and none is refused.
 * 2. Nothing is evaluated or looked up in a plan: what is needed stands in the record.
 * 3. The same records give the same state, in the same order of every map.
 */
import { applyClockSet } from './clock-set.ts';
import type { Assignments, EntryDraft, RecordBody, Role, RunError, RunRecord } from './record.ts';
import { ROOT, dictionary, eventIdentity, newState } from './state.ts';
import type { Activation, Entry, RunState, ScopeInstance, StackItem } from './state.ts';

/** The state after `records`, which begin with a run's first record and are in order. */
export function fold(records: Iterable<RunRecord>): RunState {
  const state = newState();
  for (const record of records) apply(state, record);
  return state;
}

/** Changes `state` by one record; its `seq` must follow that of the state. */
export function apply(state: RunState, record: RunRecord): void {
  state.seq = record.seq;
  state.now = record.at;
  change(state, record, record);
}

function change(state: RunState, body: RecordBody, { seq, at }: { seq: number; at: number }): void {
  switch (body.type) {
    case 'run.started':
      state.run = body.run;
      state.workflow = body.workflow;
      state.version = body.version;
      state.hash = body.hash;
      state.file = body.file;
      state.input = body.input;
      state.seed = body.seed;
      state.parent = body.parent;
      state.timeoutAt = body.timeoutAt;
      state.lock = body.lock == null ? null : { key: body.lock, held: false };
      if (body.event != null) state.received.add(eventIdentity(body.event));
      state.heard = body.heard ?? null;
      state.assigns = body.assigns ?? 'own';
      state.startedAt = at;
      state.lifecycle = 'active';
      return;
    case 'lock.taken':
      if (state.lock) state.lock.held = true;
      return;
    case 'run.completed':
      state.lifecycle = 'completed';
      state.output = body.output;
      state.endedAt = at;
      completeRoot(state);
      state.timeoutAt = null;
      return;
    case 'run.ended':
      state.lifecycle = body.status;
      state.endedAt = at;
      state.timeoutAt = null;
      for (const activation of [...state.activations.keys()]) removeActivation(state, activation);
      return;
    case 'run.timed-out':
      state.timeoutAt = null;
      return;
    case 'run.suspended':
      state.lifecycle = 'suspended';
      state.suspension = body.why;
      return;
    case 'run.recovered':
      state.recoveries += 1;
      for (const { activation: id, until } of body.interrupted) {
        const activation = state.activations.get(id);
        if (!activation) continue;
        activation.doubt = true;
        activation.until = until;
        activation.ahead = 0;
      }
      return;
    case 'run.cancelling': {
      activate(state);
      for (const entry of state.entries.values()) if (entry.unconfirmed) awaitUndoing(state, entry);
      const current = currentOf(state, ROOT);
      if (!current) return;
      leaveBy(current, { kind: 'end', status: 'cancelled', undo: body.compensate });
      current.stopping = false;
      return;
    }
    case 'run.rolling-back':
      activate(state);
      state.rollingBack = true;
      state.endedAt = null;
      return;
    case 'scope.entered':
      enterScope(state, body);
      return;
    case 'scope.confirming': {
      const scope = state.scopes.get(body.scope);
      if (!scope) return;
      scope.phase = 'confirming';
      scope.output = body.output;
      return;
    }
    case 'scope.completed': {
      const scope = state.scopes.get(body.scope);
      if (!scope) return;
      end(state, scope, 'completed');
      scope.output = body.output;
      return;
    }
    case 'scope.given-up': {
      const scope = state.scopes.get(body.scope);
      if (!scope) return;
      if (scope.current !== null) removeActivation(state, scope.current);
      end(state, scope, 'given-up');
      scope.error = body.error;
      scope.rollback = null;
      return;
    }
    case 'state.entered': {
      const scope = state.scopes.get(body.scope);
      if (!scope) return;
      state.visits.set(body.way, body.visit);
      scope.visits.set(body.state, (scope.visits.get(body.state) ?? 0) + 1);
      scope.current = body.activation;
      addActivation(state, { ...body, id: body.activation, role: 'state', entry: null, at });
      return;
    }
    case 'state.prepared': {
      const activation = state.activations.get(body.activation);
      if (!activation) return;
      activation.input = body.input;
      activation.key = body.key;
      activation.total = body.total;
      activation.totalAhead = 0;
      activation.phase = 'calling';
      return;
    }
    case 'attempt.started': {
      const activation = state.activations.get(body.activation);
      if (!activation) return;
      activation.attempt = body.attempt;
      activation.until = body.until;
      activation.ahead = 0;
      activation.startedAt = at;
      activation.phase = 'acting';
      activation.wakeAt = null;
      activation.succeeded = false;
      activation.error = null;
      activation.overdue = null;
      activation.child = body.child;
      if (body.entry) {
        push(state, activation, body.entry, seq);
        activation.pushed = body.entry.entry;
      }
      return;
    }
    case 'wait.started': {
      const activation = state.activations.get(body.activation);
      if (!activation) return;
      activation.phase = 'acting';
      activation.startedAt = at;
      activation.wakeAt = body.until;
      activation.ahead = 0;
      return;
    }
    case 'attempt.succeeded': {
      const activation = state.activations.get(body.activation);
      if (!activation) return;
      activation.phase = 'returned';
      activation.succeeded = true;
      activation.result = body.result;
      activation.answered = null;
      activation.error = null;
      activation.until = null;
      activation.wakeAt = null;
      activation.task = null;
      handOver(state, activation, seq);
      dropScopes(state, activation);
      return;
    }
    case 'attempt.failed': {
      const activation = state.activations.get(body.activation);
      if (!activation) return;
      activation.phase = 'returned';
      activation.attempt = body.attempt;
      activation.succeeded = false;
      activation.error = body.error;
      activation.until = null;
      activation.wakeAt = null;
      activation.task = null;
      activation.injected = null;
      if (!body.nothingDone) activation.doubt = true;
      if (body.nothingDone && !activation.doubt && activation.pushed !== null) {
        discard(state, activation.pushed);
        activation.pushed = null;
      }
      return;
    }
    case 'attempt.overdue': {
      const activation = state.activations.get(body.activation);
      if (activation) activation.overdue = body.error;
      return;
    }
    case 'retry.scheduled': {
      const activation = state.activations.get(body.activation);
      if (!activation) return;
      activation.phase = 'retrying';
      activation.wakeAt = body.wakeAt;
      activation.ahead = 0;
      leaveBy(activation, null);
      activation.stopping = false;
      dropScopes(state, activation);
      return;
    }
    case 'retry.due': {
      const activation = state.activations.get(body.activation);
      if (!activation) return;
      activation.phase = 'calling';
      activation.wakeAt = null;
      return;
    }
    case 'state.completed': {
      const activation = state.activations.get(body.activation);
      const scope = activation && state.scopes.get(activation.scope);
      if (!activation || !scope) return;
      assign(state, scope, body.assign);
      scope.results[activation.state] = body.result;
      scope.last = body.result;
      scope.completions.set(activation.state, seq);
      activation.result = body.result;
      activation.phase = 'leaving';
      leaveBy(activation, { kind: 'transition', transition: body.transition, undo: false });
      activation.error = null;
      if (body.entry) push(state, activation, body.entry, seq);
      else if (activation.pushed !== null) moment(state, activation.pushed, seq);
      complete(state, body.entry?.entry ?? activation.pushed);
      if (body.pivot) state.pivoted = true;
      return;
    }
    case 'transition.taken': {
      const scope = state.scopes.get(body.scope);
      if (!scope) return;
      state.transitions += 1;
      if (body.activation !== null) {
        const activation = state.activations.get(body.activation);
        if (activation) handOver(state, activation, seq);
        removeActivation(state, body.activation);
      }
      scope.rollback = null;
      assign(state, scope, body.assign);
      return;
    }
    case 'state.cancelled': {
      const activation = state.activations.get(body.activation);
      if (!activation) return;
      if (body.entry) push(state, activation, body.entry, seq);
      if (body.pivot === true) state.pivoted = true;
      if (activation.stopping) activation.phase = 'leaving';
      else retire(state, activation);
      return;
    }
    case 'end.withdrawn': {
      state.error = null;
      for (const activation of state.activations.values()) {
        activation.cancelled = false;
        activation.stopping = false;
        leaveBy(activation, null);
        if (activation.phase === 'leaving') activation.phase = 'acting';
      }
      return;
    }
    case 'state.suspended': {
      const activation = state.activations.get(body.activation);
      if (!activation) return;
      activation.suspendedIn = activation.phase;
      activation.phase = 'suspended';
      return;
    }
    case 'state.retried': {
      const activation = state.activations.get(body.activation);
      if (activation) takeUpAgain(activation);
      state.error = null;
      activate(state);
      return;
    }
    case 'error.raised': {
      const activation = state.activations.get(body.activation);
      if (body.arose !== null && body.arose !== body.activation) retireIfOwn(state, body.arose, body.entry, seq);
      else if (activation && body.entry) {
        push(state, activation, body.entry, seq);
        activation.pushed = body.entry.entry;
      }
      if (body.taker.by === 'recovery' && !state.error) state.error = body.error;
      if (!activation) return;
      activation.error = body.error;
      if (body.leave) {
        // An error of the run itself finds its action under way: that is stopped first.
        if (!isActing(activation)) activation.phase = 'leaving';
        leaveBy(activation, body.leave, body.error);
        activation.stopping = false;
      }
      return;
    }
    case 'state.jumped':
    case 'leave.requested': {
      const activation = state.activations.get(body.activation);
      if (!activation) return;
      leaveBy(activation, body.leave);
      activation.stopping = false;
      return;
    }
    case 'leave.started': {
      const activation = state.activations.get(body.activation);
      if (!activation) return;
      activation.stopping = true;
      if (!isUnderWay(activation)) activation.phase = 'leaving';
      for (const child of activation.scopes) stop(state, child);
      return;
    }
    case 'rollback.started': {
      const scope = state.scopes.get(body.scope);
      if (scope) scope.rollback = body.undo;
      return;
    }
    case 'rollback.completed': {
      const scope = state.scopes.get(body.scope);
      if (scope) scope.rollback = null;
      return;
    }
    case 'compensation.entered': {
      const entry = state.entries.get(body.entry);
      if (!entry) return;
      entry.status = 'running';
      entry.error = null;
      entry.unconfirmed = false;
      const activation = addActivation(state, {
        id: body.activation,
        scope: body.scope,
        role: body.role,
        state: entry.state,
        plan: entry.plan,
        way: entry.way,
        visit: entry.visit,
        entry: body.entry,
        at,
      });
      activation.phase = 'calling';
      activation.input = body.role === 'compensation' ? entry.compensate : entry.confirm;
      activation.key = body.key;
      activation.total = body.total;
      activation.totalAhead = 0;
      return;
    }
    case 'compensation.completed': {
      const entry = state.entries.get(body.entry);
      const role: Role = state.activations.get(body.activation)?.role ?? 'compensation';
      removeActivation(state, body.activation);
      if (!entry) return;
      discard(state, body.entry);
      if (role === 'compensation') state.undone += 1;
      return;
    }
    case 'compensation.failed': {
      const entry = state.entries.get(body.entry);
      const role = state.activations.get(body.activation)?.role;
      removeActivation(state, body.activation);
      if (!entry) return;
      entry.error = body.error;
      entry.unconfirmed = role === 'confirmation';
      entry.status = 'failed';
      state.unresolved.add(body.entry);
      if (entry.unconfirmed && !body.halt) awaitUndoing(state, entry);
      return;
    }
    case 'entries.discarded':
      for (const entry of body.entries) discard(state, entry);
      return;
    case 'compensations.dropped':
      for (const id of body.entries) {
        const entry = state.entries.get(id);
        if (entry) Object.assign(entry, { compensate: null, child: null, fault: null });
      }
      return;
    case 'entry.decided': {
      const entry = state.entries.get(body.entry);
      state.unresolved.delete(body.entry);
      if (entry && body.how === 'retry') {
        entry.status = 'pending';
        entry.error = null;
      }
      if (body.how !== 'retry') discard(state, body.entry);
      if (body.how === 'resolve') state.undone += 1;
      if (body.how === 'retry' || state.unresolved.size === 0) activate(state);
      return;
    }
    case 'alert.raised':
    case 'wait.skipped':
      return;
    case 'run.forked':
      fork(state, body);
      return;
    case 'clock.set':
      applyClockSet(state, body, at);
      return;
    case 'run.migrated':
      migrate(state, body);
      return;
    case 'task.created': {
      const activation = state.activations.get(body.activation);
      if (!activation) return;
      activation.phase = 'acting';
      activation.startedAt = at;
      activation.ahead = 0;
      activation.task = { ...body.task, owner: null, status: 'open', createdAt: at, escalated: 0, assigned: false };
      return;
    }
    case 'task.changed': {
      const task = state.activations.get(body.activation)?.task;
      if (!task) return;
      if (body.change.to === 'released') {
        task.owner = null;
        task.status = 'open';
        return;
      }
      task.owner = body.change.actor;
      if (body.change.to === 'assigned') task.assigned = true;
      else task.status = 'claimed';
      return;
    }
    case 'task.escalated': {
      const task = state.activations.get(body.activation)?.task;
      if (!task) return;
      task.escalated = body.step + 1;
      if (body.to !== null) {
        task.assignee = body.to;
        task.members = body.members;
        task.owner = null;
        task.status = 'open';
      }
      return;
    }
    case 'task.completed':
      return;
    case 'event.received': {
      state.received.add(eventIdentity(body.event));
      const activation = body.activation === null ? undefined : state.activations.get(body.activation);
      if (!activation || !body.leave) return;
      leaveBy(activation, body.leave);
      activation.stopping = false;
      return;
    }
    case 'failure.injected': {
      const activation = state.activations.get(body.activation);
      if (activation) activation.injected = { ...body.error };
      return;
    }
    case 'answer.given': {
      const activation = state.activations.get(body.activation);
      if (activation) activation.answered = { result: body.result };
      return;
    }
    case 'value.set': {
      const target = body.target;
      if (target.kind === 'variable') {
        const scope = state.scopes.get(target.scope);
        if (scope) scope.vars[target.name] = body.value;
        return;
      }
      const activation = state.activations.get(target.activation);
      if (!activation) return;
      if (target.kind === 'input') activation.input = { value: body.value, sealed: [] };
      else activation.result = body.value;
      return;
    }
  }
}

/** Whether the activation's action is performed outside of the machine right now. */
export function isActing(activation: Activation): boolean {
  return (
    activation.phase === 'acting' &&
    activation.key !== null &&
    activation.task === null &&
    activation.scopes.length === 0
  );
}

/** Whether a stopped activation must still be waited for: it acts, or what it did is not yet on the stack. */
export function isUnderWay(activation: Activation): boolean {
  return isActing(activation) || (activation.phase === 'returned' && activation.succeeded && activation.key !== null);
}

function fork(state: RunState, body: Extract<RecordBody, { type: 'run.forked' }>): void {
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

function migrate(state: RunState, body: Extract<RecordBody, { type: 'run.migrated' }>): void {
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

/** A person has a suspended state tried again: another series of attempts, or on from where it stood. */
function takeUpAgain(activation: Activation): void {
  const { suspendedIn: phase, succeeded, input } = activation;
  activation.suspendedIn = null;
  activation.error = null;
  if (phase !== null && phase !== 'returned') {
    // It was not its own action that failed: what it waits for, what it holds and where it goes stay as they are.
    activation.phase = phase;
    return;
  }
  activation.series = activation.attempt + 1;
  leaveBy(activation, null);
  activation.stopping = false;
  activation.total = null;
  activation.phase = succeeded ? 'returned' : input ? 'calling' : 'entering';
}

/** What the run confirmed at its end is over: a parent that rolls it back finds the rest. */
function completeRoot(state: RunState): void {
  const root = state.scopes.get(ROOT);
  if (root) root.phase = 'completed';
}

/** Says where an activation goes, and with it which error took it there. */
function leaveBy(activation: Activation, leave: Activation['leave'], taken: RunError | null = null): void {
  activation.leave = leave;
  activation.taken = taken;
}

function activate(state: RunState): void {
  state.lifecycle = 'active';
  state.suspension = null;
}

/** The activation in which a scope stands. */
export function currentOf(state: RunState, scope: number): Activation | undefined {
  const current = state.scopes.get(scope)?.current;
  return current === null || current === undefined ? undefined : state.activations.get(current);
}

function declare(scope: ScopeInstance, values: Assignments): void {
  for (const [name, value] of values) scope.vars[name] = value;
}

/** Sets each variable where it is declared: in this scope, or in the nearest around it (section 2, `vars`). */
function assign(state: RunState, scope: ScopeInstance, assignments: Assignments): void {
  if (state.assigns === 'own') declare(scope, assignments);
  else for (const [name, value] of assignments) declaring(state, scope, name).vars[name] = value;
}

/** A branch or an item ends the search: it may assign only its own (section 6.3). */
function declaring(state: RunState, scope: ScopeInstance, name: string): ScopeInstance {
  for (let at = scope; ;) {
    if (Object.hasOwn(at.vars, name)) return at;
    const parent =
      at.parent === null || at.branch !== null || at.item !== null ? undefined : state.scopes.get(at.parent);
    if (parent === undefined) return scope;
    at = parent;
  }
}

interface NewActivation {
  id: number;
  scope: number;
  role: Role;
  state: string;
  plan: string;
  way: string;
  visit: number;
  entry: number | null;
  at: number;
}

function addActivation(
  state: RunState,
  { at, id, scope, role, state: name, plan, way, visit, entry }: NewActivation,
): Activation {
  const activation: Activation = {
    id,
    scope,
    role,
    state: name,
    plan,
    way,
    visit,
    entry,
    phase: 'entering',
    suspendedIn: null,
    input: null,
    key: null,
    attempt: 0,
    series: 1,
    succeeded: false,
    result: null,
    error: null,
    leave: null,
    taken: null,
    stopping: false,
    cancelled: false,
    doubt: false,
    pushed: null,
    overdue: null,
    child: null,
    injected: null,
    answered: null,
    enteredAt: at,
    startedAt: null,
    until: null,
    total: null,
    wakeAt: null,
    totalAhead: 0,
    ahead: 0,
    scopes: [],
    running: 0,
    task: null,
  };
  state.activations.set(id, activation);
  state.nextId = Math.max(state.nextId, id + 1);
  return activation;
}

function removeActivation(state: RunState, id: number): void {
  const activation = state.activations.get(id);
  if (!activation) return;
  dropScopes(state, activation);
  state.activations.delete(id);
  const scope = state.scopes.get(activation.scope);
  if (scope?.current === id) scope.current = null;
}

function dropScopes(state: RunState, activation: Activation): void {
  for (const id of activation.scopes) {
    for (const below of [...state.activations.values()]) if (below.scope === id) removeActivation(state, below.id);
    state.scopes.delete(id);
  }
  activation.scopes = [];
  activation.running = 0;
}

function enterScope(state: RunState, body: Extract<RecordBody, { type: 'scope.entered' }>): void {
  const scope: ScopeInstance = {
    id: body.scope,
    parent: body.parent,
    owner: body.owner,
    plan: body.plan,
    way: body.way,
    branch: body.branch,
    item: body.item,
    parallel: body.parallel,
    vars: dictionary(),
    results: dictionary(),
    last: null,
    visits: new Map(),
    completions: new Map(),
    current: null,
    stack: [],
    phase: 'active',
    rollback: null,
    output: null,
    error: null,
  };
  declare(scope, body.vars);
  state.scopes.set(scope.id, scope);
  state.nextId = Math.max(state.nextId, scope.id + 1);
  const owner = body.owner === null ? undefined : state.activations.get(body.owner);
  if (!owner) return;
  owner.phase = 'acting';
  owner.scopes.push(scope.id);
  owner.running += 1;
}

function end(state: RunState, scope: ScopeInstance, phase: 'completed' | 'given-up'): void {
  const owner = scope.owner === null ? undefined : state.activations.get(scope.owner);
  if (owner && !hasEnded(scope)) owner.running -= 1;
  scope.phase = phase;
}

/** Whether a scope instance has come to its end, be it a good one. */
export function hasEnded({ phase }: ScopeInstance): boolean {
  return phase === 'completed' || phase === 'given-up';
}

/**
 * Gives what the scopes below an activation had done, and nobody undid, to the scope that it stands in: a branch or an
 * item hands over single entries with their own moments, a scope one group that counts from now (section 8.5).
 */
function handOver(state: RunState, activation: Activation, seq: number): void {
  const parent = state.scopes.get(activation.scope);
  if (!parent || activation.role !== 'state') return;
  for (const id of activation.scopes) {
    const scope = state.scopes.get(id);
    if (!scope) continue;
    const inner = scope.current === null ? undefined : state.activations.get(scope.current);
    if (inner) handOver(state, inner, seq);
    if (scope.stack.length === 0) continue;
    if (scope.branch !== null || scope.item !== null) parent.stack.push(...scope.stack);
    else
      parent.stack.push({
        kind: 'group',
        order: seq,
        parallel: scope.parallel,
        items: scope.stack,
        state: activation.state,
      });
    scope.stack = [];
  }
}

function push(state: RunState, activation: Activation, draft: EntryDraft, seq: number): void {
  const scope = state.scopes.get(activation.scope);
  if (!scope) return;
  const entry: Entry = {
    ...draft,
    scope: scope.id,
    scopeWay: scope.way,
    status: 'pending',
    error: null,
    unconfirmed: false,
    completed: false,
  };
  state.entries.set(draft.entry, entry);
  state.nextId = Math.max(state.nextId, draft.entry + 1);
  scope.stack.push({ kind: 'entry', entry: draft.entry, order: seq });
}

function complete(state: RunState, id: number | null): void {
  const entry = id === null ? undefined : state.entries.get(id);
  if (entry) entry.completed = true;
}

/** An entry counts from the moment its state completed, also when it was pushed before the attempt (section 8.4). */
function moment(state: RunState, entry: number, seq: number): void {
  const stack = state.scopes.get(state.entries.get(entry)?.scope ?? -1)?.stack;
  const at = stack?.findLastIndex((item) => item.kind === 'entry' && item.entry === entry) ?? -1;
  if (!stack || at < 0) return;
  stack.splice(at, 1);
  stack.push({ kind: 'entry', entry, order: seq });
}

/** Forgets an entry. Its places in stacks are passed over from then on, and cut off where they are on top. */
function discard(state: RunState, entry: number): void {
  const scope = state.scopes.get(state.entries.get(entry)?.scope ?? -1);
  state.entries.delete(entry);
  state.unresolved.delete(entry);
  for (const stack of scope ? [scope.stack, ...above(state, scope)] : above(state, undefined)) trim(state, stack);
}

function above(state: RunState, scope: ScopeInstance | undefined): StackItem[][] {
  const stacks: StackItem[][] = [];
  let next = scope?.parent ?? 0;
  for (;;) {
    const parent = state.scopes.get(next);
    if (!parent) return stacks;
    stacks.push(parent.stack);
    if (parent.parent === null) return stacks;
    next = parent.parent;
  }
}

function trim(state: RunState, stack: StackItem[]): void {
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    if (top.kind === 'entry' && state.entries.has(top.entry)) return;
    if (top.kind === 'group') {
      trim(state, top.items);
      if (top.items.length > 0) return;
    }
    stack.pop();
  }
}

/** Stops everything in a scope: what only waits is dropped, what acts outside is marked and waited for. */
function stop(state: RunState, id: number): void {
  const scope = state.scopes.get(id);
  if (!scope) return;
  for (const activation of [...state.activations.values()]) {
    if (activation.scope !== id || activation.role !== 'state') continue;
    activation.cancelled = true;
    for (const child of activation.scopes) stop(state, child);
    if (activation.scopes.length > 0) continue;
    if (!isUnderWay(activation)) retire(state, activation);
  }
}

/** What could not be confirmed is undone instead when its scope is rolled back (section 8.10). */
function awaitUndoing(state: RunState, entry: Entry): void {
  entry.status = 'pending';
  entry.unconfirmed = false;
  state.unresolved.delete(entry.entry);
}

function retire(state: RunState, activation: Activation): void {
  if (activation.scopes.length > 0) return;
  state.activations.delete(activation.id);
  const scope = state.scopes.get(activation.scope);
  if (scope?.current === activation.id) scope.current = null;
}

function retireIfOwn(state: RunState, id: number, entry: EntryDraft | null, seq: number): void {
  const activation = state.activations.get(id);
  if (!activation) return;
  if (entry) push(state, activation, entry, seq);
  retire(state, activation);
}
