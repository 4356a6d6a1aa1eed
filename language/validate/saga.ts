/** Family saga: what is undone, what is not, and where there is no way back. Section 8 of the language reference. */
import type { Diagnostic } from '../diagnostics.ts';
import { missingCompensations } from './saga-compensation.ts';
import type { Saga } from './saga-model.ts';
import { checkPivots } from './saga-pivots.ts';
import { checkRollbacks } from './saga-rollback.ts';
import { operationsRetried, type SettingsSource } from './saga-settings.ts';

/** The findings that only the way of all states tells; for those about single states see `saga-settings.ts`. */
export function checkSaga(saga: Saga, of: SettingsSource): readonly Diagnostic[] {
  return [
    ...checkPivots(saga),
    ...checkRollbacks(saga),
    ...missingCompensations(saga, of),
    ...operationsRetried(saga, of),
  ];
}
