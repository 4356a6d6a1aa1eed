/** The kinds of state, each with its two steps. A new kind is a file beside this one and a line here. */
import type { PlanAction } from '../../../language/index.ts';
import { bindingsOf } from '../bindings.ts';
import { complete } from '../complete.ts';
import { evaluate } from '../context.ts';
import type { Context } from '../context.ts';
import { located } from '../errors.ts';
import { raise } from '../raise.ts';
import type { Activation } from '../state.ts';
import { call } from './call.ts';
import { emit } from './emit.ts';
import { human } from './human.ts';
import { listen } from './listen.ts';
import { run } from './run.ts';
import { foreach, parallel, scope } from './scopes.ts';
import { wait } from './wait.ts';

/** The step from `enter`. May raise a Fault. */
export function prepare(context: Context, activation: Activation, action: PlanAction): void {
  switch (action.kind) {
    case 'call':
      return call.prepare(context, activation, action);
    case 'run':
      return run.prepare(context, activation, action);
    case 'wait':
      return wait.prepare(context, activation, action);
    case 'emit':
      return emit.prepare(context, activation, action);
    case 'human':
      return human.prepare(context, activation, action);
    case 'listen':
      return listen.prepare(context, activation, action);
    case 'scope':
      return scope.prepare(context, activation, action);
    case 'parallel':
      return parallel.prepare(context, activation, action);
    case 'foreach':
      return foreach.prepare(context, activation, action);
    case 'switch':
    case 'set':
    case 'rollback':
      return complete(context, activation, null);
    case 'fail': {
      const bindings = bindingsOf(context.state, activation.scope);
      const type = evaluate(context, action.error, bindings).value;
      const message = action.message ? evaluate(context, action.message, bindings).value : null;
      const data = action.data ? evaluate(context, action.data, bindings).value : null;
      const error = {
        type: textOf(type),
        message: message === null ? textOf(type) : textOf(message),
        code: null,
        status: null,
        data,
      };
      return raise(context, activation, located(error, activation.way, activation.attempt), { retry: false });
    }
  }
}

/** The step from `call`. May raise a Fault. */
export function act(context: Context, activation: Activation, action: PlanAction): void {
  switch (action.kind) {
    case 'call':
      return call.act(context, activation, action);
    case 'run':
      return run.act(context, activation, action);
    case 'emit':
      return emit.act(context, activation, action);
    case 'human':
      return human.act(context, activation, action);
    case 'scope':
      return scope.act(context, activation, action);
    case 'parallel':
      return parallel.act(context, activation, action);
    case 'foreach':
      return foreach.act(context, activation, action);
    case 'wait':
      return wait.act(context, activation, action);
    case 'listen':
      return listen.act(context, activation, action);
    case 'switch':
    case 'set':
    case 'rollback':
    case 'fail':
      return;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
