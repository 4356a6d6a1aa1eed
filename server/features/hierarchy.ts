/** Which workflow runs which. */
import { type Analysis, type Range, touches } from '../../language/index.ts';
import { type File, type Project } from './across.ts';
import { fileLinks } from './navigation.ts';

/** A workflow that others run, or that runs others. */
export interface WorkflowItem {
  readonly path: string;
  readonly name: string;
  readonly detail: string;
  readonly analysis: Analysis;
  /** The id, or the beginning of the file where there is none. */
  readonly range: Range;
}

export interface RunCall {
  readonly item: WorkflowItem;
  /** The paths behind `run`, in the file that runs. */
  readonly ranges: readonly Range[];
}

/** The workflow to ask about at `offset`: the one that a path names, and at the id of a workflow that one itself. */
export function workflowAt(project: Project, file: File, offset: number): WorkflowItem | null {
  const link = runsIn(file.analysis).find(({ range }) => touches(range, offset));
  const run = file.analysis.workflow.states.find(({ nameRange }) => touches(nameRange, offset))?.action;
  const written = link?.path ?? (run?.kind === 'run' ? run.file?.value : undefined);
  if (written !== undefined) {
    const path = project.beside(file.path, written);
    return path === null ? null : itemOf(project.fileAt(path));
  }
  const { id } = file.analysis.workflow;
  return id !== null && touches(id.range, offset) ? itemOf(file) : null;
}

/** The workflow in the file at `path`. */
export function workflowIn(project: Project, path: string): WorkflowItem | null {
  return itemOf(project.fileAt(path));
}

/** The workflows that run the one at `path`. */
export async function runnersOf(project: Project, path: string): Promise<readonly RunCall[]> {
  const calls: RunCall[] = [];
  for (const { path: namer, shape } of await project.namersOf(path)) {
    const file = shape === 'workflow' ? project.fileAt(namer) : undefined;
    const item = itemOf(file);
    if (file === undefined || item === null) continue;
    const ranges = runsIn(file.analysis).filter((run) => project.beside(namer, run.path) === path);
    calls.push({ item, ranges: ranges.map(({ range }) => range) });
    if (!(await project.pause())) break;
  }
  return calls;
}

/** The workflows that the one at `path` runs, in the order in which it names them first. */
export function runBy(project: Project, path: string): readonly RunCall[] {
  const file = project.fileAt(path);
  const byPath = new Map<string, Range[]>();
  for (const run of file === undefined ? [] : runsIn(file.analysis)) {
    const child = project.beside(path, run.path);
    if (child === null) continue;
    const known = byPath.get(child);
    if (known === undefined) byPath.set(child, [run.range]);
    else known.push(run.range);
  }
  return [...byPath].flatMap(([child, ranges]): RunCall[] => {
    const item = itemOf(project.fileAt(child));
    return item === null ? [] : [{ item, ranges }];
  });
}

function runsIn(analysis: Analysis): ReturnType<typeof fileLinks> {
  return fileLinks(analysis).filter(({ kind }) => kind === 'workflow');
}

function itemOf(file: File | undefined): WorkflowItem | null {
  if (file?.path == null || file.analysis.shape !== 'workflow') return null;
  const { id, version } = file.analysis.workflow;
  const range = id?.range ?? { start: 0, end: 0 };
  return { path: file.path, name: id?.value ?? '?', detail: version?.value ?? '', analysis: file.analysis, range };
}
