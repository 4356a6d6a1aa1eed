/** The only door to the machine. */
export { isActing } from './activations.ts';
export { apply, fold } from './apply.ts';
export { bindingsOf, scopesAbove } from './bindings.ts';
export type { Bindings } from './bindings.ts';
export { receptionOf, unsetting } from './clock-set.ts';
export { copyState, sizeOf } from './copy.ts';
export { decide } from './decide.ts';
export { matches, matchesAny } from './errors.ts';
export { effectsOf, forkedRecord, wholeUntil } from './fork.ts';
export type { Effect } from './fork.ts';
export { decideMigration } from './migrate.ts';
export type { MigrationRequest } from './migrate.ts';
export { leavesUndone } from './hand.ts';
export { ESCALATION } from './kinds/human.ts';
export { ITEM, indexOf } from './plan-index.ts';
export type { PlanIndex } from './plan-index.ts';
export * from './record.ts';
export * from './state.ts';
export {
  actionName,
  childrenOf,
  compensatedOf,
  errorOf,
  isIdle,
  pathOf,
  pendingStack,
  statusAmong,
  statusOf,
} from './status.ts';
export type { PendingEntry } from './status.ts';
export { isSameStep, nextStep, steps } from './steps.ts';
export * from './stimulus.ts';
export { timersOf } from './timers.ts';
