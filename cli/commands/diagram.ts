/** `backstep diagram FILE`: the state diagram as Mermaid text. */
import type { Plan } from '../../language/index.ts';
import { load } from '../../runner/load.ts';
import { compensatedOf, pathOf } from '../../runner/machine/index.ts';
import { drawDiagram, type DiagramMarks } from '../../webview/diagram.ts';
import { CommandError } from '../exit.ts';
import { printFindings } from '../runs/driving.ts';
import { lookAtRun, type JournalOption } from '../runs/journals.ts';
import { readRun } from '../runs/recorded.ts';
import { currentActivations } from '../runs/show.ts';
import { printJson } from '../terminal.ts';

export interface DiagramOptions extends JournalOption {
  readonly run?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Prints the diagram of the workflow, or of the text that a run of it began with. */
export async function diagram(file: string, options: DiagramOptions): Promise<number> {
  const { plan, marks } =
    options.run === undefined ? { plan: planIn(file, 'drawn') } : await markedBy(options.run, options);
  const drawn = drawDiagram(plan, { colours: true, ...(marks === undefined ? {} : { marks }) });
  if (options.json === true) printJson(drawn);
  else process.stdout.write(drawn.text);
  return 0;
}

/** The plan of the workflow in `file`. Raises a CommandError, which says that it was not `done`, when it has errors. */
export function planIn(file: string, done: string): Plan {
  const loaded = load(file);
  if (!('error' in loaded)) return loaded.plan;
  printFindings(loaded.error);
  const { code, message } = loaded.error;
  throw new CommandError(
    code === 'invalid-workflow' ? `The workflow ${file} has errors; it was not ${done}.` : message,
  );
}

function markedBy(run: string, options: JournalOption): Promise<{ plan: Plan; marks?: DiagramMarks }> {
  return lookAtRun(options, run, ({ journal }, summary) => {
    const { plan, state, records } = readRun(journal, summary);
    if (plan === null) throw new CommandError(`The text of the run ${run} can't be compiled any more.`);
    const current = state.endedAt === null ? currentActivations(state).map(({ way }) => way) : [];
    return { plan, marks: { current, path: pathOf(records), undone: compensatedOf(records) } };
  });
}
