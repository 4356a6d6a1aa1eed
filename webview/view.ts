/**
 * The diagram's page inside of the webview.
 *
 * 1. A drawing replaces the last one only when it is finished, and the viewport stays as it was: nothing flickers.
 * 2. Plans that arrive while one is drawn are skipped but for the newest.
 * 3. Marks (the cursor's state, a run's path) are classes on elements, never a new drawing.
 * 4. The theme's colours are variables in view.css, so a change of theme draws nothing anew.
 */
import './view.css';
import type { Plan } from '../language/index.ts';
import type { Diagram, DiagramNode } from './diagram.ts';
import { drawDiagram, stateOfWay } from './diagram.ts';
import type { FromView, RunMarks, ToView, ViewState } from './protocol.ts';
import type { Rendered } from './render.ts';
import { render } from './render.ts';
import type { Viewport } from './viewport.ts';
import { attachViewport, bringIntoSight, fit, pan, zoom } from './viewport.ts';

declare function acquireVsCodeApi(): {
  postMessage(message: FromView): void;
  getState(): ViewState | undefined;
  setState(state: ViewState): void;
};

const vscode = acquireVsCodeApi();
const frame = byId('frame');
const canvas = byId('canvas');
const workshop = byId('workshop');
const notice = byId('notice');
const status = byId('status');

/** The first look at a large diagram is at its top, not so small that nothing can be read. */
const READABLE = 0.5;

let viewport: Viewport = { x: 0, y: 0, scale: 1 };
/** Whether the whole diagram is shown as well as fits: until somebody zooms or moves it. */
let fitted = true;
let drawn: { diagram: Diagram; rendered: Rendered } | null = null;
let waiting: Plan | null = null;
let drawing = false;
let trouble: 'errors' | 'stale' | null = null;
let cursor: number | null = null;
let atCursor: string | null = null;
let marks: RunMarks | null = null;
/** The node that the Tab key enters the diagram at. */
let active: DiagramNode | null = null;

window.addEventListener('message', (event: MessageEvent<ToView>) => receive(event.data));
attachViewport(frame, () => viewport, look);
new ResizeObserver(() => {
  if (fitted && drawn) show(fit(drawn.rendered, frame.getBoundingClientRect(), READABLE));
}).observe(frame);
frame.addEventListener('click', (event) => choose(nodeOf(event.target)));
frame.addEventListener('keydown', key);
byId('zoom-in').addEventListener('click', () => zoomBy(1.25));
byId('zoom-out').addEventListener('click', () => zoomBy(0.8));
byId('zoom-fit').addEventListener('click', showAll);
vscode.postMessage({ type: 'ready' });

function receive(message: ToView): void {
  switch (message.type) {
    case 'plan':
      trouble = message.complete ? null : 'errors';
      waiting = message.plan;
      void draw();
      break;
    case 'stale':
      trouble = 'stale';
      say();
      break;
    case 'cursor':
      cursor = message.offset;
      markCursor();
      break;
    case 'run':
      marks = message.marks;
      markRun();
      break;
  }
}

/** Draws the newest plan until none waits. */
async function draw(): Promise<void> {
  if (drawing) return;
  drawing = true;
  while (waiting) {
    const plan = waiting;
    waiting = null;
    const began = performance.now();
    try {
      const diagram = drawDiagram(plan);
      // The same text gives the same drawing; only what its nodes stand for has moved.
      const rendered = drawn?.diagram.text === diagram.text ? again(drawn, diagram) : await render(diagram, workshop);
      place(diagram, rendered);
      vscode.postMessage({ type: 'drawn', nodes: diagram.nodes.length, milliseconds: performance.now() - began });
    } catch (error) {
      vscode.postMessage({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    }
  }
  drawing = false;
}

function again(last: { diagram: Diagram; rendered: Rendered }, diagram: Diagram): Rendered {
  const elements = new Map<DiagramNode, SVGGElement>();
  diagram.nodes.forEach((node, at) => {
    const before = last.diagram.nodes[at];
    const element = before && last.rendered.elements.get(before);
    if (element) elements.set(node, element);
  });
  return { ...last.rendered, elements };
}

function place(diagram: Diagram, rendered: Rendered): void {
  const first = drawn === null;
  const focused = active !== null && drawn?.rendered.elements.get(active) === document.activeElement;
  drawn = { diagram, rendered };
  if (canvas.firstElementChild !== rendered.svg) canvas.replaceChildren(rendered.svg);
  if (first) {
    const kept = vscode.getState()?.viewport;
    fitted = !kept;
    show(kept ?? fit(rendered, frame.getBoundingClientRect(), READABLE));
  }
  const before = active;
  active = diagram.nodes.find((node) => before && node.id === before.id) ?? diagram.nodes[0] ?? null;
  for (const [node, element] of rendered.elements) element.setAttribute('tabindex', node === active ? '0' : '-1');
  if (focused && active) rendered.elements.get(active)?.focus();
  markCursor();
  markRun();
  say();
}

function say(): void {
  notice.hidden = trouble === null;
  if (!drawn) notice.textContent = 'The diagram appears as soon as the file has a state.';
  else if (trouble === 'stale') notice.textContent = 'The file cannot be drawn as it stands: this is its last diagram.';
  else notice.textContent = 'The file has errors: the diagram shows what can be read of it.';
}

function show(next: Viewport): void {
  viewport = next;
  canvas.style.transform = `translate(${next.x}px, ${next.y}px) scale(${next.scale})`;
  const kept = vscode.getState();
  const uri = kept?.uri ?? document.body.dataset['uri'] ?? '';
  vscode.setState({ uri, viewport: fitted ? null : next });
}

/** Shows what a person chose to look at, and leaves it so. */
function look(next: Viewport): void {
  fitted = false;
  show(next);
}

function showAll(): void {
  fitted = true;
  if (drawn) show(fit(drawn.rendered, frame.getBoundingClientRect()));
}

function zoomBy(factor: number): void {
  const { width, height } = frame.getBoundingClientRect();
  look(zoom(viewport, factor, width / 2, height / 2));
}

function nodeOf(target: EventTarget | null): DiagramNode | null {
  if (!drawn || !(target instanceof Element)) return null;
  const hit = target.closest('[role="button"]');
  for (const [node, element] of drawn.rendered.elements) if (element === hit) return node;
  return null;
}

function choose(node: DiagramNode | null): void {
  if (!node) return;
  activate(node);
  vscode.postMessage({ type: 'reveal', range: node.reveal });
}

/** Makes `node` the one that has the keyboard. */
function activate(node: DiagramNode): void {
  if (!drawn) return;
  if (active) drawn.rendered.elements.get(active)?.setAttribute('tabindex', '-1');
  active = node;
  const element = drawn.rendered.elements.get(node);
  element?.setAttribute('tabindex', '0');
  element?.focus({ preventScroll: true });
  if (element) lookAt(element);
}

function lookAt(element: Element): void {
  const around = frame.getBoundingClientRect();
  const box = element.getBoundingClientRect();
  const seen = { left: box.left - around.left, top: box.top - around.top };
  show(bringIntoSight(viewport, { ...seen, right: seen.left + box.width, bottom: seen.top + box.height }, around));
}

const PAN = 60;

function key(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const on = nodeOf(event.target);
  const actions: Record<string, () => void> = {
    '+': () => zoomBy(1.25),
    '=': () => zoomBy(1.25),
    '-': () => zoomBy(0.8),
    '0': showAll,
    ...(on
      ? {
          Enter: () => choose(on),
          ' ': () => choose(on),
          ArrowDown: () => move(on, 1),
          ArrowRight: () => move(on, 1),
          ArrowUp: () => move(on, -1),
          ArrowLeft: () => move(on, -1),
          Home: () => move(on, -Infinity),
          End: () => move(on, Infinity),
        }
      : {
          ArrowDown: () => look(pan(viewport, 0, -PAN)),
          ArrowUp: () => look(pan(viewport, 0, PAN)),
          ArrowRight: () => look(pan(viewport, -PAN, 0)),
          ArrowLeft: () => look(pan(viewport, PAN, 0)),
        }),
  };
  const action = Object.hasOwn(actions, event.key) ? actions[event.key] : undefined;
  if (!action) return;
  event.preventDefault();
  action();
}

function move(from: DiagramNode, by: number): void {
  if (!drawn) return;
  const nodes = [...drawn.rendered.elements.keys()];
  const next = nodes[Math.max(0, Math.min(nodes.length - 1, nodes.indexOf(from) + by))];
  if (next) activate(next);
}

/** Marks the innermost node that the cursor stands in, and brings it into sight when it is another than before. */
function markCursor(): void {
  if (!drawn || cursor === null) return;
  let best: DiagramNode | null = null;
  for (const node of drawn.diagram.nodes) {
    if (cursor < node.range.start || cursor > node.range.end) continue;
    if (!best || node.range.end - node.range.start <= best.range.end - best.range.start) best = node;
  }
  for (const [node, element] of drawn.rendered.elements) {
    element.classList.toggle('at-cursor', node === best);
    if (node === best && node.id !== atCursor) lookAt(element);
  }
  atCursor = best?.id ?? null;
}

/** Marks where the debugged run is, where it has been, and what of it was undone. */
function markRun(): void {
  if (!drawn) return;
  const current = marks === null || marks.current === '' ? null : stateOfWay(marks.current);
  const path = new Set(marks?.path.map(stateOfWay));
  const undone = new Set(marks?.undone.map(stateOfWay));
  const role = marks?.undoing && current !== null && hasUndo(current) ? 'undo' : 'state';
  for (const [node, element] of drawn.rendered.elements) {
    const here = node.state === current && node.role === role;
    element.classList.toggle('run-current', here);
    element.classList.toggle('run-visited', node.role === 'state' && path.has(node.state));
    element.classList.toggle('run-undone', (node.role === 'undo' || node.role === 'state') && undone.has(node.state));
    if (here) {
      element.setAttribute('aria-current', 'step');
      lookAt(element);
    } else element.removeAttribute('aria-current');
  }
  const steps = stepsOf(marks?.path ?? [], marks?.status === 'completed');
  drawn.diagram.edges.forEach(({ from, to, kind }, at) => {
    const taken = kind !== 'undo' && kind !== 'confirm' && steps.has(`${from} ${to}`);
    for (const part of drawn?.rendered.lines[at] ?? []) part.classList.toggle('run-taken', taken);
  });
  document.body.classList.toggle('running', marks !== null);
  status.textContent = marks?.status ?? '';
  status.title = marks ? `Run ${marks.run}` : '';
}

/**
 * From which node to which node a path of ways went, as `FROM TO`; that of a run which completed leads to the end. What
 * was entered inside of a state lies between that state and the next one beside it, so that each scope has its own path.
 */
function stepsOf(path: readonly string[], completed: boolean): Set<string> {
  const ids = new Map(drawn?.diagram.nodes.flatMap(({ role, state, id }) => (role === 'state' ? [[state, id]] : [])));
  const last = new Map<string, string>();
  const steps = new Set<string>();
  for (const way of path) {
    const scope = way.slice(0, Math.max(0, way.lastIndexOf('/')));
    const id = ids.get(stateOfWay(way)) ?? '';
    steps.add(`${last.get(scope) ?? '[*]'} ${id}`);
    last.set(scope, id);
    // What is inside begins anew.
    for (const inner of last.keys()) if (inner === way || inner.startsWith(`${way}/`)) last.delete(inner);
  }
  const end = last.get('');
  if (completed && end !== undefined) steps.add(`${end} [*]`);
  return steps;
}

function hasUndo(state: string): boolean {
  return drawn?.diagram.nodes.some((node) => node.role === 'undo' && node.state === state) ?? false;
}

function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no element ${id}`);
  return element;
}
