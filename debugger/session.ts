/**
 * One debug session: the table of its requests, and how each is answered.
 *
 * 1. Requests are answered one after the other, in the order in which they came, each exactly once.
 * 2. What a request sets going begins after its answer was sent, so that no event overtakes the answer.
 * 3. Whatever is asked, and whenever: a request that cannot be fulfilled is answered with a sentence.
 */
import { readArguments, RequestError, type Arguments } from './arguments.ts';
import { createState, type Session } from './state.ts';
import {
  ANSWER,
  COMPLETE_TASK,
  EFFECTS,
  EMIT,
  FAIL,
  FORK,
  GO_TO,
  HISTORY,
  SCENARIO,
  SKIP_WAIT,
  STATES,
} from './protocol.ts';
import {
  breakpointLocations,
  setBreakpoints,
  setExceptionBreakpoints,
  setFunctionBreakpoints,
} from './requests/breakpoints.ts';
import { answer, completeTask, effects, emit, fail, fork, skipWait } from './requests/hand.ts';
import { completions, evaluate, setExpression, setVariable } from './requests/evaluate.ts';
import { exceptionInfo, loadedSources, scopes, source, stackTrace, threads, variables } from './requests/look.ts';
import { attach, configurationDone, disconnect, initialize, launch, restart, terminate } from './requests/life.ts';
import { continueRun, next, pause, reverseContinue, stepBack, stepIn, stepOut } from './requests/move.ts';
import { goToRecord, history, states } from './requests/history.ts';
import { dataBreakpointInfo, setDataBreakpoints } from './requests/data.ts';
import { goTo, gotoTargets, restartFrame, stepInTargets } from './requests/targets.ts';
import { scenario } from './requests/scenario.ts';
import type { Incoming } from './wire.ts';

/** Fulfils a request and gives the answer's body; throws a RequestError when it cannot. */
export type Handler = (session: Session, args: Arguments) => object | void | Promise<object | void>;

const REQUESTS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  // The session's life.
  ['initialize', initialize],
  ['launch', launch],
  ['attach', attach],
  ['configurationDone', configurationDone],
  ['restart', restart],
  ['terminate', terminate],
  ['disconnect', disconnect],
  // Where to stop.
  ['setBreakpoints', setBreakpoints],
  ['setFunctionBreakpoints', setFunctionBreakpoints],
  ['setExceptionBreakpoints', setExceptionBreakpoints],
  ['breakpointLocations', breakpointLocations],
  ['dataBreakpointInfo', dataBreakpointInfo],
  ['setDataBreakpoints', setDataBreakpoints],
  // Moving.
  ['continue', continueRun],
  ['next', next],
  ['stepIn', stepIn],
  ['stepOut', stepOut],
  ['pause', pause],
  ['stepBack', stepBack],
  ['reverseContinue', reverseContinue],
  ['stepInTargets', stepInTargets],
  ['gotoTargets', gotoTargets],
  ['goto', goTo],
  ['restartFrame', restartFrame],
  // Looking.
  ['threads', threads],
  ['stackTrace', stackTrace],
  ['scopes', scopes],
  ['variables', variables],
  ['source', source],
  ['loadedSources', loadedSources],
  ['exceptionInfo', exceptionInfo],
  ['evaluate', evaluate],
  ['completions', completions],
  ['setVariable', setVariable],
  ['setExpression', setExpression],
  [HISTORY, history],
  [GO_TO, goToRecord],
  [STATES, states],
  [SCENARIO, scenario],
  // Making things happen.
  [FAIL, fail],
  [ANSWER, answer],
  [SKIP_WAIT, skipWait],
  [EMIT, emit],
  [FORK, fork],
  [EFFECTS, effects],
  [COMPLETE_TASK, completeTask],
]);

export interface SessionServer {
  receive(message: Incoming): void;
  /** Bytes that were no message. */
  complain(sentence: string): void;
  /** Answers what was asked, then leaves the run as it stands. Resolves when its lease is given up; harmless when called again. */
  close(): Promise<void>;
}

/** A session that sends its messages through `send` and calls `over` when the client has disconnected. */
export function createSession(send: (message: object) => void, over: () => void): SessionServer {
  let seq = 0;
  let later: (() => void)[] = [];
  let queue: Promise<void> = Promise.resolve();
  let leave = (): void => undefined;
  const gone = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const session = createState({
    event: (event, body) => send({ seq: ++seq, type: 'event', event, ...(body !== undefined && { body }) }),
    later: (job) => later.push(job),
    over,
    gone,
  });

  const answer = async (message: Incoming): Promise<void> => {
    const command = typeof message['command'] === 'string' ? message['command'] : '';
    const requestSeq = typeof message['seq'] === 'number' ? message['seq'] : 0;
    const common = { type: 'response', request_seq: requestSeq, command };
    try {
      const body = await fulfil(session, command, message['arguments']);
      session.debuggee?.refresh();
      send({ seq: ++seq, ...common, success: true, ...(body !== undefined && { body }) });
    } catch (error) {
      const known = error instanceof RequestError;
      const text = messageOf(error);
      const format = known ? text : `Backstep met a fault of its own in \`${command}\`: ${text}`;
      const body = { error: { id: known ? 1 : 70, format: escape(format), showUser: true } };
      send({ seq: ++seq, ...common, success: false, message: format, body });
    }
    const jobs = later;
    later = [];
    for (const job of jobs) {
      try {
        job();
      } catch (error) {
        // A fault here must not keep the next requests from their answers.
        session.output(`Backstep met a fault of its own after \`${command}\`: ${messageOf(error)}`, 'stderr');
      }
    }
  };

  return {
    receive(message) {
      if (message['type'] !== 'request') return;
      queue = queue.then(() => answer(message));
    },
    complain: (sentence) => session.output(`Backstep: ${sentence}\n`, 'stderr'),
    async close() {
      leave();
      // A client that ends its side right after its last request has still asked it.
      await queue;
      await session.close();
    },
  };
}

async function fulfil(session: Session, command: string, args: unknown): Promise<object | void> {
  const handler = REQUESTS.get(command);
  if (handler === undefined) throw new RequestError(`There is no request \`${command}\`.`);
  if (!session.initialized && command !== 'initialize' && command !== 'disconnect') {
    throw new RequestError(`\`initialize\` comes first: \`${command}\` was refused.`);
  }
  return handler(session, readArguments(command, args));
}

/** Braces in the format of an error stand for variables. */
function escape(text: string): string {
  return text.replaceAll('{', '(').replaceAll('}', ')');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
