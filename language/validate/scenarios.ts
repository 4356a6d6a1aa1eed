/**
 * Scenario files against the workflow that they run: names that it does not have, inputs, events and forms that do not
 * fit, answers that contradict themselves. Sections 12 and 13 of the language reference.
 *
 * 1. Nothing is said about names while the workflow, or one that it runs, is not known: a mock may be for a child.
 * 2. A way is judged by the first of its names that leads nowhere.
 * 3. What an operation answers in a mock may be wrong on purpose; an input, an event or a form that does not fit can
 *    never be of use.
 */
import type { LanguageContext } from '../context.ts';
import { type Diagnostic, finding, type FixData } from '../diagnostics.ts';
import { referencedFiles } from '../files.ts';
import { validateJson } from '../json-schema.ts';
import { schemaOf } from '../lower/values.ts';
import { BUILT_IN_OPERATIONS, didYouMean, instead, isBuiltIn, nearest } from '../names.ts';
import { operationsOf } from '../operations.ts';
import { type Mention, mentionsIn, stateAtWay, workflowOf } from '../scenarios.ts';
import type { Range } from '../text.ts';
import {
  type Entry,
  entryOf,
  innerRange,
  isMissing,
  type Node,
  placeBelow,
  stringOf,
  toJson,
  type Tree,
  valueOf,
} from '../tree.ts';
import { childOf } from '../types/children.ts';
import { worldOf } from '../types/typing.ts';
import type { TypedFile } from '../types/world.ts';
import type { Scope, State, Workflow } from '../workflow.ts';
import { scopesOf } from '../workflow.ts';

export interface ScenarioCheck {
  readonly tree: Tree;
  /** The empty workflow that stands for the file itself. */
  readonly workflow: Workflow;
  readonly context: LanguageContext;
}

/** The findings about a file of scenarios, beyond its form. */
export function checkScenarios(of: ScenarioCheck): readonly Diagnostic[] {
  const { tree, workflow, context } = of;
  const file = { shape: 'scenarios', tree };
  const about = workflowOf(file);
  const found: Diagnostic[] = [...answers(tree.root)];
  const path = valueOf(tree.root, 'workflow');
  if (about === null || path?.kind !== 'scalar') return found;
  if (context.resource?.(about)?.kind === 'missing') {
    const message = `The workflow ${about} does not exist. Paths count from this file’s folder.`;
    return [...found, finding('missing-file', innerRange(path), message)];
  }
  const own: TypedFile = { workflow, operations: operationsOf(workflow, context), sites: [], context };
  const target = childOf(worldOf(own), about)?.file ?? null;
  if (target === null) return found;
  const reached: TypedFile[] = [];
  const sure = collect(worldOf(own), about, reached);
  found.push(...names(file, tree.root, target, reached, sure));
  for (const { value } of mapOf(valueOf(tree.root, 'scenarios'))) found.push(...values(value, target, reached));
  return found;
}

/** All workflows that a run may reach from `path`; false where one of them is not known. */
function collect(world: ReturnType<typeof worldOf>, path: string, into: TypedFile[]): boolean {
  const child = childOf(world, path);
  if (child === null) return false;
  if (into.some((one) => one.workflow === child.file.workflow)) return true;
  into.push(child.file);
  const runs = referencedFiles(child.file.workflow).filter(({ kind }) => kind === 'workflow');
  return runs.map((run) => collect(child, run.path, into)).every(Boolean);
}

/** Answers that a mock can’t give. */
function answers(root: Node | null): readonly Diagnostic[] {
  const mocks = [root, ...mapOf(valueOf(root, 'scenarios')).map(({ value }) => value)];
  return mocks.flatMap((holder) =>
    mapOf(valueOf(holder, 'mocks')).flatMap(({ key, value }) => {
      if (value.kind === 'sequence' && value.items.length === 0) {
        return [finding('wrong-type', value.range, `The list of answers of ‘${key.text}’ is empty. Give it one.`)];
      }
      return (value.kind === 'sequence' ? value.items : [value]).flatMap((answer) => {
        const [returned, failed] = [entryOf(answer, 'return'), entryOf(answer, 'fail')];
        if (returned === undefined || failed === undefined) return [];
        const [first, second] = returned.range.start < failed.range.start ? [returned, failed] : [failed, returned];
        const message = `An answer returns or fails, not both. Keep one of ‘return’ and ‘fail’.`;
        const related = [{ message: `‘${first.key.text}’ stands here.`, range: first.key.range }];
        return [finding('many-kinds', second.key.range, message, { related })];
      });
    }),
  );
}

function names(
  file: Parameters<typeof mentionsIn>[0],
  root: Node | null,
  target: TypedFile,
  reached: readonly TypedFile[],
  sure: boolean,
): readonly Diagnostic[] {
  const paths = pathsIn(root);
  const found: Diagnostic[] = builtInsOnly(root, sure ? reached : null);
  let missing: Mention | null = null;
  for (const mention of mentionsIn(file)) {
    const isOwn = paths.some(({ start, end }) => start <= mention.range.start && mention.range.end <= end);
    // The path of a run has no states of the runs that it starts, so that others need not be known for it.
    const among = isOwn || mention.kind === 'variable' ? [target] : reached;
    if (!sure && among === reached) continue;
    if (missing !== null && mention.kind === 'state' && isBehind(mention, missing)) continue;
    const problem = unknown(mention, among);
    if (mention.kind === 'state') missing = problem === null ? null : mention;
    if (problem !== null) found.push(problem);
  }
  return found;
}

/** Whether a name stands further on the same way. */
function isBehind(mention: Mention, missing: Mention): boolean {
  return (
    mention.way.length > missing.way.length &&
    missing.way.every((name, at) => mention.way[at] === name) &&
    mention.range.start > missing.range.end
  );
}

/** Where `expect.path` lists states. */
function pathsIn(root: Node | null): readonly Range[] {
  return mapOf(valueOf(root, 'scenarios')).flatMap(({ value }) => {
    const path = valueOf(valueOf(value, 'expect'), 'path');
    return path === undefined ? [] : [path.range];
  });
}

function unknown(mention: Mention, among: readonly TypedFile[]): Diagnostic | null {
  const { kind, name, range, way } = mention;
  const known = knownNames(mention, among);
  if (known === null || known.includes(name)) return null;
  const others = instead(name, known);
  const fixes: FixData[] = others.length === 0 ? [] : [{ kind: 'replace', range, with: others }];
  const hint = didYouMean(nearest(name, known));
  switch (kind) {
    case 'state': {
      const where = way.length > 1 ? `at ‘${way.slice(0, -1).join('/')}’` : 'in the workflow';
      return finding(
        'unknown-state',
        range,
        `There is no state ‘${name}’ ${where}.${hint || ' Name one that there is.'}`,
        { fixes },
      );
    }
    case 'participant':
      return finding(
        'unknown-participant',
        range,
        `The workflow has no participant ‘${name}’.${hint || ' Name one that it has.'}`,
        { fixes },
      );
    case 'operation':
      return finding(
        'unknown-operation',
        range,
        `‘${mention.participant ?? ''}’ has no operation ‘${name}’.${hint || ' Name one that it has.'}`,
        { fixes },
      );
    case 'event':
      return finding(
        'unknown-event',
        range,
        `The workflow declares no event ‘${name}’.${hint || ' Name one that it declares.'}`,
        { fixes },
      );
    case 'outcome':
      return finding(
        'unknown-outcome',
        range,
        `The task has no outcome ‘${name}’.${hint || ` It has ${known.map((one) => `‘${one}’`).join(', ')}.`}`,
        { fixes },
      );
    case 'variable':
      return finding(
        'unknown-variable',
        range,
        `The workflow has no variable ‘${name}’.${hint || ' Name one of its own.'}`,
        { fixes },
      );
    case 'error':
      return null;
  }
}

/** The names that could stand at a place; null where anything could. */
function knownNames({ kind, way, participant }: Mention, among: readonly TypedFile[]): readonly string[] | null {
  switch (kind) {
    case 'state':
      return among.flatMap(({ workflow }) => namesBelow(workflow, way.slice(0, -1)));
    case 'participant':
      return among.flatMap(({ workflow }) => workflow.participants.map((one) => one.name));
    case 'operation': {
      const found = among.flatMap(({ operations }) => operations.get(participant ?? '') ?? []);
      if (found.length === 0 || found.some(({ complete }) => !complete)) return null;
      return found.flatMap(({ operations }) => [...operations.keys()]);
    }
    case 'event':
      return among.flatMap(({ workflow }) => workflow.events.map((one) => one.name));
    case 'outcome': {
      const tasks = among.flatMap(({ workflow }) => {
        const state = stateAtWay(workflow, way);
        return [state?.action ?? [], state?.compensate?.action ?? [], state?.confirm?.action ?? []].flat();
      });
      const known = tasks.flatMap((action) =>
        action.kind === 'human' ? (action.outcomes ?? action.on.map((one) => one.outcome)).map((one) => one.value) : [],
      );
      return known.length === 0 ? null : known;
    }
    case 'variable':
      return among.flatMap(({ workflow }) => workflow.root.vars.map((one) => one.name));
    case 'error':
      return null;
  }
}

/** What a way can go on to from where it has come. */
interface Level {
  readonly states: readonly State[];
  readonly branches: readonly Scope[];
}

/** The names that can come next on a way: states, and branches behind a parallel state. */
function namesBelow(workflow: Workflow, way: readonly string[]): readonly string[] {
  let level: Level = { states: workflow.root.states, branches: [] };
  // Numbers of items name no scope of their own.
  for (const name of way) if (!/^\d+$/.test(name)) level = below(level, name);
  return [...level.states.map((state) => state.name), ...level.branches.flatMap((branch) => branch.name?.value ?? [])];
}

function below({ states, branches }: Level, name: string): Level {
  const branch = branches.find((one) => one.name?.value === name);
  if (branch !== undefined) return { states: branch.states, branches: [] };
  const action = states.find((one) => one.name === name)?.action ?? null;
  if (action?.kind === 'parallel') return { states: [], branches: action.branches };
  return { states: scopesOf(action).flatMap((scope) => scope.states), branches: [] };
}

/** Names without a dot and without a state are built-in operations, or mean nothing. */
function builtInsOnly(root: Node | null, reached: readonly TypedFile[] | null): Diagnostic[] {
  const holders = [
    root,
    ...mapOf(valueOf(root, 'scenarios')).flatMap(({ value }) => [value, valueOf(value, 'expect')]),
  ];
  return holders.flatMap((holder) =>
    ['mocks', 'calls'].flatMap((section) =>
      mapOf(valueOf(holder, section)).flatMap(({ key }) => {
        if (key.text.includes('.') || key.text.startsWith('state:') || isBuiltIn(key.text)) return [];
        const participants = (reached ?? []).flatMap(({ operations }) => [...operations]);
        const own = participants.filter(([name]) => name === key.text);
        const full = participants.flatMap(([name, { operations }]) =>
          [...operations.keys()].map((operation) => `${name}.${operation}`),
        );
        const hint = didYouMean(nearest(key.text, BUILT_IN_OPERATIONS));
        const message =
          own.length > 0
            ? `Say which operation of ‘${key.text}’ is meant: write participant.operation.`
            : `‘${key.text}’ is no operation.${hint || ' Write participant.operation, or state: and the state’s name.'}`;
        const meant = own.length > 0 ? full.filter((one) => one.startsWith(`${key.text}.`)) : full;
        const range = innerRange(key);
        const others = instead(key.text, own.length > 0 ? meant : [...BUILT_IN_OPERATIONS, ...meant]);
        const fixes: FixData[] = others.length === 0 ? [] : [{ kind: 'replace', range, with: others }];
        return [finding('unknown-operation', range, message, { fixes })];
      }),
    ),
  );
}

/** Inputs, data and forms against their schemas. */
function values(scenario: Node, target: TypedFile, reached: readonly TypedFile[]): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const input = entryOf(scenario, 'input');
  const inputSchema = schemaOf(target.workflow.input);
  if (input !== undefined && inputSchema !== null) {
    found.push(...misfits('type-mismatch', 'The input', inputSchema, input));
  }
  for (const incident of itemsOf(valueOf(scenario, 'events'))) {
    const type = stringOf(valueOf(incident, 'type'));
    const data = entryOf(incident, 'data');
    const schemas = reached.flatMap(({ workflow }) => workflow.events.filter((one) => one.name === type));
    const [only] = schemas;
    const schema = schemaOf(only?.data);
    if (data === undefined || schema === null || schemas.length > 1) continue;
    found.push(...misfits('event-data', `The data of ‘${type ?? ''}’`, schema, data));
  }
  for (const { key, value } of mapOf(valueOf(scenario, 'decisions'))) {
    const tasks = reached.flatMap(({ workflow }) => stateAtWay(workflow, key.text.split('/'))?.action ?? []);
    const [task] = tasks;
    const schema = task?.kind === 'human' && tasks.length === 1 ? schemaOf(task.form) : null;
    if (schema === null) continue;
    for (const decision of value.kind === 'sequence' ? value.items : [value]) {
      const form = entryOf(decision, 'form');
      if (form !== undefined) found.push(...misfits('type-mismatch', `The form of ‘${key.text}’`, schema, form));
    }
  }
  return found;
}

function misfits(
  code: 'type-mismatch' | 'event-data',
  what: string,
  schema: Parameters<typeof validateJson>[0],
  entry: Entry,
): readonly Diagnostic[] {
  if (isMissing(entry.value)) return [];
  return validateJson(schema, toJson(entry.value)).map(({ path, message }) => {
    const where =
      path === '' ? what : `‘${path.slice(1).replaceAll('/', '.')}’ of ${what.charAt(0).toLowerCase()}${what.slice(1)}`;
    const sentence = `${where} does not fit: ${message}`;
    return finding(code, placeBelow(entry, path), /[.!?]$/.test(sentence) ? sentence : `${sentence}.`);
  });
}

function mapOf(node: Node | null | undefined): readonly Entry[] {
  return node?.kind === 'map' ? node.entries : [];
}

function itemsOf(node: Node | null | undefined): readonly Node[] {
  return node?.kind === 'sequence' ? node.items : [];
}
