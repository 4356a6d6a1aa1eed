/** Nothing of a workspace runs before it is trusted. */
import { window, workspace } from 'vscode';

/** Running a workflow runs what the workspace says, so it must be trusted; says so where it is not. */
export function trusted(): boolean {
  if (workspace.isTrusted) return true;
  void window.showErrorMessage(
    'Backstep: a workflow runs programs and calls services, so it runs only in a workspace that you trust.',
  );
  return false;
}
