/** What the runner and the process of a user's modules say to each other. */
import { isJsonObject } from '../../language/index.ts';
import type { Json } from '../../language/index.ts';
import type { Outcome } from '../machine/stimulus.ts';

/** The variable that tells the process how many megabytes it may use. */
export const HEAP_VARIABLE = 'BACKSTEP_MODULE_HEAP';

/** What stands in the last words of a process that used too much memory: V8's own words. */
export const OUT_OF_MEMORY = 'heap out of memory';

export type ToWorker =
  | {
      readonly type: 'call';
      readonly call: number;
      /** Absolute path of the module. */
      readonly module: string;
      readonly function: string;
      readonly input: Json;
      readonly key: string;
      readonly attempt: number;
    }
  | { readonly type: 'abort'; readonly call: number };

export type FromWorker =
  | { readonly type: 'outcome'; readonly call: number; readonly outcome: Outcome }
  | { readonly type: 'heartbeat'; readonly call: number }
  | { readonly type: 'log'; readonly call: number; readonly level: string; readonly text: string };

/** Whether a message is one of ours, and whole. */
export function isFromWorker(message: unknown): message is FromWorker {
  const given = (message ?? null) as Json;
  if (!isJsonObject(given) || typeof given['call'] !== 'number') return false;
  if (given['type'] === 'log') return typeof given['level'] === 'string' && typeof given['text'] === 'string';
  return given['type'] === 'heartbeat' || (given['type'] === 'outcome' && isOutcome(given['outcome'] ?? null));
}

function isOutcome(given: Json): boolean {
  if (!isJsonObject(given)) return false;
  const { ok, error = null } = given;
  if (ok === true) return 'result' in given;
  return isJsonObject(error) && typeof error['type'] === 'string' && typeof error['message'] === 'string';
}
