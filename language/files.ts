/** The files that a workflow names. */
import { located } from './build/read.ts';
import { hasExpression } from './expressions/template.ts';
import type { Range } from './text.ts';
import { valueOf } from './tree.ts';
import type { Action, CallAction, Workflow } from './workflow.ts';

export interface ReferencedFile {
  /** As written: relative to the folder of the workflow. */
  readonly path: string;
  readonly kind: 'openapi' | 'workflow' | 'module' | 'schema';
  readonly range: Range;
}

/** Every file that the workflow names, in the order of the file; a path that is named twice stands twice. */
export function referencedFiles(workflow: Pick<Workflow, 'participants' | 'states'>): readonly ReferencedFile[] {
  const files: ReferencedFile[] = [];
  for (const { openapi, module } of workflow.participants) {
    if (openapi !== null) files.push({ path: openapi.value, kind: 'openapi', range: openapi.range });
    if (module !== null) files.push({ path: module.value, kind: 'module', range: module.range });
  }
  for (const state of workflow.states) {
    const foreach = state.action?.kind === 'foreach' ? state.action : null;
    const actions = [
      state.action,
      foreach?.call,
      foreach?.compensate?.action,
      state.compensate?.action,
      state.confirm?.action,
    ];
    for (const action of actions) files.push(...filesOf(action ?? null));
  }
  return files.filter(({ path }) => path !== '' && !hasExpression(path));
}

function filesOf(action: Action | CallAction | null): readonly ReferencedFile[] {
  if (action?.kind === 'run' && action.file !== null) {
    return [{ path: action.file.value, kind: 'workflow', range: action.file.range }];
  }
  if (action?.kind !== 'call' || action.operation?.value !== 'script') return [];
  const module = located(valueOf(action.with, 'module'));
  return module === null ? [] : [{ path: module.value, kind: 'module', range: module.range }];
}
