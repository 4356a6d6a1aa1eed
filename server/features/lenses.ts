/**
 * What can be done with a workflow, on the line of its name, and with each of its scenarios; how each state is used and
 * undone.
 */
import { type Analysis, innerRange, type Range, type State, stringOf, valueOf } from '../../language/index.ts';
import { COMMANDS } from '../protocol.ts';
import { actionDetail } from './outline.ts';

export interface Lens {
  /** Where it stands. */
  readonly range: Range;
  readonly title: string;
  /** The command that it gives; null where it leads to places. */
  readonly command: string | null;
  /** The scenario that the command is about; null where it is about a file. */
  readonly scenario: string | null;
  /** The places that it leads to. */
  readonly places: readonly Range[];
}

/**
 * The lenses of a workflow file; none where it has no name yet.
 *
 * @param onStates whether to give those of single states, too
 * @param isTested whether there are scenarios about it
 */
export function lenses(analysis: Analysis, onStates: boolean, isTested: boolean): readonly Lens[] {
  const { id } = analysis.workflow;
  if (id === null || analysis.workflow.states.length === 0) return [];
  return [
    command(id.range, 'Run', COMMANDS.run),
    command(id.range, 'Debug', COMMANDS.debug),
    command(id.range, 'Preview', COMMANDS.diagram),
    ...(isTested ? [command(id.range, 'Test', COMMANDS.test)] : []),
    ...(onStates ? ofStates(analysis) : []),
  ];
}

/** The lenses of a file of scenarios: on the workflow’s path to play all, and on each scenario. */
export function scenarioLenses({ tree }: Analysis): readonly Lens[] {
  const about = valueOf(tree.root, 'workflow');
  const scenarios = valueOf(tree.root, 'scenarios');
  if (about?.kind !== 'scalar' || stringOf(about) === undefined || scenarios?.kind !== 'map') return [];
  const each = scenarios.entries.flatMap(({ key }) => [
    command(innerRange(key), 'Run', COMMANDS.run, key.text),
    command(innerRange(key), 'Debug', COMMANDS.debug, key.text),
  ]);
  return each.length === 0 ? [] : [command(innerRange(about), 'Test', COMMANDS.test), ...each];
}

function command(range: Range, title: string, name: string, scenario: string | null = null): Lens {
  return { range, title, command: name, scenario, places: [] };
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
    const own: Lens = { range: state.nameRange, title, command: null, scenario: null, places };
    if (undo === '' || compensate === null) return [own];
    const by = { ...own, title: `compensated by ${undo.replace(/^call /, '')}` };
    return [own, { ...by, places: [compensate.entry.key.range] }];
  });
}
