/**
 * Family references: names that nothing declares, declarations that nothing names, files that do not exist, workflows
 * that run themselves.
 */
import { joinPath, type LanguageContext } from '../context.ts';
import { type Diagnostic, finding, type FixData } from '../diagnostics.ts';
import { ANY_ROOT } from '../expressions/roots.ts';
import { hasExpression } from '../expressions/template.ts';
import { referencedFiles } from '../files.ts';
import { BUILT_IN_OPERATIONS, didYouMean, END, instead, nameProblem, nearest } from '../names.ts';
import type { ParticipantOperations } from '../operations.ts';
import { parse } from '../parse.ts';
import type { TemplateSite } from '../sites.ts';
import type { Declaration, Reference, SymbolTable } from '../symbols.ts';
import { visibleFrom } from '../symbols.ts';
import type { Source } from '../text.ts';
import { entryOf, type Node } from '../tree.ts';
import type { Scope, Workflow } from '../workflow.ts';

export interface ReferenceCheck {
  readonly text: Source;
  readonly workflow: Workflow;
  readonly symbols: SymbolTable;
  readonly operations: ReadonlyMap<string, ParticipantOperations>;
  readonly sites: readonly TemplateSite[];
  readonly context: LanguageContext;
}

/** The findings about names that nothing declares, among `references` of the file. */
export function checkNames(of: ReferenceCheck, references: readonly Reference[]): readonly Diagnostic[] {
  return references.flatMap((reference) => unknownName(of, reference) ?? []);
}

/** The other findings of the family, which only the whole file tells. */
export function checkReferences(of: ReferenceCheck): readonly Diagnostic[] {
  return [...unusedDeclarations(of), ...missingFiles(of), ...unreadableDocuments(of), ...recursiveRuns(of)];
}

function unknownName(of: ReferenceCheck, reference: Reference): Diagnostic | null {
  if (reference.target !== null || !reference.sure) return null;
  const { name, range } = reference;
  switch (reference.kind) {
    case 'state':
      return unknownState(of, reference);
    case 'variable': {
      const names = visibleFrom(of.symbols, 'variable', reference.scope).map((one) => one.name);
      const message = `No variable ‘${name}’ is declared here or around here.${hint(name, names, 'Declare it under ‘vars’.')}`;
      return finding('unknown-variable', range, message, { fixes: fixes(reference, names, ['vars'], 'null') });
    }
    case 'participant': {
      const names = of.workflow.participants.map((one) => one.name);
      const known = [...names, ...BUILT_IN_OPERATIONS];
      const message = `No participant ‘${name}’ is declared.${hint(name, known, 'Declare it under ‘participants’.')}`;
      return finding('unknown-participant', range, message, { fixes: participantFixes(of, reference) });
    }
    case 'operation': {
      const known = of.operations.get(reference.participant ?? '');
      const names = [...(known?.operations.keys() ?? [])];
      const where = whereOperationsAre(known);
      const message =
        name === ''
          ? `Say which operation of ‘${reference.participant ?? ''}’ to call: write participant.operation.`
          : `‘${reference.participant ?? ''}’ has no operation ‘${name}’.${hint(name, names, where)}`;
      return finding('unknown-operation', range, message, {
        fixes: name === '' ? wholeOperationFixes(reference, names, known) : operationFixes(reference, names, known),
      });
    }
    case 'event': {
      const names = of.workflow.events.map((one) => one.name);
      const message = `No event ‘${name}’ is declared.${hint(name, names, 'Declare it under ‘events’.')}`;
      return finding('unknown-event', range, message, { fixes: fixes(reference, names, ['events'], '{ data: {} }') });
    }
    case 'policy': {
      const kind = reference.policy ?? 'retry';
      const names = of.workflow.policies[kind].map((one) => one.name);
      const message = `No ${kind} policy ‘${name}’ is declared.${hint(name, names, `Declare it under ‘policies.${kind}’.`)}`;
      const value = { retry: '{ attempts: 3 }', timeout: '10s', circuitBreaker: '{ failures: 5 }' }[kind];
      return finding('unknown-policy', range, message, { fixes: fixes(reference, names, ['policies', kind], value) });
    }
    case 'role': {
      const names = of.workflow.participants.filter((one) => one.role !== null).map((one) => one.name);
      const other = of.workflow.participants.find((one) => one.name === name);
      const problem =
        other === undefined
          ? `No participant with a role is called ‘${name}’.`
          : `The participant ‘${name}’ has no role.`;
      const message = `${problem}${hint(name, names, 'Name a participant that has one.')}`;
      const team = `${name}_team`;
      const declared: readonly FixData[] =
        other === undefined
          ? fixes(reference, names, ['participants'], `{ role: ${name} }`)
          : [
              ...fixes(reference, names),
              ...replaceAndDeclare(reference, team, ['participants'], team, `{ role: ${team} }`),
            ];
      return finding('unknown-role', range, message, { fixes: declared });
    }
    case 'outcome': {
      const names = outcomesAt(reference);
      const have = names.length === 0 ? 'It has none.' : `It has ${names.map((one) => `‘${one}’`).join(', ')}.`;
      const message = `The task has no outcome ‘${name}’.${didYouMean(nearest(name, names)) || ` ${have}`}`;
      return finding('unknown-outcome', range, message, { fixes: fixes(reference, names) });
    }
    case 'error':
    case 'item':
      return null;
  }
}

/** The outcomes of the task in which a name stands: that of the state, or one that undoes or confirms it. */
function outcomesAt({ state, range }: Reference): readonly string[] {
  for (const action of [state?.compensate?.action, state?.confirm?.action, state?.action]) {
    if (action?.kind !== 'human') continue;
    const isHere = action === state?.action || action.escalate.some(({ outcome }) => outcome?.range === range);
    if (isHere) return (action.outcomes ?? action.on.map((one) => one.outcome)).map((one) => one.value);
  }
  return [];
}

/** Another name in the place of the one that stands there, and its declaration. */
function replaceAndDeclare(
  { range }: Reference,
  text: string,
  section: readonly string[],
  name: string,
  value: string,
): readonly FixData[] {
  const title = `Change to ‘${text}’, and declare ‘${name}’ under ‘${section.join('.')}’`;
  const replaced: FixData = { kind: 'replace', range, with: [text] };
  return [{ kind: 'all', title, of: [replaced, { kind: 'declare', section, name, value }] }];
}

/** A participant that is called: another one, a built-in operation where none is named, or a new one. */
function participantFixes(of: ReferenceCheck, reference: Reference): readonly FixData[] {
  const { name, range } = reference;
  const behind = of.text.slice(range.end, range.end + 200);
  const [, called] = /^\.([A-Za-z_][A-Za-z0-9_-]*)/.exec(behind) ?? [];
  const callable = of.workflow.participants.filter((one) => one.role === null).map((one) => one.name);
  const names = called === undefined ? [...BUILT_IN_OPERATIONS, ...operationNames(of)] : callable;
  const near = nearest(name, names);
  const found: FixData[] = near.length === 0 ? [] : [{ kind: 'replace', range, with: near }];
  if (nameProblem(name, 'name') !== null) return found;
  const value = `{ baseUrl: "https://example.com", operations: { ${called ?? 'run'}: { http: POST /${called ?? 'run'} } } }`;
  if (called !== undefined) return [...found, { kind: 'declare', section: ['participants'], name, value }];
  return [...found, ...replaceAndDeclare(reference, `${name}.run`, ['participants'], name, value)];
}

/** Every operation that can be called, as it is written. */
function operationNames(of: ReferenceCheck): readonly string[] {
  return [...of.operations].flatMap(([participant, { operations }]) =>
    [...operations.keys()].map((name) => `${participant}.${name}`),
  );
}

/** A participant is named without any of its operations. */
function wholeOperationFixes(
  reference: Reference,
  names: readonly string[],
  known: ParticipantOperations | undefined,
): readonly FixData[] {
  const { participant, range, state } = reference;
  const owner = participant ?? '';
  if (names.length > 0) {
    return [{ kind: 'replace', range, with: names.slice(0, MAX_OFFERED).map((name) => `${owner}.${name}`) }];
  }
  if (known?.participant.role != null) {
    const entry = state === null ? undefined : entryOf(state.node, 'call');
    const text = `human: { title: ${state?.name ?? owner}, assignee: ${owner}, due: 1d }`;
    return entry?.value.range !== range ? [] : [{ kind: 'rewrite', title: `Ask ‘${owner}’`, range: entry.range, text }];
  }
  const section = ['participants', owner, 'operations'];
  const value = known?.participant.baseUrl != null ? '{ http: POST /run }' : `{ shell: [${owner}] }`;
  if (known?.participant.openapi != null || known?.participant.module != null) return [];
  return replaceAndDeclare(reference, `${owner}.run`, section, 'run', value);
}

/** So many operations are offered where none is named. */
const MAX_OFFERED = 5;

/** An operation over HTTP can be declared in one line where the participant has an address. */
function operationFixes(
  reference: Reference,
  names: readonly string[],
  known: ParticipantOperations | undefined,
): readonly FixData[] {
  const declared = known?.participant;
  const isHttp = declared?.baseUrl != null && declared.openapi === null && declared.module === null;
  if (!isHttp || nameProblem(reference.name, 'name') !== null) {
    const others = instead(reference.name, names);
    return others.length === 0 ? [] : [{ kind: 'replace', range: reference.range, with: others }];
  }
  const section = ['participants', declared.name, 'operations'];
  return fixes(reference, names, section, `{ http: POST /${reference.name} }`);
}

function unknownState(of: ReferenceCheck, reference: Reference): Diagnostic {
  const { name, range, scope } = reference;
  const names = [...visibleFrom(of.symbols, 'state', scope).map((one) => one.name), 'end'];
  const elsewhere = of.symbols.declarations.find((one) => one.kind === 'state' && one.name === name);
  if (elsewhere?.scope !== undefined && elsewhere.scope !== null) {
    const home = elsewhere.scope.id === '' ? 'at the top' : `inside of ‘${elsewhere.scope.id}’`;
    const message = `‘${name}’ is a state ${home}, which a transition from here can’t lead to. Name a state of the same scope.`;
    // The state of this scope that it stands in, if it does in any.
    const owner = ownersOf(elsewhere.scope).find((one) => one.scope === scope);
    const around = owner === undefined || owner === reference.state ? END : owner.name;
    const near = nearest(name, names).filter((one) => one !== reference.state?.name);
    const others = [...new Set([around, ...near])];
    return finding('unknown-state', range, message, {
      related: [{ message: `‘${name}’ stands here.`, range: elsewhere.range }],
      fixes: [{ kind: 'replace', range, with: others }],
    });
  }
  const message = `There is no state ‘${name}’ in this scope.${hint(name, names, 'Name a state of this scope, or ‘end’.')}`;
  const section = nameProblem(name, 'state') === null ? wayToStates(scope) : null;
  if (section !== null) {
    return finding('unknown-state', range, message, {
      fixes: fixes(reference, names, section, '{ set: {}, next: end }'),
    });
  }
  const own = reference.state?.name;
  const others = instead(
    name,
    [END, ...names].filter((one) => one !== name && one !== own),
  );
  return finding('unknown-state', range, message, {
    fixes: others.length === 0 ? [] : [{ kind: 'replace', range, with: others }],
  });
}

/** The states that a scope stands in, from the inside out. */
function ownersOf(scope: Scope): readonly NonNullable<Scope['owner']>[] {
  const owners: NonNullable<Scope['owner']>[] = [];
  for (let at: Scope | null = scope; at?.owner != null; at = at.parent) owners.push(at.owner);
  return owners;
}

/** The keys that lead from the root to the states of a scope; null where the way can’t be told. */
function wayToStates({ parent, owner, node }: Scope): readonly string[] | null {
  if (parent === null || owner === null) return ['states'];
  const outer = wayToStates(parent);
  const inner = node === null ? null : wayBelow(owner.node, node);
  return outer === null || inner === null ? null : [...outer, owner.name, ...inner, 'states'];
}

function wayBelow(from: Node, to: Node): readonly string[] | null {
  if (from === to) return [];
  if (from.kind !== 'map') return null;
  for (const { key, value } of from.entries) {
    const rest = wayBelow(value, to);
    if (rest !== null) return [key.text, ...rest];
  }
  return null;
}

function hint(name: string, names: readonly string[], otherwise: string): string {
  return didYouMean(nearest(name, names)) || ` ${otherwise}`;
}

function fixes(
  reference: Reference,
  names: readonly string[],
  section: readonly string[] | null = null,
  value = '{}',
): readonly FixData[] {
  const found: FixData[] = [];
  const suggestions = nearest(reference.name, names);
  if (suggestions.length > 0) found.push({ kind: 'replace', range: reference.range, with: suggestions });
  if (section !== null) found.push({ kind: 'declare', section, name: reference.name, value });
  return found;
}

function whereOperationsAre(known: ParticipantOperations | undefined): string {
  if (known?.participant.openapi != null) return `${known.participant.openapi.value} has no such operationId.`;
  if (known?.participant.module != null) return `${known.participant.module.value} exports no such function.`;
  if (known?.participant.role != null) return 'It is a role; people are asked with ‘human’.';
  return 'Declare it under ‘operations’.';
}

function unusedDeclarations(of: ReferenceCheck): readonly Diagnostic[] {
  const used = new Set<Declaration>();
  for (const reference of of.symbols.references) if (reference.target !== null) used.add(reference.target);
  const unusedParticipants = new Set<string>();
  const allVariables = readsAllVariables(of);
  const found: Diagnostic[] = [];
  for (const one of of.symbols.declarations) {
    if (one.file !== null || used.has(one)) continue;
    if (one.kind === 'state' || one.kind === 'outcome' || one.kind === 'item') continue;
    if (one.kind === 'participant') unusedParticipants.add(one.name);
    // Of a participant that nothing names, saying it once is enough. Settings of a described operation are no declaration.
    if (one.kind === 'operation' && (unusedParticipants.has(one.participant ?? '') || !isDeclaredHere(of, one)))
      continue;
    if (one.kind === 'variable' && allVariables) continue;
    if (one.kind === 'error' && mayBeRaised(of, one.name)) continue;
    const message = `Nothing refers to the ${nounOf(one)} ‘${one.name}’. Use it or remove it.`;
    const remove: FixData[] = [{ kind: 'remove-entry', entry: one.entry }];
    found.push(finding('unused-declaration', one.range, message, { fixes: remove }));
  }
  return found;
}

function isDeclaredHere(of: ReferenceCheck, one: Declaration): boolean {
  const participant = of.workflow.participants.find((other) => other.name === one.participant);
  return participant?.openapi === null && participant.module === null;
}

/** Whether a pattern covers the error, or an expression decides which error is raised. */
function mayBeRaised(of: ReferenceCheck, type: string): boolean {
  const covers = of.symbols.references.some(({ kind, name }) => kind === 'error' && type.startsWith(`${name}.`));
  if (covers) return true;
  return of.workflow.states.some(
    ({ action }) => action?.kind === 'fail' && action.error !== null && hasExpression(action.error.value),
  );
}

/** `vars` as a whole may be handed on, and then every variable is used. */
function readsAllVariables(of: ReferenceCheck): boolean {
  return of.sites.some(({ read }) =>
    read.expressions.some(({ parsed }) => {
      if (parsed.roots.includes(ANY_ROOT)) return true;
      return parsed.reads.some((one) => one.root === 'vars' && one.path.length === 0);
    }),
  );
}

function nounOf(one: Declaration): string {
  return one.kind === 'policy' ? `${one.policy ?? 'retry'} policy` : one.kind;
}

function missingFiles(of: ReferenceCheck): readonly Diagnostic[] {
  return referencedFiles(of.workflow).flatMap(({ path, range, kind }) => {
    if (of.context.resource?.(path)?.kind !== 'missing') return [];
    const what = { openapi: 'OpenAPI document', workflow: 'workflow', module: 'module', schema: 'schema' }[kind];
    const message = `The ${what} ${path} does not exist. Paths count from this file’s folder.`;
    return [finding('missing-file', range, message)];
  });
}

function unreadableDocuments(of: ReferenceCheck): readonly Diagnostic[] {
  return [...of.operations.values()].flatMap(({ participant, problem }) => {
    if (problem === null || participant.openapi === null) return [];
    return [
      finding('missing-file', participant.openapi.range, `${participant.openapi.value} can’t be used: ${problem}`),
    ];
  });
}

/** How many files are looked at for a circle of runs. */
const MAX_FILES = 200;

function recursiveRuns(of: ReferenceCheck): readonly Diagnostic[] {
  const { file } = of.context;
  const name = file?.replaceAll('\\', '/').split('/').at(-1);
  if (file === undefined || name === undefined) return [];
  const isOwn = (path: string): boolean => joinPath(file, path) === joinPath(file, name);
  return referencedFiles(of.workflow).flatMap(({ path, range, kind }) => {
    if (kind !== 'workflow') return [];
    const way = wayBack(joinPath('', path), isOwn, of.context);
    if (way === null) return [];
    const message =
      way.length === 1
        ? 'The workflow runs itself, so that its runs would never end. Loop inside the workflow instead.'
        : `The workflow runs itself by way of ${way.slice(0, -1).join(' and ')}. Break the circle.`;
    return [finding('recursive-run', range, message)];
  });
}

/** The files from `first` that lead to the file itself by `run`, or null when none do. */
function wayBack(first: string, isOwn: (path: string) => boolean, context: LanguageContext): readonly string[] | null {
  const open: (readonly string[])[] = [[first]];
  const seen = new Set<string>();
  for (let way = open.shift(); way !== undefined && seen.size < MAX_FILES; way = open.shift()) {
    const file = way.at(-1) ?? '';
    if (isOwn(file)) return way;
    if (seen.has(file)) continue;
    seen.add(file);
    const resource = context.resource?.(file);
    if (resource?.kind !== 'text') continue;
    for (const path of runsIn(parse(resource.text).root)) open.push([...way, joinPath(file, path)]);
  }
  return null;
}

/** The paths at every `run` below `node`. */
function runsIn(node: Node | null): readonly string[] {
  if (node === null || node.kind === 'scalar') return [];
  if (node.kind === 'sequence') return node.items.flatMap(runsIn);
  return node.entries.flatMap(({ key, value }) => {
    if (key.text === 'run' && value.kind === 'scalar' && typeof value.value === 'string') return [value.value];
    return runsIn(value);
  });
}
