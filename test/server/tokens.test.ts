/** Semantic tokens that follow a text are those of the text as it stands, and most of them the same numbers as before. */
import { describe, expect, it } from 'vitest';
import { type Analysis, analyseAgain, entryOf } from '../../language/index.ts';
import { noTokens, tokenData, tokenDataAgain, tokenEdits } from '../../server/features/token-data.ts';
import { workflowOf } from '../bench/texts.ts';
import { edited, exampleTexts, randomOf } from '../support/edits.ts';

const FILE = 'a.workflow.yaml';
const CONTEXT = {};

/** A workflow whose states stand in braces, some of them on one line. */
const IN_BRACES = `workflow: w
states: { a: { set: { n: "\${ 1 + 1 }" }, next: b }, b: { call: log, next: c },
  c: { call: log, with: { message: "\${ results.b }" }, next: end } }
vars: { n: 0 }
`;

/** Somebody types within a value: what stands around it stays. */
function typed(text: string, random: (below: number) => number): string {
  const values = [...text.matchAll(/(?<=(?::|\$\{) \w)/g)];
  const at = values[random(values.length)]?.index ?? 0;
  return text.slice(0, at) + (['x', ' + vars.n', ' & 1', '.id', ' y'][random(5)] ?? '') + text.slice(at + random(2));
}

const TEXTS = [...exampleTexts(), workflowOf(40), IN_BRACES, workflowOf(12).replaceAll('\n', '\r\n')];

describe('tokens after an edit', () => {
  it.each(TEXTS.map((text, at) => [at, text.slice(0, 40).replace(/\s+/g, ' '), text] as const))(
    'are those of the text, whatever was typed: %i, %s',
    (seed, _, base) => {
      const random = randomOf(seed + 1);
      const known = noTokens();
      let text = base;
      let analysis: Analysis | null = null;
      let last: number[] = [];
      for (let edit = 0; edit < 60; edit++) {
        const before = text;
        if (edit > 0) text = random(6) === 0 ? base : (random(2) === 0 ? edited : typed)(text, random);
        analysis = analyseAgain(analysis, text, CONTEXT);
        const fresh = tokenData(analysis, FILE);
        // Nobody asks after each letter.
        if (random(3) > 0) {
          const data = tokenDataAgain(analysis, FILE, known);
          expect(data, `edit ${edit}, from\n${before}\nto\n${text}`).toEqual(fresh);
          for (const { start, deleteCount, data: added } of tokenEdits(last, data)) {
            last.splice(start, deleteCount, ...added);
          }
          expect(last).toEqual(data);
          last = [...data];
        }
        if (analysis.tree.problems.length > 0) text = before;
      }
    },
    60_000,
  );

  it('are worked out again only for the state that was edited', () => {
    const text = workflowOf(20);
    const known = noTokens();
    const before = analyseAgain(null, text, CONTEXT);
    tokenDataAgain(before, FILE, known);
    const blocksOf = (analysis: Analysis): ReadonlyMap<string, unknown> => {
      const states = entryOf(analysis.tree.root, 'states')?.value;
      const entries = states?.kind === 'map' ? states.entries : [];
      return new Map(entries.map((entry) => [entry.key.text, known.states.get(entry)?.block]));
    };
    const old = blocksOf(before);
    const after = analyseAgain(before, text.replace('input.amount + 7', 'vars.total * 7'), CONTEXT);
    tokenDataAgain(after, FILE, known);
    const changed = [...blocksOf(after)].filter(([name, block]) => old.get(name) !== block);
    expect(old.size).toBe(20);
    expect(changed.map(([name]) => name)).toEqual(['step_7']);
  });
});
