/**
 * A stretch of states that can be taken out as one: it is entered at one state and left to one place, and nothing outside
 * looks into it. What depends on the scope that a state stands in (`confirm`, `rollback`) stays where it is.
 */
import { type Analysis, edgesOf, type Range, type Reference, type Scope, type State } from '../../../language/index.ts';
import { wayAt } from '../way.ts';
import { isInFlow, lineStart, nextLine, textOf } from './text.ts';

export interface Part {
  readonly scope: Scope;
  readonly states: readonly State[];
  readonly entry: State;
  /** The state that it is left to, or `end`. */
  readonly exit: string;
  /** The whole lines of the states. */
  readonly range: Range;
  /** Names outside that lead to the entry. */
  readonly inward: readonly Range[];
  /** Names inside that lead to the exit. */
  readonly outward: readonly Range[];
  /** Everything named inside. */
  readonly references: readonly Reference[];
}

/** The states that `range` touches, if they can be taken out; null otherwise. */
export function partAt(analysis: Analysis, range: Range): Part | null {
  const scope = analysis.workflow.scopes.findLast((one) => touched(one, range).length > 0 && holds(one, range));
  const states = scope === undefined ? [] : touched(scope, range);
  const [first] = states;
  const last = states.at(-1);
  if (scope === undefined || first === undefined || last === undefined || isInFlow(analysis, first)) return null;
  const text = textOf(analysis, { start: first.range.start, end: last.range.end });
  if (/\b(?:confirm|rollback)\b/.test(text)) return null;
  const inside = (at: Range): boolean => first.range.start <= at.start && at.end <= last.range.end;
  const names = new Set(states.map(({ name }) => name));
  const inward: Range[] = [];
  const entries = new Set<State>(scope.start === null && scope.states[0] === first ? [first] : []);
  const exits = new Set(states.flatMap((state) => edgesOf(state).map(({ to }) => to)).filter((to) => !names.has(to)));
  const [exit = 'end'] = exits;
  if (exits.size > 1) return null;
  const outward: Range[] = [];
  for (const { kind, target, range: at, sure } of analysis.symbols.references) {
    if (kind !== 'state' || target?.state == null || target.scope !== scope) continue;
    const leadsIn = states.includes(target.state);
    if (leadsIn === inside(at)) continue;
    // A result that is read across the border, and a rollback to a state on the other side.
    if (leadsIn && !sure) return null;
    if (wayAt(analysis.tree, at.start)?.path.at(-1) === 'to') return null;
    if (leadsIn) {
      inward.push(at);
      entries.add(target.state);
    } else if (sure) outward.push(at);
  }
  const [entry] = entries;
  if (entry === undefined || entries.size > 1) return null;
  let end = last.range.end;
  while (end > first.range.start && /\s/.test(analysis.text[end - 1] ?? '')) end--;
  const lines = { start: lineStart(analysis, first.range.start), end: nextLine(analysis, end - 1) };
  const references = analysis.symbols.references.filter((one) => inside(one.range));
  return { scope, states, entry, exit, range: lines, inward, outward, references };
}

function touched(scope: Scope, range: Range): readonly State[] {
  return scope.states.filter((state) => state.range.start < range.end && range.start < state.range.end);
}

/** Whether the selection begins and ends within states of the scope, the space between them included. */
function holds(scope: Scope, range: Range): boolean {
  const [first] = scope.states;
  const last = scope.states.at(-1);
  if (first === undefined || last === undefined) return false;
  const all = touched(scope, range);
  const alone = all.length === 1 && all[0] !== undefined && all[0].nameRange.end < range.start;
  return !alone && range.end <= last.range.end + 1 && range.start >= first.range.start - 200;
}
