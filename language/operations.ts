/** The operations of each participant, wherever they are described: in the workflow, an OpenAPI document or a module. */
import type { LanguageContext } from './context.ts';
import { functionsOf, type ModuleFunction } from './modules/functions.ts';
import { type OpenApiOperation, type OpenApiProblem, readOpenApi } from './openapi.ts';
import type { Range } from './text.ts';
import type { Operation, Participant, Workflow } from './workflow.ts';

export interface KnownOperation {
  readonly name: string;
  /** What the workflow says about it. */
  readonly own: Operation | null;
  /** What the OpenAPI document says about it. */
  readonly described: OpenApiOperation | null;
  /** What the module says about it. */
  readonly exported: ModuleFunction | null;
  /** Where it is defined: in this file, or in `file`. */
  readonly range: Range;
  readonly file: string | null;
}

export interface ParticipantOperations {
  readonly participant: Participant;
  readonly operations: ReadonlyMap<string, KnownOperation>;
  /** Whether there are no others: false while a document is not known or can’t be read. */
  readonly complete: boolean;
  /** What is wrong with the document as a whole, for a finding on its path. */
  readonly problem: string | null;
  /** What could not be read of the OpenAPI document and was left out. */
  readonly problems: readonly OpenApiProblem[];
  /** The first server of the OpenAPI document. */
  readonly serverUrl: string | null;
}

/** The operations of all participants, by the participant's name. */
export function operationsOf(workflow: Workflow, context: LanguageContext): ReadonlyMap<string, ParticipantOperations> {
  const all = new Map<string, ParticipantOperations>();
  for (const participant of workflow.participants) {
    if (!all.has(participant.name)) all.set(participant.name, operationsOfOne(participant, context));
  }
  return all;
}

function operationsOfOne(participant: Participant, context: LanguageContext): ParticipantOperations {
  if (participant.openapi !== null) return fromDocument(participant, participant.openapi.value, context);
  if (participant.module !== null) return fromModule(participant, participant.module.value, context);
  const operations = new Map(participant.operations.map((own) => [own.name, ownOperation(own)]));
  return { participant, operations, complete: true, problem: null, problems: [], serverUrl: null };
}

function fromDocument(participant: Participant, file: string, context: LanguageContext): ParticipantOperations {
  const operations = new Map<string, KnownOperation>();
  const resource = context.resource?.(file);
  const document = resource?.kind === 'text' ? documentOf(resource.text) : null;
  if (document?.ok === true) {
    for (const described of document.operations) {
      const known = { name: described.id, own: null, described, exported: null, range: described.range, file };
      operations.set(described.id, known);
    }
  }
  for (const own of participant.operations) {
    const known = operations.get(own.name);
    if (known !== undefined) operations.set(own.name, { ...known, own });
    else if (own.http !== null || own.shell !== null || document?.ok !== true)
      operations.set(own.name, ownOperation(own));
  }
  return {
    participant,
    operations,
    complete: document?.ok === true,
    problem: document?.ok === false ? document.message : null,
    problems: document?.ok === true ? document.problems : [],
    serverUrl: document?.ok === true ? document.serverUrl : null,
  };
}

function fromModule(participant: Participant, file: string, context: LanguageContext): ParticipantOperations {
  const operations = new Map<string, KnownOperation>();
  const known = functionsOf(file, context);
  for (const exported of known?.functions ?? []) {
    const { name, range } = exported;
    operations.set(name, { name, own: null, described: null, exported, range, file: exported.file });
  }
  const complete = known?.complete === true;
  for (const own of participant.operations) {
    const found = operations.get(own.name);
    if (found !== undefined) operations.set(own.name, { ...found, own });
    else if (!complete) operations.set(own.name, ownOperation(own));
  }
  return { participant, operations, complete, problem: null, problems: [], serverUrl: null };
}

function ownOperation(own: Operation): KnownOperation {
  return { name: own.name, own, described: null, exported: null, range: own.nameRange, file: null };
}

/** Documents are read on every keystroke in the workflow, but change rarely: the last few stay read. */
const read = new Map<string, ReturnType<typeof readOpenApi>>();
const MAX_READ = 16;

function documentOf(text: string): ReturnType<typeof readOpenApi> {
  const known = read.get(text);
  if (known !== undefined) return known;
  const document = readOpenApi(text);
  const [oldest] = read.keys();
  if (read.size >= MAX_READ && oldest !== undefined) read.delete(oldest);
  read.set(text, document);
  return document;
}
