/**
 * The types of variables: that of the first value and of everything that is assigned anywhere, without single values. A
 * variable that is only ever declared may hold anything (section 13), and its first value is a guess.
 */
import type { Entry, Node } from '../tree.ts';
import type { Handler, Listener, Scope, State, Transition, Variable } from '../workflow.ts';
import { perhaps, type Type, unionOf, UNKNOWN, widened } from './type.ts';
import { remembered, typeOfValue, type World } from './world.ts';

/** The type of the variable that `name` means in `scope`, or null when there is none. */
export function variableIn(world: World, scope: Scope, name: string): Type | (() => Type) | null {
  const found = declared(scope, name);
  return found === null ? null : () => variableType(world, found.variable, found.scope);
}

function declared(scope: Scope, name: string): { readonly variable: Variable; readonly scope: Scope } | null {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const variable = at.vars.find((one) => one.name === name);
    if (variable !== undefined) return { variable, scope: at };
  }
  return null;
}

function variableType(world: World, variable: Variable, scope: Scope): Type {
  return remembered(world, world.variables, variable.node, () => {
    const first = widened(typeOfValue(world, variable.node));
    world.assignments ??= assignedIn(world.file.workflow.scopes, world.file.workflow.states);
    const assigned = world.assignments.get(variable.node) ?? [];
    const migrated = scope.kind === 'workflow' && isMigrated(world, variable.name);
    const types = assigned.map((node) => widened(typeOfValue(world, node)));
    const all = unionOf([first, ...types, ...(migrated ? [UNKNOWN] : [])]);
    return assigned.length === 0 ? perhaps(all) : all;
  });
}

function isMigrated(world: World, name: string): boolean {
  return world.file.workflow.migrations.some(({ vars }) => vars.some(({ key }) => key.text === name));
}

/** The values that are assigned to each variable in some scopes and states, by the node of its declaration. */
export function assignedIn(scopes: readonly Scope[], states: readonly State[]): ReadonlyMap<Node, readonly Node[]> {
  const values = new Map<Node, Node[]>();
  const assign = (entries: readonly Entry[], scope: Scope): void => {
    for (const { key, value } of entries) {
      const found = declared(scope, key.text);
      if (found === null) continue;
      const { node } = found.variable;
      const known = values.get(node);
      if (known === undefined) values.set(node, [value]);
      else known.push(value);
    }
  };
  const transitions = (all: readonly Transition[], scope: Scope): void => {
    for (const one of all) assign(one.assign, scope);
  };
  const handlers = (all: readonly Handler[], scope: Scope): void => {
    for (const one of all) assign(one.assign, scope);
  };
  const listeners = (all: readonly Listener[], scope: Scope): void => {
    for (const one of all) {
      assign(one.assign, scope);
      transitions(one.transitions, scope);
    }
  };
  for (const scope of scopes) {
    handlers(scope.catch, scope);
    listeners(scope.on, scope);
  }
  for (const state of states) ofState(state);
  return values;

  function ofState({ scope, action, ...state }: State): void {
    assign(state.assign, scope);
    transitions(state.next, scope);
    handlers(state.catch, scope);
    switch (action?.kind) {
      case 'switch':
        return transitions(action.transitions, scope);
      case 'human':
        for (const led of action.on) transitions(led.transitions, scope);
        return;
      case 'listen':
        listeners(action.on, scope);
        return transitions(action.onTimeout, scope);
      case 'scope':
        return listeners(action.on, scope);
      case 'set':
        return assign(action.assign, scope);
      default:
    }
  }
}
