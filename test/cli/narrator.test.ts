import { expect, it } from 'vitest';
import { createNarrator } from '../../cli/narrator.ts';
import type { EntryDraft, RecordBody, RunError } from '../../runner/machine/index.ts';

const by = { name: 'erin' };
const error: RunError = {
  type: 'http.402',
  message: 'declined\nby the bank',
  code: null,
  status: 402,
  data: null,
  state: 'charge',
  attempt: 1,
};
const entry = (number: number, way: string): EntryDraft => ({
  entry: number,
  state: way,
  plan: way,
  way,
  visit: 1,
  compensate: { value: { id: 7 }, sealed: [] },
  confirm: null,
  child: null,
  result: null,
  fault: null,
});
const range = { start: 0, end: 0 };
const transition = { to: 'charge', range, assign: [], rollback: null };
const input = { value: { sku: 'tea' }, sealed: [] };
const scope = { parent: null, owner: null, vars: [], branch: null, item: null, parallel: false };

/** A record of each kind, in an order in which they could come. */
const RECORDS: readonly RecordBody[] = [
  {
    type: 'run.started',
    ...{ run: 'r', workflow: 'order', version: '1.0.0', hash: '', file: '/w.yaml', seed: '' },
    ...{ input: { long: 'x'.repeat(200) }, parent: null, timeoutAt: null },
  },
  { type: 'scope.entered', scope: 0, plan: '', way: '', ...scope, vars: [['count', 1]] },
  { type: 'state.entered', activation: 1, scope: 0, state: 'reserve', plan: 'reserve', way: 'reserve', visit: 1 },
  { type: 'state.prepared', activation: 1, input, key: 'r/reserve/1', total: null },
  { type: 'attempt.started', activation: 1, attempt: 1, until: null, entry: entry(2, 'reserve'), child: null },
  { type: 'attempt.failed', activation: 1, attempt: 1, error: { ...error, type: 'network' }, nothingDone: false },
  { type: 'retry.scheduled', activation: 1, attempt: 2, wakeAt: 0, error },
  { type: 'retry.due', activation: 1 },
  { type: 'attempt.started', activation: 1, attempt: 2, until: null, entry: null, child: 'r.reserve.1' },
  { type: 'attempt.succeeded', activation: 1, attempt: 2, result: { id: 7 } },
  {
    ...{ activation: 1, result: { id: 7 }, assign: [], entry: null, pivot: true, transition },
    type: 'state.completed',
    emitted: { type: 'order.reserved', id: 'e', data: null },
  },
  { type: 'transition.taken', scope: 0, activation: 1, from: 'reserve', to: 'charge', assign: [['count', 2]] },
  { type: 'state.entered', activation: 3, scope: 0, state: 'charge', plan: 'charge', way: 'charge', visit: 2 },
  { type: 'failure.injected', activation: 3, error: { type: 'http.402', message: '' } },
  { type: 'wait.started', activation: 3, until: null },
  {
    type: 'task.created',
    activation: 3,
    task: {
      ...{ title: 'May\nit?', description: null, assignee: null, candidates: ['office', 'boss'], members: [] },
      ...{ due: null, escalations: [] },
    },
  },
  { type: 'task.changed', activation: 3, change: { to: 'claimed', actor: 'erin' }, by },
  { type: 'task.changed', activation: 3, change: { to: 'delegated', actor: 'frank' }, by },
  { type: 'task.changed', activation: 3, change: { to: 'released' }, by: { name: 'frank' } },
  { type: 'task.escalated', activation: 3, step: 0, to: 'boss', members: [], notify: null, outcome: null },
  { type: 'task.escalated', activation: 3, step: 1, to: null, members: [], notify: 'office', outcome: null },
  { type: 'task.escalated', activation: 3, step: 2, to: null, members: [], notify: null, outcome: 'rejected' },
  { type: 'task.completed', activation: 3, outcome: 'approved', form: null, by },
  {
    type: 'event.received',
    event: { id: '1', type: 'order.changed', source: 's', time: '', data: { by: 1 } },
    activation: 3,
    leave: null,
  },
  { type: 'value.set', target: { kind: 'variable', scope: 0, name: 'count' }, value: 5 },
  { type: 'value.set', target: { kind: 'input', activation: 3 }, value: {} },
  { type: 'attempt.overdue', activation: 3, attempt: 1, error },
  { type: 'attempt.failed', activation: 3, attempt: 1, error, nothingDone: true },
  ...(
    [
      { by: 'retry' },
      { by: 'state', handler: 0 },
      { by: 'scope', handler: 0 },
      { by: 'warn' },
      { by: 'collect' },
      { by: 'recovery', recovery: 'suspend' },
      { by: 'recovery', recovery: 'fail' },
      { by: 'recovery', recovery: 'compensate' },
    ] as const
  ).map((taker) => {
    const leave = taker.by === 'state' ? ({ kind: 'transition', transition, undo: true } as const) : null;
    return { type: 'error.raised', arose: 3, activation: 3, error, taker, leave, entry: null } as const;
  }),
  {
    type: 'error.raised',
    arose: 3,
    activation: 3,
    error: { ...error, type: 'limit' },
    taker: { by: 'warn' },
    leave: null,
    entry: null,
  },
  { type: 'leave.requested', activation: 3, leave: { kind: 'give-up', error: null } },
  { type: 'leave.started', activation: 3 },
  { type: 'state.cancelled', activation: 3, entry: entry(4, 'charge') },
  { type: 'state.suspended', activation: 3 },
  { type: 'state.retried', activation: 3, by },
  { type: 'rollback.started', scope: 0, undo: 2 },
  { type: 'compensation.entered', activation: 5, scope: 0, entry: 4, role: 'compensation', key: '', total: null },
  { type: 'attempt.failed', activation: 5, attempt: 1, error, nothingDone: true },
  { type: 'alert.raised', state: 'charge', message: 'It failed.' },
  { type: 'compensation.failed', activation: 5, entry: 4, error, halt: false },
  { type: 'compensation.entered', activation: 6, scope: 0, entry: 2, role: 'compensation', key: '', total: null },
  { type: 'compensation.completed', activation: 6, entry: 2, result: null },
  { type: 'compensation.entered', activation: 7, scope: 0, entry: 2, role: 'confirmation', key: '', total: null },
  { type: 'compensation.completed', activation: 7, entry: 2, result: null },
  { type: 'rollback.completed', scope: 0 },
  { type: 'entries.discarded', entries: [2, 4], why: 'pivot' },
  { type: 'entries.discarded', entries: [2], why: 'replaced' },
  { type: 'entries.discarded', entries: [2], why: 'nothing-done' },
  { type: 'entries.discarded', entries: [2], why: 'rolled-back' },
  { type: 'compensations.dropped', entries: [4] },
  ...(['retry', 'skip', 'resolve'] as const).map((how) => ({ type: 'entry.decided', entry: 4, how, by }) as const),
  { type: 'scope.entered', scope: 8, plan: 'pack', way: 'pack', ...scope },
  { type: 'state.entered', activation: 9, scope: 8, state: 'wrap', plan: 'pack/wrap', way: 'pack/wrap', visit: 1 },
  { type: 'transition.taken', scope: 8, activation: 9, from: 'wrap', to: 'label', assign: [] },
  { type: 'transition.taken', scope: 8, activation: 9, from: 'label', to: 'end', assign: [] },
  { type: 'scope.confirming', scope: 8, output: null },
  { type: 'scope.completed', scope: 8, output: { done: true } },
  { type: 'scope.given-up', scope: 8, error: null },
  { type: 'scope.given-up', scope: 8, error },
  ...(['compensation', 'confirmation', 'recovery', 'pivot'] as const).map(
    (why) => ({ type: 'run.suspended', why }) as const,
  ),
  { type: 'run.recovered', interrupted: [] },
  { type: 'run.recovered', interrupted: [{ activation: 3, until: null }] },
  { type: 'run.cancelling', by, compensate: true, force: false },
  { type: 'run.cancelling', by, compensate: false, force: false },
  { type: 'run.cancelling', by, compensate: false, force: true },
  { type: 'run.rolling-back', by },
  { type: 'run.timed-out' },
  { type: 'run.forked', run: 'r', from: 'q', upTo: 12, by, timeoutAt: null, activations: [] },
  { type: 'clock.set', shift: -86_400_000, heard: null, timeoutAt: null, activations: [] },
  { type: 'clock.set', shift: 90_000, heard: 3, timeoutAt: null, activations: [] },
  { type: 'run.completed', output: null },
  { type: 'run.ended', status: 'compensated' },
];

it('says every record in words; those that are told while a run is watched are marked', () => {
  const narrator = createNarrator(null);
  const lines = RECORDS.map((body, at) => {
    const { text, watched } = narrator.tell({ ...body, seq: at + 1, at: 0 });
    expect(text).not.toMatch(/undefined|\n/);
    return `${watched ? '*' : ' '} ${body.type}: ${text.replaceAll(/\d{4}-\d\d-\d\d [\d:.]+/g, 'TIME')}`;
  });
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "  run.started: order 1.0.0 begins with {"long":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
      scope.entered: the workflow is entered, count = 1
    * state.entered: → reserve
      state.prepared: reserve is called with {"sku":"tea"}
      attempt.started: reserve: attempt 1
    * attempt.failed: reserve: attempt 1 failed, network: declined by the bank
      retry.scheduled: reserve is tried again at TIME
      retry.due: reserve is tried again
    * attempt.started: reserve: attempt 2, as run r.reserve.1
      attempt.succeeded: reserve answered {"id":7}
      state.completed: reserve is complete: {"id":7}; order.reserved is published; there is no way back from here
    * transition.taken: reserve → charge, count = 2
      state.entered: → charge (visit 2)
    * failure.injected: charge is made to fail with http.402
    * wait.started: charge waits for an event
    * task.created: charge waits for office, boss: May it?
    * task.changed: charge: claimed for erin by erin
    * task.changed: charge: delegated to frank by erin
    * task.changed: charge: given back by frank
    * task.escalated: charge was not answered in time and goes to boss
    * task.escalated: charge was not answered in time and office is reminded
    * task.escalated: charge was not answered in time and decided by itself: rejected
    * task.completed: charge: approved by erin
    * event.received: event order.changed for charge: {"by":1}
    * value.set: variable count is set to 5
    * value.set: input of charge is set to {}
    * attempt.overdue: charge took too long; what it began is undone first
    * attempt.failed: charge: attempt 1 failed, http.402: declined by the bank
    * error.raised: charge is tried again after http.402
    * error.raised: charge catches http.402 → charge
    * error.raised: around charge http.402 is caught
    * error.raised: charge only warns of http.402
    * error.raised: http.402 is kept as the result
    * error.raised: nothing catches http.402, so a person has to decide
    * error.raised: nothing catches http.402, so the run stops
    * error.raised: nothing catches http.402, so what was done is undone
    * error.raised: charge only warns of limit: declined by the bank
      leave.requested: charge is not needed any more
      leave.started: charge is left
    * state.cancelled: charge is stopped
    * state.suspended: charge waits for a person
    * state.retried: charge is tried again by erin
      rollback.started: the run is rolled back
    * compensation.entered: ↩ undoing charge
    * attempt.failed: undoing charge: attempt 1 failed, http.402: declined by the bank
      alert.raised: alert: It failed.
    * compensation.failed: undoing charge failed: http.402: declined by the bank
    * compensation.entered: ↩ undoing reserve
    * compensation.completed:   reserve is undone
    * compensation.entered: ✓ confirming reserve
    * compensation.completed:   reserve is confirmed
      rollback.completed: the run is rolled back: done
      entries.discarded: nothing is left to undo of reserve, charge: the pivot is passed
      entries.discarded: nothing is left to undo of reserve: replaced by the compensation of the state around it
      entries.discarded: nothing is left to undo of reserve: nothing was done
      entries.discarded: nothing is left to undo of reserve: it is rolled back, and will not be confirmed
      compensations.dropped: nothing is left to undo of charge, which will be confirmed: the pivot is passed
    * entry.decided: charge: to be undone again by erin
    * entry.decided: charge: left as it is by erin
    * entry.decided: charge: undone by hand by erin
      scope.entered: pack is entered
    * state.entered: → pack/wrap
    * transition.taken: pack/wrap → pack/label
    * transition.taken: pack/label → end
      scope.confirming: pack is confirmed
      scope.completed: pack is complete: {"done":true}
    * scope.given-up: pack is given up: not needed
    * scope.given-up: pack is given up: http.402: declined by the bank
    * run.suspended: suspended: a compensation failed, and a person has to decide
    * run.suspended: suspended: a confirmation failed, and a person has to decide
    * run.suspended: suspended: an error that nothing catches waits for a person
    * run.suspended: suspended: an error came after the pivot, from where there is only forward
    * run.recovered: taken up again
    * run.recovered: taken up again: charge may have been under way
    * run.cancelling: cancelled by erin
    * run.cancelling: cancelled by erin, undoing nothing
    * run.cancelling: cancelled by erin, by force
    * run.rolling-back: rolled back by erin
    * run.timed-out: the run took longer than its timeout
    * run.forked: forked from run q after record 12 by erin
    * clock.set: the clock was set back by 1d
    * clock.set: the clock was set forward by 1m30s
      run.completed: completed
      run.ended: compensated"
  `);
});
