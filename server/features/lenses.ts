/** What can be done with a whole workflow, on the line of its name. */
import type { Analysis, Range } from '../../language/index.ts';
import { COMMANDS } from '../protocol.ts';

export interface Lens {
  readonly range: Range;
  readonly title: string;
  readonly command: string;
}

/** The lenses of a workflow file; none where it has no name yet. */
export function lenses(analysis: Analysis): readonly Lens[] {
  const { id } = analysis.workflow;
  if (id === null || analysis.workflow.states.length === 0) return [];
  return [
    { range: id.range, title: 'Run', command: COMMANDS.run },
    { range: id.range, title: 'Debug', command: COMMANDS.debug },
    { range: id.range, title: 'Preview', command: COMMANDS.diagram },
  ];
}
