/** Runs tables of marker documents against the language, and every quick fix that their findings offer. */
import { describe, expect, it } from 'vitest';
import {
  analyse,
  type Analysis,
  type DiagnosticCode,
  DIAGNOSTICS,
  type Family,
  type Fix,
  fixesFor,
  type LanguageContext,
  type Rules,
} from '../../../language/index.ts';
import { fixAll } from '../../../server/features/actions.ts';
import { analyseMarked, contextOf, shown } from '../../support/markers.ts';

export interface Case {
  readonly code: DiagnosticCode;
  /** What is special about it, where a code has several. */
  readonly name?: string;
  /** Raises the findings that are marked in it, and no other. */
  readonly faulty: string;
  /** Nearly the same, and right: raises nothing. */
  readonly nearMiss: string;
  /** The findings whose fixes can't make the whole file right, because it takes more than one. */
  readonly fixesLeave?: readonly DiagnosticCode[];
}

/** Families that advise on a workflow that could run as it is; the small documents of the others need not heed them. */
const ADVICE: readonly Family[] = ['saga', 'time and people', 'events', 'security', 'versions'];

function rulesFor(code: DiagnosticCode): Rules {
  if (ADVICE.includes(DIAGNOSTICS[code].family)) return {};
  const codes = (Object.keys(DIAGNOSTICS) as DiagnosticCode[]).filter((one) =>
    ADVICE.includes(DIAGNOSTICS[one].family),
  );
  return Object.fromEntries(codes.map((one) => [one, 'off']));
}

/** Declares the tests of a table; of a whole `family` it must have every code. `more` is what else the language is told. */
export function testCases(
  title: string,
  cases: readonly Case[],
  family?: Family,
  more: Pick<LanguageContext, 'parseModule'> = {},
): void {
  describe(title, () => {
    if (family !== undefined) {
      it('has every code of the family', () => {
        const codes = (Object.keys(DIAGNOSTICS) as DiagnosticCode[]).filter(
          (code) => DIAGNOSTICS[code].family === family,
        );
        expect(codes.filter((code) => !cases.some((one) => one.code === code))).toEqual([]);
      });
    }
    for (const { code, name, faulty, nearMiss, fixesLeave = [] } of cases) {
      const label = name === undefined ? code : `${code}: ${name}`;
      const rules = rulesFor(code);
      it(`${label}: raises exactly what is marked`, () => expectMarked(faulty, code, { rules, ...more }));
      it(`${label}: is silent about the near miss`, () => expectMarked(nearMiss, null, { rules, ...more }));
      it(`${label}: fixing all comes to an end`, () => expectConvergence(faulty, { rules, ...more }));
      it(`${label}: each fix removes its finding and raises none`, () =>
        expectFixes(faulty, fixesLeave, { rules, ...more }));
    }
  });
}

/** Checks that the findings of a marker document are those that it marks. */
export function expectMarked(source: string, code: DiagnosticCode | null, more: LanguageContext = {}): void {
  const { document, analysis } = analyseMarked(source, more);
  const { text, marks } = document.main;
  const found = analysis.diagnostics.map((one) => shown(text, one.range, one.code));
  expect(found).toEqual(marks.map((mark) => shown(text, mark.range, mark.code)));
  if (code !== null) expect(marks.map((mark) => mark.code)).toContain(code);
  for (const mark of marks) {
    const at = analysis.diagnostics.find((one) => one.code === mark.code && one.range.start === mark.range.start);
    expect(at?.message).toContain(mark.message);
  }
}

/** Checks that each finding whose code has quick fixes has one, and that each removes its finding and raises none. */
export function expectFixes(source: string, leave: readonly DiagnosticCode[], more: LanguageContext): void {
  const { document, analysis } = analyseMarked(source, more);
  const { text } = document.main;
  const before = analysis.diagnostics.map((one) => one.code).filter((code) => !leave.includes(code));
  for (const diagnostic of analysis.diagnostics) {
    const fixes = fixesFor(analysis, diagnostic);
    if (DIAGNOSTICS[diagnostic.code].fixable) {
      const where = `${diagnostic.code}: ${diagnostic.message}\n${text}`;
      expect(fixes.length, where).toBeGreaterThan(0);
    }
    for (const fix of fixes) {
      const fixed = analyse(apply(text, fix), contextOf(document, more));
      const after = fixed.diagnostics.map((one) => one.code).filter((code) => !leave.includes(code));
      const expected = [...before];
      if (!leave.includes(diagnostic.code)) expected.splice(expected.indexOf(diagnostic.code), 1);
      expect(after, `${fix.title}\n${fixed.text}`).toEqual(expected);
    }
  }
}

/** Checks that putting everything right at once, again and again, comes to an end, and to no more errors than before. */
export function expectConvergence(source: string, more: LanguageContext): void {
  const { document, analysis } = analyseMarked(source, more);
  const errors = (one: Analysis): number => one.diagnostics.filter(({ severity }) => severity === 'error').length;
  let now = analysis;
  for (let round = 0; round < 10; round++) {
    const edits = fixAll(now);
    if (edits.length === 0) break;
    now = analyse(apply(now.text, { title: '', edits }), contextOf(document, more));
  }
  expect(fixAll(now), now.text).toEqual([]);
  expect(errors(now), now.text).toBeLessThanOrEqual(errors(analysis));
}

/** The text after the edits of a fix. */
export function apply(text: string, fix: Fix): string {
  const edits = [...fix.edits].sort((a, b) => b.range.start - a.range.start);
  return edits.reduce(
    (result, { range, newText }) => result.slice(0, range.start) + newText + result.slice(range.end),
    text,
  );
}
