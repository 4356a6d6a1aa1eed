/** Family data: results that are read where they may not be set. See `completions.ts` for the rule. */
import { type Completions, completionsIn, type Point } from '../completions.ts';
import { type Diagnostic, finding } from '../diagnostics.ts';
import { childrenOf, type Node as Part } from '../expressions/ast.ts';
import type { TemplateSite } from '../sites.ts';
import type { Node } from '../tree.ts';
import type { Moment } from '../types/places.ts';
import { visibleState } from '../types/roots.ts';
import type { World } from '../types/world.ts';
import type { Scope, State } from '../workflow.ts';

/** The graphs of the scopes, made when they are first asked for. */
const graphsOf = new WeakMap<World, Map<Scope, Completions>>();

/** Forgets what is known of the graphs, because transitions or guards have changed. */
export function forgetGraphs(world: World): void {
  graphsOf.delete(world);
}

/** The findings about every `results.STATE` in `sites`. */
export function checkResults(world: World, sites: readonly TemplateSite[]): readonly Diagnostic[] {
  const { places, siteOf } = world;
  let graphs = graphsOf.get(world);
  if (graphs === undefined) graphsOf.set(world, (graphs = new Map<Scope, Completions>()));
  const known = graphs;
  const implied = (guard: Node): ReadonlySet<string> => {
    const site = siteOf.get(guard);
    return site === undefined ? NO_NAMES : impliedBy(site);
  };
  const graphOf = (scope: Scope): Completions => {
    let graph = known.get(scope);
    if (graph === undefined) known.set(scope, (graph = completionsIn(scope, implied)));
    return graph;
  };
  return sites.flatMap((site) => {
    const moment = places.get(site.node)?.moment ?? entering(site);
    return moment === null ? [] : checkSite(site, moment, graphOf);
  });
}

const NO_NAMES: ReadonlySet<string> = new Set();

/** The states without whose results the condition at a site does not hold. */
export function impliedBy({ read }: TemplateSite): ReadonlySet<string> {
  const [only] = read.expressions;
  if (only?.whole !== true || only.parsed.tree === null) return NO_NAMES;
  const names = new Set<string>();
  collectImplied(only.parsed.tree, names);
  return names;
}

function entering(site: TemplateSite): Moment | null {
  return site.state === null ? null : { is: 'enter', state: site.state };
}

function checkSite(site: TemplateSite, moment: Moment, graphOf: (scope: Scope) => Completions): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const { parsed } of site.read.expressions) {
    let tested: ReadonlySet<string> | null = null;
    const told = new Set<State>();
    for (const { root, path } of parsed.reads) {
      const [first] = path;
      const state = root === 'results' && first !== undefined ? visibleState(site.scope, first.name) : null;
      if (state === null || first === undefined || told.has(state)) continue;
      const point = pointOf(moment, state, site);
      if (point === null) continue;
      const graph = graphOf(state.scope);
      if (!graph.reached(point) || graph.certain(state, point)) continue;
      tested ??= testedIn(parsed.tree);
      if (tested.has(first.name)) continue;
      told.add(state);
      const message = `On some path to this place ‘${first.name}’ has not completed, and its result is not there. Ask for it with $exists, or lead every path through ‘${first.name}’.`;
      const related = [{ message: `‘${first.name}’ stands here.`, range: state.nameRange }];
      found.push(finding('result-not-certain', first.range, message, { related }));
    }
  }
  return found;
}

/** The place in the graph of the scope of `state` that counts for a moment further in; null where none is known. */
function pointOf(moment: Moment, state: State, site: TemplateSite): Point | null {
  const { scope } = state;
  switch (moment.is) {
    case 'unknown':
      return null;
    case 'enter':
    case 'complete':
    case 'fail':
    case 'leave': {
      if (moment.state.scope === scope) {
        return { at: moment.is === 'leave' ? 'completed' : 'entered', state: moment.state };
      }
      return around(moment.state.scope, state, site);
    }
    case 'end':
      return moment.scope === scope ? { at: 'end' } : around(moment.scope, state, site);
    case 'any-time':
      return moment.scope === scope ? { at: 'any-time' } : around(moment.scope, state, site);
    case 'scope-fail':
      return moment.scope === scope ? { at: 'handler', handler: moment.handler } : around(moment.scope, state, site);
  }
}

/** The moment at which the state that holds `inner`, at any depth, was entered. */
function around(inner: Scope, state: State, site: TemplateSite): Point | null {
  for (let at: Scope | null = inner; at !== null; at = at.parent) {
    if (at.owner?.scope !== state.scope) continue;
    // A scope that undoes a state runs behind its completion.
    const undoes = at.owner === state && [state.compensate, state.confirm].some((side) => holds(side?.entry, site));
    return undoes ? null : { at: 'entered', state: at.owner };
  }
  return null;
}

function holds(entry: { readonly range: Node['range'] } | undefined, site: TemplateSite): boolean {
  return entry !== undefined && entry.range.start <= site.node.range.start && site.node.range.end <= entry.range.end;
}

/** Functions that are asked about something that may not be there. */
const TESTS = ['exists', 'boolean', 'not', 'type', 'count'];

/** The states whose results the expression asks for before it relies on them. */
function testedIn(tree: Part | null): ReadonlySet<string> {
  const names = new Set<string>();
  const open = tree === null ? [] : [tree];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    if (part.type === 'function' && part.procedure.type === 'variable' && TESTS.includes(part.procedure.value)) {
      for (const argument of part.arguments) addResult(argument, names);
    }
    if (part.type === 'condition') addResult(part.condition, names);
    if (part.type === 'binary' && (part.value === 'and' || part.value === 'or')) {
      addResult(part.lhs, names);
      addResult(part.rhs, names);
    }
    open.push(...childrenOf(part));
  }
  return names;
}

/** The states without whose results the condition does not hold. */
function collectImplied(condition: Part, names: Set<string>): void {
  const open = [condition];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    if (part.type === 'block') {
      if (part.expressions.length === 1) open.push(...part.expressions);
    } else if (part.type === 'binary') {
      if (part.value === 'and') open.push(part.lhs, part.rhs);
      else if (COMPARISONS.includes(part.value)) {
        // Nothing is neither equal to anything, nor different from it.
        addResult(part.lhs, names);
        addResult(part.rhs, names);
      }
    } else if (part.type === 'function') {
      const [argument] = part.arguments;
      const { procedure } = part;
      const asks = procedure.type === 'variable' && ['exists', 'boolean'].includes(procedure.value);
      if (asks && argument !== undefined) addResult(argument, names);
    } else addResult(part, names);
  }
}

const COMPARISONS: readonly string[] = ['=', '!=', '<', '<=', '>', '>=', 'in'];

/** The state of a path `results.STATE…`. */
function addResult(part: Part, names: Set<string>): void {
  if (part.type !== 'path') return;
  const [root, state] = part.steps;
  if (root?.type === 'name' && root.value === 'results' && state?.type === 'name') names.add(state.value);
}
