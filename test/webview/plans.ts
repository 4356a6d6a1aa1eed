/** Plans for tests, written by hand: every part of a state may be left out. */
import type {
  Expression,
  Plan,
  PlanAction,
  PlanCompensation,
  PlanHandler,
  PlanScope,
  PlanState,
  PlanTransition,
  Range,
} from '../../language/index.ts';
import { lineIndex } from '../../language/index.ts';

let place = 0;

/** A range of its own, so that no two things of a test stand at the same place. */
export function someRange(): Range {
  place += 10;
  return { start: place, end: place + 5 };
}

export function expression(source: string): Expression {
  return { language: 'jsonata', source, range: someRange(), roots: [] };
}

export function to(next: string, when?: string, rest: Partial<PlanTransition> = {}): PlanTransition {
  return {
    when: when === undefined ? null : expression(when),
    assign: [],
    rollback: null,
    next,
    range: someRange(),
    lines: { when: when === undefined ? null : someRange(), next: someRange() },
    ...rest,
  };
}

export function handler(next: string, errors: string[], rest: Partial<PlanHandler> = {}): PlanHandler {
  return { errors, when: null, assign: [], rollback: null, next, range: someRange(), ...rest };
}

export function call(participant: string | null, operation: string): PlanAction & { kind: 'call' } {
  return {
    kind: 'call',
    participant,
    operation,
    with: null,
    idempotencyKey: null,
    effect: 'write',
    idempotent: null,
    errors: [],
  };
}

export function undo(action: PlanAction, rest: Partial<PlanCompensation> = {}): PlanCompensation {
  return {
    action,
    after: 'completion',
    retry: null,
    timeout: null,
    onFailure: 'continue',
    lineRange: someRange(),
    range: someRange(),
    none: false,
    ...rest,
  };
}

export function state(name: string, action: PlanAction, rest: Partial<PlanState> = {}, way = ''): PlanState {
  const range = someRange();
  return {
    id: way === '' ? name : `${way}/${name}`,
    name,
    title: null,
    range,
    nameRange: range,
    action,
    assign: [],
    output: null,
    retry: null,
    timeout: null,
    heartbeat: null,
    catch: [],
    warn: false,
    compensate: null,
    confirm: null,
    pivot: false,
    maxVisits: null,
    next: [],
    lines: { kind: range, with: null, assign: null, output: null, catch: null, next: null },
    ...rest,
  };
}

export function scope(states: PlanState[], rest: Partial<PlanScope> = {}): PlanScope {
  return {
    id: '',
    range: someRange(),
    start: states[0]?.name ?? 'end',
    vars: [],
    states,
    on: [],
    catch: [],
    output: null,
    compensation: 'sequential',
    ...rest,
  };
}

export function plan(root: PlanScope, rest: Partial<Plan> = {}): Plan {
  return {
    format: 1,
    workflow: 'test',
    version: '1.0.0',
    title: null,
    input: null,
    output: null,
    participants: [],
    events: [],
    errors: [],
    triggers: [],
    timeout: null,
    recovery: 'compensate',
    lock: null,
    limits: { transitions: 10000, depth: 32 },
    migrations: [],
    lines: lineIndex(''),
    root,
    ...rest,
  };
}

/** The workflow of the language's first section, as far as a diagram shows it. */
export function orderPlan(): Plan {
  return plan(
    scope([
      state('reserve_stock', call('inventory', 'reserve'), {
        compensate: undo(call('inventory', 'release'), { after: 'attempt' }),
        next: [to('check_amount')],
      }),
      state('check_amount', { kind: 'switch' }, { next: [to('approve', 'input.amount > 1000'), to('charge')] }),
      state('approve', {
        kind: 'human',
        title: null,
        description: null,
        assignee: 'finance',
        candidates: [],
        assign: null,
        form: null,
        outcomes: ['approved', 'rejected'],
        due: 14_400_000,
        escalate: [],
        on: [
          { outcome: 'approved', range: someRange(), transitions: [to('charge')] },
          { outcome: 'rejected', range: someRange(), transitions: [to('refuse')] },
        ],
      }),
      state('refuse', {
        kind: 'fail',
        error: { kind: 'literal', value: 'order.refused' },
        message: null,
        data: null,
      }),
      state('charge', call('payments', 'charge'), {
        title: 'Charge the card',
        compensate: undo(call('payments', 'refund')),
        catch: [handler('refuse', ['http.402'])],
        next: [to('ship')],
      }),
      state(
        'ship',
        { kind: 'run', file: './shipping.workflow.yaml', with: null, version: null, detached: false },
        { pivot: true, next: [to('end')] },
      ),
    ]),
  );
}

/** A chain of `count` states, a third of them with a compensation and a tenth with a way back. */
export function longPlan(count: number): Plan {
  return plan(
    scope(
      Array.from({ length: count }, (_, at) =>
        state(`step_${at}`, call('inventory', `operation_${at}`), {
          compensate: at % 3 === 0 ? undo(call('inventory', `undo_${at}`)) : null,
          catch: at % 10 === 9 ? [handler(`step_${at - 5}`, ['http.5xx'])] : [],
          next: [to(at === count - 1 ? 'end' : `step_${at + 1}`)],
        }),
      ),
    ),
  );
}

/** Branches, items and an embedded scope, with errors and events that come in from outside. */
export function nestedPlan(): Plan {
  const branch = (name: string) => ({
    name,
    nameRange: someRange(),
    scope: scope(
      [
        state(
          'send',
          call('mail', name),
          { compensate: undo(call('mail', `recall_${name}`)), next: [to('end')] },
          `notify/${name}`,
        ),
      ],
      { id: `notify/${name}` },
    ),
  });
  const wrap = state('wrap', call('packing', 'wrap'), { next: [to('label')] }, 'pack');
  const label = state('label', call('packing', 'label'), { next: [to('end')] }, 'pack');
  const body = scope([wrap, label], { id: 'pack' });
  const payment = scope([state('charge', call('payments', 'charge'), { next: [to('end')] }, 'payment')], {
    id: 'payment',
  });
  const each = { in: { kind: 'literal', value: [] }, as: 'item', concurrency: 2, onItemError: 'cancel' } as const;
  return plan(
    scope(
      [
        state('pack', { kind: 'foreach', ...each, scope: body, call: null, output: null }, { next: [to('payment')] }),
        state(
          'payment',
          { kind: 'scope', scope: payment, on: [] },
          { catch: [handler('refuse', ['http.402'], { rollback: 'scope' })], next: [to('notify')] },
        ),
        state(
          'notify',
          {
            kind: 'parallel',
            join: 'all',
            onBranchError: 'cancel',
            branches: [branch('email'), branch('sms')],
          },
          { next: [to('end')] },
        ),
        state('refuse', { kind: 'emit', event: 'order.refused', data: null }, { next: [to('end')] }),
      ],
      {
        catch: [handler('refuse', [])],
        on: [{ event: 'order.cancelled', match: null, assign: [], transitions: [to('refuse')], range: someRange() }],
      },
    ),
  );
}
