/** What is printed while runs go on: lines in words, or every record as JSON. */
import type { Plan } from '../../language/index.ts';
import type { RunRecord, RunState } from '../../runner/machine/index.ts';
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
  /** Tells the printer of records that were committed before it began to watch, so that it knows their names. */
  know(of: Printed, records: readonly RunRecord[]): void;
  records(of: Printed, records: readonly RunRecord[]): void;
  /** The first line about the run; `goesOn` if it has begun before, and had not ended. */
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

/** A printer of lines for people. */
export function textPrinter(): Printer {
  const narrators = new Map<string, Narrator>();
  /** The run that the command is about; the others are those that it started. */
  let main = '';
  const narratorOf = ({ plan, state }: Printed): Narrator => {
    const known = narrators.get(state.run) ?? createNarrator(plan);
    narrators.set(state.run, known);
    return known;
  };
  return {
    know(of, records) {
      const narrator = narratorOf(of);
      for (const record of records) narrator.tell(record);
    },
    records(of, records) {
      const { state } = of;
      const narrator = narratorOf(of);
      const isMain = state.run === main;
      const prefix = isMain ? '  ' : `  ${paint('dim', `${state.workflow} │`)} `;
      for (const record of records) {
        const line = narrator.tell(record);
        // Of the run itself the end is the last line.
        if (!line.watched && (isMain || !ENDS.has(record.type))) continue;
        const style = STYLES[line.tone];
        print(prefix + (style === null ? line.text : paint(style, line.text)));
        if (record.type === 'run.suspended' && !isMain) print(prefix + paint('dim', howToDecide(state.run)));
        if (record.type === 'task.created') print(prefix + paint('dim', howToAnswer(of, record.activation)));
      }
    },
    head({ run, workflow, version }, goesOn) {
      main = run;
      print(`${paint('bold', workflow)} ${version}   run ${run}${goesOn ? '   goes on' : ''}`);
    },
    outcome: printOutcome,
  };
}

function howToAnswer({ plan, state }: Printed, id: number): string {
  const activation = state.activations.get(id);
  const outcomes = activation === undefined || plan === null ? [] : outcomesOf(plan, activation);
  const choice = outcomes.length === 0 ? 'OUTCOME' : outcomes.join('|');
  return `answer with: backstep task complete ${state.run}/${activation?.way ?? ''} --outcome ${choice}`;
}

function printOutcome(outcome: Outcome): void {
  const { run, status, output, error, compensated, pending } = outcome;
  const why = error === null ? '' : `   ${formatError(error)}${error.state === '' ? '' : ` (${error.state})`}`;
  const undone = compensated.length === 0 ? '' : `   undone: ${compensated.join(', ')}`;
  switch (status) {
    case 'completed':
      print(`${paint('green', 'completed')}   ${formatData(output, 2000)}`);
      return;
    case 'compensated':
      print(`${paint('yellow', 'compensated')}${why}${undone}`);
      return;
    case 'failed':
    case 'cancelled':
      print(`${paint('red', status)}${why}${undone}`);
      return;
    case 'suspended':
      print(`${paint('red', 'suspended')}${why}${undone}`);
      for (const { state, action, with: args, error: fault } of pending) {
        const reason = fault === null ? '' : `   ${formatError(fault)}`;
        print(`  left: ${state} → ${action} ${formatData(args)}${oneLine(reason) === '' ? '' : reason}`);
      }
      print(paint('dim', `  ${howToDecide(run)}`));
      return;
    case 'waiting':
    case 'running':
    case 'compensating':
      print(`${paint('cyan', status)}   it goes on with: backstep resume ${run}`);
  }
}

function howToDecide(run: string): string {
  return `decide with: backstep retry ${run}, backstep skip ${run} STATE or backstep resolve ${run} STATE`;
}
