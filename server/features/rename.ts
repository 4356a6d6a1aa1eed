/** Renaming of what a file declares: the declaration and every use of it, in all files. */
import {
  type Declaration,
  nameProblem,
  type NameRule,
  type Range,
  rootNamed,
  type Scope,
  type SymbolTable,
} from '../../language/index.ts';
import { type File, type Meaning, meaningAt, type Project, usesOf } from './across.ts';

const RULE: Record<Declaration['kind'], NameRule> = {
  state: 'state',
  variable: 'name',
  participant: 'name',
  operation: 'label',
  policy: 'label',
  event: 'type',
  error: 'type',
  outcome: 'label',
  item: 'name',
};

/** The places of one file that are renamed. */
export interface FileRenaming {
  readonly file: File;
  readonly ranges: readonly Range[];
}

export type Renaming =
  { readonly ok: true; readonly files: readonly FileRenaming[] } | { readonly ok: false; readonly message: string };

/** What would be renamed at `offset`: its name's place and text. Null where nothing can be renamed. */
export function renameTarget(
  project: Project,
  file: File,
  offset: number,
): { readonly range: Range; readonly name: string } | null {
  const meaning = meaningAt(project, file, offset);
  if (meaning === null || meaning.declaration.file !== null) return null;
  return { range: meaning.origin, name: meaning.declaration.name };
}

/** The places to rename for what stands at `offset`, or the sentence why it cannot be called so. */
export async function rename(project: Project, file: File, offset: number, newName: string): Promise<Renaming> {
  const meaning = meaningAt(project, file, offset);
  const message = problemOf(meaning, newName);
  if (meaning === null || message !== null) return { ok: false, message: message ?? NO_NAME };
  const files = new Map<string | null, { readonly file: File; readonly ranges: Map<number, Range> }>();
  for (const { file: used, range } of await usesOf(project, meaning)) {
    const known = files.get(used.path) ?? { file: used, ranges: new Map<number, Range>() };
    known.ranges.set(range.start, range);
    files.set(used.path, known);
  }
  const all = [...files.values()];
  const clash = all.find(({ file: other }) => other !== meaning.home && declares(other, meaning, newName));
  if (clash !== undefined)
    return { ok: false, message: `${taken(meaning, newName)} That is in ${clash.file.path ?? ''}.` };
  return { ok: true, files: all.map((one) => ({ file: one.file, ranges: [...one.ranges.values()] })) };
}

const NO_NAME = 'There is no name here that could be changed.';

function problemOf(meaning: Meaning | null, newName: string): string | null {
  if (meaning === null) return NO_NAME;
  const { declaration, home } = meaning;
  if (declaration.file !== null) {
    return `‘${declaration.name}’ is declared in ${declaration.file}. Rename it there.`;
  }
  const problem = nameProblem(newName, RULE[declaration.kind]);
  if (problem !== null) return problem;
  const { symbols } = home.analysis;
  const clash = symbols.declarations.find(
    (other) => other !== declaration && other.name === newName && isRival(declaration, other),
  );
  if (clash !== undefined) return taken(meaning, newName);
  if (declaration.kind === 'item' && (rootNamed(newName) !== null || newName === 'index')) {
    return `Expressions read something else as ‘${newName}’ already. Choose another name.`;
  }
  return wouldShadow(symbols, declaration, newName) ? hidden(declaration, newName) : null;
}

/**
 * Whether, after the renaming, a use would mean another declaration than before: one of `declaration` that has another
 * of that name nearer to it, or one of another that has this one nearer.
 */
function wouldShadow(symbols: SymbolTable, declaration: Declaration, newName: string): boolean {
  if (declaration.scope === null) return false;
  const others = symbols.declarations.filter(({ kind, name }) => kind === declaration.kind && name === newName);
  if (others.length === 0) return false;
  return symbols.references.some(({ kind, target, scope }) => {
    if (kind !== declaration.kind || target === null) return false;
    const way = scopesFrom(scope);
    const at = way.indexOf(target.scope ?? scope);
    if (target === declaration) return others.some((one) => one.scope !== null && isNearer(way, one.scope, at));
    return others.includes(target) && declaration.scope !== null && isNearer(way, declaration.scope, at);
  });
}

function isNearer(way: readonly Scope[], scope: Scope, than: number): boolean {
  const at = way.indexOf(scope);
  return at >= 0 && at < than;
}

function scopesFrom(scope: Scope): readonly Scope[] {
  const way: Scope[] = [];
  for (let at: Scope | null = scope; at !== null; at = at.parent) way.push(at);
  return way;
}

function hidden({ kind, name }: Declaration, newName: string): string {
  return `Another ${kind} called ‘${newName}’ would hide this one, or be hidden by it, where ‘${name}’ is used. Choose another name.`;
}

function taken({ declaration }: Meaning, newName: string): string {
  return `There is another ${declaration.kind} called ‘${newName}’ already.`;
}

function declares(file: File, { declaration }: Meaning, newName: string): boolean {
  return file.analysis.symbols.declarations.some((one) => one.kind === declaration.kind && one.name === newName);
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
