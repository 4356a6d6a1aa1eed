/**
 * Draws a plan as the text of a Mermaid state diagram. Pure: the preview and `backstep diagram` use the same text.
 *
 * 1. Node ids are made here from `[A-Za-z0-9_]` alone, are unique, and are no word that Mermaid gives a meaning to.
 * 2. Whatever an author wrote reaches the text through `escapeLabel` only, so it can neither break nor extend it.
 * 3. `edges[n]` is the n-th relation of the text: Mermaid calls its path `edge<n>`, which is how the view finds it.
 *    Mermaid counts notes too, so the text has none.
 */
import type {
  Plan,
  PlanAction,
  PlanHandler,
  PlanListener,
  PlanScope,
  PlanState,
  PlanTransition,
} from '../language/index.ts';
import type { Range } from '../language/index.ts';
import { actionLine, escapeLabel, guardLabel, handlerLabel, rollbackLabel, shorten } from './labels.ts';

/**
 * Why a node is drawn: a state, what undoes or confirms it, where a scope's errors or events come in, or (in a text
 * with errors) a state that is named but not there.
 */
export type NodeRole = 'state' | 'undo' | 'confirm' | 'errors' | 'events' | 'missing';

export type EdgeKind = 'next' | 'error' | 'event' | 'undo' | 'confirm' | 'start' | 'end';

export interface DiagramNode {
  /** The id in the Mermaid text. */
  readonly id: string;
  readonly role: NodeRole;
  /** The plan's id of the state that it shows or belongs to; of the scope for `errors` and `events`. */
  readonly state: string;
  /** The kind of action, for `state`, `undo` and `confirm`. */
  readonly kind: PlanAction['kind'] | null;
  /** What the node says, as plain text. */
  readonly label: string;
  /** What a click reveals, and the whole stretch of text that the node stands for. */
  readonly reveal: Range;
  readonly range: Range;
}

export interface DiagramEdge {
  /** Mermaid ids; `[*]` is the start or the end of a scope. */
  readonly from: string;
  readonly to: string;
  readonly kind: EdgeKind;
  readonly label: string;
}

export interface Diagram {
  readonly text: string;
  readonly nodes: readonly DiagramNode[];
  readonly edges: readonly DiagramEdge[];
}

/** What of a run is shown in the diagram: ways of states, as in a run's history (`pack/2/wrap`). */
export interface DiagramMarks {
  readonly current: readonly string[];
  readonly path: readonly string[];
  readonly undone: readonly string[];
}

export interface DiagramOptions {
  readonly marks?: DiagramMarks;
  /** Adds colours as `classDef` lines, for where no style sheet of ours applies. */
  readonly colours?: boolean;
}

/** The plan's id of the state that a way names: the way without the numbers of its items. */
export function stateOfWay(way: string): string {
  return way
    .split('/')
    .filter((part) => !/^\d+$/.test(part))
    .join('/');
}

/** The diagram of `plan`: Mermaid text, and what its nodes and edges stand for. Linear in the plan. */
export function drawDiagram(plan: Plan, options: DiagramOptions = {}): Diagram {
  const drawing: Drawing = { lines: ['stateDiagram-v2'], nodes: [], edges: [], used: new Set(), classes: new Map() };
  if (plan.title !== null) drawing.lines.push(`accTitle: ${escapeLabel(shorten(plan.title, 200))}`);
  drawScope(drawing, plan.root, '  ', null);
  if (options.marks) mark(drawing, options.marks);
  for (const [name, ids] of drawing.classes) {
    if (options.colours && COLOURS[name]) drawing.lines.push(`  classDef ${name} ${COLOURS[name]}`);
    drawing.lines.push(`  class ${ids.join(',')} ${name}`);
  }
  return { text: drawing.lines.join('\n') + '\n', nodes: drawing.nodes, edges: drawing.edges };
}

interface Drawing {
  readonly lines: string[];
  readonly nodes: DiagramNode[];
  readonly edges: DiagramEdge[];
  readonly used: Set<string>;
  /** Mermaid class → ids of its nodes. */
  readonly classes: Map<string, string[]>;
}

/** Colours that read well on a light and on a dark page; the view uses the editor's instead. */
const COLOURS: Readonly<Record<string, string>> = {
  undo: 'fill:#fff4e5,stroke:#b35900,color:#5c2e00,stroke-dasharray:4 3',
  confirm: 'fill:#e8f5e9,stroke:#2e7d32,color:#1b4d1f,stroke-dasharray:4 3',
  errors: 'fill:#fdecea,stroke:#b3261e,color:#6b1712',
  events: 'fill:#e8f0fe,stroke:#1a56b0,color:#0d2f63',
  missing: 'fill:#fdecea,stroke:#b3261e,color:#6b1712,stroke-dasharray:2 2',
  fail: 'fill:#fdecea,stroke:#b3261e,color:#6b1712',
  human: 'fill:#f3e8fd,stroke:#6b2fa0,color:#3d1a5c',
  visited: 'stroke:#1a56b0,stroke-width:2px',
  undone: 'stroke:#b35900,stroke-width:2px,stroke-dasharray:4 3',
  current: 'stroke:#1a56b0,stroke-width:4px',
};

/** Draws a scope's states between its start and its end; `branch` names it where it is one of several regions. */
function drawScope(drawing: Drawing, scope: PlanScope, indent: string, branch: string | null): void {
  const ids = new Map<string, string>();
  for (const state of scope.states) ids.set(state.name, newId(drawing, state.id));
  const target = (name: string, range: Range): string => {
    if (name === 'end') return '[*]';
    const known = ids.get(name) ?? newId(drawing, `${name}_missing`);
    if (ids.has(name)) return known;
    ids.set(name, known);
    const label = shorten(name, 60);
    drawing.nodes.push({ id: known, role: 'missing', state: scope.id, kind: null, label, reveal: range, range });
    box(drawing, indent, known, label, 'there is no such state');
    classify(drawing, 'missing', known);
    return known;
  };
  for (const state of scope.states) drawState(drawing, state, ids.get(state.name) ?? '', indent);
  if (scope.states.length > 0) edge(drawing, indent, '[*]', target(scope.start, scope.range), 'start', branch ?? '');
  for (const state of scope.states) drawWaysOut(drawing, state, ids.get(state.name) ?? '', target, indent);
  if (scope.catch.length > 0) {
    const id = newId(drawing, `${scope.id}_errors`);
    const range = union(scope.catch);
    drawing.nodes.push({ id, role: 'errors', state: scope.id, kind: null, label: 'catch', reveal: range, range });
    box(drawing, indent, id, 'catch', null);
    classify(drawing, 'errors', id);
    drawHandlers(drawing, scope.catch, id, target, indent);
  }
  drawListeners(drawing, scope.id, scope.on, target, indent);
}

function drawState(drawing: Drawing, state: PlanState, id: string, indent: string): void {
  const { action } = state;
  const title = shorten(state.title ?? state.name, 60);
  const node = { id, role: 'state', state: state.id, kind: action.kind, label: title } as const;
  drawing.nodes.push({ ...node, reveal: state.nameRange, range: state.range });
  const inner = innerScopes(action);
  if (inner.length > 0) {
    const line = actionLine(action);
    drawing.lines.push(`${indent}state "${escapeLabel(line === '' ? title : `${title} — ${line}`)}" as ${id} {`);
    inner.forEach(({ scope, name }, at) => {
      if (at > 0) drawing.lines.push(`${indent}  --`);
      drawScope(drawing, scope, `${indent}  `, name);
    });
    drawing.lines.push(`${indent}}`);
  } else if (action.kind === 'switch') {
    drawing.lines.push(`${indent}state ${id} <<choice>>`);
  } else {
    box(drawing, indent, id, title, detail(state));
  }
  classify(drawing, action.kind, id);
  if (state.pivot) classify(drawing, 'pivot', id);
}

/** The second line of a state's box. */
function detail(state: PlanState): string {
  return [actionLine(state.action), state.pivot ? 'pivot' : '', state.warn ? 'errors only warn' : '']
    .filter((part) => part !== '')
    .join(' · ');
}

/** The scopes drawn inside of a state. */
function innerScopes(action: PlanAction): { scope: PlanScope; name: string | null }[] {
  if (action.kind === 'scope') return [{ scope: action.scope, name: null }];
  if (action.kind === 'foreach' && action.scope !== null) return [{ scope: action.scope, name: null }];
  if (action.kind === 'parallel') return action.branches.map((branch) => ({ scope: branch.scope, name: branch.name }));
  return [];
}

/** The id of the state that is named at a place of the text. */
type Target = (name: string, range: Range) => string;

function drawWaysOut(drawing: Drawing, state: PlanState, id: string, target: Target, indent: string): void {
  const { action } = state;
  drawTransitions(drawing, state.next, id, target, indent, '', 'next');
  if (action.kind === 'human') {
    for (const { outcome, transitions } of action.on) {
      drawTransitions(drawing, transitions, id, target, indent, outcome, 'next');
    }
  }
  if (action.kind === 'listen') {
    for (const listener of action.on) {
      drawTransitions(drawing, listener.transitions, id, target, indent, eventLabel(listener), 'event');
    }
    drawTransitions(drawing, action.onTimeout, id, target, indent, 'timeout', 'error');
  }
  if (action.kind === 'scope') drawListeners(drawing, state.id, action.on, target, indent, id);
  drawHandlers(drawing, state.catch, id, target, indent);
  drawUndo(drawing, state, id, indent);
}

/** What undoes and what confirms a state: nodes of their own, joined to it by an edge of their own kind. */
function drawUndo(drawing: Drawing, state: PlanState, id: string, indent: string): void {
  const { compensate, confirm } = state;
  for (const [role, other] of [['undo', compensate] as const, ['confirm', confirm] as const]) {
    if (other === null || (role === 'undo' && compensate?.none)) continue;
    const label = actionLine(other.action) || other.action.kind;
    const node = newId(drawing, `${state.id}_${role}`);
    drawing.nodes.push({
      id: node,
      role,
      state: state.id,
      kind: other.action.kind,
      label,
      reveal: other.lineRange,
      range: other.range,
    });
    box(drawing, indent, node, label, null);
    classify(drawing, role, node);
    edge(
      drawing,
      indent,
      id,
      node,
      role,
      role === 'undo' && compensate?.after === 'attempt' ? 'undo (after: attempt)' : role,
    );
  }
}

function drawTransitions(
  drawing: Drawing,
  transitions: readonly PlanTransition[],
  from: string,
  target: Target,
  indent: string,
  prefix: string,
  kind: EdgeKind,
): void {
  transitions.forEach((transition, at) => {
    // An unconditional transition says "else" only where something was asked before it.
    const guard = transition.when === null ? (at > 0 ? 'else' : '') : guardLabel(transition.when);
    const to = target(transition.next, transition.range);
    const label = [prefix, guard, rollbackLabel(transition.rollback)].filter((part) => part !== '').join(' · ');
    edge(drawing, indent, from, to, kind === 'next' && to === '[*]' ? 'end' : kind, label);
  });
}

function drawHandlers(
  drawing: Drawing,
  handlers: readonly PlanHandler[],
  from: string,
  target: Target,
  indent: string,
): void {
  for (const handler of handlers) {
    edge(drawing, indent, from, target(handler.next, handler.range), 'error', handlerLabel(handler));
  }
}

/** The events that may arrive at any time in a scope: from the scope's own state, or from a node that stands for them. */
function drawListeners(
  drawing: Drawing,
  scope: string,
  listeners: readonly PlanListener[],
  target: Target,
  indent: string,
  from?: string,
): void {
  for (const listener of listeners) {
    let source = from;
    if (source === undefined) {
      source = newId(drawing, `${scope}_on`);
      const label = eventLabel(listener);
      const { range } = listener;
      drawing.nodes.push({ id: source, role: 'events', state: scope, kind: null, label, reveal: range, range });
      box(drawing, indent, source, label, null);
      classify(drawing, 'events', source);
    }
    const prefix = from === undefined ? '' : eventLabel(listener);
    drawTransitions(drawing, listener.transitions, source, target, indent, prefix, 'event');
  }
}

function eventLabel(listener: PlanListener): string {
  return listener.match === null ? `on ${listener.event}` : `on ${listener.event} · ${guardLabel(listener.match)}`;
}

function box(drawing: Drawing, indent: string, id: string, title: string, line: string | null): void {
  drawing.lines.push(`${indent}state "${escapeLabel(title)}" as ${id}`);
  if (line !== null && line !== '') drawing.lines.push(`${indent}${id} : ${escapeLabel(line)}`);
}

function edge(drawing: Drawing, indent: string, from: string, to: string, kind: EdgeKind, label: string): void {
  drawing.edges.push({ from, to, kind, label });
  drawing.lines.push(`${indent}${from} --> ${to}${label === '' ? '' : ` : ${escapeLabel(label)}`}`);
}

function classify(drawing: Drawing, name: string, id: string): void {
  const ids = drawing.classes.get(name);
  if (ids) ids.push(id);
  else drawing.classes.set(name, [id]);
}

function mark(drawing: Drawing, marks: DiagramMarks): void {
  const states = (ways: readonly string[]): Set<string> => new Set(ways.map(stateOfWay));
  const current = states(marks.current);
  const undone = states(marks.undone);
  const path = states(marks.path);
  for (const { id, role, state } of drawing.nodes) {
    if (role === 'undo' && undone.has(state)) classify(drawing, 'undone', id);
    if (role !== 'state') continue;
    if (current.has(state)) classify(drawing, 'current', id);
    else if (path.has(state)) classify(drawing, 'visited', id);
  }
}

function union(handlers: readonly { readonly range: Range }[]): Range {
  const start = Math.min(...handlers.map((handler) => handler.range.start));
  return { start, end: Math.max(...handlers.map((handler) => handler.range.end)) };
}

/** Words that mean something to Mermaid, or to the objects in which it keeps its nodes by their ids. */
const RESERVED = new Set(
  (
    'state note class classdef style default direction click href scale hide end as fork join choice root start ' +
    'acctitle accdescr statediagram title constructor tostring valueof hasownproperty isprototypeof tolocalestring ' +
    'propertyisenumerable'
  ).split(' '),
);

/** A new id near to `name`: the name itself where Mermaid can take it, so that the text reads well. */
function newId(drawing: Drawing, name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_]+/g, '_').replace(/^_+/, '');
  const safe =
    plain !== '' && !RESERVED.has(plain.toLowerCase()) && !/^(\d|divider)|_(start|end)$|__/i.test(plain)
      ? plain
      : `state_${plain.replace(/_+/g, '_')}_`;
  let id = safe;
  for (let at = 2; drawing.used.has(id); at++) id = `${safe}_${at}`;
  drawing.used.add(id);
  return id;
}
