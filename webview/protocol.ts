/** The messages between the extension and the diagram's webview; nothing else passes between them. */
import type { Plan, Range } from '../language/index.ts';

/** What of a run is shown in the diagram; states are named by their ways. */
export interface RunMarks {
  readonly run: string;
  readonly status: string;
  /** Where the run stands; empty when it stands nowhere. */
  readonly current: string;
  /** Whether it stands there to undo the state. */
  readonly undoing: boolean;
  /** The states entered, and those undone, in order. */
  readonly path: readonly string[];
  readonly undone: readonly string[];
}

export type ToView =
  /** A plan to draw; the view keeps its zoom. If it is not complete, the text has errors, and a notice says so. */
  | { readonly type: 'plan'; readonly plan: Plan; readonly complete: boolean }
  /** Nothing can be drawn of the text as it stands: the last diagram stays, with a notice. */
  | { readonly type: 'stale' }
  /** Where the text's cursor stands, as an offset in the text that the plan was made from. */
  | { readonly type: 'cursor'; readonly offset: number }
  /** What to mark of a run; null when no run is being debugged. */
  | { readonly type: 'run'; readonly marks: RunMarks | null };

export type FromView =
  /** The view has started and can draw. */
  | { readonly type: 'ready' }
  /** A node was chosen: show this stretch of the text. */
  | { readonly type: 'reveal'; readonly range: Range }
  /** A diagram stands on the screen: how many nodes it has, and the milliseconds that it took. */
  | { readonly type: 'drawn'; readonly nodes: number; readonly milliseconds: number }
  /** The plan could not be drawn; the sentence says why. */
  | { readonly type: 'failed'; readonly message: string };

/** What the webview keeps for when the window is opened again. */
export interface ViewState {
  readonly uri: string;
  readonly viewport: { readonly x: number; readonly y: number; readonly scale: number } | null;
}
