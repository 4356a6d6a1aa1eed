/** Requests that make things happen in the run: a failure, a person's answer. */
import type { Json } from '../../language/index.ts';
import { RequestError } from '../arguments.ts';
import type { Arguments } from '../arguments.ts';
import { effectsHere, forkHere, wishedVariables } from '../forking.ts';
import { answerAhead, answerCall, answerTask, endWait, failAhead, injectFailure, publishEvent } from '../hand.ts';
import type { Session } from '../state.ts';
import { checkThread } from './move.ts';

export async function fail(session: Session, args: Arguments): Promise<void> {
  checkThread(session, args);
  const error = args.text('error');
  const message = args.optionalText('message');
  const state = args.optionalText('state');
  if (state === null) await injectFailure(session, error, message);
  else failAhead(session, state, error, message, args.flag('always'));
}

/** Answers the call where the run stands, or, by `state`, when the run comes to it. */
export async function answer(session: Session, args: Arguments): Promise<void> {
  checkThread(session, args);
  const wish = { result: args.json('result') ?? null, always: args.flag('always') };
  const state = args.optionalText('state');
  if (state === null) await answerCall(session, wish.result, wish.always);
  else answerAhead(session, state, wish.result, wish.always);
}

export async function skipWait(session: Session, args: Arguments): Promise<void> {
  await endWait(session, checkThread(session, args), args.optionalText('state'));
}

export function emit(session: Session, args: Arguments): object {
  return { received: publishEvent(session, args.text('type'), args.json('data') ?? null, args.optionalText('id')) };
}

export async function fork(session: Session, args: Arguments): Promise<object> {
  checkThread(session, args);
  session.standing();
  const vars = args.object('vars') === null ? {} : args.raw('vars');
  const run = args.optionalText('run') ?? session.running().main().state.run;
  return { run: await forkHere(session, { run, set: wishedVariables(vars as Record<string, Json>) }) };
}

export function effects(session: Session, args: Arguments): object {
  session.standing();
  return effectsHere(session, args.optionalText('run') ?? session.running().main().state.run);
}

export async function completeTask(session: Session, args: Arguments): Promise<void> {
  const run = args.optionalText('run');
  if (run !== null && session.running().find(run) === null)
    throw new RequestError(`There is no run ${run} in this session.`);
  await answerTask(session, {
    state: args.text('state'),
    outcome: args.text('outcome'),
    form: args.json('form') ?? {},
    actor: args.optionalText('actor') ?? 'debugger',
    run,
  });
}
