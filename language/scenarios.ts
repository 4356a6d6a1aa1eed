/** What files of scenarios name of the workflow that they are about (section 12). */
import type { Range } from './text.ts';
import { innerRange, type Node, stringOf, type Tree, valueOf } from './tree.ts';
import { type State, stateNamed, type Workflow } from './workflow.ts';

/** A file as far as it is read here; an `Analysis` is one. */
interface ReadFile {
  readonly shape: string;
  readonly tree: Tree;
}

/** A name in a scenario that the workflow declares, or should. */
export interface Mention {
  readonly kind: 'state' | 'participant' | 'operation' | 'event' | 'error' | 'outcome' | 'variable';
  readonly name: string;
  /** The name alone. */
  readonly range: Range;
  /** The way to the state: for a state with itself at the end, for an outcome that of the task. Otherwise empty. */
  readonly way: readonly string[];
  /** The participant of an operation. */
  readonly participant: string | null;
}

/** The file of the workflow that the scenarios are about, as it is written; null where none is named. */
export function workflowOf(analysis: ReadFile): string | null {
  return analysis.shape === 'scenarios' ? (stringOf(valueOf(analysis.tree.root, 'workflow')) ?? null) : null;
}

/** Everything that a file of scenarios names, in the order of the file; nothing for other files. */
export function mentionsIn(analysis: ReadFile): readonly Mention[] {
  if (analysis.shape !== 'scenarios') return [];
  const found: Mention[] = [];
  const { root } = analysis.tree;
  mocks(valueOf(root, 'mocks'), found);
  for (const [, scenario] of entriesOf(valueOf(root, 'scenarios'))) {
    mocks(valueOf(scenario, 'mocks'), found);
    for (const event of itemsOf(valueOf(scenario, 'events'))) named('event', valueOf(event, 'type'), found);
    for (const [key, decision] of entriesOf(valueOf(scenario, 'decisions'))) {
      const way = states(key, found);
      for (const one of decision.kind === 'sequence' ? decision.items : [decision]) {
        named('outcome', valueOf(one, 'outcome'), found, way);
      }
    }
    for (const key of ['after', 'before']) states(valueOf(valueOf(scenario, 'crash'), key), found);
    expectations(valueOf(scenario, 'expect'), found);
  }
  return found.sort((a, b) => a.range.start - b.range.start);
}

function expectations(expect: Node | undefined, found: Mention[]): void {
  const error = valueOf(expect, 'error');
  named('error', error?.kind === 'map' ? valueOf(error, 'error') : error, found);
  for (const key of ['path', 'compensated', 'suspended']) {
    for (const item of itemsOf(valueOf(expect, key))) states(item, found);
  }
  for (const item of itemsOf(valueOf(expect, 'emitted'))) {
    named('event', item.kind === 'map' ? valueOf(item, 'type') : item, found);
  }
  for (const [key] of entriesOf(valueOf(expect, 'calls'))) target(key, found);
  for (const [key] of entriesOf(valueOf(expect, 'vars'))) named('variable', key, found);
}

function mocks(node: Node | undefined, found: Mention[]): void {
  for (const [key, answer] of entriesOf(node)) {
    target(key, found);
    for (const one of answer.kind === 'sequence' ? answer.items : [answer]) {
      named('error', valueOf(valueOf(one, 'fail'), 'error'), found);
    }
  }
}

/** `participant.operation` or `state:way`. */
function target(key: Node, found: Mention[]): void {
  const text = textOf(key);
  if (text === null) return;
  const { start } = text.range;
  if (text.value.startsWith('state:')) {
    states(key, found, 'state:'.length);
    return;
  }
  const dot = text.value.indexOf('.');
  if (dot < 0) return;
  const participant = text.value.slice(0, dot);
  const whole = { start, end: start + dot };
  found.push({ kind: 'participant', name: participant, range: whole, way: [], participant: null });
  const name = text.value.slice(dot + 1);
  found.push({ kind: 'operation', name, range: { start: start + dot + 1, end: text.range.end }, way: [], participant });
}

/** The states on a way, `notify/email/send`; gives the way. Numbers of items are no names. */
function states(node: Node | undefined, found: Mention[], skip = 0): readonly string[] {
  const text = node === undefined ? null : textOf(node);
  if (text === null) return [];
  const way = text.value.slice(skip).split('/');
  let start = text.range.start + skip;
  for (const [at, name] of way.entries()) {
    const range = { start, end: start + name.length };
    if (name !== '' && !/^\d+$/.test(name)) {
      found.push({ kind: 'state', name, range, way: way.slice(0, at + 1), participant: null });
    }
    start = range.end + 1;
  }
  return way;
}

function named(
  kind: 'event' | 'error' | 'outcome' | 'variable',
  node: Node | undefined,
  found: Mention[],
  way: readonly string[] = [],
): void {
  const text = node === undefined ? null : textOf(node);
  if (text !== null) found.push({ kind, name: text.value, range: text.range, way, participant: null });
}

/** The text of a scalar and where it stands; null where it is not written as it reads. */
function textOf(node: Node): { readonly value: string; readonly range: Range } | null {
  if (node.kind !== 'scalar' || node.value === null) return null;
  const range = innerRange(node);
  return range.end - range.start === node.text.length ? { value: node.text, range } : null;
}

function entriesOf(node: Node | undefined): readonly (readonly [Node, Node])[] {
  return node?.kind === 'map' ? node.entries.map(({ key, value }) => [key, value] as const) : [];
}

function itemsOf(node: Node | undefined): readonly Node[] {
  return node?.kind === 'sequence' ? node.items : [];
}

/** The state at the end of a way; null where the way leads to none, or to a branch or an item. */
export function stateAtWay(workflow: Workflow, way: readonly string[]): State | null {
  let scope = workflow.root;
  for (let at = 0; at < way.length; at++) {
    const state = stateNamed(scope, way[at] ?? '');
    if (state === undefined) return null;
    if (at === way.length - 1) return state;
    const { action } = state;
    if (action?.kind === 'scope') scope = action.scope;
    else if (action?.kind === 'foreach') {
      scope = action.body;
      at++;
    } else if (action?.kind === 'parallel') {
      const branch = action.branches.find(({ name }) => name?.value === way[at + 1]);
      if (branch === undefined) return null;
      scope = branch;
      at++;
    } else return null;
  }
  return null;
}
