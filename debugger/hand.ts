/** A person's hand in the run: failures and answers, for requests and for the console alike. */
import type { Json } from '../language/index.ts';
import { BY } from './ahead.ts';
import { RequestError } from './arguments.ts';
import { placesOf, stateOf } from './places.ts';
import type { RunView, StimulusBody } from '../runner/host.ts';
import type { Session } from './state.ts';

const ERROR_TYPE = /^[A-Za-z_][\w-]*(\.[\w-]+)*$/;

/** Lets the state where the run stands fail instead of acting. Raises a RequestError where that cannot be. */
export async function injectFailure(session: Session, type: string, message: string | null): Promise<void> {
  const { standing, view } = session.present().spot;
  const { activation, doing, run } = standing;
  if (activation === null || (doing !== 'enter' && doing !== 'call')) {
    throw new RequestError(
      'A failure can be injected where the run stands before a state or before its action: at `enter` or `call`.',
    );
  }
  checkType(type);
  const error = { type, message: message ?? `${type}, injected by a person` };
  const refused = await session.running().send(run, { type: 'inject', activation, error, by: BY });
  if (refused !== null) throw new RequestError(refused);
  session.output(`${standing.way} will fail: ${error.type}: ${error.message}`, 'console', {
    view,
    range: standing.range,
  });
}

/** Lets a state fail when the run comes to it. Raises a RequestError when there is no such state. */
export function failAhead(
  session: Session,
  state: string,
  type: string,
  message: string | null,
  always: boolean,
): void {
  checkType(type);
  checkState(session, state);
  const error = { type, message: message ?? `${type}, injected by a person` };
  session.ahead.add({ state, what: { kind: 'fail', error }, always });
  session.output(`${state} will fail: ${error.type}: ${error.message}`, 'console');
}

/** Gives the result of the action where the run stands. Raises a RequestError where that cannot be. */
export async function answerCall(session: Session, result: Json, always: boolean): Promise<void> {
  const { standing, view } = session.present().spot;
  const { activation, doing, run } = standing;
  if (activation === null || (doing !== 'enter' && doing !== 'call' && doing !== 'undo')) {
    throw new RequestError(
      'A call can be answered where the run stands before a state or before its action: at `enter`, `call` or `undo`.',
    );
  }
  const refused = await session.running().send(run, { type: 'answer', activation, result, by: BY });
  if (refused !== null) throw new RequestError(refused);
  if (always) session.ahead.add({ state: standing.plan, what: { kind: 'answer', result }, always });
  const text = `${standing.way} is answered${always ? ' from now on' : ''}: ${JSON.stringify(result)}`;
  session.output(text, 'console', { view, range: standing.range });
}

/** Answers a state when the run comes to it. Raises a RequestError when there is no such state. */
export function answerAhead(session: Session, state: string, result: Json, always: boolean): void {
  checkState(session, state);
  session.ahead.add({ state, what: { kind: 'answer', result }, always });
  session.output(`${state} will be answered: ${JSON.stringify(result)}`, 'console');
}

/**
 * Ends what a thread, or a state of this id or way, waits for: a time, an event, another attempt. Raises a RequestError
 * when it waits for none.
 */
export async function endWait(session: Session, thread: number, wanted: string | null): Promise<void> {
  const debuggee = session.running();
  const stop = debuggee.stop === null ? null : session.present();
  const standing = stop?.spot.standing;
  const meant = ({ plan, way }: { plan: string; way: string }): boolean =>
    wanted === null || wanted === plan || wanted === way;
  if (
    stop !== null &&
    standing?.doing === 'enter' &&
    standing.activation !== null &&
    meant(standing) &&
    WAITING.has(kindOf(stop.spot.view, standing.plan) ?? '')
  ) {
    // Before a wait begins, it can be passed over.
    const refused = await say(session, standing.run, {
      type: 'answer',
      activation: standing.activation,
      result: null,
      by: BY,
    });
    if (refused !== null) throw new RequestError(refused);
    session.output(`${standing.way} will not be waited for`, 'console');
    return;
  }
  for (const view of debuggee.views()) {
    for (const { id, phase, wakeAt, task, scope, way, plan } of view.state.activations.values()) {
      const listens = phase === 'acting' && task === null && (wakeAt !== null || kindOf(view, plan) === 'listen');
      if (phase !== 'retrying' && !listens) continue;
      if (wanted === null ? debuggee.threads.of(view, scope) !== thread : !meant({ plan, way })) continue;
      const refused = await say(session, view.state.run, { type: 'skip-wait', activation: id, by: BY });
      if (refused !== null) throw new RequestError(refused);
      session.output(`${way} waits no longer`, 'console');
      if (stop !== null) session.later(() => debuggee.control.restand(view));
      return;
    }
  }
  const who = wanted === null ? 'Nothing of this thread waits' : `${wanted} does not wait`;
  throw new RequestError(`${who} for a time, for an event or for another attempt.`);
}

/** Puts an event onto the bus of the journal; false when it was seen before. Raises a RequestError for a bad type. */
export function publishEvent(session: Session, type: string, data: Json, id: string | null): boolean {
  if (!/^[A-Za-z_][\w.-]*$/.test(type))
    throw new RequestError(`\`${type}\` is no type of events. Write one such as \`order.paid\`.`);
  const received = session.running().publish(type, data, id);
  session.running().travel.leave();
  session.output(received ? `${type} is sent` : `${type} ${id ?? ''} was sent before, and is dropped`, 'console');
  return received;
}

/** Says something to a run, which goes on by it only after the request was answered. */
function say(session: Session, run: string, stimulus: StimulusBody): Promise<string | null> {
  const { control, send } = session.running();
  session.later(control.keep());
  return send(run, stimulus);
}

function checkType(type: string): void {
  if (!ERROR_TYPE.test(type))
    throw new RequestError(`\`${type}\` is no type of errors. Write one such as \`network\` or \`http.503\`.`);
}

function checkState(session: Session, state: string): void {
  const views = [...session.running().views()];
  const has = views.some(({ plan, text }) =>
    placesOf(plan, text).states.some((each) => [each.state.id, each.state.name].includes(state)),
  );
  // A workflow that is run later may have it.
  const later = views.some(({ plan }) => JSON.stringify(plan).includes('"kind":"run"'));
  if (!has && !later) throw new RequestError(`There is no state \`${state}\` in the workflows of this session.`);
}

/** Kinds of states that can be passed over before they begin to wait. */
const WAITING: ReadonlySet<string> = new Set(['wait', 'listen']);

function kindOf({ plan, text }: RunView, id: string): string | null {
  return stateOf(placesOf(plan, text), id)?.state.action.kind ?? null;
}

export interface TaskAnswer {
  /** The way of the human state. */
  readonly state: string;
  readonly outcome: string;
  readonly form: Json;
  readonly actor: string;
  /** Null for the first run of the session in which such a state waits. */
  readonly run: string | null;
}

/** Completes a task that waits for a person. Raises a RequestError when none waits, or when the answer does not fit. */
export async function answerTask(session: Session, answer: TaskAnswer): Promise<void> {
  const debuggee = session.running();
  const waiting = [...debuggee.views()].flatMap(({ state }) =>
    [...state.activations.values()].filter(({ task }) => task !== null).map(({ way }) => ({ run: state.run, way })),
  );
  const found = waiting.find(({ run, way }) => way === answer.state && (answer.run ?? run) === run);
  if (found === undefined) {
    const others =
      waiting.length === 0 ? 'Nothing waits for a person.' : `These wait: ${waiting.map(({ way }) => way).join(', ')}.`;
    throw new RequestError(`${answer.state} does not wait for a person. ${others}`);
  }
  const { state, outcome, form, actor } = answer;
  const refused = await say(session, found.run, { type: 'decision', state, by: { name: actor }, outcome, form });
  if (refused !== null) throw new RequestError(refused);
}
