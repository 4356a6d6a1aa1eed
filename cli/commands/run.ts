/** `backstep run FILE`: a run from its beginning to its end. */
import { readMocks, type Mocks } from '../../runner/actions/mocks.ts';
import { load } from '../../runner/load.ts';
import { indexOf } from '../../runner/machine/index.ts';
import { CommandError, EXIT_USAGE } from '../exit.ts';
import { readJsonOption } from '../json-option.ts';
import { driveRun, type DrivingOptions, type DrivingRequest } from '../runs/driving.ts';
import { readInjections, type Injection } from '../runs/injections.ts';
import { openJournalFor, type JournalOption } from '../runs/journals.ts';
import { readYamlFile } from '../yaml-file.ts';

export interface RunOptions extends JournalOption, DrivingOptions {
  readonly input?: string | undefined;
  readonly id?: string | undefined;
  readonly scenario?: string | undefined;
  readonly mocks?: string | undefined;
  readonly clock?: 'real' | 'virtual' | undefined;
  readonly inject?: readonly string[] | undefined;
}

/** Runs the workflow in `file` and gives the exit status. */
export async function run(file: string, options: RunOptions): Promise<number> {
  const injections = readInjections(options.inject ?? []);
  const mocks = options.mocks === undefined ? undefined : mocksIn(options.mocks);
  const input = options.input === undefined ? undefined : await readJsonOption('--input', options.input);
  if (injections.length > 0) checkInjections(file, injections);
  const scenario =
    options.scenario === undefined
      ? undefined
      : (await import('../runs/scenario.ts')).readScenario(file, options.scenario);
  const start = {
    file,
    input: input ?? scenario?.input ?? {},
    ...(options.id === undefined ? {} : { id: options.id }),
  };
  const request: DrivingRequest = {
    what: start,
    holder: 'backstep run',
    follow: true,
    injections,
    ...scenario?.request,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(mocks === undefined ? {} : { mocks }),
  };
  const opened = openJournalFor(options, file);
  try {
    return await driveRun(opened, options, request);
  } finally {
    opened.journal.close();
  }
}

function mocksIn(file: string): Mocks {
  const { value, placeOf } = readYamlFile(file, '--mocks');
  const read = readMocks(value);
  if (read.ok) return read.mocks;
  throw new CommandError(`${placeOf(read.where)}: ${read.message}`);
}

/** A misspelt state would let the run do everything for real. */
function checkInjections(file: string, injections: readonly Injection[]): void {
  const loaded = load(file);
  if ('error' in loaded) return;
  for (const { state } of injections) {
    const id = state.split('/').filter((part) => !/^\d+$/.test(part));
    if (indexOf(loaded.plan).states.has(id.join('/'))) continue;
    throw new CommandError(`--inject names the state ${state}, which ${file} does not have.`, EXIT_USAGE);
  }
}
