/**
 * The door to scenarios (section 12) for whoever plays them: `backstep test`, `backstep run --scenario`, `backstep
 * explore` and the debugger.
 */
export { compare } from './scenarios/compare.ts';
export type { Failure } from './scenarios/compare.ts';
export { createCoverage } from './scenarios/coverage.ts';
export type { Coverage, CoveredKind, CoveredPart, WorkflowCoverage } from './scenarios/coverage.ts';
export { explore } from './scenarios/explore.ts';
export type { Explored, Exploring, Variation } from './scenarios/explore.ts';
export type { LeftBehind } from './scenarios/left-behind.ts';
export { playRun } from './scenarios/play.ts';
export type { EmittedEvent, Played, PlayedRun } from './scenarios/play.ts';
export { findScenario, isScenarioPath, readScenarios } from './scenarios/read.ts';
export type { Place, Scenario, ScenarioFile, ScenarioFileError } from './scenarios/read.ts';
export { runScenario } from './scenarios/run.ts';
export type { ScenarioResult } from './scenarios/run.ts';
export { createStage } from './scenarios/stage.ts';
export type { Stage } from './scenarios/stage.ts';
export { insertScenario, saveScenario, scenarioFileOf } from './scenarios/save.ts';
export type { SavedScenario, SaveRequest } from './scenarios/save.ts';
export type { Recording } from './scenarios/derive.ts';
