/** Selections that grow from a place: a word of an expression, the expression, the value, its entry, its mapping. */
import {
  type Analysis,
  childrenOf,
  innerRange,
  nodePathAt,
  type Range,
  rangeOf,
  touches,
} from '../../language/index.ts';

/** The ranges around `offset`, the smallest first; each holds the one before it and is larger. */
export function selectionsAt(analysis: Analysis, offset: number): readonly Range[] {
  const inside = wordsAt(analysis, offset);
  const { steps, node } = nodePathAt(analysis.tree, offset);
  const around: Range[] = [];
  if (node?.kind === 'scalar') around.push(innerRange(node));
  if (node !== null) around.push(node.range);
  for (const step of [...steps].reverse()) {
    if (step.in === 'map') around.push(step.entry.range);
    around.push(step.node.range);
  }
  around.push({ start: 0, end: analysis.text.length });
  return growing([...inside, ...around], offset);
}

/** The parts of an expression around `offset`, then its source, then the whole of it with its braces. */
function wordsAt(analysis: Analysis, offset: number): readonly Range[] {
  for (const site of analysis.sites) {
    if (!touches(site.node.range, offset)) continue;
    for (const { expression, parsed } of site.read.expressions) {
      const { range } = expression;
      if (!touches(range, offset)) continue;
      const found: Range[] = [];
      for (const open = parsed.tree === null ? [] : [parsed.tree]; open.length > 0;) {
        const part = open.pop();
        if (part === undefined) break;
        const own = rangeOf(part, parsed.source);
        const place = { start: parsed.place(own.start), end: parsed.place(own.end) };
        if (own.end >= own.start) found.push(place);
        open.push(...childrenOf(part));
      }
      for (const { rootRange, path, range: whole } of parsed.reads) {
        found.push(rootRange, whole, ...path.map((step) => step.range));
      }
      found.sort((a, b) => a.end - a.start - (b.end - b.start));
      return [...found, trimmed(analysis.text, range), { start: range.start - 2, end: range.end + 1 }];
    }
  }
  return [];
}

function trimmed(text: string, { start, end }: Range): Range {
  const source = text.slice(start, end);
  return {
    start: start + source.length - source.trimStart().length,
    end: end - source.length + source.trimEnd().length,
  };
}

function growing(ranges: readonly Range[], offset: number): readonly Range[] {
  const kept: Range[] = [];
  for (const range of ranges) {
    const last = kept.at(-1);
    if (!touches(range, offset) || range.end <= range.start) continue;
    if (last === undefined) kept.push(range);
    else if (range.start <= last.start && range.end >= last.end && range.end - range.start > last.end - last.start) {
      kept.push(range);
    }
  }
  return kept;
}
