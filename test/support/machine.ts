/**
 * Plays a workflow against the pure machine, with scripted services on a clock that jumps.
 *
 * A scenario can be played in three ways that must all end alike: `plain`; `replayed`, in which the state is folded anew
 * from the records, as JSON, before every decision; and with a crash, in which everything but the records is lost after a
 * given commit and the run is taken up again. An attempt that is performed again after a crash is given the same answer,
 * as an idempotent service would.
 */
import { compile } from '../../language/index.ts';
import type { Json, Plan } from '../../language/index.ts';
import { decided } from '../../runner/deciding.ts';
import {
  ENDED,
  apply,
  compensatedOf,
  decide,
  errorOf,
  eventIdentity,
  fold,
  newState,
  nextStep,
  pathOf,
  pendingStack,
  statusOf,
  timersOf,
} from '../../runner/machine/index.ts';
import type {
  CloudEventData,
  Command,
  Decision,
  RunRecord,
  RunState,
  RunStatus,
  StimulusBody,
} from '../../runner/machine/index.ts';

/** What a service answers to one call; a list is used up one a call, its last item then serving all later calls. */
export type Answer = {
  readonly return?: Json;
  readonly fail?: string;
  readonly data?: Json;
  readonly delay?: number;
  readonly acted?: boolean;
  /** It does not hear that it is to be stopped, and ends as it would have. */
  readonly deaf?: boolean;
};

/** Something done to the run from outside, when it waits and `when` holds. */
export interface Hand {
  readonly when?: (state: RunState) => boolean;
  /** Before the run takes its next step; otherwise when it has none. */
  readonly early?: true;
  /** So many milliseconds after the run's beginning, whatever it does then. */
  readonly after?: number;
  readonly give: StimulusBody;
}

export interface Script {
  readonly input?: Json;
  /** By operation, as `payments.charge`, or `run` and `undo-run` for child runs. */
  readonly services?: Readonly<Record<string, Answer | readonly Answer[]>>;
  readonly hands?: readonly Hand[];
}

export type Mode =
  | { readonly kind: 'plain' | 'replayed' }
  | { readonly kind: 'crash'; readonly afterCommit: number; readonly performed: boolean };

export interface Played {
  readonly status: RunStatus;
  readonly error: string | null;
  readonly path: readonly string[];
  readonly compensated: readonly string[];
  /** Operations in the order in which they first took effect, each key once: `payments.charge {"amount":1}`. */
  readonly effects: readonly string[];
  readonly keys: readonly string[];
  /** How often each operation was called, attempts included. */
  readonly calls: Readonly<Record<string, number>>;
  readonly pending: readonly string[];
  readonly emitted: readonly string[];
  readonly refusals: readonly string[];
  readonly output: Json;
  /** Milliseconds from the run's beginning to its last record. */
  readonly duration: number;
  readonly commits: number;
  /** The numbers of the last records of the decisions. */
  readonly decisions: readonly number[];
  readonly records: readonly RunRecord[];
  readonly state: RunState;
  readonly plan: Plan;
}

const plans = new Map<string, Plan>();

const BEGINNING = Date.UTC(2026, 0, 1);

/** The plan of `text`; a finding that is an error fails the test with its message. */
export function planOf(text: string): Plan {
  const known = plans.get(text);
  if (known !== undefined) return known;
  const compiled = compile(text);
  if (compiled.ok) {
    plans.set(text, compiled.plan);
    return compiled.plan;
  }
  throw new Error(
    compiled.analysis.diagnostics
      .filter((found) => found.severity === 'error')
      .map((found) => `${found.code}: ${found.message}`)
      .join('\n'),
  );
}

/** Plays the workflow to where it ends or waits for something that the script does not give. */
export async function play(text: string, script: Script = {}, mode: Mode = { kind: 'plain' }): Promise<Played> {
  const plan = planOf(text);
  const records: RunRecord[] = [];
  let state = newState();
  let now = BEGINNING;
  let commits = 0;
  const decisions: number[] = [];
  let crashed = false;
  let inFlight: { at: number; command: Extract<Command, { activation: number; attempt: number }>; answer: Answer }[] =
    [];
  const answers = new Map<string, Answer>();
  const used = new Map<string, number>();
  const effects: string[] = [];
  const keys: string[] = [];
  const done = new Set<string>();
  const emitted = new Set<string>();
  /** Events that the run published, as a bus keeps them for it: in order, each once, offered until it is taken. */
  const bus = new Map<string, { readonly event: CloudEventData; readonly at: number; offered: number | null }>();
  const refusals: string[] = [];
  const hands = [...(script.hands ?? [])];

  const perform = (command: Command): void => {
    if (command.type === 'publish') return;
    if (command.type === 'abort' || command.type === 'cancel-child') {
      for (const call of inFlight) {
        if (call.command.activation === command.activation && call.answer.deaf !== true)
          Object.assign(call, { at: now, answer: { fail: 'cancelled' } });
      }
      return;
    }
    const operation =
      command.type === 'call' ? operationOf(command) : command.type === 'start-child' ? 'run' : 'undo-run';
    const key = command.type === 'call' ? command.key : `${operation} ${command.child}`;
    const answer = answerTo(operation, `${String(command.activation)}#${String(command.attempt)}`);
    if (!done.has(key) && answer.fail === undefined) {
      done.add(key);
      keys.push(key);
      effects.push(
        command.type === 'call' ? describe(operation, command.input.value) : `${operation} ${command.child}`,
      );
    }
    inFlight.push({ at: now + (answer.delay ?? 0), command, answer });
  };
  const publish = ({ id, type, data }: Extract<Command, { type: 'publish' }>['event']): void => {
    emitted.add(`${type} ${id}`);
    const event = { id, type, source: '/r1', time: new Date(now).toISOString(), data };
    if (!bus.has(id)) bus.set(id, { event, at: now, offered: null });
  };
  const answerTo = (operation: string, attempt: string): Answer => {
    const known = answers.get(attempt);
    if (known) return known;
    const scripted = script.services?.[operation] ?? { return: {} };
    const list = Array.isArray(scripted) ? (scripted as readonly Answer[]) : [scripted as Answer];
    const count = used.get(operation) ?? 0;
    used.set(operation, count + 1);
    const answer = list[Math.min(count, list.length - 1)] ?? {};
    answers.set(attempt, answer);
    return answer;
  };
  const give = async (body: StimulusBody): Promise<Decision> => {
    if (mode.kind === 'replayed') state = fold(roundTrip(records));
    const stimulus = { ...body, now };
    const decision = await decided((answers) => decide(plan, state, stimulus, answers), {});
    if (decision.refused !== null) refusals.push(decision.refused);
    for (const made of decision.records) {
      const record = { ...made, seq: state.seq + 1, at: now };
      records.push(record);
      apply(state, record);
    }
    if (decision.records.length > 0) {
      commits += 1;
      decisions.push(records.length);
    }
    for (const command of decision.commands) if (command.type === 'publish') publish(command.event);
    const crashes = mode.kind === 'crash' && !crashed && commits === mode.afterCommit;
    if (!crashes || mode.performed) decision.commands.forEach(perform);
    if (crashes) {
      crashed = true;
      inFlight = [];
      state = fold(roundTrip(records));
      if (state.lifecycle !== 'completed' && state.endedAt === null) await give({ type: 'recover' });
    }
    return decision;
  };

  await give({
    type: 'start',
    run: 'r1',
    hash: '',
    file: '/w.workflow.yaml',
    input: script.input ?? null,
    seed: 'seed',
    parent: null,
  });
  for (let turn = 0; turn < 20_000; turn++) {
    const early = hands.findIndex((each) => each.early === true && each.when?.(state) === true);
    const [first] = early < 0 ? [] : hands.splice(early, 1);
    if (first) {
      await give(first.give);
      continue;
    }
    if (nextStep(plan, state)) {
      await give({ type: 'advance' });
      continue;
    }
    const waiting = [...bus.values()].find(
      ({ event, offered }) => offered !== state.seq && !state.received.has(eventIdentity(event)),
    );
    if (waiting && ENDED.has(statusOf(plan, state))) bus.clear();
    else if (waiting) {
      const kept = waiting.offered !== null;
      await give({ type: 'event', event: waiting.event, at: waiting.at, kept });
      waiting.offered = state.seq;
      continue;
    }
    const hand = hands.findIndex((each) =>
      each.after !== undefined
        ? false
        : each.when
          ? each.when(state)
          : inFlight.length === 0 && timersOf(plan, state).length === 0,
    );
    const [taken] = hand < 0 ? [] : hands.splice(hand, 1);
    if (taken) {
      await give(taken.give);
      continue;
    }
    inFlight.sort((one, other) => one.at - other.at);
    const [call] = inFlight;
    const [timer] = timersOf(plan, state);
    const timed = hands.findIndex(({ after }) => after !== undefined);
    const atHand = BEGINNING + (hands[timed]?.after ?? Infinity);
    if (atHand < Math.min(call?.at ?? Infinity, timer?.at ?? Infinity) || (atHand < Infinity && !call && !timer)) {
      const [given] = hands.splice(timed, 1);
      now = atHand;
      if (given) await give(given.give);
    } else if (call && (!timer || call.at <= timer.at)) {
      inFlight.shift();
      now = Math.max(now, call.at);
      await give({
        type: 'outcome',
        activation: call.command.activation,
        attempt: call.command.attempt,
        outcome: outcomeOf(call.answer),
      });
    } else if (timer) {
      now = Math.max(now, timer.at);
      await give({ type: 'timer' });
    } else break;
  }
  return {
    status: statusOf(plan, state),
    error: errorOf(state)?.type ?? null,
    path: pathOf(records),
    compensated: compensatedOf(records),
    effects,
    keys,
    calls: Object.fromEntries(used),
    pending: pendingStack(plan, state).map((entry) => `${entry.state} → ${describe(entry.action, entry.with)}`),
    emitted: [...emitted],
    refusals,
    output: state.output,
    duration: state.now - BEGINNING,
    commits,
    decisions,
    records,
    state,
    plan,
  };
}

function operationOf(command: Extract<Command, { type: 'call' }>): string {
  const { participant, operation } = command.action;
  return participant === null ? operation : `${participant}.${operation}`;
}

function describe(name: string, value: Json): string {
  return value === null ? name : `${name} ${JSON.stringify(value)}`;
}

function outcomeOf(answer: Answer) {
  if (answer.fail === undefined) return { ok: true, result: answer.return ?? null } as const;
  const status = /^http\.(\d+)$/.exec(answer.fail)?.[1];
  const error = {
    type: answer.fail,
    message: answer.fail,
    code: null,
    status: status === undefined ? null : Number(status),
    data: answer.data ?? null,
    acted: answer.acted === true,
  };
  return { ok: false, error } as const;
}

function roundTrip(records: readonly RunRecord[]): RunRecord[] {
  return JSON.parse(JSON.stringify(records)) as RunRecord[];
}
