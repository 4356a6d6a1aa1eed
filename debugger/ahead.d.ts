/** What a person asked for ahead of time: that a state fails when the run comes to it, or that its call is answered. */
import type { Json } from '../language/index.ts';
import type { RunView, Step, StimulusBody } from '../runner/host.ts';
export interface Wish {
  /** A state by its name, or by its way without numbers of items. */
  readonly state: string;
  readonly what:
    | {
        readonly kind: 'fail';
        readonly error: {
          readonly type: string;
          readonly message: string;
        };
      }
    | {
        readonly kind: 'answer';
        readonly result: Json;
      };
  /** Also at every later visit and attempt. */
  readonly always: boolean;
}
export interface Ahead {
  readonly active: boolean;
  add(wish: Wish): void;
  /** Whether something was asked for at this step. */
  has(step: Step, view: RunView): boolean;
  /** What is to be said to the run before this step is taken, or null; what was asked for once is done with by that. */
  take(step: Step, view: RunView): StimulusBody | null;
  clear(): void;
}
/** Nothing was asked for yet. */
export declare function createAhead(): Ahead;
/** Who did what a debug session does to a run, for the history. */
export declare const BY: {
  name: string;
};
