/**
 * Family events: how they are named and described, what they carry, whether anybody here sends them.
 *
 * Rule: sections 9 and 13 of the language reference. An event that starts a run comes from outside by its nature; one that
 * is awaited here should be sent here or in a workflow that is run from here, or it is worth knowing that it is not.
 * Data without expressions is held against the schema as it would be when it is sent, other data by its types.
 * Complexity: linear in the events, the places that name them and the data that is sent.
 */
import { type Diagnostic, finding, type FixData } from '../diagnostics.ts';
import type { JsonObject } from '../json.ts';
import { validateJson } from '../json-schema.ts';
import { schemaOf } from '../lower/values.ts';
import { referencedFiles } from '../files.ts';
import { entryOf, isMissing, type Node, placeBelow, toJson } from '../tree.ts';
import { childOf } from '../types/children.ts';
import { worldOf } from '../types/typing.ts';
import { type TypedFile, typeOfSchemaNode, type World } from '../types/world.ts';
import type { Action, EventType, State, Workflow } from '../workflow.ts';
import { compareValue } from './data-arguments.ts';
import { isType } from '../names.ts';
import { asFact, isFact } from './events-facts.ts';

type Emit = Action & { readonly kind: 'emit' };

interface Sent {
  readonly action: Emit;
  /** The mapping that `emit` stands in. */
  readonly beside: Node;
}

/** The findings about the events that are declared. */
export function checkEvents(of: TypedFile): readonly Diagnostic[] {
  const { workflow } = of;
  const found: Diagnostic[] = [];
  const events = eventsOf(workflow);
  for (const event of events.values()) {
    if (!isFact(event.name)) found.push(notAFact(workflow, event));
    if (event.data === null) {
      const message = `Nothing describes what ‘${event.name}’ carries, so that what is read of it can’t be checked. Give it a schema with ‘data’.`;
      found.push(finding('event-without-schema', event.nameRange, message));
    }
  }
  return [...found, ...neverSent(worldOf(of), [...events.values()])];
}

/** The findings about the data of the events that `states` send. */
export function checkSent(of: TypedFile, states: readonly State[]): readonly Diagnostic[] {
  const sent = sentIn(states);
  if (sent.length === 0) return [];
  const events = eventsOf(of.workflow);
  return sent.flatMap((one) => {
    const event = events.get(one.action.event?.value ?? '');
    return event === undefined ? [] : checkData(worldOf(of), event, one);
  });
}

/** The events by their names; of those that are declared twice the first. */
function eventsOf({ events }: Workflow): ReadonlyMap<string, EventType> {
  return new Map([...events].reverse().map((event) => [event.name, event]));
}

function notAFact(workflow: Workflow, event: EventType): Diagnostic {
  // Where no verb can be made out, or its past is another event, a word behind it says that it is one.
  const names = [asFact(event.name), `${event.name}.raised`, `${event.name}.occurred`];
  const name = names.find((one) => {
    return one !== null && isFact(one) && isType(one) && !workflow.events.some((other) => other.name === one);
  });
  const fixes: FixData[] = name == null ? [] : [{ kind: 'rename', declaration: event.nameRange, to: [name] }];
  const such = name == null ? '' : `, such as ‘${name}’`;
  const message = `‘${event.name}’ does not say what has happened. Name events as facts, in the past tense${such}.`;
  return finding('event-not-a-fact', event.nameRange, message, { fixes });
}

function sentIn(states: readonly State[]): readonly Sent[] {
  return states.flatMap((state) => {
    const sides = [state.compensate, state.confirm].flatMap((side) => (side === null ? [] : [side]));
    const actions: readonly (readonly [Action | null, Node])[] = [
      [state.action, state.node],
      ...sides.map((side): readonly [Action | null, Node] => [side.action, side.entry.value]),
    ];
    return actions.flatMap(([action, beside]) => (action?.kind === 'emit' ? [{ action, beside }] : []));
  });
}

function checkData(world: World, event: EventType, { action, beside }: Sent): readonly Diagnostic[] {
  const name = action.event?.value ?? '';
  const schema = schemaOf(event.data);
  if (action.event === null || event.data === null || schema === null) return [];
  const related = [{ message: 'This is the schema of its data.', range: event.nameRange }];
  const entry = entryOf(beside, 'data');
  const site = entry === undefined ? undefined : world.siteOf.get(entry.value);
  if (entry === undefined || isMissing(entry.value)) {
    const [problem] = validateJson(schema, null);
    if (problem === undefined) return [];
    const message = `‘${name}’ needs data that fits its schema. Give it ‘data’.`;
    return [finding('event-data', action.event.range, message, { related })];
  }
  if (site !== undefined && site.read.expressions.length === 0) {
    return validateJson(schema, toJson(entry.value)).map(({ path, message }) => {
      const what = path === '' ? 'The data' : `‘${path.slice(1).replaceAll('/', '.')}’`;
      const sentence = `${what} of ‘${name}’ does not fit its schema: ${message}`;
      return finding('event-data', placeBelow(entry, path), stop(sentence), { related });
    });
  }
  const needed = typeOfSchemaNode(event.data);
  return compareValue({ world, what: `‘${name}’`, needed, range: action.event.range }, entry.value, entry.key.range)
    .filter(({ code }) => code !== 'unknown-argument' || isClosed(schema))
    .map(({ range, message }) => finding('event-data', range, message, { related }));
}

/** Only a schema that says so refuses fields that it does not list. */
function isClosed(schema: JsonObject | boolean): boolean {
  return typeof schema !== 'boolean' && schema['additionalProperties'] === false;
}

function stop(sentence: string): string {
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}

function neverSent(world: World, events: readonly EventType[]): readonly Diagnostic[] {
  const { workflow } = world.file;
  const awaited = new Set<string>();
  for (const state of workflow.states) {
    const { action } = state;
    if (action?.kind !== 'listen' && action?.kind !== 'scope') continue;
    for (const { event } of action.on) awaited.add(event.value);
  }
  for (const scope of workflow.scopes) for (const { event } of scope.on) awaited.add(event.value);
  for (const { event } of workflow.triggers) if (event !== null) awaited.delete(event.value);
  if (awaited.size === 0) return [];
  const sent = new Set<string>();
  if (!collectSent(world, sent)) return [];
  return events.flatMap(({ name, nameRange }) => {
    if (!awaited.has(name) || sent.has(name)) return [];
    const message = `‘${name}’ is awaited, but nothing in this workflow sends it: it has to come from outside.`;
    return [finding('event-never-sent', nameRange, message)];
  });
}

/** The types of all events that a workflow or its children send; false where a child is not known. */
function collectSent(world: World, into: Set<string>): boolean {
  for (const { action } of sentIn(world.file.workflow.states)) if (action.event !== null) into.add(action.event.value);
  return referencedFiles(world.file.workflow).every(({ kind, path }) => {
    if (kind !== 'workflow') return true;
    const child = childOf(world, path);
    return child !== null && collectSent(child, into);
  });
}
