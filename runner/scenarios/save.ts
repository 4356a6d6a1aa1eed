/** Saving a recorded run as a scenario: the text of its entry, and the scenario file with the entry in it. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Document, isMap, isNode, isPair, isScalar, parseDocument, visit } from 'yaml';
import type { YAMLMap } from 'yaml';
import { isJsonObject } from '../../language/index.ts';
import type { Json, JsonObject } from '../../language/index.ts';
import { compare } from './compare.ts';
import { dependsOnTime, deriveScenario } from './derive.ts';
import type { DeriveOptions, Recording } from './derive.ts';
import { readScenarios } from './read.ts';
import { runScenario } from './run.ts';

export interface SavedScenario {
  readonly workflow: string;
  /** The scenario file beside the workflow, which may not be there yet. */
  readonly file: string;
  readonly name: string;
  /** The entry by itself. */
  readonly text: string;
  /** The whole text of the scenario file with the entry in it. */
  readonly updated: string;
  /** What goes otherwise when the scenario is played, a sentence each; empty when it goes as the run did. */
  readonly differences: readonly string[];
}

export interface SaveRequest {
  readonly recording: Recording;
  /** The workflow's file, absolute. */
  readonly workflow: string;
  readonly name: string;
  /** Environment variables that the run was given by its launch. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The longest collection that is written on one line. */
const LINE = 88;

/**
 * Makes a scenario of a recorded run and plays it once, so that what it expects is what it gives. Gives a sentence when
 * the scenario file cannot take it. Raises a JournalError.
 */
export async function saveScenario(request: SaveRequest): Promise<SavedScenario | { readonly error: string }> {
  const { recording, workflow } = request;
  const name = request.name.trim();
  if (name === '' || /[\r\n]/.test(name)) return { error: 'A scenario needs a name of one line.' };
  const file = scenarioFileOf(workflow);
  const before = existsSync(file) ? readFileSync(file, 'utf8') : null;
  const delays = dependsOnTime(recording);
  const ways: readonly DeriveOptions[] = [
    { delays, by: 'operation' },
    ...(delays ? [] : [{ delays: true, by: 'operation' } as const]),
    { delays: true, by: 'state' },
  ];
  let first: SavedScenario | { readonly error: string } | null = null;
  for (const way of ways) {
    const entry = { ...(isEmpty(request.env) ? {} : { env: { ...request.env } }), ...deriveScenario(recording, way) };
    const tried = await played({ workflow, file, before, name }, entry);
    if (!('error' in tried) && tried.differences.length === 0) return tried;
    first ??= tried;
  }
  return first ?? { error: 'There is nothing to save.' };
}

/** `NAME.workflow.test.yaml` beside `NAME.workflow.yaml`, or the file with the other ending if that is there. */
export function scenarioFileOf(workflow: string): string {
  const stem = basename(workflow).replace(/\.ya?ml$/, '');
  const [usual, other] = ['yaml', 'yml'].map((ending) => join(dirname(workflow), `${stem}.test.${ending}`));
  return other !== undefined && existsSync(other) ? other : (usual ?? '');
}

interface Place {
  readonly workflow: string;
  readonly file: string;
  readonly before: string | null;
  readonly name: string;
}

/** Plays the entry; what a run on another day cannot give again is not expected of it. */
async function played(place: Place, entry: JsonObject): Promise<SavedScenario | { readonly error: string }> {
  const written = write(place, entry);
  if ('error' in written) return written;
  const { file, name, workflow } = place;
  const scenario = readScenario(file, written.updated, name);
  if ('error' in scenario) return scenario;
  const result = await runScenario(scenario);
  if (result.played === null || result.failures.length === 0) {
    const differences = result.failures.map(({ message }) => message);
    return { workflow, file, name, ...written, differences };
  }
  const expected = entry['expect'];
  const kept = isJsonObject(expected) ? expected : {};
  const { output, calls, ...expect } = kept;
  const reduced = { ...entry, expect };
  const rewritten = write(place, reduced);
  if ('error' in rewritten) return rewritten;
  const again = readScenario(file, rewritten.updated, name);
  if ('error' in again) return again;
  // Without what depends on the day it may go as the run did: only what does so is left out then.
  if (compare(again, result.played).length === 0) {
    const fitting = { ...reduced, expect: fittingPart(expect, { output, calls }, result.played) };
    const best = write(place, fitting);
    return 'error' in best ? best : { workflow, file, name, ...best, differences: [] };
  }
  const differences = result.failures.map(({ message, expected: was, actual }) =>
    was === undefined ? message : `${message}: the run gave ${show(was)}, the scenario ${show(actual ?? null)}`,
  );
  return { workflow, file, name, ...written, differences };
}

/** Of what the run gave, the parts that the played scenario gave as well. */
function fittingPart(
  expect: JsonObject,
  { output, calls }: { readonly output: Json | undefined; readonly calls: Json | undefined },
  given: { readonly output: Json; readonly calls: ReadonlyMap<string, number> },
): JsonObject {
  const counted = isJsonObject(calls)
    ? Object.entries(calls).filter(([operation, count]) => given.calls.get(operation) === count)
    : [];
  const same = output !== undefined && JSON.stringify(output) === JSON.stringify(given.output);
  return {
    ...expect,
    ...(same && output !== undefined ? { output } : {}),
    ...(counted.length === 0 ? {} : { calls: Object.fromEntries(counted) }),
  };
}

function readScenario(file: string, text: string, name: string): ReturnType<typeof found> {
  return found(readScenarios(file, text), name);
}

function found(read: ReturnType<typeof readScenarios>, name: string) {
  if ('error' in read) {
    const { message, findings } = read.error;
    return { error: [message, ...findings.slice(0, 3).map((finding) => finding.message)].join(' ') };
  }
  const scenario = read.scenarios.find((each) => each.name === name);
  return scenario ?? { error: `${read.file} has no scenario "${name}".` };
}

function write(
  { workflow, file, before, name }: Place,
  entry: JsonObject,
): { readonly text: string; readonly updated: string } | { readonly error: string } {
  const text = entryText(name, entry);
  if (before === null) {
    const reference = String(new Document(`./${basename(workflow)}`)).trim();
    return { text, updated: `workflow: ${reference}\nscenarios:\n${indented(text, 2)}` };
  }
  const updated = insertScenario(before, name, text);
  return 'error' in updated ? { error: `${file}: ${updated.error}` } : { text, updated: updated.text };
}

/** The entry of a scenario as YAML: short values on one line, everything else line by line. */
export function entryText(name: string, entry: JsonObject): string {
  const document = new Document({ [name]: entry }, { aliasDuplicateObjects: false });
  visit(document, {
    Collection(_key, node, path) {
      const pairs = path.filter((each) => isPair(each));
      const section = pairs[1]?.key;
      const isSection = pairs.length === 2 && isPair(path.at(-1)) && isScalar(section) && section.value !== 'input';
      const length = JSON.stringify(node.toJSON()).length;
      // The entry and its sections stand line by line, and so does what is long, but not all the way down.
      if (pairs.length > 1 && !isSection) node.flow = length <= LINE || pairs.length > 4;
    },
  });
  return document.toString({ lineWidth: 110, flowCollectionPadding: true });
}

/**
 * The text of a scenario file with an entry more; everything that stands there stays as it is, comments included. Gives a
 * sentence when there is a scenario of that name, or no place for it.
 */
export function insertScenario(
  text: string,
  name: string,
  entry: string,
): { readonly text: string } | { readonly error: string } {
  const document = parseDocument(text, { keepSourceTokens: true });
  const [problem] = document.errors;
  if (problem !== undefined) return { error: `The file is not YAML: ${problem.message.split('\n')[0] ?? ''}` };
  if (document.contents !== null && !isMap(document.contents)) return { error: 'The file holds no scenarios.' };
  const ending = text.includes('\r\n') ? '\r\n' : '\n';
  const put = (lines: string): string => (ending === '\n' ? lines : lines.replaceAll('\n', ending));
  const list: unknown = document.get('scenarios', true);
  if (list === undefined) {
    const end = text === '' || text.endsWith('\n') ? '' : ending;
    return { text: `${text}${end}${put(`scenarios:\n${indented(entry, 2)}`)}` };
  }
  if (isMap(list) && list.items.length > 0 && list.flow !== true) {
    if (list.has(name)) return { error: `There is a scenario "${name}" already. Give this one another name.` };
    const at = endOf(text, list);
    const before = at > 0 && text[at - 1] !== '\n' ? ending : '';
    return { text: `${text.slice(0, at)}${before}${put(indented(entry, columnOf(text, list)))}${text.slice(at)}` };
  }
  if (isMap(list) && list.has(name))
    return { error: `There is a scenario "${name}" already. Give this one another name.` };
  // An empty list, or one between braces, is written anew.
  const parsed = parseDocument(entry);
  const pair = isMap(parsed.contents) ? parsed.contents.items[0] : undefined;
  const map = isMap(list) ? list : (document.createNode({}) as YAMLMap);
  map.flow = false;
  if (pair !== undefined) map.add(pair);
  document.set('scenarios', map);
  return { text: put(document.toString({ lineWidth: 110 })) };
}

/** Right behind the last line of a block map. */
function endOf(text: string, list: YAMLMap): number {
  const last = list.items.at(-1);
  const value: unknown = last?.value;
  const key: unknown = last?.key;
  const node = isNode(value) && value.range != null ? value : isNode(key) ? key : null;
  const end = node?.range?.[1] ?? list.range?.[1] ?? text.length;
  if (end > 0 && text[end - 1] === '\n') return end;
  const line = text.indexOf('\n', end);
  return line < 0 ? text.length : line + 1;
}

/** The column, from 0, in which the keys of a block map stand. */
function columnOf(text: string, list: YAMLMap): number {
  const key: unknown = list.items[0]?.key;
  const start = isScalar(key) ? (key.range?.[0] ?? 0) : 0;
  return start - (text.lastIndexOf('\n', start - 1) + 1);
}

function indented(text: string, by: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(by));
}

function show(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function isEmpty(value: object | undefined): boolean {
  return value === undefined || Object.keys(value).length === 0;
}
