/** A person's hand in the run: failures and answers, for requests and for the console alike. */
import type { Json } from '../language/index.ts';
import { RequestError } from './arguments.ts';
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
  if (!ERROR_TYPE.test(type))
    throw new RequestError(`\`${type}\` is no type of errors. Write one such as \`network\` or \`http.503\`.`);
  const error = { type, message: message ?? `${type}, injected by a person` };
  const refused = await session.running().send(run, { type: 'inject', activation, error });
  if (refused !== null) throw new RequestError(refused);
  session.output(`${standing.way} will fail: ${error.type}: ${error.message}`, 'console', {
    view,
    range: standing.range,
  });
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
  const refused = await debuggee.send(found.run, { type: 'decision', state, by: { name: actor }, outcome, form });
  if (refused !== null) throw new RequestError(refused);
}
