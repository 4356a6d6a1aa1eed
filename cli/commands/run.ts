/** `backstep run FILE`: a run from its beginning to its end. */
import { existsSync, realpathSync } from 'node:fs';
import { isJsonObject } from '../../language/index.ts';
import { readMocks, type Mocks } from '../../runner/actions/mocks.ts';
import { realClock, virtualClock } from '../../runner/clock.ts';
import { load } from '../../runner/load.ts';
import { indexOf } from '../../runner/machine/index.ts';
import { createStage, findScenario } from '../../runner/scenarios.ts';
import type { Scenario, Stage } from '../../runner/scenarios.ts';
import { CommandError, EXIT_USAGE } from '../exit.ts';
import { findingsOf } from '../findings/finding.ts';
import { formatFinding } from '../findings/text.ts';
import { readJsonOption } from '../json-option.ts';
import { driveRun, type DrivingOptions, type DrivingRequest } from '../runs/driving.ts';
import { readInjections, type Injection } from '../runs/injections.ts';
import { openJournalFor, type JournalOption, type OpenedJournal } from '../runs/journals.ts';
import { formatPlace } from '../scenarios/reporter.ts';
import { complain } from '../terminal.ts';
import { actorOf } from '../runs/words.ts';
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
  const scenario = options.scenario === undefined ? undefined : scenarioOf(file, options.scenario);
  const start = {
    file,
    input: input ?? scenario?.input ?? {},
    by: actorOf({}),
    ...(options.id === undefined ? {} : { id: options.id }),
  };
  const request: DrivingRequest = {
    what: start,
    holder: 'backstep run',
    follow: true,
    injections,
    clock: options.clock,
    mocks,
    stage: scenario === undefined ? undefined : stageOf(scenario, mocks, options.clock),
  };
  const opened = openJournalFor(options, file);
  try {
    if (options.id !== undefined) checkId(opened, options.id, file);
    return await driveRun(opened, options, request);
  } finally {
    opened.journal.close();
  }
}

/** The scenario `name` of the workflow. Raises a CommandError when there is none, or it cannot be read. */
function scenarioOf(file: string, name: string): Scenario {
  const found = findScenario(file, name);
  if (!('error' in found)) return found;
  const { error } = found;
  if (error.text !== null)
    for (const finding of findingsOf(error.file, error.text, error.findings)) complain(formatFinding(finding));
  throw new CommandError(error.place === null ? error.message : `${formatPlace(error.place)}: ${error.message}`);
}

/** Mocks of the command line go before those of the scenario, operation by operation. */
function stageOf(scenario: Scenario, mocks: Mocks | undefined, clock: RunOptions['clock']): Stage {
  const staged = { ...scenario, mocks: new Map([...scenario.mocks, ...(mocks ?? [])]) };
  return createStage(staged, clock === 'real' ? realClock() : virtualClock());
}

/** The mocks in a file, for `--mocks`. Raises a CommandError when it cannot be read. */
export function mocksIn(file: string): Mocks {
  const { value, placeOf } = readYamlFile(file, '--mocks');
  // The `mocks` of a scenario may be copied with their key.
  const inner = isJsonObject(value) && Object.keys(value).length === 1 ? value['mocks'] : undefined;
  const read = readMocks(inner ?? value);
  if (read.ok) return read.mocks;
  throw new CommandError(`${placeOf(inner === undefined ? read.where : ['mocks', ...read.where])}: ${read.message}`);
}

/** Returning the run of another workflow would be a surprise; a file that has moved since is not another one. */
function checkId({ journal, file: kept }: OpenedJournal, id: string, file: string): void {
  const known = journal.summary(id);
  if (known === null || !existsSync(known.file) || !existsSync(file)) return;
  if (realpathSync(known.file) === realpathSync(file)) return;
  throw new CommandError(`The run ${id} in ${kept} is one of ${known.file}. Take another --id.`);
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
