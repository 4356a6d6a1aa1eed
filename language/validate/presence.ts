/** What must stand in a mapping and does not, and kinds of which there must be one: part of the family form. */
import { finding, type FixData } from '../diagnostics.ts';
import { within } from '../moving.ts';
import { kindKeys } from '../schema.ts';
import type { Shape, ValueType } from '../schema/types.ts';
import { type MapNode, type Node, valueOf } from '../tree.ts';
import { isMisspelt } from './misspelt.ts';
import type { Place, Walk } from './walk.ts';

/** Reports that a mapping does not say which kind of thing it is. */
export function noKind(walk: Walk, shape: Shape, node: MapNode | null, place: Place): void {
  const kinds = kindKeys(shape).map((kind) => `‘${kind}’`);
  const list = `${kinds.slice(0, -1).join(', ')} or ${kinds.at(-1) ?? ''}`;
  const code = shape.name === 'trigger' ? 'missing-key' : 'no-kind';
  const subject = shape.name === 'state' ? `The state ‘${place.key}’` : shape.title;
  const fixes = kindFixes(walk, shape, node, place);
  const message = `${subject} does not say what it does. Give it one of ${list}.`;
  walk.findings.push(finding(code, place.owner, message, { fixes }));
}

function kindFixes(walk: Walk, shape: Shape, node: MapNode | null, place: Place): readonly FixData[] {
  switch (shape.name) {
    case 'state':
      return give(walk, node, place, 'set', '{}');
    case 'trigger':
      return give(walk, node, place, 'every', '1h');
    default: {
      if (node === null) return place.key === 'compensate' ? fill(walk, place, 'none') : [];
      const title = 'Say that nothing needs undoing';
      if (place.key === 'compensate') return [{ kind: 'rewrite', title, range: node.range, text: 'none' }];
      return [{ kind: 'remove-entry', entry: node.range }];
    }
  }
}

/** Gives a mapping a key; where it has nothing in it yet, it is made with it. */
function give(walk: Walk, node: MapNode | null, place: Place, key: string, value: string): readonly FixData[] {
  if (node !== null) return [{ kind: 'insert-key', into: node.range, key, value }];
  const { owner } = place;
  // An empty file has no key that its content could stand behind.
  if (owner.start === owner.end) {
    return [{ kind: 'rewrite', title: `Add ‘${key}: ${value}’`, range: owner, text: `${key}: ${value}\n` }];
  }
  return fill(walk, place, `{ ${key}: ${value} }`);
}

/** Writes a value behind a key that has none. */
function fill(walk: Walk, { owner }: Place, value: string): readonly FixData[] {
  if (walk.text.slice(owner.end, owner.end + 1) !== ':') return [];
  const range = within(owner, owner.end, owner.end + 1);
  return [{ kind: 'rewrite', title: `Write ‘${value}’`, range, text: `: ${value}` }];
}

/** Reports that a mapping says that it is several kinds of thing at once. */
export function manyKinds(walk: Walk, node: MapNode, shape: Shape, kinds: readonly string[]): void {
  const entries = node.entries.filter((entry) => kinds.includes(entry.key.text));
  const [first, second] = entries;
  if (first === undefined || second === undefined) return;
  const names = kinds.map((kind) => `‘${kind}’`).join(' and ');
  const message = `${shape.title} does one thing, but here stand ${names}. Keep one${shape.name === 'state' ? ', and give the other a state of its own' : ''}.`;
  const related = [{ message: `‘${first.key.text}’ stands here.`, range: first.key.range }];
  walk.findings.push(finding('many-kinds', second.key.range, message, { related }));
}

/** Reports the keys that are required beside these kinds and do not stand in `node`. */
export function missingKeys(
  walk: Walk,
  shape: Shape,
  kinds: readonly string[],
  node: MapNode | null,
  place: Place,
): void {
  for (const key of shape.keys) {
    if (key.required === true && !node?.entries.some((entry) => entry.key.text === key.name)) {
      addMissing(walk, shape, key.name, sample(key.type), node, place);
    }
  }
  const has = (name: string): boolean => valueOf(node, name) !== undefined;
  if (shape.name === 'participant' && kinds.length === 0 && !has('operations')) {
    const message = 'A participant needs one of ‘openapi’, ‘module’, ‘role’ and ‘operations’.';
    const value = `{ run: { shell: [${place.key}] } }`;
    walk.findings.push(
      finding('missing-key', place.owner, message, { fixes: give(walk, node, place, 'operations', value) }),
    );
  }
  if (shape.name === 'participant' && kinds.length === 0 && !has('baseUrl') && hasHttpOperation(node)) {
    addMissing(walk, shape, 'baseUrl', '"${ env.SERVICE_URL }"', node, place);
  }
  if (shape.name === 'participant' && kinds.length === 0) operationsWithoutBinding(walk, node, place);
  if (shape.name === 'foreach' && has('states') === has('call')) {
    if (has('call')) manyKinds(walk, node ?? EMPTY, shape, ['states', 'call']);
    else addMissing(walk, shape, 'states', '{}', node, place);
  }
  if (shape.name === 'escalation' && !has('to') && !has('notify') && !has('outcome')) {
    const message = 'A step of escalation needs one of ‘to’, ‘notify’ and ‘outcome’.';
    walk.findings.push(finding('missing-key', place.owner, message, { fixes: escalationFixes(walk, node, place) }));
  }
}

/** A step may hand the task to anybody who has a role, or decide it. */
function escalationFixes(walk: Walk, node: MapNode | null, place: Place): readonly FixData[] {
  const role = walk.built.workflow.participants.find((one) => one.role !== null);
  const action = place.state?.action;
  const [outcome] = action?.kind === 'human' ? (action.outcomes ?? action.on.map((one) => one.outcome)) : [];
  return [
    ...(role === undefined ? [] : give(walk, node, place, 'to', role.name)),
    ...(outcome === undefined ? [] : give(walk, node, place, 'outcome', outcome.value)),
  ];
}

/** Without a document or a module an operation must say itself how it is done. */
function operationsWithoutBinding(walk: Walk, node: MapNode | null, place: Place): void {
  const operations = valueOf(node, 'operations');
  if (operations?.kind !== 'map') return;
  for (const { key, value } of operations.entries) {
    if (valueOf(value, 'http') !== undefined || valueOf(value, 'shell') !== undefined) continue;
    const isHttp = valueOf(node, 'baseUrl') !== undefined;
    const name = isHttp ? 'http' : 'shell';
    const sample = isHttp ? `POST /${key.text}` : `[${key.text}]`;
    const own = value.kind === 'map' ? value : null;
    const fixes = give(walk, own, { ...place, owner: key.range }, name, sample);
    const message = `The operation ‘${key.text}’ needs ‘http’ or ‘shell’.`;
    walk.findings.push(finding('missing-key', key.range, message, { fixes }));
  }
}

const EMPTY: MapNode = { kind: 'map', flow: true, entries: [], range: { start: 0, end: 0 } };

function hasHttpOperation(node: Node | null): boolean {
  const operations = valueOf(node, 'operations');
  return operations?.kind === 'map' && operations.entries.some(({ value }) => valueOf(value, 'http') !== undefined);
}

function addMissing(walk: Walk, shape: Shape, key: string, value: string, node: MapNode | null, place: Place): void {
  if (node !== null && isMisspelt(shape, node, key)) return;
  const fixes = give(walk, node, place, key, value);
  walk.findings.push(finding('missing-key', place.owner, `${shape.title} needs the key ‘${key}’.`, { fixes }));
}

/** A value that a fix may put behind a key that is missing. */
function sample(type: ValueType): string {
  switch (type.is) {
    case 'workflow-id':
      return 'my-workflow';
    case 'reference':
      return type.to === 'state' ? 'end' : type.to;
    case 'error-type':
    case 'pattern':
      return 'error';
    case 'duration':
      return '1h';
    case 'version-range':
      return '"*"';
    case 'integer':
      return String(type.minimum);
    case 'template':
    case 'text':
      return '""';
    default:
      return type.is === 'map' && type.names === 'state' ? '{ first: { set: {}, next: end } }' : '{}';
  }
}
