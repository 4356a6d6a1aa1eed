/**
 * Scenario files (section 12): their scenarios as the runner plays them, each part with the place where it is written.
 *
 * The form is checked by the language, so that a file is read only when nothing in it is an error; what is left to say
 * here is about other files: the workflow that the scenarios run.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { analyse, entryOf, isJsonObject, parseDuration, positionAt, toJson, valueOf } from '../../language/index.ts';
import type { Analysis, Diagnostic, Entry, Json, JsonObject, Node, Resource } from '../../language/index.ts';
import { readMocks } from '../actions/mocks.ts';
import type { Mocks } from '../actions/mocks.ts';

/** Lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Names of keys and numbers of items that lead to a part of a scenario. */
export type Way = readonly (string | number)[];

export interface ScenarioEvent {
  /** Milliseconds after the run's beginning. */
  readonly at: number;
  readonly type: string;
  readonly data: Json;
  readonly id: string;
  readonly source: string;
}

export interface ScenarioDecision {
  /** Milliseconds after the task's beginning. */
  readonly after: number;
  readonly outcome: string;
  readonly form: Json;
  readonly actor: string;
  readonly way: Way;
}

/** The process dies once: after a state's completion, or when its action was performed and its completion is not recorded. */
export interface ScenarioCrash {
  readonly when: 'after' | 'before';
  readonly state: string;
}

/** Everything that `expect` may name. */
export const EXPECTED = [
  'status',
  'error',
  'path',
  'compensated',
  'calls',
  'output',
  'vars',
  'emitted',
  'suspended',
  'duration',
] as const;

export interface Scenario {
  readonly name: string;
  /** Where the scenario's name stands. */
  readonly place: Place;
  /** The workflow that it runs: an absolute path. */
  readonly workflow: string;
  readonly input: Json | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: ReadonlyMap<string, string>;
  readonly mocks: Mocks;
  readonly events: readonly ScenarioEvent[];
  /** By the task's state, in the order in which the state asks. */
  readonly decisions: ReadonlyMap<string, readonly ScenarioDecision[]>;
  readonly crash: ScenarioCrash | null;
  readonly expect: Readonly<Partial<Record<(typeof EXPECTED)[number], Json>>>;
  /** Where a part of the scenario is written, or as much of the way to it as is there. */
  placeOf(way: Way): Place;
}

export interface ScenarioFile {
  readonly file: string;
  readonly workflow: string;
  readonly scenarios: readonly Scenario[];
}

/** Why a scenario file cannot be played: findings in its text, or one sentence. */
export interface ScenarioFileError {
  readonly file: string;
  readonly message: string;
  readonly place: Place | null;
  readonly text: string | null;
  readonly findings: readonly Diagnostic[];
}

const SCENARIO_FILE = /\.workflow\.test\.ya?ml$/;

/** Whether a path names a scenario file. */
export function isScenarioPath(path: string): boolean {
  return SCENARIO_FILE.test(path);
}

/** Reads the scenario file `file`, or takes `text` as its content. */
export function readScenarios(file: string, text?: string): ScenarioFile | { readonly error: ScenarioFileError } {
  const path = resolve(file);
  const read = text === undefined ? textAt(path) : { text };
  if ('unreadable' in read) return failed(file, `The scenarios cannot be read: ${read.unreadable}`);
  const resource = (name: string): Resource => {
    const other = textAt(resolve(dirname(path), name));
    return 'unreadable' in other ? { kind: 'missing' } : { kind: 'text', text: other.text };
  };
  const analysis = analyse(read.text, { file: path, resource });
  const findings = analysis.diagnostics.filter(({ severity }) => severity === 'error');
  if (findings.length > 0) {
    const count = findings.length === 1 ? 'an error' : `${findings.length} errors`;
    const error = { file, message: `${file} has ${count}; its scenarios were not run.`, findings };
    return { error: { ...error, place: null, text: read.text } };
  }
  return scenariosOf(file, path, analysis);
}

/**
 * The scenario `name` of the workflow in `file`, from the scenario files beside it; where there is none, a sentence that
 * says which there are.
 */
export function findScenario(file: string, name: string): Scenario | { readonly error: ScenarioFileError } {
  const folder = dirname(resolve(file));
  const names: string[] = [];
  for (const path of readdirSync(folder).filter(isScenarioPath).sort()) {
    const read = readScenarios(join(folder, path));
    if ('error' in read) return read;
    if (read.workflow !== resolve(file)) continue;
    const found = read.scenarios.find((scenario) => scenario.name === name);
    if (found !== undefined) return found;
    names.push(...read.scenarios.map((scenario) => scenario.name));
  }
  const known = names.length === 0 ? 'There are no scenarios of it beside it.' : `There are: ${names.join('; ')}.`;
  return failed(file, `${file} has no scenario "${name}". ${known}`);
}

function scenariosOf(
  file: string,
  path: string,
  analysis: Analysis,
): ScenarioFile | { readonly error: ScenarioFileError } {
  const { root } = analysis.tree;
  const placeOf = placing(file, analysis);
  const workflow = resolve(dirname(path), textOf(jsonAt(root, ['workflow'])) ?? '');
  const shared = objectOf(jsonAt(root, ['mocks']));
  const list = valueOf(root, 'scenarios');
  const scenarios: Scenario[] = [];
  for (const { key, value } of list?.kind === 'map' ? list.entries : []) {
    const own = objectOf(jsonAt(value, ['mocks']));
    const mocks = readMocks({ ...shared, ...own });
    if (!mocks.ok) {
      const [operation = ''] = mocks.where;
      const from: Way = Object.hasOwn(own, operation) ? ['scenarios', key.text, 'mocks'] : ['mocks'];
      return failed(file, mocks.message, placeOf([...from, ...mocks.where]));
    }
    scenarios.push({
      ...scenarioOf(value),
      name: key.text,
      place: placeAt(file, analysis, key.range.start),
      workflow,
      mocks: mocks.mocks,
      placeOf: (way) => placeOf(['scenarios', key.text, ...way]),
    });
  }
  if (scenarios.length === 0) return failed(file, 'There is no scenario in this file.', placeOf(['scenarios']));
  return { file, workflow, scenarios };
}

function scenarioOf(node: Node): Omit<Scenario, 'name' | 'place' | 'workflow' | 'mocks' | 'placeOf'> {
  const given = objectOf(toJson(node));
  return {
    input: given['input'],
    env: Object.fromEntries(texts(given['env'])),
    secrets: new Map(texts(given['secrets'])),
    events: listOf(given['events']).map(eventOf),
    decisions: new Map(
      Object.entries(objectOf(given['decisions'])).map(([state, decisions]) => [
        state,
        listOf(decisions).map((decision, at): ScenarioDecision => {
          const way = Array.isArray(decisions) ? ['decisions', state, at] : ['decisions', state];
          return decisionOf(objectOf(decision), way);
        }),
      ]),
    ),
    crash: crashOf(objectOf(given['crash'])),
    expect: objectOf(given['expect']),
  };
}

function eventOf(given: Json, at: number): ScenarioEvent {
  const event = objectOf(given);
  return {
    at: durationOf(event['at']),
    type: textOf(event['type']) ?? '',
    data: event['data'] ?? null,
    id: textOf(event['id']) ?? `event-${at + 1}`,
    source: textOf(event['source']) ?? '/scenario',
  };
}

function decisionOf(given: JsonObject, way: Way): ScenarioDecision {
  return {
    after: durationOf(given['after']),
    outcome: textOf(given['outcome']) ?? '',
    form: given['form'] ?? {},
    actor: textOf(given['actor']) ?? 'scenario',
    way,
  };
}

function crashOf(given: JsonObject): ScenarioCrash | null {
  for (const when of ['after', 'before'] as const) {
    const state = textOf(given[when]);
    if (state !== null) return { when, state };
  }
  return null;
}

function placing(file: string, analysis: Analysis): (way: Way) => Place {
  return (way) => {
    let node: Node | null | undefined = analysis.tree.root;
    let offset = 0;
    for (const part of way) {
      const entry: Entry | undefined = typeof part === 'string' ? entryOf(node, part) : undefined;
      const item: Node | undefined =
        node?.kind === 'sequence' && typeof part === 'number' ? node.items[part] : undefined;
      const next: Node | undefined = entry?.value ?? item;
      if (next === undefined) break;
      offset = entry?.key.range.start ?? next.range.start;
      node = next;
    }
    return placeAt(file, analysis, offset);
  };
}

function placeAt(file: string, { lines }: Analysis, offset: number): Place {
  const { line, character } = positionAt(lines, offset);
  return { file, line: line + 1, column: character + 1 };
}

function failed(file: string, message: string, place: Place | null = null): { readonly error: ScenarioFileError } {
  return { error: { file, message, place, text: null, findings: [] } };
}

function textAt(path: string): { readonly text: string } | { readonly unreadable: string } {
  try {
    return { text: readFileSync(path, 'utf8') };
  } catch (error) {
    return { unreadable: error instanceof Error ? error.message : String(error) };
  }
}

function jsonAt(node: Node | null, way: readonly string[]): Json | undefined {
  let at: Node | null | undefined = node;
  for (const part of way) at = valueOf(at, part);
  return at == null ? undefined : toJson(at);
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function listOf(value: Json | undefined): readonly Json[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value as readonly Json[]) : [value];
}

/** A text as it is, a number or a truth value as it would be written; null for anything else. */
function textOf(value: Json | undefined): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

function texts(value: Json | undefined): [string, string][] {
  return Object.entries(objectOf(value)).map(([name, text]) => [name, textOf(text) ?? '']);
}

/** The language has checked that it is a duration. */
function durationOf(value: Json | undefined): number {
  return typeof value === 'string' ? (parseDuration(value) ?? 0) : 0;
}
