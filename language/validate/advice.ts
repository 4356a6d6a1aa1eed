/** The families that advise on a workflow that could run as it is: sagas, time and people, events, security, versions. */
import type { LanguageContext } from '../context.ts';
import type { Diagnostic } from '../diagnostics.ts';
import type { Operations } from '../calls.ts';
import type { TemplateSite } from '../sites.ts';
import type { SymbolTable } from '../symbols.ts';
import type { Tree } from '../tree.ts';
import type { Workflow } from '../workflow.ts';
import { checkEvents } from './events.ts';
import { checkPeople } from './people.ts';
import { checkSaga } from './saga.ts';
import { checkSecurity } from './security.ts';
import { checkTime } from './time.ts';
import { limitsOf } from './time-limits.ts';
import { checkVersions } from './versions.ts';

export interface AdviceCheck {
  readonly text: string;
  readonly tree: Tree;
  readonly workflow: Workflow;
  readonly operations: Operations;
  readonly symbols: SymbolTable;
  readonly sites: readonly TemplateSite[];
  readonly context: LanguageContext;
}

/** All findings of these families. */
export function checkAdvice(of: AdviceCheck): readonly Diagnostic[] {
  const limits = limitsOf(of.workflow);
  return [
    ...checkSaga(of),
    ...checkTime(of, limits),
    ...checkPeople(of.workflow, limits),
    ...checkEvents(of),
    ...checkSecurity(of),
    ...checkVersions(of.workflow, of.context),
  ];
}
