/** `backstep metrics`: numbers about the runs of a journal and their states. */
import { formatDuration } from '../../language/index.ts';
import { memoryJournal } from '../../runner/journal/memory.ts';
import { measure, type Durations, type Metrics, type StateMetrics } from '../../runner/metrics.ts';
import { journalFile, openToLook, type JournalOption } from '../runs/journals.ts';
import { complain, paint, print, printJson, table } from '../terminal.ts';

export interface MetricsOptions extends JournalOption {
  readonly workflow?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Prints the metrics of all runs, or of those of one workflow. */
export function metrics(options: MetricsOptions): number {
  const opened = openToLook(options);
  if (opened === null) {
    if (options.json === true) printJson(measure(memoryJournal(), Date.now()));
    complain(`There are no runs yet: no journal is at ${journalFile(options)}.`);
    return 0;
  }
  const { journal } = opened;
  try {
    const measured = measure(journal, Date.now(), options.workflow);
    if (options.json === true) printJson(measured);
    else if (measured.runs.total === 0) complain('No run of the journal fits.');
    else for (const line of formatMetrics(measured)) print(line);
    return 0;
  } finally {
    journal.close();
  }
}

function formatMetrics({ runs, states, slowest, mostRetried }: Metrics): string[] {
  const statuses = Object.entries(runs.byStatus).map(([status, count]) => `${count} ${status}`);
  const rate = `${shortNumber(runs.perHour)} an hour over the last day, ${runs.startedLastHour} in the last hour`;
  const heading = ['STATE', 'ENTERED', 'ACTIVE', 'SUCCESS', 'ATTEMPTS', 'RETRIES', 'UNDONE', 'P50', 'P95', 'MAX'];
  const rows = states.map((state) => [
    nameOf(state, states),
    ...[state.entered, state.active].map(String),
    percent(state.successRate),
    ...[state.attempts, state.retries, state.compensated].map(String),
    ...[state.duration?.p50, state.duration?.p95, state.duration?.max].map(milliseconds),
  ]);
  const named = (title: string, list: readonly StateMetrics[], value: (state: StateMetrics) => string): string[] =>
    list.length === 0
      ? []
      : [`${title}: ${list.map((state) => `${nameOf(state, states)} (${value(state)})`).join(', ')}`];
  return [
    `Runs: ${runs.total}   ${runs.active} active   ${statuses.join(', ')}`,
    `Rate: ${rate}`,
    `Success: ${percent(runs.successRate)}`,
    `Duration: ${formatDurations(runs.duration)}`,
    '',
    ...table([heading, ...rows], (cell, row) => (row === 0 ? paint('bold', cell) : cell)),
    '',
    ...named('Slowest', slowest, ({ duration }) => milliseconds(duration?.p95)),
    ...named('Most retried', mostRetried, ({ retries }) => `${retries} ${retries === 1 ? 'retry' : 'retries'}`),
  ];
}

/** A state's way; with its workflow where there are several. */
function nameOf({ workflow, state }: StateMetrics, all: readonly StateMetrics[]): string {
  return all.every((other) => other.workflow === workflow) ? state : `${workflow}: ${state}`;
}

function formatDurations(duration: Durations | null): string {
  if (duration === null) return '—';
  const parts = (['p50', 'p90', 'p95', 'p99', 'max'] as const).map((key) => `${key} ${milliseconds(duration[key])}`);
  return parts.join('   ');
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? '—' : formatDuration(value);
}

function percent(share: number | null): string {
  return share === null ? '—' : `${shortNumber(share * 100)} %`;
}

function shortNumber(value: number): string {
  return String(Number(value.toFixed(1)));
}
