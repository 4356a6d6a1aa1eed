/** An analysis that follows a text comes to what a fresh one says of it, whatever was typed. */
import { describe, expect, it } from 'vitest';
import { type Analysis, analyse, analyseAgain, type LanguageContext } from '../../language/index.ts';
import { edited, exampleTexts, randomOf, said } from '../support/edits.ts';

/** How many edits each text gets; `BACKSTEP_EDITS` asks for more. */
const EDITS = Number(process.env['BACKSTEP_EDITS'] ?? 60);

const CONTEXT: LanguageContext = {};

/** Edits the text again and again, and goes back to where it began now and then, so that it stays a workflow. */
function follow(base: string, seed: number): void {
  const random = randomOf(seed);
  let text = base;
  let analysis: Analysis = analyseAgain(null, text, CONTEXT);
  for (let edit = 0; edit < EDITS; edit++) {
    const last = text;
    text = random(5) === 0 ? base : edited(text, random);
    analysis = analyseAgain(analysis, text, CONTEXT);
    expect(said(analysis), `seed ${seed}, edit ${edit}, from\n${last}\nto\n${text}`).toEqual(
      said(analyse(text, CONTEXT)),
    );
    // A text that can’t be read tells nothing more about the next one.
    if (analysis.tree.problems.length > 0) text = last;
  }
}

describe('an analysis that follows a text', () => {
  it.each(exampleTexts().map((text, at) => [/^workflow: (\S+)/m.exec(text)?.[1] ?? String(at), text, at] as const))(
    'says of %s what a fresh one says',
    (_, text, at) => follow(text, at + 1),
    120_000,
  );
});
