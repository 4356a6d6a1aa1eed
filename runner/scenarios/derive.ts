/**
 * A recorded run as a scenario (section 12): its input, what its calls answered, events, decisions, and what came of it.
 *
 * 1. A function of the records alone; nothing is played or read here.
 * 2. What a scenario cannot say (a value set by hand, a jump, a person's retry) is left out, so that whoever saves it
 *    plays it once and tells what differs.
 * 3. Secrets are in no record, so they are in no scenario.
 */
import { formatDuration, isJsonObject } from '../../language/index.ts';
import type { Json, JsonObject, Plan, PlanAction } from '../../language/index.ts';
import { withoutItems } from '../actions/mocks.ts';
import {
  actionName,
  compensatedOf,
  errorOf,
  eventIdentity,
  fold,
  indexOf,
  pathOf,
  statusOf,
  unsetting,
} from '../machine/index.ts';
import type { EntryDraft, Role, RunError, RunRecord } from '../machine/index.ts';
import { outcomeOf } from '../outcome.ts';

/** A run with all runs that it or its children began. */
export interface Recording {
  /** The run that becomes the scenario. */
  readonly run: string;
  /** The records of all of them in the order in which they came. */
  readonly records: readonly (readonly [run: string, record: RunRecord])[];
  /** The plan that a run was bound to after its record `seq`; null when its text is not there any more. */
  planOf(run: string, seq: number): Plan | null;
}

export interface DeriveOptions {
  /** Whether answers take as long as they took. */
  readonly delays: boolean;
  /** Whether answers stand under the operations, one a call, or under the states that called them. */
  readonly by: 'operation' | 'state';
}

/** The longest duration there is, and longer than every run: an answer or a decision that never comes. */
const NEVER = '36525d';

/** One call of the run, with its answer once it came. */
interface Call {
  readonly name: string;
  readonly role: Role;
  readonly way: string;
  readonly attempt: number;
  readonly at: number;
  /** Instant at which it times out. */
  readonly until: number | null;
  answer: { readonly json: JsonObject; readonly at: number; readonly late: boolean } | null;
}

interface Stay {
  readonly way: string;
  readonly plan: string;
  readonly role: Role;
  byHand: boolean;
}

interface Decision {
  readonly state: string;
  readonly at: number;
  /** Null when nobody decided. */
  answer: JsonObject | null;
}

/** What the records tell, before it is written as a scenario. */
interface Told {
  readonly calls: readonly Call[];
  readonly decisions: readonly Decision[];
  readonly events: readonly JsonObject[];
  /** Whether the order or the length of what happened decided anything. */
  readonly timed: boolean;
}

/** Whether answers have to take their time for the scenario to go as the run did. */
export function dependsOnTime(recording: Recording): boolean {
  return tell(recording).timed;
}

/** The scenario, with its keys in the order in which a person would write them. */
export function deriveScenario(recording: Recording, options: DeriveOptions): JsonObject {
  const { calls, decisions, events } = tell(recording);
  const records = recording.records.filter(([run]) => run === recording.run).map(([, record]) => record);
  const input = records[0]?.type === 'run.started' ? records[0].input : null;
  const mocks = mocksOf(calls, options);
  const decided = decisionsOf(decisions);
  return {
    ...(input === null || isEmpty(input) ? {} : { input }),
    ...(isEmpty(mocks) ? {} : { mocks }),
    ...(events.length === 0 ? {} : { events }),
    ...(isEmpty(decided) ? {} : { decisions: decided }),
    expect: expectationOf(recording, records, calls),
  };
}

function tell({ run: main, records, planOf }: Recording): Told {
  const stays = new Map<string, Stay>();
  const entries = new Map<string, EntryDraft>();
  const calls: Call[] = [];
  const open = new Map<string, Call>();
  const decisions: Decision[] = [];
  const asked = new Map<string, Decision>();
  const events: JsonObject[] = [];
  const heard = new Set<string>();
  const family = new Set(records.map(([run]) => run));
  let begun: number | null = null;
  let timed = false;

  const actionOf = (run: string, { plan, role }: Stay, seq: number): PlanAction | null => {
    const plans = planOf(run, seq);
    const state = plans === null ? undefined : indexOf(plans).states.get(plan);
    if (state === undefined || role === 'state') return state?.action ?? null;
    return (role === 'compensation' ? state.compensate?.action : state.confirm?.action) ?? null;
  };
  const end = (
    key: string,
    record: RunRecord & { readonly attempt: number },
    json: JsonObject,
    late: boolean,
  ): void => {
    const call = open.get(key);
    open.delete(key);
    if (call?.attempt === record.attempt) call.answer = { json, at: record.at, late };
  };

  const clocks = new Map([...family].map((run) => [run, unsetting()]));
  for (const [run, recorded] of records) {
    const record = clocks.get(run)?.(recorded) ?? recorded;
    if (run === main) begun ??= record.at;
    if ('entry' in record && typeof record.entry === 'object' && record.entry !== null)
      entries.set(`${run}/${record.entry.entry}`, record.entry);
    const key = 'activation' in record && record.activation !== null ? `${run}/${record.activation}` : '';
    if (TIMES.has(record.type) || [...open.keys()].some((other) => other !== key && !STILL.has(record.type)))
      timed = true;
    switch (record.type) {
      case 'state.entered':
        stays.set(key, { way: record.way, plan: record.plan, role: 'state', byHand: false });
        break;
      case 'compensation.entered': {
        const entry = entries.get(`${run}/${record.entry}`);
        if (entry !== undefined) stays.set(key, { way: entry.way, plan: entry.plan, role: record.role, byHand: false });
        break;
      }
      case 'answer.given':
      case 'failure.injected': {
        const stay = stays.get(key);
        if (stay !== undefined) stay.byHand = true;
        break;
      }
      case 'attempt.started': {
        const stay = stays.get(key);
        const action = stay === undefined ? null : actionOf(run, stay, record.seq);
        if (stay === undefined || action === null) break;
        const { way, role, byHand } = stay;
        // A child is played by its own calls, unless it was answered by hand.
        if (action.kind !== 'call' && !(action.kind === 'run' && byHand)) break;
        const name = action.kind === 'call' ? actionName(action) : `state:${withoutItems(way)}`;
        const { attempt, at, until } = record;
        const call: Call = { name, role, way, attempt, at, until, answer: null };
        calls.push(call);
        open.set(key, call);
        break;
      }
      case 'attempt.succeeded':
        end(key, record, { return: record.result }, false);
        break;
      case 'attempt.failed': {
        const call = open.get(key);
        if (call === undefined) break;
        // Such arguments are refused before anybody would answer.
        if (isRefused(record.error, call)) calls.splice(calls.indexOf(call), 1);
        const late = isLate(record.error, record.at, call);
        if (late) timed = true;
        end(key, record, { fail: failureOf(record.error, call.name) }, late);
        break;
      }
      case 'task.created': {
        const decision = { state: withoutItems(stays.get(key)?.way ?? ''), at: record.at, answer: null };
        decisions.push(decision);
        asked.set(key, decision);
        break;
      }
      case 'task.escalated':
        // Where time decided, nobody did.
        if (record.outcome !== null) asked.delete(key);
        break;
      case 'task.completed': {
        const decision = asked.get(key);
        if (decision !== undefined) {
          const after = formatDuration(record.at - decision.at);
          const form: JsonObject = isEmpty(record.form) ? {} : { form: record.form };
          decision.answer = { after, outcome: record.outcome, ...form, actor: record.by.name };
        }
        break;
      }
      case 'event.received': {
        const { event } = record;
        const own = [...family].some((each) => event.source.endsWith(`/runs/${each}`));
        if (own || heard.has(eventIdentity(event))) break;
        heard.add(eventIdentity(event));
        const data: JsonObject = event.data === null ? {} : { data: event.data };
        events.push({ at: formatDuration(record.at - (begun ?? record.at)), type: event.type, ...data });
        break;
      }
      default:
        break;
    }
  }
  return { calls, decisions, events, timed };
}

/** Records by which time decided something. */
const TIMES: ReadonlySet<string> = new Set(['event.received', 'run.timed-out', 'task.escalated']);

/** Records that nothing goes on by. */
const STILL: ReadonlySet<string> = new Set([
  'value.set',
  'answer.given',
  'failure.injected',
  'run.recovered',
  'clock.set',
  'run.forked',
  'task.changed',
]);

function isRefused(error: RunError, { name }: Call): boolean {
  return error.type === 'validation' && error.message.startsWith(`The input of ${name} `);
}

/** Whether the call had not answered when it was given up. */
function isLate({ type }: RunError, at: number, { until }: Call): boolean {
  return type === 'cancelled' || (type === 'timeout' && until !== null && at >= until);
}

function failureOf({ type, message, data, code, status }: RunError, name: string): JsonObject {
  const derived = /^http\.\d{3}$/.test(type) ? Number(type.slice(5)) : null;
  return {
    error: type,
    ...(message === `${name} failed with ${type}.` ? {} : { message }),
    ...(data === null ? {} : { data }),
    ...(code === null ? {} : { code }),
    ...(status === null || status === derived ? {} : { status }),
  };
}

/** Answers by name, in the order of the calls. What serves all later calls is written once. */
function mocksOf(calls: readonly Call[], { delays, by }: DeriveOptions): JsonObject {
  const lists = new Map<string, Json[]>();
  for (const call of calls) {
    const { name, role, way, answer } = call;
    // `log` answers by itself.
    if (name === 'log') continue;
    const key = by === 'state' && role === 'state' && !name.startsWith('state:') ? `state:${way}` : name;
    lists.set(key, [...(lists.get(key) ?? []), answerOf(call, answer, delays)]);
  }
  return Object.fromEntries(
    [...lists].map(([name, list]): [string, Json] => {
      const last = JSON.stringify(list.at(-1));
      const different = list.findLastIndex((each) => JSON.stringify(each) !== last);
      const kept = list.slice(0, different + 2);
      return [name, kept.length === 1 ? (kept[0] ?? null) : kept];
    }),
  );
}

function answerOf({ at }: Call, answer: Call['answer'], delays: boolean): JsonObject {
  if (answer === null) return { return: null, delay: NEVER };
  if (!delays) return answer.json;
  // What was given up had not answered by then.
  if (answer.late) return { ...answer.json, delay: NEVER };
  const took = answer.at - at;
  return took <= 0 ? answer.json : { ...answer.json, delay: formatDuration(took) };
}

/** Decisions by state, in the order in which it asked. */
function decisionsOf(decisions: readonly Decision[]): JsonObject {
  const lists = new Map<string, Decision[]>();
  for (const each of decisions) lists.set(each.state, [...(lists.get(each.state) ?? []), each]);
  return Object.fromEntries(
    [...lists].flatMap(([state, list]): [string, Json][] => {
      const some = list.find(({ answer }) => answer !== null)?.answer;
      if (some == null) return [];
      // A list answers one task each, so that one that nobody decided needs a place in it.
      const never = { after: NEVER, outcome: some['outcome'] ?? null };
      const answers = list.map(({ answer }) => answer ?? never);
      return [[state, answers.length === 1 ? (answers[0] ?? null) : answers]];
    }),
  );
}

function expectationOf({ run, planOf }: Recording, records: readonly RunRecord[], calls: readonly Call[]): JsonObject {
  const state = fold(records);
  const plan = planOf(run, state.seq);
  const status = plan === null ? state.lifecycle : statusOf(plan, state);
  const compensated = compensatedOf(records);
  const error = errorOf(state);
  const counts = new Map<string, number>();
  for (const { name } of calls)
    if (name !== 'log' && !name.startsWith('state:')) counts.set(name, (counts.get(name) ?? 0) + 1);
  const left = plan === null || status !== 'suspended' ? [] : outcomeOf(plan, state, records, status).pending;
  return {
    status,
    ...(error === null ? {} : { error: error.type }),
    path: pathOf(records),
    ...(compensated.length === 0 ? {} : { compensated }),
    ...(left.length === 0 ? {} : { suspended: left.map((each) => each.state) }),
    ...(status !== 'completed' || state.output === null ? {} : { output: state.output }),
    ...(counts.size === 0 ? {} : { calls: Object.fromEntries(counts) }),
  };
}

function isEmpty(value: Json): boolean {
  return isJsonObject(value) && Object.keys(value).length === 0;
}
