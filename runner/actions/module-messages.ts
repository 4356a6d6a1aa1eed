/** What the runner and the process of a user's modules say to each other. */
import type { Json } from '../../language/index.ts';
import type { Outcome } from '../machine/stimulus.ts';

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
