/** One scenario from its beginning to its verdict. */
import type { StartError } from '../start-error.ts';
import { compare } from './compare.ts';
import type { Failure } from './compare.ts';
import { playRun } from './play.ts';
import type { Played } from './play.ts';
import type { Scenario } from './read.ts';
import { createStage } from './stage.ts';

export interface ScenarioResult {
  readonly scenario: Scenario;
  /** Null when no run could be begun. */
  readonly played: Played | null;
  /** Why no run could be begun. */
  readonly error: StartError | null;
  /** Empty when everything is as expected. */
  readonly failures: readonly Failure[];
}

/** Plays `scenario` on its own virtual clock and compares what came of it with what it expects. Raises a JournalError. */
export async function runScenario(scenario: Scenario): Promise<ScenarioResult> {
  const stage = createStage(scenario);
  const playing = await playRun({ file: scenario.workflow, input: scenario.input ?? {}, stage });
  if (playing.ok) {
    const { played } = playing;
    return { scenario, played, error: null, failures: compare(scenario, played) };
  }
  const { error } = playing;
  const place = error.code === 'invalid-input' ? scenario.placeOf(['input']) : scenario.place;
  return { scenario, played: null, error, failures: [{ message: error.message, place }] };
}
