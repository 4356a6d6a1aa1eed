/**
 * Which rule runs for what. A rule looks either at one part of a file with its surroundings, or at the file as a whole;
 * after an edit it runs again only if something changed that it reads.
 *
 * 1. A part is a unit, or what stands around the units; a file that is not taken to units is one part.
 * 2. A rule of parts runs for the part that was edited. It runs for the others too where the edit changed what they
 *    declare, or the type of something that others may read.
 * 3. A rule of the whole file runs again where the edit changed an aspect that it reads of every part; and whatever was
 *    edited, but for titles, where it found something in the part, because its message and fixes may tell of more.
 */
import type { UsesPart } from './build/symbols.ts';
import type { LanguageContext } from './context.ts';
import type { Diagnostic } from './diagnostics.ts';
import type { ParticipantOperations } from './operations.ts';
import type { ShapeName } from './schema/types.ts';
import type { TemplateSite } from './sites.ts';
import type { Reference, SymbolTable } from './symbols.ts';
import type { Source } from './text.ts';
import type { Node, Tree } from './tree.ts';
import { operationsWithoutContract } from './validate/data-arguments.ts';
import { checkData } from './validate/data.ts';
import { checkEvents } from './validate/events.ts';
import { checkExpressions } from './validate/expressions.ts';
import { checkGraph } from './validate/graph.ts';
import { checkPeople } from './validate/people.ts';
import { checkNames, checkReferences } from './validate/references.ts';
import { checkSaga } from './validate/saga.ts';
import { checkScenarios } from './validate/scenarios.ts';
import { checkSecurity } from './validate/security.ts';
import { limitsOf } from './validate/time-limits.ts';
import { checkTime } from './validate/time.ts';
import { checkVersions } from './validate/versions.ts';
import type { Workflow } from './workflow.ts';

/** A file that can be read, as the rules see it. */
export interface CheckedFile {
  readonly text: Source;
  readonly tree: Tree;
  readonly shape: Extract<ShapeName, 'workflow' | 'scenarios'>;
  readonly workflow: Workflow;
  readonly operations: ReadonlyMap<string, ParticipantOperations>;
  readonly symbols: SymbolTable;
  readonly sites: readonly TemplateSite[];
  readonly context: LanguageContext;
}

/** A part of a file with what is said and found in it. */
export interface Part extends UsesPart {
  /** What is written in it. */
  readonly root: Node | null;
  /** What its form gave away. */
  readonly form: readonly Diagnostic[];
  readonly references: readonly Reference[];
}

/** What an edit may change of a part, beyond titles, and rules of the whole file read. */
export type Aspect =
  /** States, transitions, settings: everything but values with expressions. */
  | 'model'
  /** Conditions of transitions. */
  | 'guards'
  /** Values without an expression where one may stand. */
  | 'literals'
  /** What expressions read. */
  | 'reads'
  /** Any other change of an expression. */
  | 'values';

/** Rules that look at nothing but the part. */
export function checkOwn({ workflow }: CheckedFile, part: Part): readonly Diagnostic[] {
  const { isHead, states, sites, root } = part;
  const around = { ...workflow, states, participants: isHead ? workflow.participants : [] };
  const tree: Tree = { root, comments: [], problems: [], unquoted: [] };
  return [...part.form, ...checkExpressions(sites), ...checkSecurity({ workflow: around, tree, sites })];
}

/** Rules that look at the part and at what is declared anywhere. */
export function checkDeclared(file: CheckedFile, part: Part): readonly Diagnostic[] {
  return checkNames(file, part.references);
}

/** Rules that look at the part and at the types of values anywhere. */
export function checkTypes(file: CheckedFile, part: Part): readonly Diagnostic[] {
  return file.shape === 'workflow' ? checkData(file, part) : [];
}

/** A rule of the whole file. */
export interface WholeRule {
  readonly reads: readonly Aspect[];
  readonly check: (file: CheckedFile) => readonly Diagnostic[];
}

export const WHOLE_RULES: readonly WholeRule[] = [
  { reads: ['model', 'literals', 'reads'], check: checkReferences },
  { reads: ['model', 'guards'], check: ({ workflow }) => checkGraph(workflow) },
  { reads: ['model', 'guards', 'literals', 'reads'], check: checkSaga },
  { reads: ['model', 'literals', 'reads'], check: (file) => checkTime(file, limitsOf(file.workflow)) },
  { reads: ['model', 'literals'], check: ({ workflow }) => checkPeople(workflow, limitsOf(workflow)) },
  { reads: ['model', 'guards', 'literals', 'reads', 'values'], check: checkEvents },
  { reads: ['model'], check: ({ workflow, context }) => checkVersions(workflow, context) },
  { reads: ['model', 'reads'], check: (file) => (file.shape === 'workflow' ? operationsWithoutContract(file) : []) },
  { reads: ['model', 'literals', 'values'], check: (file) => (file.shape === 'scenarios' ? checkScenarios(file) : []) },
];
