/** Which state a command is about: the one under the cursor, the one chosen in the diagram, or none in particular. */
import { Uri, window, workspace } from 'vscode';
import { statesOf, stateAt } from './plan-search.ts';
import type { Plan, PlanState } from './plan-search.ts';
import type { LanguageServer } from './language.ts';

/** A state of a file. */
export interface Target {
  readonly uri: Uri;
  readonly plan: Plan;
  readonly state: PlanState;
}

/** What the diagram gives with a state's context menu (`data-vscode-context`). */
export interface DiagramContext {
  readonly backstepState: string;
  readonly backstepUri: string;
}

/**
 * The state that a command was started on. A URI comes from an editor's menu and means the state under its cursor; what
 * comes from the diagram names its state; anything else, such as what the debug toolbar hands over, means none: null.
 * Undefined when there should be one and is not; the person has then been told.
 */
export async function targetOf(given: unknown, server: LanguageServer): Promise<Target | null | undefined> {
  if (isDiagramContext(given)) {
    const uri = Uri.parse(given.backstepUri);
    const plan = await planOf(uri, server);
    const state = plan && statesOf(plan).find(({ id }) => id === given.backstepState);
    if (plan && state) return { uri, plan, state };
    void window.showErrorMessage(`Backstep: ${given.backstepState} is no state of the file as it stands.`);
    return undefined;
  }
  if (!(given instanceof Uri)) return null;
  const editor = window.visibleTextEditors.find(({ document }) => document.uri.toString() === given.toString());
  const plan = editor && (await planOf(given, server));
  const state = editor && plan && stateAt(plan, editor.document.offsetAt(editor.selection.active));
  if (plan && state) return { uri: given, plan, state };
  void window.showErrorMessage('Backstep: put the cursor into a state first.');
  return undefined;
}

/** The plan of a file, which need not be shown; null when it cannot be read. */
export async function planOf(uri: Uri, server: LanguageServer): Promise<Plan | null> {
  try {
    await workspace.openTextDocument(uri);
  } catch {
    // A file that is gone has no plan.
    return null;
  }
  return (await server.plan(uri))?.plan ?? null;
}

function isDiagramContext(given: unknown): given is DiagramContext {
  const context = given as Partial<DiagramContext> | null | undefined;
  return (
    typeof context === 'object' && typeof context?.backstepState === 'string' && typeof context.backstepUri === 'string'
  );
}
