/**
 * Every name of a file in one table: where it is declared, where it is used and which declaration a use means.
 * Definition, references, highlights and rename are one look-up here, and findings about unknown and unused names are
 * what the table leaves over.
 *
 * 1. A name is looked up in the scope that it stands in: states in one scope, variables and results outwards.
 * 2. `target` is null when nothing is found. `sure` says whether that is certain: it is not while a file that could
 *    hold the declaration is not known, and for names that need no declaration, such as errors.
 */
import type { Range } from './text.ts';
import type { Scope, State, Workflow } from './workflow.ts';

export type SymbolKind =
  'state' | 'variable' | 'participant' | 'operation' | 'policy' | 'event' | 'error' | 'role' | 'outcome' | 'item';

export type PolicyKind = 'retry' | 'timeout' | 'circuitBreaker';

export interface Declaration {
  /** A participant with a role is declared as `participant`; an `item` is what `as` of a foreach names. */
  readonly kind: Exclude<SymbolKind, 'role'>;
  readonly name: string;
  /** The name alone. */
  readonly range: Range;
  /** The whole entry. */
  readonly entry: Range;
  /** Another file that holds the declaration, as its path is written; the ranges then count in it. */
  readonly file: string | null;
  readonly scope: Scope | null;
  /** The state that an outcome belongs to, or that a state's declaration is. */
  readonly state: State | null;
  /** The participant of an operation. */
  readonly participant: string | null;
  readonly policy: PolicyKind | null;
}

export interface Reference {
  readonly kind: SymbolKind;
  readonly name: string;
  readonly range: Range;
  readonly target: Declaration | null;
  readonly sure: boolean;
  /** Where it stands. */
  readonly scope: Scope;
  readonly state: State | null;
  readonly participant: string | null;
  readonly policy: PolicyKind | null;
  /** Whether the place writes to what is named: an assignment. */
  readonly writes: boolean;
}

export interface SymbolTable {
  readonly declarations: readonly Declaration[];
  readonly references: readonly Reference[];
}

/** The declaration that stands at `offset`, or that the name at `offset` refers to. */
export function declarationAt(symbols: SymbolTable, offset: number): Declaration | null {
  const reference = referenceAt(symbols, offset);
  if (reference?.target !== null && reference?.target !== undefined) return reference.target;
  const inside = (range: Range): boolean => range.start <= offset && offset <= range.end;
  return symbols.declarations.find((one) => one.file === null && inside(one.range)) ?? null;
}

/** The reference that stands at `offset`. */
export function referenceAt(symbols: SymbolTable, offset: number): Reference | null {
  return symbols.references.find(({ range }) => range.start <= offset && offset <= range.end) ?? null;
}

/** All uses of `declaration` in the file. */
export function referencesTo(symbols: SymbolTable, declaration: Declaration): readonly Reference[] {
  return symbols.references.filter((reference) => reference.target === declaration);
}

/** The declarations of a kind that can be named in `scope`, the nearest of each name. */
export function visibleFrom(symbols: SymbolTable, kind: 'state' | 'variable', scope: Scope): readonly Declaration[] {
  const byName = new Map<string, Declaration>();
  for (let at: Scope | null = scope; at !== null; at = kind === 'variable' ? at.parent : null) {
    for (const one of symbols.declarations) {
      if (one.kind === kind && one.scope === at && !byName.has(one.name)) byName.set(one.name, one);
    }
  }
  return [...byName.values()];
}

export type { Scope, State, Workflow };
