/** What the runner and the process of a user's modules say to each other. */
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
  if (!isFields(message) || typeof message['call'] !== 'number') return false;
  const { type, level, text, outcome } = message;
  if (type === 'log') return typeof level === 'string' && typeof text === 'string';
  return type === 'heartbeat' || (type === 'outcome' && isOutcome(outcome));
}

// The process that loads the modules starts faster without the language, which knows objects, too.
function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOutcome(given: unknown): boolean {
  if (!isFields(given)) return false;
  const { ok, error } = given;
  if (ok === true) return 'result' in given;
  return isFields(error) && typeof error['type'] === 'string' && typeof error['message'] === 'string';
}
