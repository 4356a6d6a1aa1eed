/** What the walk over a file carries along: where findings go, and what holds at the place it is at. */
import type { Built } from '../build/build.ts';
import type { Diagnostic } from '../diagnostics.ts';
import type { ExpressionContext } from '../expressions/roots.ts';
import type { TemplateSite } from '../sites.ts';
import type { Range, Source } from '../text.ts';
import type { ValueType } from '../schema/types.ts';
import type { Entry } from '../tree.ts';
import type { Scope, State } from '../workflow.ts';

export interface Walk {
  readonly text: Source;
  readonly built: Built;
  readonly findings: Diagnostic[];
  readonly sites: TemplateSite[];
  /** Told of each entry of a mapping that authors name; true leaves it out, because it is checked by itself. */
  readonly apart?: (entry: Entry, checked: NamedEntry) => boolean;
}

/** How an entry is checked by itself. */
export interface NamedEntry {
  readonly type: ValueType & { readonly is: 'map' };
  readonly place: Place;
}

export interface Place {
  /** The key whose value this is, for messages. */
  readonly key: string;
  /** Where a finding about the whole value stands. */
  readonly owner: Range;
  readonly contexts: readonly ExpressionContext[];
  readonly scope: Scope;
  readonly state: State | null;
}
