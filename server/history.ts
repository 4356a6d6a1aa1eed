/**
 * What is known of the runs of workflows. The server reads no journal itself: whoever starts it hands this in, and
 * without it nothing is known of any run.
 */
import type { Json, JsonObject, KnownVersion } from '../language/index.ts';

export interface History {
  /**
   * The versions of the workflow with this id that runs in the journal of `file` are bound to. The list is the same
   * object until it changes. It is asked for while somebody types, so looking must cost next to nothing.
   */
  versions(file: string, workflow: string): readonly KnownVersion[];
  /** The latest run of the workflow with exactly this text; null where there is none, or it is too long to be looked at. */
  lastRun(file: string, workflow: string, text: string): LastRun | null;
}

/** What a run came to, or has come to so far. Secrets are hidden in it, as in the journal. */
export interface LastRun {
  readonly run: string;
  readonly status: string;
  readonly input: Json;
  /** By the ids of the scopes in the text; of a scope that was entered several times the latest. */
  readonly scopes: ReadonlyMap<string, { readonly vars: JsonObject; readonly results: JsonObject }>;
}
