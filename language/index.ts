/** The only door to the language. */
export * from './json.ts';
export * from './plan.ts';
export * from './text.ts';
export { analyse, analyseInSteps, compile, lower } from './analysis.ts';
export { analyseAgain, analyseAgainInSteps } from './analysis-again.ts';
export { toEnd } from './steps.ts';
export type { Steps } from './steps.ts';
export type { Analysis, Compiled } from './analysis.ts';
export { DIAGNOSTICS, isDiagnosticCode } from './codes.ts';
export type { CodeDescription, DiagnosticCode, Family, Severity } from './codes.ts';
export { isScenarioFile, joinPath } from './context.ts';
export type { KnownVersion, LanguageContext, ParseModule, Resource } from './context.ts';
export type { Diagnostic, FixData, RelatedPlace, Rules } from './diagnostics.ts';
export { alwaysHolds, edgesOf, edgesOfScope, targetsOf, transitionLists } from './edges.ts';
export type { Edge, EdgeKind, TransitionList } from './edges.ts';
export { referencedFiles } from './files.ts';
export type { ReferencedFile } from './files.ts';
export { fixesFor } from './fixes.ts';
export type { Fix, TextEdit } from './fixes.ts';
export { jsonSchema } from './schema-json.ts';
export { retryOf, timeoutOf } from './lower/values.ts';
export { BUILT_IN_OPERATIONS, END, nameProblem, nearest } from './names.ts';
export type { KnownOperation, ParticipantOperations } from './operations.ts';
export type { ModuleFunction } from './modules/functions.ts';
export { parse } from './parse.ts';
export { readRules } from './rules.ts';
export { mentionsIn, stateAtWay, workflowOf } from './scenarios.ts';
export type { Mention } from './scenarios.ts';
export { fitsKinds, keyNamed, kindKeys, kindsIn, optionsOf, SCHEMA, shapeNamed } from './schema.ts';
export type { Choice, Key, NameRule, ReferenceKind, Shape, ShapeName, ValueType } from './schema.ts';
export { describeType } from './schema/describe.ts';
export type { TemplateSite } from './sites.ts';
export { declarationAt, referenceAt, referencesTo, visibleFrom } from './symbols.ts';
export type { Declaration, PolicyKind, Reference, SymbolKind, SymbolTable } from './symbols.ts';
export { entryOf, headRange, innerRange, isMissing, nodePathAt, stringOf, toJson, valueOf } from './tree.ts';
export type { Comment, Entry, MapNode, Node, PathStep, ScalarNode, SequenceNode, Tree } from './tree.ts';
export { childOf } from './types/children.ts';
export { inputType, outputType } from './types/contracts.ts';
export { fieldsIn, lookUp } from './types/look-up.ts';
export { membersOf, UNKNOWN } from './types/type.ts';
export type { Field as TypeField, Type } from './types/type.ts';
export {
  typeAt,
  typeBefore,
  typeOfExpression,
  typeOfPath,
  typeOfResult,
  typeOfTemplate,
  worldOf,
} from './types/typing.ts';
export type { TypedPart } from './types/typing.ts';
export { typeInWords } from './types/words.ts';
export { typeOfSchemaNode } from './types/world.ts';
export type { Spot as TypeSpot, TypedFile } from './types/world.ts';
export { itemNames } from './types/roots.ts';
export { scopesOf, startOf, stateNamed } from './workflow.ts';
export type {
  Action,
  Handler,
  Listener,
  Named,
  Operation,
  Participant,
  Policy,
  Scope,
  State,
  StateKind,
  Transition,
  Workflow,
} from './workflow.ts';
export {
  evaluateAtOnce,
  evaluateExpression,
  evaluateTemplate,
  HIDDEN,
  isTruthy,
  unseal,
} from './expressions/evaluate.ts';
export { excessOf } from './expressions/plain.ts';
export type { Bindings, Moment } from './expressions/bindings.ts';
export type { Evaluation, ExpressionFault, MaybePromise, SealedValue, Unsealed } from './expressions/evaluate.ts';
export { childrenOf, rangeOf, tokenRange } from './expressions/ast.ts';
export type { Node as ExpressionNode } from './expressions/ast.ts';
export { FUNCTIONS, functionNamed, signatureOf } from './expressions/functions.ts';
export type { ExpressionFunction, ValueType as FunctionValueType } from './expressions/functions.ts';
export { isVisible, rootNamed, ROOTS } from './expressions/roots.ts';
export type { ExpressionContext, Root } from './expressions/roots.ts';
export { hasExpression, scanTemplate } from './expressions/template.ts';
export { parseExpression } from './expressions/parse.ts';
export { guardPatterns } from './expressions/regex.ts';
export type { PatternGuard } from './expressions/regex.ts';
export { checkSchema, validateJson } from './json-schema.ts';
export type { SchemaFinding } from './json-schema.ts';
export { formatDuration, parseDuration } from './durations.ts';
export { readOpenApi } from './openapi.ts';
export type { OpenApi, OpenApiOperation } from './openapi.ts';
