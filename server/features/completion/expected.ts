/** What the language expects at a way through a file: from the keys on the way to the types of the value there. */
import {
  type Analysis,
  BUILT_IN_OPERATIONS,
  entryOf,
  type ExpressionContext,
  type Key,
  keyNamed,
  type Node,
  optionsOf,
  type Shape,
  type ShapeName,
  shapeNamed,
  stringOf,
  valueOf,
  type ValueType,
} from '../../../language/index.ts';
import type { SpotPath } from './spot.ts';

export interface Expected {
  /** What may stand there, `either` resolved. Empty where the language says nothing. */
  readonly types: readonly ValueType[];
  /** What surrounds an expression that stands there. */
  readonly contexts: readonly ExpressionContext[];
  /** The id of the scope whose states a transition there names. */
  readonly scope: string;
  /** The way of names to the innermost state around. */
  readonly state: readonly string[];
  /** The type of the event that a listener around waits for, or the trigger's. */
  readonly event: string | null;
  /** The operation around, as a call would name it. */
  readonly operation: string | null;
  /** The key whose value this is, in the innermost shape on the way. */
  readonly key: Key | null;
  /** The innermost shape on the way and what is written of it. */
  readonly holder: { readonly shape: Shape; readonly node: Node | null } | null;
  /** What is written at the end of the way. */
  readonly node: Node | null;
  /** Below a schema, below arguments: the steps inside of it. */
  readonly inside: SpotPath;
}

interface Walk {
  types: readonly ValueType[];
  readonly contexts: ExpressionContext[];
  readonly scopes: string[];
  readonly state: string[];
  event: string | null;
  operation: string | null;
  side: string | null;
  key: Key | null;
  holder: Expected['holder'];
  node: Node | null;
}

/** The shape of the whole file, by its name. */
export function rootShape(file: string | undefined): ShapeName {
  if (file === undefined) return 'workflow';
  if (/(?:^|[\\/])\.backstep\.ya?ml$/.test(file)) return 'settings';
  return /\.workflow\.test\.ya?ml$/.test(file) ? 'scenarios' : 'workflow';
}

/** What is expected at `path`. The tree is asked only for what stands beside the way, such as the kind of a state. */
export function expectedAt(analysis: Analysis, path: SpotPath, root: ShapeName): Expected {
  const walk: Walk = {
    types: [{ is: 'shape', shape: root }],
    contexts: [],
    scopes: [],
    state: [],
    event: null,
    operation: null,
    side: null,
    key: null,
    holder: null,
    node: analysis.tree.root,
  };
  for (const [at, step] of path.entries()) {
    const open = walk.types.find((type) => type.is === 'schema' || type.is === 'value' || type.is === 'json');
    const narrowed = narrow(walk, step, path, at);
    walk.node = childOf(walk.node, step);
    if (narrowed.length > 0) walk.types = narrowed;
    else return result({ ...walk, types: open === undefined ? [] : [open] }, open === undefined ? [] : path.slice(at));
  }
  return result(walk, []);
}

function result(walk: Walk, inside: SpotPath): Expected {
  return {
    types: walk.types,
    contexts: walk.contexts,
    scope: walk.scopes.join('/'),
    state: walk.state,
    event: walk.event,
    operation: walk.operation,
    key: walk.key,
    holder: walk.holder,
    node: walk.node,
    inside,
  };
}

function narrow(walk: Walk, step: string | number, path: SpotPath, at: number): readonly ValueType[] {
  const found: ValueType[] = [];
  for (const type of walk.types) {
    if (typeof step === 'number') {
      if (type.is === 'list') found.push(...optionsOf(type.of));
      continue;
    }
    if (type.is === 'map') {
      found.push(...optionsOf(type.of));
      enterNamed(walk, type, step, String(path[at - 2] ?? ''));
    } else if (type.is === 'shape') {
      found.push(...enterKey(walk, shapeNamed(type.shape), step, path[at + 1]));
    }
  }
  return found;
}

/** `owner` is the name two steps up: for an operation the participant's. */
function enterNamed(walk: Walk, type: ValueType & { is: 'map' }, name: string, owner: string): void {
  const of = optionsOf(type.of).flatMap((option) => (option.is === 'shape' ? [option.shape] : []));
  if (of.includes('state')) walk.state.push(name);
  if (of.includes('operation')) walk.operation = `${owner}.${name}`;
  if (of.includes('listener') || of.includes('event')) walk.event = name;
  if (of.includes('branch')) walk.scopes.push(walk.state.at(-1) ?? '', name);
  walk.side = null;
}

function enterKey(walk: Walk, shape: Shape, name: string, next: string | number | undefined): readonly ValueType[] {
  const key = keyNamed(shape, name);
  if (key === undefined) return [];
  walk.holder = { shape, node: walk.node };
  walk.key = key;
  for (const context of key.contexts ?? []) if (!walk.contexts.includes(context)) walk.contexts.push(context);
  if (shape.name === 'state' && kindOf(walk.node) === 'human' && ['on', 'assign', 'output'].includes(name)) {
    walk.contexts.push('human');
  }
  if (shape.name === 'trigger') walk.event = stringOf(valueOf(walk.node, 'event')) ?? null;
  // What an embedded scope's `on` leads to are siblings of the scope; its `catch` stays inside.
  if (name === 'compensate' || name === 'confirm') walk.side = name;
  if (name === 'foreach' || (name === 'scope' && next !== 'on')) {
    walk.scopes.push(walk.state.at(-1) ?? '', ...(walk.side === null ? [] : [walk.side]));
  }
  return optionsOf(typeOf(key, shape, walk.node));
}

/** The type of `key`, where what stands beside it decides more than the table says. */
function typeOf(key: Key, shape: Shape, node: Node | null): ValueType {
  if (key.name === 'on' && shape.name === 'state') {
    const scope = keyNamed(shapeNamed('scope'), 'on');
    if (kindOf(node) === 'scope' && scope !== undefined) return scope.type;
    return key.type;
  }
  if (key.name !== 'with') return key.type;
  const operation = stringOf(valueOf(node, 'call'));
  const builtIn = BUILT_IN_OPERATIONS.find((name) => name === operation);
  return builtIn === undefined ? key.type : { is: 'shape', shape: `${builtIn} arguments` };
}

function kindOf(node: Node | null): string | undefined {
  return ['human', 'scope'].find((kind) => entryOf(node, kind) !== undefined);
}

function childOf(node: Node | null, step: string | number): Node | null {
  if (typeof step === 'number') return node?.kind === 'sequence' ? (node.items[step] ?? null) : null;
  return entryOf(node, step)?.value ?? null;
}
