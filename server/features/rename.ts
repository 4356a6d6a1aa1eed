/** Renaming of what a file declares: the declaration and every use of it in the file. */
import {
  type Analysis,
  type Declaration,
  declarationAt,
  nameProblem,
  type NameRule,
  type Range,
  referenceAt,
  referencesTo,
} from '../../language/index.ts';

const RULE: Record<Declaration['kind'], NameRule> = {
  state: 'state',
  variable: 'name',
  participant: 'name',
  operation: 'label',
  policy: 'label',
  event: 'type',
  error: 'type',
  outcome: 'label',
};

export type Renaming =
  | { readonly ok: true; readonly edits: readonly { readonly range: Range; readonly newText: string }[] }
  | { readonly ok: false; readonly message: string };

/** What would be renamed at `offset`: its name's place and text. Null where nothing can be renamed. */
export function renameTarget(
  analysis: Analysis,
  offset: number,
): { readonly range: Range; readonly name: string } | null {
  const declaration = declarationAt(analysis.symbols, offset);
  if (declaration === null || declaration.file !== null) return null;
  const range = referenceAt(analysis.symbols, offset)?.range ?? declaration.range;
  return { range, name: declaration.name };
}

/** The edits that rename what stands at `offset`, or the sentence why it cannot be called so. */
export function rename(analysis: Analysis, offset: number, newName: string): Renaming {
  const { symbols } = analysis;
  const declaration = declarationAt(symbols, offset);
  if (declaration === null) return { ok: false, message: 'There is no name here that could be changed.' };
  if (declaration.file !== null) {
    return { ok: false, message: `‘${declaration.name}’ is declared in ${declaration.file}. Rename it there.` };
  }
  const problem = nameProblem(newName, RULE[declaration.kind]);
  if (problem !== null) return { ok: false, message: problem };
  const clash = symbols.declarations.find(
    (other) => other !== declaration && other.name === newName && isRival(declaration, other),
  );
  if (clash !== undefined)
    return { ok: false, message: `There is another ${declaration.kind} called ‘${newName}’ already.` };
  const places = [declaration.range, ...referencesTo(symbols, declaration).map((reference) => reference.range)];
  const unique = new Map(places.map((range) => [range.start, range]));
  return { ok: true, edits: [...unique.values()].map((range) => ({ range, newText: newName })) };
}

/** Whether a name could mean either of the two. */
function isRival(one: Declaration, other: Declaration): boolean {
  return (
    one.kind === other.kind &&
    one.scope === other.scope &&
    one.participant === other.participant &&
    one.policy === other.policy &&
    (one.kind !== 'outcome' || one.state === other.state)
  );
}
