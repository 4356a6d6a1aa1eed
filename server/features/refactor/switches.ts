/** A switch whose last transition leads to another switch that nothing else leads to: the two become one. */
import { type Analysis, referencesTo, type State, stateNamed, valueOf } from '../../../language/index.ts';
import { columnOf, lineStart, nextLine, type Refactoring, shifted, textOf } from './text.ts';

/** Takes what `state` leads to at last into its own list; null where that would change what happens. */
export function switchMerge(analysis: Analysis, state: State): Refactoring | null {
  const { action } = state;
  if (action?.kind !== 'switch') return null;
  const last = action.transitions.at(-1);
  const inner = last?.next == null ? undefined : stateNamed(state.scope, last.next.value);
  if (last === undefined || inner === undefined || inner === state || inner.action?.kind !== 'switch') return null;
  if (last.when !== null || last.assign.length > 0 || last.rollback !== null) return null;
  if (!isPlain(state) || !isPlain(inner) || inner.scope.start?.value === inner.name || inner.scope.states[0] === inner)
    return null;
  const declared = analysis.symbols.declarations.find((one) => one.kind === 'state' && one.state === inner);
  if (declared === undefined || referencesTo(analysis.symbols, declared).length !== 1) return null;
  const [outerList, innerList] = [action.entry.value, inner.action.entry.value];
  if (outerList.kind !== 'sequence' || innerList.kind !== 'sequence' || innerList.items.length === 0) return null;
  if (outerList.flow !== innerList.flow) return null;
  const title = `Take the switch ‘${inner.name}’ into ‘${state.name}’`;
  const [from, to] = [innerList.items[0]?.range, innerList.items.at(-1)?.range];
  if (from === undefined || to === undefined) return null;
  const removal = wholeLines(analysis, inner);
  if (outerList.flow) {
    const items = textOf(analysis, { start: from.start, end: to.end });
    const replaced = { range: last.range, newText: items };
    return removal === null ? null : { title, kind: 'refactor.rewrite', edits: [replaced, removal] };
  }
  const lastItem = outerList.items.at(-1);
  if (lastItem === undefined || removal === null) return null;
  const dash = analysis.text.lastIndexOf('-', lastItem.range.start - 1);
  const innerDash = analysis.text.lastIndexOf('-', from.start - 1);
  const range = { start: lineStart(analysis, dash), end: nextLine(analysis, Math.max(dash, lastItem.range.end - 1)) };
  const items = analysis.text.slice(
    lineStart(analysis, innerDash),
    nextLine(analysis, Math.max(innerDash, to.end - 1)),
  );
  const newText = shifted(items, columnOf(analysis, dash) - columnOf(analysis, innerDash));
  return { title, kind: 'refactor.rewrite', edits: [{ range, newText }, removal] };
}

/** Whether the state does nothing beside choosing. */
function isPlain(state: State): boolean {
  if (state.assign.length > 0 || state.catch.length > 0 || state.maxVisits !== null || state.pivot) return false;
  return valueOf(state.node, 'output') === undefined && state.compensate === null && state.confirm === null;
}

function wholeLines(
  analysis: Analysis,
  state: State,
): { readonly range: { start: number; end: number }; readonly newText: string } | null {
  const start = lineStart(analysis, state.range.start);
  if (analysis.text.slice(start, state.range.start).trim() !== '') return null;
  let end = state.range.end;
  while (end > start && /\s/.test(analysis.text[end - 1] ?? '')) end--;
  return { range: { start, end: nextLine(analysis, end - 1) }, newText: '' };
}
