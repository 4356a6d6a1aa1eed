/**
 * Folds records into the state of a run: the only code that changes a state.
 *
 * It is over 400 lines because it is one table, a case for each record. What the cases do to activations, to the stacks of
 * compensations, and to a run that moves stands in files of those names.
 *
 * 1. Synchronous and total: every record that was ever written can be applied, and none is refused.
 * 2. Nothing is evaluated or looked up in a plan: what is needed stands in the record.
 * 3. The same records give the same state, in the same order of every map.
 */
import {
  addActivation,
  currentOf,
  declare,
  dropScopes,
  end,
  enterScope,
  isActing,
  isUnderWay,
  removeActivation,
  retire,
  stop,
} from './activations.ts';
import { applyClockSet } from './clock-set.ts';
import { applyFork, applyMigration } from './moved.ts';
import type { Assignments, EntryDraft, RecordBody, Role, RunError, RunRecord } from './record.ts';
import { complete, discard, handOver, moment, push } from './stacks.ts';
import { ROOT, eventIdentity, newState } from './state.ts';
import type { Activation, Entry, RunState, ScopeInstance } from './state.ts';

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
      applyFork(state, body);
      return;
    case 'clock.set':
      applyClockSet(state, body, at);
      return;
    case 'run.migrated':
      applyMigration(state, body);
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

/** What could not be confirmed is undone instead when its scope is rolled back (section 8.10). */
function awaitUndoing(state: RunState, entry: Entry): void {
  entry.status = 'pending';
  entry.unconfirmed = false;
  state.unresolved.delete(entry.entry);
}

function retireIfOwn(state: RunState, id: number, entry: EntryDraft | null, seq: number): void {
  const activation = state.activations.get(id);
  if (!activation) return;
  if (entry) push(state, activation, entry, seq);
  retire(state, activation);
}
