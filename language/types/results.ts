/** What states give: `results.STATE`, `result`, the outputs of scopes and of child workflows, and events. */
import { booleanAt, stringAt } from '../build/read.ts';
import { edgesOf, edgesOfScope } from '../edges.ts';
import { rootNamed } from '../expressions/roots.ts';
import { END } from '../names.ts';
import { valueOf } from '../tree.ts';
import type { Action, CallAction, Scope, State } from '../workflow.ts';
import { childOf } from './children.ts';
import { answerOf } from './contracts.ts';
import { typeOfSchema } from './from-schema.ts';
import { type Field, field, listOf, literal, NULL, objectOf, STRING, type Type, unionOf, UNKNOWN } from './type.ts';
import { remembered, typeOfSchemaNode, typeOfValue, type World } from './world.ts';

/** `results.STATE` of a state that has completed. */
export function resultOf(world: World, state: State): Type {
  return remembered(world, world.results, state, () => {
    const output = valueOf(state.node, 'output');
    return output === undefined ? rawResultOf(world, state) : typeOfValue(world, output);
  });
}

/** What the action of a state gives, or for `call` that call alone. */
export function rawResultOf(world: World, state: State, call?: CallAction): Type {
  if (call !== undefined) return answerOf(world.file.operations, call);
  return remembered(world, world.rawResults, state, () => resultOfAction(world, state.action, state));
}

function resultOfAction(world: World, action: Action | null, state: State): Type {
  switch (action?.kind) {
    case 'call':
      return answerOf(world.file.operations, action);
    case 'parallel':
      return resultOfBranches(world, action.entry.value, action.branches);
    case 'foreach': {
      const collects = stringAt(action.entry.value, 'onItemError')?.value === 'collect';
      const given = (): Type => itemResult(world, action);
      return listOf(() => (collects ? unionOf([given(), failure()]) : given()));
    }
    case 'scope':
      return outputOf(world, action.scope);
    case 'run':
      return booleanAt(state.node, 'detached') === true ? UNKNOWN : resultOfChild(world, action);
    case 'human':
      return objectOf(
        new Map([
          ['outcome', field(() => outcomes(action), { documentation: 'What was decided.' })],
          [
            'form',
            field(() => unionOf([typeOfSchemaNode(action.form), NULL]), { documentation: 'What was filled in.' }),
          ],
          ['actor', field(unionOf([STRING, NULL]), { documentation: 'Who decided.' })],
        ]),
      );
    case 'listen': {
      const heard = eventType(
        world,
        action.on.map((one) => one.event.value),
      );
      return action.timeout === null ? heard : unionOf([heard, NULL]);
    }
    case 'switch':
    case 'set':
    case 'wait':
    case 'emit':
    case 'rollback':
    case 'fail':
    case undefined:
      return UNKNOWN;
  }
}

function outcomes(action: Action & { readonly kind: 'human' }): Type {
  const named = action.outcomes ?? action.on.map((one) => one.outcome);
  return named.length === 0 ? STRING : unionOf(named.map((one) => literal(one.value)));
}

function resultOfBranches(world: World, node: State['node'], branches: readonly Scope[]): Type {
  const all = valueOf(node, 'join') === undefined || stringAt(node, 'join')?.value === 'all';
  const collects = stringAt(node, 'onBranchError')?.value === 'collect';
  const fields = new Map<string, Field>();
  for (const branch of branches) {
    const given = (): Type => outputOf(world, branch);
    const type = collects ? (): Type => unionOf([given(), failure()]) : given;
    const documentation = `The output of the branch ‘${branch.name?.value ?? ''}’.`;
    fields.set(branch.name?.value ?? '', field(type, { required: all, documentation }));
  }
  return objectOf(fields);
}

/** What a branch or an item that failed leaves, where errors are collected. */
function failure(): Type {
  const schema = rootNamed('error')?.schema ?? null;
  return objectOf(new Map([['error', field(schema === null ? UNKNOWN : typeOfSchema(schema))]]));
}

function itemResult(world: World, action: Action & { readonly kind: 'foreach' }): Type {
  if (action.body.output !== null) return typeOfValue(world, action.body.output);
  return action.call === null ? lastResult(world, action.body) : answerOf(world.file.operations, action.call);
}

/** What a scope gives when it has completed. */
export function outputOf(world: World, scope: Scope): Type {
  return scope.output === null ? lastResult(world, scope) : typeOfValue(world, scope.output);
}

/** Without an output the result of the last state counts: unknown where it may be any, because an error led to the end. */
function lastResult(world: World, scope: Scope): Type {
  if (edgesOfScope(scope).some(({ to }) => to === END)) return UNKNOWN;
  const types: Type[] = [];
  for (const state of scope.states) {
    const ends = edgesOf(state).filter(({ to }) => to === END);
    if (ends.length === 0) continue;
    if (state.warn || ends.some(({ kind }) => kind === 'catch' || kind === 'scope-event')) return UNKNOWN;
    types.push(resultOf(world, state));
  }
  return types.length === 0 ? UNKNOWN : unionOf(types);
}

function resultOfChild(world: World, action: Action & { readonly kind: 'run' }): Type {
  const child = childOf(world, action.file?.value ?? '');
  return child === null ? UNKNOWN : outputOf(child, child.file.workflow.root);
}

/** An event of one of these types; of any, where none are given. */
export function eventType(world: World, types: readonly string[] | null): Type {
  const schema = rootNamed('event')?.schema ?? null;
  const event = schema === null ? UNKNOWN : typeOfSchema(schema);
  if (event.kind !== 'object' || types === null || types.length === 0) return event;
  return unionOf(
    types.map((name): Type => {
      const declared = world.file.workflow.events.find((one) => one.name === name);
      const own = new Map<string, Field>([
        ['type', field(literal(name), { documentation: 'The event’s type.' })],
        ['data', field(() => typeOfSchemaNode(declared?.data), { documentation: 'What the event carries.' })],
      ]);
      const get = (field: string): Field | undefined => {
        const found = own.get(field) ?? event.fields.get(field);
        return found === undefined ? undefined : { ...found, required: true };
      };
      return { ...event, fields: { get, keys: () => event.fields.keys() } };
    }),
  );
}
