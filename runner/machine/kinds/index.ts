/** The kinds of state, each with its two steps. A new kind is a file beside this one and a line here. */
import type { PlanAction } from '../../../language/index.ts';
import { bindingsOf } from '../bindings.ts';
import { complete } from '../complete.ts';
import { evaluate } from '../context.ts';
import type { Context } from '../context.ts';
import { located } from '../errors.ts';
import { raise } from '../raise.ts';
import type { Activation } from '../state.ts';
import type { Deciding } from '../stimulus.ts';
import { call } from './call.ts';
import { emit } from './emit.ts';
import { human } from './human.ts';
import { listen } from './listen.ts';
import { run } from './run.ts';
import { foreach, parallel, scope } from './scopes.ts';
import { wait } from './wait.ts';

/** The step from `enter`. May raise a Fault. */
export function* prepare(context: Context, activation: Activation, action: PlanAction): Deciding<void> {
  switch (action.kind) {
    case 'call':
      return yield* finished(call.prepare(context, activation, action));
    case 'run':
      return yield* finished(run.prepare(context, activation, action));
    case 'wait':
      return yield* finished(wait.prepare(context, activation, action));
    case 'emit':
      return yield* finished(emit.prepare(context, activation, action));
    case 'human':
      return yield* finished(human.prepare(context, activation, action));
    case 'listen':
      return yield* finished(listen.prepare(context, activation, action));
    case 'scope':
      return yield* finished(scope.prepare(context, activation, action));
    case 'parallel':
      return yield* finished(parallel.prepare(context, activation, action));
    case 'foreach':
      return yield* finished(foreach.prepare(context, activation, action));
    case 'switch':
    case 'set':
    case 'rollback':
      return yield* complete(context, activation, null);
    case 'fail': {
      const bindings = bindingsOf(context.state, activation.scope);
      const type = (yield* evaluate(context, action.error, bindings)).value;
      const message = action.message ? (yield* evaluate(context, action.message, bindings)).value : null;
      const data = action.data ? (yield* evaluate(context, action.data, bindings)).value : null;
      const error = {
        type: textOf(type),
        message: message === null ? textOf(type) : textOf(message),
        code: null,
        status: null,
        data,
      };
      return yield* raise(context, activation, located(error, activation.way, activation.attempt), { retry: false });
    }
  }
}

/** The step from `call`. May raise a Fault. */
export function* act(context: Context, activation: Activation, action: PlanAction): Deciding<void> {
  switch (action.kind) {
    case 'call':
      return yield* finished(call.act(context, activation, action));
    case 'run':
      return yield* finished(run.act(context, activation, action));
    case 'emit':
      return yield* finished(emit.act(context, activation, action));
    case 'human':
      return yield* finished(human.act(context, activation, action));
    case 'scope':
      return yield* finished(scope.act(context, activation, action));
    case 'parallel':
      return yield* finished(parallel.act(context, activation, action));
    case 'foreach':
      return yield* finished(foreach.act(context, activation, action));
    case 'wait':
      return yield* finished(wait.act(context, activation, action));
    case 'listen':
      return yield* finished(listen.act(context, activation, action));
    case 'switch':
    case 'set':
    case 'rollback':
    case 'fail':
      return;
  }
}

function* finished(step: Deciding<void> | null): Deciding<void> {
  if (step) yield* step;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
