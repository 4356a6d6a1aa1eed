/**
 * Names across files: what a name means wherever it stands, and every use of it in the files that are about the same.
 *
 * 1. A name belongs to the file that declares it. Files of scenarios mention states, operations, variables, outcomes,
 *    events and errors: of the workflow that they are about, or else of the first one that it runs, however far, and that
 *    declares the name.
 * 2. Types of events and errors are shared by a family: the workflows that run each other, however far.
 * 3. Other files are looked at one after the other, with a pause between them.
 */
import {
  type Analysis,
  type Declaration,
  declarationAt,
  type Mention,
  mentionsIn,
  type Range,
  referenceAt,
  referencesTo,
  stateAtWay,
  touches,
  workflowOf,
} from '../../language/index.ts';
import type { FileFacts } from '../workspace.ts';

/** A file as it is at the moment; the path of one that is no file on the disk is null. */
export interface File {
  readonly path: string | null;
  readonly analysis: Analysis;
}

/** The other files, for as long as one request takes. */
export interface Project {
  /** The file at a path as it stands, or undefined if it cannot be read. */
  fileAt(path: string): File | undefined;
  factsOf(path: string): FileFacts | undefined;
  /** The files that name the one at this path. */
  namersOf(path: string): Promise<readonly FileFacts[]>;
  /** The path that `path`, written in the file `from`, names. */
  beside(from: string | null, path: string): string | null;
  pause(): Promise<boolean>;
}

/** What a name means. */
export interface Meaning {
  /** The name where it was asked for. */
  readonly origin: Range;
  /** The file whose table of symbols holds the declaration. */
  readonly home: File;
  readonly declaration: Declaration;
}

/** What the name at `offset` means; null where there is none, or none that is declared. */
export function meaningAt(project: Project, file: File, offset: number): Meaning | null {
  const { symbols } = file.analysis;
  const declaration = declarationAt(symbols, offset);
  if (declaration !== null) {
    return { origin: referenceAt(symbols, offset)?.range ?? declaration.range, home: file, declaration };
  }
  const mention = mentionsIn(file.analysis).find(({ range }) => touches(range, offset));
  const about = mention === undefined ? undefined : aboutOf(project, file);
  if (mention === undefined || about === undefined) return null;
  const meant = meantBy(reachedFrom(project, about), mention);
  return meant === null ? null : { origin: mention.range, ...meant };
}

/** A workflow and those that it runs, however far, in the order in which they are named. */
function reachedFrom(project: Project, about: File): readonly File[] {
  const reached = new Map<string | null, File>([[about.path, about]]);
  for (const { path } of reached.values()) {
    for (const child of path === null ? [] : (project.factsOf(path)?.names ?? [])) {
      const file = reached.has(child) || reached.size >= MAX_REACHED ? undefined : project.fileAt(child);
      if (file !== undefined) reached.set(child, file);
    }
  }
  return [...reached.values()];
}

/** More workflows than this are not followed from one file of scenarios. */
const MAX_REACHED = 200;

/** The first of the workflows that declares what a mention names; a variable is one of the first workflow itself. */
function meantBy(reached: readonly File[], mention: Mention): Pick<Meaning, 'home' | 'declaration'> | null {
  for (const home of mention.kind === 'variable' ? reached.slice(0, 1) : reached) {
    const declaration = declarationOf(home.analysis, mention);
    if (declaration !== null) return { home, declaration };
  }
  return null;
}

/** The workflow that a file of scenarios is about. */
export function aboutOf(project: Project, file: File): File | undefined {
  const written = workflowOf(file.analysis);
  const path = written === null ? null : project.beside(file.path, written);
  return path === null ? undefined : project.fileAt(path);
}

/** The declaration that a mention in a file of scenarios means, in the workflow that they are about. */
export function declarationOf({ symbols, workflow }: Analysis, mention: Mention): Declaration | null {
  const { kind, name, participant } = mention;
  const state = kind === 'state' || kind === 'outcome' ? stateAtWay(workflow, mention.way) : null;
  const found = symbols.declarations.find((one) => {
    if (one.kind !== kind || one.name !== name) return false;
    if (kind === 'state' || kind === 'outcome') return state !== null && one.state === state;
    if (kind === 'operation') return one.participant === participant;
    return kind !== 'variable' || one.scope === workflow.root;
  });
  return found ?? null;
}

export interface Use {
  readonly file: File;
  readonly range: Range;
  readonly writes: boolean;
  readonly declares: boolean;
}

/** Every place that names what `meaning` means, in all files, those of its own file first. */
export async function usesOf(project: Project, meaning: Meaning): Promise<readonly Use[]> {
  const { home, declaration } = meaning;
  const uses = usesIn(home, declaration);
  if (home.path === null) return uses;
  const isShared = declaration.kind === 'event' || declaration.kind === 'error';
  const family = isShared ? await familyOf(project, home.path) : await runnersOf(project, home.path);
  for (const path of family) {
    const file = path === home.path ? home : project.fileAt(path);
    if (file === undefined) continue;
    if (file !== home && isShared) uses.push(...sameName(file, declaration));
    for (const { path: namer, shape } of await project.namersOf(path)) {
      const scenarios = shape === 'scenarios' ? project.fileAt(namer) : undefined;
      if (scenarios !== undefined) uses.push(...mentionsOf(project, scenarios, file, meaning, isShared));
      if (!(await project.pause())) return uses;
    }
  }
  return uses;
}

function usesIn(file: File, declaration: Declaration): Use[] {
  const own = declaration.file === null ? [{ file, range: declaration.range, writes: true, declares: true }] : [];
  const uses = referencesTo(file.analysis.symbols, declaration);
  return [...own, ...uses.map(({ range, writes }) => ({ file, range, writes, declares: false }))];
}

/** An event or an error of the same name in another file of the family. */
function sameName(file: File, { kind, name }: Declaration): readonly Use[] {
  const { declarations, references } = file.analysis.symbols;
  const declared = declarations.filter((one) => one.kind === kind && one.name === name && one.file === null);
  const used = references.filter((one) => one.kind === kind && one.name === name);
  return [
    ...declared.map(({ range }) => ({ file, range, writes: true, declares: true })),
    ...used.map(({ range, writes }) => ({ file, range, writes, declares: false })),
  ];
}

/** Where scenarios mention what is meant; of what a family shares the name alone counts. */
function mentionsOf(
  project: Project,
  scenarios: File,
  about: File,
  { home, declaration }: Meaning,
  isShared: boolean,
): readonly Use[] {
  const named = mentionsIn(scenarios.analysis).filter(
    ({ name, kind }) => name === declaration.name && kind === declaration.kind,
  );
  const reached = isShared || named.length === 0 ? [] : reachedFrom(project, about);
  return named
    .filter((mention) => {
      const meant = isShared ? null : meantBy(reached, mention);
      // A file that was let go meanwhile was analysed anew: what is the same stands at the same place.
      return isShared || (meant?.home.path === home.path && meant.declaration.range.start === declaration.range.start);
    })
    .map(({ range }) => ({ file: scenarios, range, writes: false, declares: false }));
}

/** The workflow at `path`, and those that run it, however far. */
async function runnersOf(project: Project, path: string): Promise<readonly string[]> {
  const runners = new Set([path]);
  for (const one of runners) {
    for (const { path: runner, shape } of await project.namersOf(one)) if (shape === 'workflow') runners.add(runner);
    if (!(await project.pause())) break;
  }
  return [...runners];
}

/** The workflows that run each other, however far, with the one at `path` first. */
async function familyOf(project: Project, path: string): Promise<readonly string[]> {
  const family = new Set([path]);
  for (const one of family) {
    for (const child of project.factsOf(one)?.names ?? []) family.add(child);
    for (const { path: parent, shape } of await project.namersOf(one)) if (shape === 'workflow') family.add(parent);
    if (!(await project.pause())) break;
  }
  return [...family];
}
