/**
 * Which rule runs for what. A rule looks either at one part of a file with its surroundings, or at the file as a whole;
 * after an edit it runs again only if something changed that it reads.
 *
 * 1. A part is a unit, or what stands around the units; a file that is not taken to units is one part.
 * 2. Every rule of parts runs for the part that was edited. What it reads of other parts is said with each; for them it
 *    runs again only if that is another now.
 * 3. A rule of the whole file runs again where the edit changed an aspect that it reads; and whatever was edited, but for
 *    titles, where it found something in the part, because its message and fixes may tell of more.
 */
import type { UsesPart } from './build/uses.ts';
import type { LanguageContext } from './context.ts';
import type { Diagnostic } from './diagnostics.ts';
import type { ParticipantOperations } from './operations.ts';
import type { ShapeName } from './schema/types.ts';
import type { TemplateSite } from './sites.ts';
import type { Reference, SymbolTable } from './symbols.ts';
import type { Source } from './text.ts';
import type { Node, Tree } from './tree.ts';
import { operationsWithoutContract } from './validate/data-arguments.ts';
import { worldOf } from './types/typing.ts';
import { checkData } from './validate/data.ts';
import { checkResults } from './validate/data-results.ts';
import { checkEvents, checkSent } from './validate/events.ts';
import { checkExpressions } from './validate/expressions.ts';
import { checkGraph, checkTransitions } from './validate/graph.ts';
import { checkPeople } from './validate/people.ts';
import { checkNames, checkReferences } from './validate/references.ts';
import { checkSaga } from './validate/saga.ts';
import type { Saga } from './validate/saga-model.ts';
import { checkSettings } from './validate/saga-settings.ts';
import { checkScenarios } from './validate/scenarios.ts';
import { checkSecurity } from './validate/security.ts';
import { limitsOf } from './validate/time-limits.ts';
import { checkTime, declaredContradictions } from './validate/time.ts';
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
  /** Made when it is first asked for. */
  readonly saga: Saga;
}

/** A part of a file with what is said and found in it. */
export interface Part extends UsesPart {
  /** What is written in it. */
  readonly root: Node | null;
  /** What its form gave away. */
  readonly form: readonly Diagnostic[];
  readonly references: readonly Reference[];
}

/** What an edit may change of a part, beyond titles and values, and rules read of other parts. */
export type Aspect =
  /** Which states there are in the outermost scope, and their order. */
  | 'names'
  /** Where transitions lead, and in which order they are looked at. */
  | 'flow'
  /** What is certain where a condition holds. */
  | 'guards'
  /** What the file and its version are called. */
  | 'version'
  /** Timeouts and retries. */
  | 'settings'
  /** Which variables, participants and the like are named. */
  | 'uses'
  /** Which variables, errors and files stand inside of states. */
  | 'declares'
  /** Which results and variables are read. */
  | 'reads'
  /** Anything else but titles and values with expressions. */
  | 'model';

/** The rules of parts; see `PART_RULES`. */
export type PartRuleName = 'own' | 'names' | 'around' | 'types' | 'results' | 'settings';

export const PART_RULES: Readonly<Record<PartRuleName, (file: CheckedFile, part: Part) => readonly Diagnostic[]>> = {
  /** Look at nothing but the part. */
  own: ({ workflow }, { isHead, states, sites, root, form }) => {
    const around = { ...workflow, states, participants: isHead ? workflow.participants : [] };
    const tree: Tree = { root, comments: [], problems: [], unquoted: [] };
    return [...form, ...checkExpressions(sites), ...checkSecurity({ workflow: around, tree, sites })];
  },
  /** Looks at what is declared anywhere by the names that the part uses. */
  names: (file, { references }) => checkNames(file, references),
  /** Look at what stands around the states, and at the name of the state behind. */
  around: (file, { isHead, scopes, states, sites }) => {
    const { workflow } = file;
    const limits = limitsOf(workflow, scopes);
    return [
      ...checkTransitions(states, scopes),
      ...checkTime(file, { states, sites }, limits),
      ...checkPeople(workflow, states, limits),
      ...(isHead ? declaredContradictions(workflow) : []),
    ];
  },
  /** Look at the types of the results and variables that the part reads. */
  types: (file, part) => (file.shape === 'workflow' ? [...checkData(file, part), ...checkSent(file, part.states)] : []),
  /** Looks at the ways to the part, where it reads results. */
  results: (file, { sites }) => (file.shape === 'workflow' ? checkResults(worldOf(file), sites) : []),
  /** Look at whether the states may be undone, and at the uses of policies. */
  settings: (file, part) => checkSettings(file.saga, file, part),
};

/** A rule of the whole file. */
export interface WholeRule {
  readonly reads: readonly Aspect[];
  readonly check: (file: CheckedFile) => readonly Diagnostic[];
}

export const WHOLE_RULES: readonly WholeRule[] = [
  { reads: ['uses', 'declares'], check: checkReferences },
  { reads: ['model', 'names', 'flow'], check: ({ workflow }) => checkGraph(workflow) },
  { reads: ['model', 'names', 'flow', 'settings'], check: (file) => checkSaga(file.saga, file) },
  { reads: ['model', 'names'], check: checkEvents },
  { reads: ['model', 'names', 'version'], check: ({ workflow, context }) => checkVersions(workflow, context) },
  {
    reads: ['model', 'names', 'reads'],
    check: (file) => (file.shape === 'workflow' ? operationsWithoutContract(file) : []),
  },
  // A file with scenarios is never taken to units.
  { reads: [], check: (file) => (file.shape === 'scenarios' ? checkScenarios(file) : []) },
];
