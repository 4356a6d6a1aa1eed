/** A suggestion, before it is put into the protocol's words. */
import type { Range } from '../../../language/index.ts';

/** More suggestions than this are more than anybody looks through; the next letter that is typed finds others. */
export const MAX_SUGGESTIONS = 200;

export type SuggestionKind =
  | 'key'
  | 'kind'
  | 'state'
  | 'participant'
  | 'operation'
  | 'policy'
  | 'event'
  | 'role'
  | 'variable'
  | 'outcome'
  | 'value'
  | 'error'
  | 'file'
  | 'folder'
  | 'root'
  | 'property'
  | 'function'
  | 'expression';

export interface Suggestion {
  readonly label: string;
  readonly kind: SuggestionKind;
  /** A few words behind the label. */
  readonly detail?: string;
  /** Markdown. */
  readonly documentation?: string;
  /** What is put in the place of `replace`; a snippet where `snippet` is true. */
  readonly insert: string;
  readonly snippet?: boolean;
  readonly replace: Range;
  /** Suggestions are ordered by this, then by their label. */
  readonly rank: number;
  /** Whether the next suggestions should appear at once, because something has to follow. */
  readonly more?: boolean;
}

/** The text as a snippet that inserts just it. */
export function asSnippet(text: string): string {
  return text.replace(/[\\$}]/g, '\\$&');
}
