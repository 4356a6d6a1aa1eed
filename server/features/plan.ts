/** The plan of what stands in a file, for its diagram. */
import { type Analysis, lower, type Plan } from '../../language/index.ts';

export interface DrawnPlan {
  /** Null where there is no state to draw. */
  readonly plan: Plan | null;
  /** Whether it is the very plan that could run; otherwise it is what can be read of a file with errors. */
  readonly complete: boolean;
}

/** The plan to draw. It never throws, whatever the text. */
export function planOf(analysis: Analysis): DrawnPlan {
  if (analysis.shape !== 'workflow' || analysis.workflow.states.length === 0) return { plan: null, complete: false };
  const complete = !analysis.broken && !analysis.diagnostics.some(({ severity }) => severity === 'error');
  return { plan: lower(analysis), complete };
}
