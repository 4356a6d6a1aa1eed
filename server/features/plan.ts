/** The plan of what stands in a file, for its diagram: whole where the file is free of errors, else as far as it goes. */
import { type Analysis, lower, type Plan } from '../../language/index.ts';

/** The plan to draw, and whether it is the very one that could run. */
export function planOf(analysis: Analysis): { readonly plan: Plan | null; readonly complete: boolean } {
  const complete = !analysis.diagnostics.some((diagnostic) => diagnostic.severity === 'error');
  return { plan: lower(analysis), complete };
}
