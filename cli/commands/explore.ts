/** `backstep explore`: what can become of a run, whatever fails and wherever it crashes. */
import { explore as exploreRun, findScenario } from '../../runner/scenarios.ts';
import type { Explored, LeftBehind, Variation } from '../../runner/scenarios.ts';
import { CommandError, EXIT_INPUT } from '../exit.ts';
import { readJsonOption } from '../json-option.ts';
import { printFindings } from '../runs/driving.ts';
import { paint, print, printJson, table } from '../terminal.ts';
import { mocksIn } from './run.ts';

export interface ExploreOptions {
  readonly input?: string | undefined;
  readonly mocks?: string | undefined;
  readonly scenario?: string | undefined;
  readonly strict?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Explores the workflow in `file`; gives 1 when a crash changed an end, or with `strict` when anything stayed undone. */
export async function explore(file: string, options: ExploreOptions): Promise<number> {
  const scenario = options.scenario === undefined ? null : findScenario(file, options.scenario);
  if (scenario !== null && 'error' in scenario) throw new CommandError(scenario.error.message);
  const given = options.mocks === undefined ? null : mocksIn(options.mocks);
  const input = options.input === undefined ? scenario?.input : await readJsonOption('--input', options.input);
  const exploring = await exploreRun({
    file,
    input,
    mocks: new Map([...(scenario?.mocks ?? []), ...(given ?? [])]),
    ...(options.json === true ? { found: (explored: Explored) => printJson(jsonOf(explored)) } : {}),
  });
  if (!exploring.ok) {
    printFindings(exploring.error);
    throw new CommandError(exploring.error.message);
  }
  const { explored } = exploring;
  const crashes = explored.reduce((sum, each) => sum + each.crashes, 0);
  const differing = explored.reduce((sum, each) => sum + each.differing.length, 0);
  const undone = explored.filter(({ left }) => left.length > 0).length;
  if (options.json === true) printJson({ runs: explored.length, crashes, differing, undone });
  else printTable(explored, { crashes, differing, undone });
  return differing > 0 || (options.strict === true && undone > 0) ? EXIT_INPUT : 0;
}

function printTable(
  explored: readonly Explored[],
  { crashes, differing, undone }: { readonly crashes: number; readonly differing: number; readonly undone: number },
): void {
  const rows = explored.map(({ variation, played, left }) => [
    wordsOf(variation),
    played.status,
    played.compensated.join(', ') || '–',
    left.map(nameOf).join(', ') || '–',
  ]);
  for (const line of table([['what happens', 'the run ends', 'undone', 'stayed undone'], ...rows], style)) print(line);
  print();
  print(undone === 0 ? 'Nothing stayed undone.' : `In ${undone} of ${explored.length} runs something stayed undone.`);
  if (differing === 0) print(`${crashes} crashes changed nothing of how the runs end.`);
  else print(paint('red', `${differing} of ${crashes} crashes changed how a run ends:`));
  for (const { variation, played, differing } of explored) {
    for (const { afterCommit, played: other } of differing)
      print(`  ${wordsOf(variation)}, crash after commit ${afterCommit}: ${other.status} instead of ${played.status}`);
  }
}

function style(cell: string, row: number, column: number): string {
  if (row === 0) return paint('dim', cell);
  return column === 3 && cell.trim() !== '–' ? paint('yellow', cell) : cell;
}

function wordsOf(variation: Variation): string {
  switch (variation.kind) {
    case 'none':
      return 'nothing fails';
    case 'failure':
      return `${variation.state} fails with ${variation.error}`;
    case 'outcome':
      return `${variation.state} is ${variation.outcome}`;
    case 'silence':
      return `${variation.event} never comes`;
    case 'stuck':
      return `${variation.state} fails with ${variation.error}, then undoing ${variation.undoing}`;
  }
}

function nameOf({ workflow, state, inDoubt }: LeftBehind): string {
  return `${state} of ${workflow}${inDoubt ? ' (in doubt)' : ''}`;
}

function jsonOf({ variation, played, left, crashes, differing }: Explored): unknown {
  const { status, error, path, compensated, pending } = played;
  return {
    ...variation,
    status,
    raised: error === null ? null : { type: error.type, message: error.message, state: error.state },
    path,
    compensated,
    pending,
    undone: left,
    crashes,
    differing: differing.map(({ afterCommit, played: other }) => ({ afterCommit, status: other.status })),
  };
}
