/** Tree → Workflow. It reports nothing: the checks of the form look at the tree, all others at the Workflow. */
import { innerRange, type MapNode, type Node, type Tree, valueOf } from '../tree.ts';
import type { Operation, Participant, Policy, Workflow } from '../workflow.ts';
import {
  booleanAt,
  entriesAt,
  itemsAt,
  located,
  mapAt,
  named,
  nodeAt,
  numberAt,
  presentEntry,
  stringAt,
  stringsAt,
  textAt,
} from './read.ts';
import { buildScope, type Collected, type Place, scopeHead } from './states.ts';

export interface Built {
  readonly workflow: Workflow;
  /** Which scope and which state a node of the tree is. */
  readonly scopeOf: ReadonlyMap<Node, Workflow['root']>;
  readonly stateOf: ReadonlyMap<Node, Workflow['states'][number]>;
}

/** Makes the typed model of a file. Anything that is absent or of another type is left out; nothing is thrown. */
export function buildWorkflow(tree: Tree): Built {
  const node = tree.root?.kind === 'map' ? tree.root : null;
  const into: Collected = { scopes: [], states: [], scopeOf: new Map(), stateOf: new Map() };
  const range = node?.range ?? { start: 0, end: 0 };
  const root = buildScope(node, range, OUTERMOST, into);
  const workflow: Workflow = { ...headOf(node), root, scopes: into.scopes, states: into.states };
  return { workflow, scopeOf: into.scopeOf, stateOf: into.stateOf };
}

const OUTERMOST: Place = { kind: 'workflow', id: '', name: null, parent: null, owner: null };

/** Takes over what a file and its version are called. */
export function buildNames({ workflow }: Built, node: MapNode): void {
  Object.assign(workflow, namesOf(node));
}

function namesOf(node: MapNode | null): Pick<Workflow, 'id' | 'version' | 'title' | 'description'> {
  return {
    id: textAt(node, 'workflow'),
    version: textAt(node, 'version'),
    title: textAt(node, 'title'),
    description: textAt(node, 'description'),
  };
}

/** Takes over the participants, events, errors and policies of a file; those whose node stayed stay the same objects. */
export function buildDeclared({ workflow }: Built, node: MapNode): void {
  Object.assign(workflow, declaredOf(workflow, headOf(node)));
}

type Declared = Pick<Workflow, 'participants' | 'events' | 'errors' | 'policies'>;

function declaredOf(before: Declared, { participants, events, errors, policies }: Declared): Declared {
  return {
    participants: keptOf(before.participants, participants),
    events: keptOf(before.events, events),
    errors: keptOf(before.errors, errors),
    policies: {
      retry: keptOf(before.policies.retry, policies.retry),
      timeout: keptOf(before.policies.timeout, policies.timeout),
      circuitBreaker: keptOf(before.policies.circuitBreaker, policies.circuitBreaker),
    },
  };
}

function keptOf<T extends { readonly node: Node }>(before: readonly T[], now: readonly T[]): readonly T[] {
  const known = new Map(before.map((one) => [one.node, one]));
  return now.map((one) => known.get(one.node) ?? one);
}

/** Takes into the model of a file what stands around its states, after that was written anew; `node` is its mapping. */
export function buildAround({ workflow, scopeOf }: Built, node: MapNode): void {
  const { root } = workflow;
  const head = headOf(node);
  Object.assign(workflow, head, declaredOf(workflow, head));
  Object.assign(root, scopeHead(node, node.range, OUTERMOST));
  if (scopeOf.get(node) !== root) throw new Error('The mapping of a file stays the same node.');
}

function headOf(node: MapNode | null): Omit<Workflow, 'root' | 'scopes' | 'states'> {
  const policies = mapAt(node, 'policies');
  const limits = mapAt(node, 'limits');
  return {
    node,
    ...namesOf(node),
    input: nodeAt(node, 'input'),
    participants: entriesAt(node, 'participants').map((entry) => participantOf(named(entry))),
    events: entriesAt(node, 'events').map((entry) => ({
      ...named(entry),
      data: nodeAt(entry.value, 'data'),
      key: nodeAt(entry.value, 'key'),
      ttl: stringAt(entry.value, 'ttl'),
    })),
    errors: entriesAt(node, 'errors').map((entry) => ({ ...named(entry), data: nodeAt(entry.value, 'data') })),
    policies: {
      retry: policiesOf(policies, 'retry'),
      timeout: policiesOf(policies, 'timeout'),
      circuitBreaker: policiesOf(policies, 'circuitBreaker'),
    },
    triggers: itemsAt(node, 'triggers').flatMap((item) =>
      item.kind === 'map' ? [{ node: item, event: stringAt(item, 'event') }] : [],
    ),
    timeout: nodeAt(node, 'timeout'),
    recovery: stringAt(node, 'recovery'),
    lock: nodeAt(node, 'lock'),
    limits: { transitions: numberAt(limits, 'transitions'), depth: numberAt(limits, 'depth') },
    migrations: itemsAt(node, 'migrations').flatMap((item) => {
      if (item.kind !== 'map') return [];
      const states = entriesAt(item, 'states').map(({ key, value }) => ({
        from: { value: key.text, range: innerRange(key) },
        to: located(value),
      }));
      return [{ node: item, from: textAt(item, 'from'), states, vars: entriesAt(item, 'vars') }];
    }),
  };
}

function policiesOf(node: Node | null, key: string): readonly Policy[] {
  return entriesAt(node, key).map(named);
}

function participantOf(entry: ReturnType<typeof named>): Participant {
  const node = entry.node;
  return {
    ...entry,
    openapi: stringAt(node, 'openapi'),
    module: stringAt(node, 'module'),
    role: textAt(node, 'role'),
    members: stringsAt(node, 'members'),
    baseUrl: nodeAt(node, 'baseUrl'),
    headers: entriesAt(node, 'headers'),
    operations: entriesAt(node, 'operations').map((operation) => operationOf(named(operation))),
    circuitBreaker: nodeAt(node, 'circuitBreaker'),
  };
}

function operationOf(entry: ReturnType<typeof named>): Operation {
  const node = entry.node;
  const shell = presentEntry(node, 'shell');
  return {
    ...entry,
    http: httpOf(valueOf(node, 'http')),
    shell: shell === undefined ? null : itemsAt(node, 'shell'),
    effect: stringAt(node, 'effect'),
    idempotent: booleanAt(node, 'idempotent'),
    retry: nodeAt(node, 'retry'),
    timeout: nodeAt(node, 'timeout'),
  };
}

const HTTP = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)\s+(\/\S*)$/;

/** Splits `METHOD /path`; null when `node` has another form. */
export function httpOf(node: Node | null | undefined): Operation['http'] {
  const text = located(node);
  const parts = text === null ? null : HTTP.exec(text.value.trim());
  const [, method, path] = parts ?? [];
  return text === null || method === undefined || path === undefined ? null : { ...text, method, path };
}
