/** From a diagram to its SVG, with every node and edge known by what it stands for. The only file that sees Mermaid. */
import mermaid from 'mermaid';
import type { Diagram, DiagramNode } from './diagram.ts';

export interface Rendered {
  readonly svg: SVGSVGElement;
  readonly width: number;
  readonly height: number;
  /** What is drawn for each node, in the diagram's order. */
  readonly elements: ReadonlyMap<DiagramNode, SVGGElement>;
  /** What is drawn for each edge, its line and its label, in the diagram's order. */
  readonly lines: readonly (readonly Element[])[];
}

/** Each drawing has an id of its own: Mermaid takes away whatever has the id that it is to draw. */
let drawings = 0;

const MANY = 1_000_000;
const SVG = 'http://www.w3.org/2000/svg';

/**
 * Draws `diagram` inside of `host`, which must be laid out but need not be seen, and gives the finished SVG, not yet
 * anywhere in the page. Rejects with Mermaid's error when it cannot draw the text.
 */
export async function render(diagram: Diagram, host: HTMLElement): Promise<Rendered> {
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: 'strict',
    // Mermaid's own limits protect pages that draw strangers' texts; ours is made from the user's own file.
    maxTextSize: 100 * MANY,
    maxEdges: MANY,
    suppressErrorRendering: true,
    theme: 'base',
    look: 'classic',
    layout: 'dagre',
    htmlLabels: true,
    markdownAutoWrap: false,
    fontFamily: getComputedStyle(host).fontFamily,
    themeVariables: { fontSize: getComputedStyle(host).fontSize },
    state: { useMaxWidth: false, nodeSpacing: 40, rankSpacing: 40 },
  });
  const id = `diagram${++drawings}`;
  const { svg: text } = await mermaid.render(id, diagram.text, host);
  const parsed = new DOMParser().parseFromString(text, 'text/html').querySelector('svg');
  if (!parsed) throw new Error('Mermaid gave no drawing');
  const svg = document.importNode(parsed, true);
  host.replaceChildren(svg);
  const { width, height } = svg.viewBox.baseVal;
  svg.setAttribute('width', String(width));
  svg.setAttribute('height', String(height));
  svg.style.maxWidth = 'none';
  svg.setAttribute('role', 'group');
  const elements = decorateNodes(svg, id, diagram);
  const lines = decorateEdges(svg, diagram);
  placeChoiceNames(svg);
  host.replaceChildren();
  return { svg, width, height, elements, lines };
}

/** Marks each node's element with what it is, for the style sheet, a click and a screen reader. */
function decorateNodes(svg: SVGSVGElement, drawing: string, diagram: Diagram): ReadonlyMap<DiagramNode, SVGGElement> {
  const byId = new Map<string, SVGGElement>();
  for (const element of svg.querySelectorAll<SVGGElement>('g.node, g.statediagram-cluster')) {
    const id = new RegExp(`^${drawing}-state-(.+)-\\d+$`).exec(element.id)?.[1];
    if (id !== undefined) byId.set(id, element);
  }
  const elements = new Map<DiagramNode, SVGGElement>();
  for (const node of diagram.nodes) {
    const element = byId.get(node.id);
    if (!element) continue;
    elements.set(node, element);
    element.classList.add(`role-${node.role}`, `kind-${node.kind ?? 'none'}`);
    element.setAttribute('role', 'button');
    element.setAttribute('tabindex', '-1');
    element.setAttribute('aria-label', describe(node));
    const title = document.createElementNS(SVG, 'title');
    title.textContent = node.role === 'state' ? `${node.state}: ${node.kind ?? ''}` : describe(node);
    element.prepend(title);
    const menu = contextOf(node);
    if (menu !== null) element.setAttribute('data-vscode-context', JSON.stringify(menu));
    if (node.role === 'state' && node.kind === 'switch') nameChoice(element, node.label);
  }
  return elements;
}

/** What the editor puts its context menu together from; the menus themselves stand in package.json. */
function contextOf({ role, state }: DiagramNode): object | null {
  if (role !== 'state') return null;
  const backstepUri = document.body.dataset['uri'] ?? '';
  return { webviewSection: 'state', backstepState: state, backstepUri, preventDefaultContextMenuItems: true };
}

/** Marks what is drawn for each edge with its kind. */
function decorateEdges(svg: SVGSVGElement, diagram: Diagram): Element[][] {
  const byId = new Map<string, Element[]>();
  for (const part of svg.querySelectorAll('[data-id^="edge"]')) {
    const id = part.getAttribute('data-id') ?? '';
    byId.set(id, [...(byId.get(id) ?? []), part]);
  }
  return diagram.edges.map((edge, at) => {
    const parts = byId.get(`edge${at}`) ?? [];
    for (const part of parts) part.classList.add('edge', `edge-${edge.kind}`);
    return parts;
  });
}

const ROLES = {
  state: '',
  undo: 'compensation of ',
  confirm: 'confirmation of ',
  errors: 'errors of ',
  events: 'events of ',
  missing: 'unknown state in ',
} as const;

function describe(node: DiagramNode): string {
  if (node.role === 'state') return `${node.label}, ${node.kind ?? 'state'}`;
  return `${node.label}, ${ROLES[node.role]}${node.state || 'the workflow'}`;
}

/** Mermaid draws a choice without its name; ours stands beside it, where `placeChoiceNames` finds room for it. */
function nameChoice(element: SVGGElement, name: string): void {
  const text = document.createElementNS(SVG, 'text');
  text.setAttribute('class', 'choice-name');
  text.textContent = name;
  element.append(text);
}

/** Where a name may stand beside its diamond: nearest places first. */
const PLACES = [
  { x: 18, y: -8, anchor: 'start' },
  { x: -18, y: -8, anchor: 'end' },
  { x: 18, y: 5, anchor: 'start' },
  { x: -18, y: 5, anchor: 'end' },
  { x: 18, y: 18, anchor: 'start' },
  { x: -18, y: 18, anchor: 'end' },
] as const;

/** Puts each choice's name where it covers neither a box nor a label. `svg` must be laid out in the page. */
function placeChoiceNames(svg: SVGSVGElement): void {
  const names = [...svg.querySelectorAll<SVGTextElement>('.choice-name')];
  if (names.length === 0) return;
  const taken = [...svg.querySelectorAll('g.node, g.edgeLabel, g.cluster-label')].map((element) => {
    const box = element.querySelector(':scope > rect, :scope > polygon, :scope .label-container') ?? element;
    return box.getBoundingClientRect();
  });
  for (const name of names) {
    for (const place of [...PLACES, PLACES[0]]) {
      name.setAttribute('x', String(place.x));
      name.setAttribute('y', String(place.y));
      name.setAttribute('text-anchor', place.anchor);
      const box = name.getBoundingClientRect();
      const overlaps = (other: DOMRect): boolean =>
        box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom;
      if (!taken.some(overlaps)) break;
    }
    taken.push(name.getBoundingClientRect());
  }
}
