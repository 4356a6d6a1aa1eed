/** What can be done with a whole workflow, on the line of its name; and how each state is used and undone. */
import { type Analysis, type Range, type State } from '../../language/index.ts';
import { COMMANDS } from '../protocol.ts';
import { actionDetail } from './outline.ts';

export interface Lens {
  /** Where it stands. */
  readonly range: Range;
  readonly title: string;
  /** The command that it gives, with the document as its argument; null where it leads to places. */
  readonly command: string | null;
  /** The places that it leads to. */
  readonly places: readonly Range[];
}

/** The lenses of a workflow file; none where it has no name yet. `onStates` also gives those of single states. */
export function lenses(analysis: Analysis, onStates: boolean): readonly Lens[] {
  const { id } = analysis.workflow;
  if (id === null || analysis.workflow.states.length === 0) return [];
  const whole = (title: string, command: string): Lens => ({ range: id.range, title, command, places: [] });
  return [
    whole('Run', COMMANDS.run),
    whole('Debug', COMMANDS.debug),
    whole('Preview', COMMANDS.diagram),
    ...(onStates ? ofStates(analysis) : []),
  ];
}

function ofStates({ symbols, workflow }: Analysis): readonly Lens[] {
  const uses = new Map<State, Range[]>();
  // One pass over all uses: asking for those of each state would go through them again for every state.
  for (const { target, range } of symbols.references) {
    if (target?.kind !== 'state' || target.state === null) continue;
    const known = uses.get(target.state);
    if (known === undefined) uses.set(target.state, [range]);
    else known.push(range);
  }
  return workflow.states.flatMap((state): Lens[] => {
    const places = uses.get(state) ?? [];
    const title = places.length === 1 ? '1 reference' : `${places.length} references`;
    const { compensate } = state;
    const undo = compensate === null || compensate.none ? '' : actionDetail(compensate.action);
    const own: Lens = { range: state.nameRange, title, command: null, places };
    if (undo === '' || compensate === null) return [own];
    const by = { range: state.nameRange, title: `compensated by ${undo.replace(/^call /, '')}`, command: null };
    return [own, { ...by, places: [compensate.entry.key.range] }];
  });
}
