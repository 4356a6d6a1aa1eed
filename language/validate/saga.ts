/** Family saga: what is undone, what is not, and where there is no way back. Section 8 of the language reference. */
import type { Operations } from '../calls.ts';
import type { Diagnostic } from '../diagnostics.ts';
import type { Workflow } from '../workflow.ts';
import { missingCompensations } from './saga-compensation.ts';
import { sagaOf } from './saga-model.ts';
import { checkPivots } from './saga-pivots.ts';
import { checkRollbacks } from './saga-rollback.ts';
import { checkSettings, type SettingsSource } from './saga-settings.ts';

export interface SagaCheck extends SettingsSource {
  readonly workflow: Workflow;
  readonly operations: Operations;
}

/** The findings of the family. */
export function checkSaga(of: SagaCheck): readonly Diagnostic[] {
  const saga = sagaOf(of.workflow, of.operations);
  return [...checkPivots(saga), ...checkRollbacks(saga), ...missingCompensations(saga, of), ...checkSettings(saga, of)];
}
