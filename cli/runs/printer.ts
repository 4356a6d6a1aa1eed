/** What is printed while runs go on: lines in words, or every record as JSON. */
import type { Plan } from '../../language/index.ts';
import type { RunRecord, RunState, Suspension } from '../../runner/machine/index.ts';
import { createNarrator, formatData, formatError, type Narrator, type Tone } from '../narrator.ts';
import { oneLine, paint, print, printJson, type Style } from '../terminal.ts';
import type { Outcome } from '../../runner/outcome.ts';
import { outcomesOf } from './open-tasks.ts';

/** A run after the records that are told of it. */
export interface Printed {
  /** Null when the recorded text can't be compiled any more. */
  readonly plan: Plan | null;
  readonly state: Readonly<RunState>;
}

export interface Printer {
  /** Tells the printer all records that a run had before it began to watch (anew), so that it knows their names. */
  know(of: Printed, records: readonly RunRecord[]): void;
  records(of: Printed, records: readonly RunRecord[]): void;
  /** A run is watched from now on; `goesOn` if it had begun before and has not ended. */
  head(state: Readonly<RunState>, goesOn: boolean): void;
  /** The last line. */
  outcome(outcome: Outcome): void;
}

const STYLES: Readonly<Record<Tone, Style | null>> = {
  plain: null,
  quiet: 'dim',
  good: 'green',
  bad: 'red',
  undo: 'yellow',
  ask: 'cyan',
};

/** Records that end a run. */
const ENDS: ReadonlySet<RunRecord['type']> = new Set(['run.completed', 'run.ended']);

/** The record as `--json` and `history --json` print it. */
export function recordLine(run: string, record: RunRecord): unknown {
  return { run, ...record };
}

/** A printer of JSON Lines. */
export function jsonPrinter(): Printer {
  return {
    know: () => undefined,
    records(of, records) {
      for (const record of records) printJson(recordLine(of.state.run, record));
    },
    head: () => undefined,
    outcome: printJson,
  };
}

/**
 * A printer of lines for people. They are about the first run that is watched, and those that it starts; with `ofMany` each
 * line names its run.
 */
export function textPrinter(ofMany = false): Printer {
  const narrators = new Map<string, Narrator>();
  /** Why each run was suspended last: by that it is decided. */
  const suspensions = new Map<string, Suspension>();
  /** The run that the command is about; the others are those that it started. */
  let main: string | null = null;
  const narratorOf = ({ plan, state }: Printed): Narrator => {
    const known = narrators.get(state.run) ?? createNarrator(plan);
    narrators.set(state.run, known);
    return known;
  };
  return {
    know(of, records) {
      narrators.delete(of.state.run);
      const narrator = narratorOf(of);
      for (const record of records) {
        narrator.tell(record);
        if (record.type === 'run.suspended') suspensions.set(of.state.run, record.why);
      }
    },
    records(of, records) {
      const { state } = of;
      const narrator = narratorOf(of);
      const isMain = ofMany ? state.parent === null : state.run === main;
      const name = ofMany ? state.run : isMain ? null : state.workflow;
      const prefix = name === null ? '  ' : `  ${paint('dim', `${name} │`)} `;
      for (const record of records) {
        const line = narrator.tell(record);
        if (record.type === 'run.suspended') suspensions.set(state.run, record.why);
        // Of the run itself the end is the last line.
        if (!line.watched && (isMain || !ENDS.has(record.type))) continue;
        const style = STYLES[line.tone];
        print(prefix + (style === null ? line.text : paint(style, line.text)));
        if (record.type === 'run.suspended' && !isMain)
          print(prefix + paint('dim', howToDecide(state.run, record.why)));
        if (record.type === 'task.created') print(prefix + paint('dim', howToAnswer(of, record.activation)));
      }
    },
    head({ run, workflow, version }, goesOn) {
      if (main !== null && !ofMany) return;
      main ??= run;
      print(`${paint('bold', workflow)} ${version}   run ${run}${goesOn ? '   goes on' : ''}`);
    },
    outcome(outcome) {
      const [first = '', ...more] = outcomeLines(outcome, suspensions.get(outcome.run));
      print(ofMany ? `${paint('bold', outcome.run)}   ${first}` : first);
      for (const line of more) print(line);
    },
  };
}

function howToAnswer({ plan, state }: Printed, id: number): string {
  const activation = state.activations.get(id);
  const outcomes = activation === undefined || plan === null ? [] : outcomesOf(plan, activation);
  const choice = outcomes.length === 0 ? 'OUTCOME' : outcomes.join('|');
  return `answer with: backstep task complete ${state.run}/${activation?.way ?? ''} --outcome ${choice}`;
}

function outcomeLines(outcome: Outcome, suspension: Suspension = 'compensation'): string[] {
  const { run, status, output, error, compensated, pending } = outcome;
  const why = error === null ? '' : `   ${formatError(error)}${error.state === '' ? '' : ` (${error.state})`}`;
  const undone = compensated.length === 0 ? '' : `   undone: ${compensated.join(', ')}`;
  switch (status) {
    case 'completed':
      return [`${paint('green', 'completed')}   ${formatData(output, 2000)}`];
    case 'compensated':
      return [`${paint('yellow', 'compensated')}${why}${undone}`];
    case 'failed':
    case 'cancelled':
      return [`${paint('red', status)}${why}${undone}`];
    case 'suspended':
      return [
        `${paint('red', 'suspended')}${why}${undone}`,
        ...pending.map(({ state, action, with: args, error: fault }) => {
          const reason = fault === null ? '' : `   ${formatError(fault)}`;
          const given = args === null ? '' : ` ${formatData(args)}`;
          return `  left: ${state} → ${action}${given}${oneLine(reason) === '' ? '' : reason}`;
        }),
        paint('dim', `  ${howToDecide(run, suspension)}`),
      ];
    case 'waiting':
    case 'running':
    case 'compensating':
      return [`${paint('cyan', status)}   it goes on with: backstep resume ${run}`];
  }
}

/** The words that a suspended run takes. */
function howToDecide(run: string, suspension: Suspension): string {
  switch (suspension) {
    case 'compensation':
    case 'confirmation':
      return `decide with: backstep retry ${run}, backstep skip ${run} STATE or backstep resolve ${run} STATE`;
    case 'recovery':
      return `decide with: backstep retry ${run} or backstep cancel ${run}`;
    case 'pivot':
      return `go on with: backstep retry ${run}`;
  }
}
