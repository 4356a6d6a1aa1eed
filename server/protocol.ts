/**
 * What the language server and its client say to each other beyond the Language Server Protocol. Declared here once;
 * a client imports these types and names and nothing else of the server.
 */
import type { Plan } from '../language/index.ts';

/** Request from the client: the plan of an open document, for the diagram. */
export const PLAN_REQUEST = 'backstep/plan';

export interface PlanParams {
  /** The document's URI. */
  readonly uri: string;
}

export interface PlanResult {
  /** The version of the document that the plan was made from; null if the document is not open. */
  readonly version: number | null;
  /**
   * The plan of what stands there. A state with errors is drawn as far as it can be read. Null when nothing can be
   * drawn, a file without a single state for instance.
   */
  readonly plan: Plan | null;
  /** Whether the document is free of errors, so that this very plan could run. */
  readonly complete: boolean;
}

/** Notification from the server: the plan of a document may be another one now. Sent after changes have settled. */
export const PLAN_CHANGED = 'backstep/planChanged';

export interface PlanChangedParams {
  readonly uri: string;
  readonly version: number;
}

/**
 * The commands behind the CodeLens of a workflow and of its scenarios; the client registers them. Each takes the URI of the
 * workflow; `run` and `debug` may take a ScenarioChoice behind it. `test` takes the URIs of scenario files instead.
 */
export const COMMANDS = {
  run: 'backstep.run',
  debug: 'backstep.debug',
  diagram: 'backstep.openDiagram',
  test: 'backstep.test',
} as const;

/** The scenario that a workflow is run or debugged with. */
export interface ScenarioChoice {
  /** The path of its file. */
  readonly file: string;
  readonly name: string;
}

/** What a client may say of itself when it starts the server (`initializationOptions`). */
export interface InitializationOptions {
  /** The client's command that shows completion again, run after a suggestion behind which something has to follow. */
  readonly suggestCommand?: string;
  /** The client's command that shows places: it takes a URI, a position in it, and a list of locations. */
  readonly showPlacesCommand?: string;
}

/** The section of the client's configuration that the server asks for. */
export const CONFIGURATION_SECTION = 'backstep';

/** What stands in that section, as far as the server reads it. */
export interface ServerConfiguration {
  /** Severities of single diagnostics: `{ CODE: off | hint | info | warning | error }`. */
  readonly rules?: { readonly [code: string]: string };
  readonly diagnostics?: { readonly workspace?: boolean };
  readonly inlayHints?: { readonly results?: boolean; readonly retries?: boolean };
  readonly codeLens?: { readonly states?: boolean };
}
