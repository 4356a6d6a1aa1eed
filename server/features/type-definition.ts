/** From a value to the schema that describes it: of the input, an event, a form, or what an operation takes and gives. */
import {
  type Action,
  type Analysis,
  declarationAt,
  type Node,
  nodePathAt,
  type Range,
  type Scope,
  type State,
  stateNamed,
  stringOf,
  type TemplateSite,
  touches,
  valueOf,
} from '../../language/index.ts';
import { expectedAt, rootShape } from './completion/expected.ts';
import type { Place } from './navigation.ts';
import { operationNamed } from './operations.ts';
import { wayAt } from './way.ts';

/** A schema, or a value that shows what is known, as it is written. */
interface Described extends Place {
  /** Null in another file, of which only the place is known. */
  readonly node: Node | null;
  /** What `#` in a `$ref` counts from. */
  readonly root: Node | null;
}

export interface TypeDefinition {
  readonly origin: Range;
  readonly targets: readonly Place[];
}

/** Where the value at `offset` is described; null where nothing is known of it. */
export function typeDefinitionAt(analysis: Analysis, file: string | undefined, offset: number): TypeDefinition | null {
  const found = inExpression(analysis, file, offset) ?? ofName(analysis, offset) ?? ofArgument(analysis, file, offset);
  return found === null || found.targets.length === 0 ? null : found;
}

function inExpression(analysis: Analysis, file: string | undefined, offset: number): TypeDefinition | null {
  for (const site of analysis.sites) {
    if (!touches(site.node.range, offset)) continue;
    for (const { parsed } of site.read.expressions) {
      for (const { root, rootRange, path } of parsed.reads) {
        const at = path.findIndex(({ range }) => touches(range, offset));
        if (at < 0 && !touches(rootRange, offset)) continue;
        const names = path.slice(0, at + 1).map(({ name }) => name);
        const targets = described(analysis, site, eventAt(analysis, file, offset), root, names);
        return { origin: path[at]?.range ?? rootRange, targets };
      }
    }
  }
  return null;
}

function eventAt(analysis: Analysis, file: string | undefined, offset: number): string | null {
  const way = wayAt(analysis.tree, offset);
  return way === null ? null : expectedAt(analysis, way.path, rootShape(file)).event;
}

function described(
  analysis: Analysis,
  site: Pick<TemplateSite, 'scope' | 'state'>,
  event: string | null,
  root: string,
  path: readonly string[],
): readonly Described[] {
  const { workflow } = analysis;
  const [first = '', ...rest] = path;
  switch (root) {
    case 'input':
      return follow(own(workflow.input), path);
    case 'vars':
      return follow(own(variable(site.scope, first)), rest);
    case 'results': {
      const state = stateSeen(site.scope, first);
      return state === null ? [] : follow(resultOf(analysis, state), rest);
    }
    case 'result':
      return site.state === null ? [] : follow(rawResult(analysis, site.state.action), path);
    case 'form':
      return site.state?.action?.kind === 'human' ? follow(own(site.state.action.form), path) : [];
    case 'event':
      return first === 'data' || path.length === 0 ? follow(eventData(analysis, event), rest) : [];
    default:
      return item(analysis, site.scope, root, path);
  }
}

/** The items of the list that the `foreach` around goes through. */
function item(analysis: Analysis, from: Scope, name: string, path: readonly string[]): readonly Described[] {
  for (let scope: Scope | null = from; scope !== null; scope = scope.parent) {
    const { owner } = scope;
    if (scope.item?.name !== name || owner?.action?.kind !== 'foreach') continue;
    const list = owner.action.in;
    const site = analysis.sites.find(({ node }) => node === list);
    const [read, ...others] = site?.read.expressions[0]?.parsed.reads ?? [];
    if (site === undefined || read === undefined || others.length > 0) return [];
    const names = read.path.map((step) => step.name);
    return follow(described(analysis, { scope: owner.scope, state: owner }, null, read.root, names), path);
  }
  return [];
}

function ofName(analysis: Analysis, offset: number): TypeDefinition | null {
  const declaration = declarationAt(analysis.symbols, offset);
  if (declaration === null) return null;
  const way = wayAt(analysis.tree, offset);
  const origin = way?.key?.key.range ?? way?.node?.range ?? declaration.range;
  switch (declaration.kind) {
    case 'state':
      return { origin, targets: declaration.state === null ? [] : resultOf(analysis, declaration.state) };
    case 'operation': {
      const name = `${declaration.participant ?? ''}.${declaration.name}`;
      return {
        origin,
        targets: [...operationSchema(analysis, name, 'input'), ...operationSchema(analysis, name, 'output')],
      };
    }
    case 'event':
      return { origin, targets: eventData(analysis, declaration.name) };
    default:
      return null;
  }
}

/** A field of `with` or `data`. */
function ofArgument(analysis: Analysis, file: string | undefined, offset: number): TypeDefinition | null {
  const way = wayAt(analysis.tree, offset);
  if (way?.key == null) return null;
  const expected = expectedAt(analysis, way.path, rootShape(file));
  const inside = [...expected.inside, way.key.key.text].map(String);
  const holder = expected.holder?.node ?? null;
  const origin = way.key.key.range;
  const steps = nodePathAt(analysis.tree, offset).steps.length;
  if (steps < inside.length || (expected.key?.name !== 'with' && expected.key?.name !== 'data')) return null;
  const operation = stringOf(valueOf(holder, 'call'));
  if (operation !== undefined) {
    return { origin, targets: follow(operationSchema(analysis, operation, 'input'), inside) };
  }
  const event = stringOf(valueOf(holder, 'emit'));
  return event === undefined ? null : { origin, targets: follow(eventData(analysis, event), inside) };
}

function resultOf(analysis: Analysis, state: State): readonly Described[] {
  const output = valueOf(state.node, 'output');
  return output === undefined ? rawResult(analysis, state.action) : own(output);
}

function rawResult(analysis: Analysis, action: Action | null): readonly Described[] {
  switch (action?.kind) {
    case 'call':
      return operationSchema(analysis, action.operation?.value ?? '', 'output');
    case 'human':
      return own(action.form);
    case 'scope':
      return own(action.scope.output);
    case 'foreach':
      if (action.body.output !== null) return own(action.body.output);
      return operationSchema(analysis, action.call?.operation?.value ?? '', 'output');
    case 'listen':
      return action.on.flatMap(({ event }) => eventData(analysis, event.value));
    default:
      return [];
  }
}

function operationSchema(analysis: Analysis, name: string, key: 'input' | 'output'): readonly Described[] {
  const known = operationNamed(analysis, name);
  const written = own(valueOf(known?.own?.node, key));
  if (written.length > 0 || known?.file == null) return written;
  return [{ file: known.file, range: known.range, node: null, root: null }];
}

function eventData(analysis: Analysis, name: string | null): readonly Described[] {
  return own(analysis.workflow.events.find((event) => event.name === name)?.data);
}

function variable(from: Scope, name: string): Node | null {
  for (let scope: Scope | null = from; scope !== null; scope = scope.parent) {
    const found = scope.vars.find((one) => one.name === name);
    if (found !== undefined) return found.node;
  }
  return null;
}

function stateSeen(from: Scope, name: string): State | null {
  for (let scope: Scope | null = from; scope !== null; scope = scope.parent) {
    const found = stateNamed(scope, name);
    if (found !== undefined) return found;
  }
  return null;
}

function own(node: Node | null | undefined): readonly Described[] {
  return node === null || node === undefined ? [] : [{ file: null, range: node.range, node, root: node }];
}

/** Goes from schemas to the properties of this name, one after the other; a place in another file is followed no further. */
function follow(from: readonly Described[], names: readonly string[]): readonly Described[] {
  let found = from;
  for (const name of names)
    found = found.flatMap((one) => (one.node === null ? [one] : propertiesOf(one, one.node, name, 0)));
  return found;
}

/** Deeper nesting of references and alternatives is not followed: it may lead in a circle. */
const MAX_DEPTH = 20;

function propertiesOf(from: Described, node: Node, name: string, depth: number): readonly Described[] {
  if (depth > MAX_DEPTH) return [];
  const into = (next: Node | null | undefined): readonly Described[] =>
    next === null || next === undefined ? [] : propertiesOf(from, next, name, depth + 1);
  if (node.kind === 'sequence') return node.items.flatMap(into);
  if (node.kind !== 'map') return [];
  const at = (value: Node): Described => ({ file: null, range: value.range, node: value, root: from.root });
  const property = valueOf(valueOf(node, 'properties'), name);
  if (property !== undefined) return [at(property)];
  const inner = ['items', 'allOf', 'anyOf', 'oneOf'].flatMap((key) => into(valueOf(node, key)));
  const referred = into(referredBy(from.root, stringOf(valueOf(node, '$ref'))));
  if (inner.length + referred.length > 0) return [...inner, ...referred];
  // A value that shows its own fields, such as an `output`, is no schema.
  const field = valueOf(node, 'type') === undefined ? valueOf(node, name) : undefined;
  return field === undefined ? [] : [at(field)];
}

function referredBy(root: Node | null, reference: string | undefined): Node | null {
  if (reference === undefined || !reference.startsWith('#')) return null;
  let node: Node | null = root;
  for (const part of reference.slice(1).split('/').slice(1)) {
    node = valueOf(node, part.replaceAll('~1', '/').replaceAll('~0', '~')) ?? null;
  }
  return node;
}
