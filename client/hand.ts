/** A person's hand in a run that is debugged: failures, answers, waits that are skipped, events. */
import type { DebugSession, ExtensionContext, QuickPickItem } from 'vscode';
import { Uri, commands, window } from 'vscode';
import type { AnswerArguments, EmitArguments, FailArguments, SkipWaitArguments } from '../debugger/protocol.ts';
import { ANSWER, EMIT, FAIL, SKIP_WAIT } from '../debugger/protocol.ts';
import { askForJson, askForWord } from './asking.ts';
import { needsInput, skeleton } from './input-schema.ts';
import type { LanguageServer } from './language.ts';
import { answerOf, errorsOf, findState, statesOf } from './plan-search.ts';
import type { Plan, PlanState } from './plan-search.ts';
import type { Runs } from './sessions.ts';
import { ask, isStopped, sessionOrMessage, threadOf } from './sessions.ts';
import { planOf, targetOf } from './target.ts';
import type { Target } from './target.ts';

/** The types of errors that any workflow can meet (language reference, 7). */
const BUILT_IN: readonly { readonly word: string; readonly about: string }[] = [
  { word: 'network', about: 'the service was not reached' },
  { word: 'timeout', about: 'no answer in time' },
  { word: 'http.400', about: 'the service refused the request' },
  { word: 'http.404', about: 'there is no such thing' },
  { word: 'http.409', about: 'it conflicts with what is there' },
  { word: 'http.422', about: 'it cannot be done' },
  { word: 'http.429', about: 'too many requests' },
  { word: 'http.500', about: 'the service failed' },
  { word: 'http.503', about: 'the service is not there for now' },
  { word: 'exit.1', about: 'a program ended with an error' },
  { word: 'validation', about: 'a value does not fit its schema' },
  { word: 'expression', about: 'an expression could not be evaluated' },
  { word: 'no-transition', about: 'no condition of a switch held' },
  { word: 'limit', about: 'a limit was reached' },
  { word: 'circuit-open', about: 'the participant failed too often' },
  { word: 'cancelled', about: 'it was cancelled' },
];

const TYPE_OF_ERROR = /^[A-Za-z_][\w-]*(\.[\w-]+)*$/;
const TYPE_OF_EVENT = /^[A-Za-z_][\w.-]*$/;

/** Registers the commands that make things happen. Each works on the state that it was started on, or asks for one. */
export function registerHand(context: ExtensionContext, server: LanguageServer, runs: Runs): void {
  const command = (id: string, run: (hand: Hand) => Promise<void>): void => {
    context.subscriptions.push(
      commands.registerCommand(id, async (given?: unknown) => {
        const session = sessionOrMessage();
        const target = session && (await targetOf(given, server));
        if (!session || target === undefined) return;
        await run({ session, target, here: await hereIn(session, server, runs) });
      }),
    );
  };
  command('backstep.injectFailure', injectFailure);
  command('backstep.answerCall', answerCall);
  command('backstep.skipWait', skipWait);
  command('backstep.sendEvent', sendEvent);
}

interface Hand {
  readonly session: DebugSession;
  readonly target: Target | null;
  /** Where the session stands. */
  readonly here: Here;
}

interface Here {
  readonly plan: Plan | null;
  /** The id of the state, if the session is stopped at one. */
  readonly state: string | null;
  readonly file: string | null;
}

async function hereIn(session: DebugSession, server: LanguageServer, runs: Runs): Promise<Here> {
  const position = runs.positionOf(session);
  const plan = position && (await planOf(Uri.file(position.file), server));
  const state = position && position.plan !== '' && isStopped(session) ? position.plan : null;
  return { plan, state, file: position?.file ?? null };
}

async function injectFailure(hand: Hand): Promise<void> {
  const aim = await takeAim(hand, 'fail');
  if (!aim) return;
  const { plan } = aim;
  const error = await askForWord({
    title: aim.state === undefined ? 'Error to inject here' : `Error to inject at ${aim.state}`,
    placeholder: 'Choose a type, or type another one such as order.refused',
    groups: [
      { heading: 'of this workflow', words: plan ? errorsOf(plan) : [] },
      { heading: 'built in', words: BUILT_IN },
    ],
    fits: (typed) => TYPE_OF_ERROR.test(typed),
  });
  if (error === undefined) return;
  const { state, always } = aim;
  const wish = { threadId: threadOf(hand.session), error, ...(state === undefined ? {} : { state, always }) };
  await ask(hand.session, FAIL, wish satisfies FailArguments);
}

async function answerCall(hand: Hand): Promise<void> {
  const aim = await takeAim(hand, 'answer');
  if (!aim) return;
  const { plan, state, always } = aim;
  const about = plan && findState(plan, state ?? hand.here.state ?? '');
  const schema = plan && about ? answerOf(plan, about) : null;
  const answer = await askForJson(
    state === undefined ? 'Answer in place of the call here, as JSON' : `Answer of ${state}, as JSON`,
    needsInput(schema) || isObjectSchema(schema) ? skeleton(schema) : {},
  );
  if (!answer) return;
  const wish = {
    threadId: threadOf(hand.session),
    result: answer.value,
    always,
    ...(state !== undefined && { state }),
  };
  await ask(hand.session, ANSWER, wish satisfies AnswerArguments);
}

async function skipWait({ session, target }: Hand): Promise<void> {
  const threadId = target || isStopped(session) ? threadOf(session) : await askForThread(session);
  if (threadId === undefined) return;
  const wish = { threadId, ...(target && { state: target.state.id }) };
  await ask(session, SKIP_WAIT, wish satisfies SkipWaitArguments);
}

/** The thread of a run that goes on; where branches or items are threads of their own, one of them is chosen. */
async function askForThread(session: DebugSession): Promise<number | undefined> {
  const answer = await ask<{ readonly threads: readonly Thread[] }>(session, 'threads', {});
  const threads = answer?.threads ?? [];
  if (threads.length < 2) return threads[0]?.id;
  const choices = threads.map(({ id, name }) => ({ label: name, id }));
  return (await window.showQuickPick(choices, { title: 'Whose wait to skip' }))?.id;
}

/** As the protocol gives it. */
interface Thread {
  readonly id: number;
  readonly name: string;
}

async function sendEvent({ session, target, here }: Hand): Promise<void> {
  const plan = target?.plan ?? here.plan;
  const events = plan?.events ?? [];
  const type = await askForWord({
    title: 'Event to send',
    placeholder: 'Choose a type, or type another one such as order.paid',
    groups: [{ heading: 'of this workflow', words: events.map((event) => ({ word: event.type })) }],
    fits: (typed) => TYPE_OF_EVENT.test(typed),
  });
  if (type === undefined) return;
  const data = await askForJson(
    `Data of ${type}, as JSON`,
    skeleton(events.find((event) => event.type === type)?.data ?? {}),
  );
  if (!data) return;
  await ask(session, EMIT, { type, data: data.value } satisfies EmitArguments);
}

/** Where and when something is to happen: now where the session stands, or when the run comes to a state. */
interface Aim {
  readonly plan: Plan | null;
  /** Absent: now. */
  readonly state?: string;
  readonly always: boolean;
}

type When = QuickPickItem & { readonly now: boolean; readonly always: boolean };

async function takeAim({ target, here }: Hand, what: 'fail' | 'answer'): Promise<Aim | undefined> {
  const standsThere =
    here.state !== null && (target === null || (target.state.id === here.state && target.uri.fsPath === here.file));
  const name = target?.state.id ?? 'a state';
  const choices: When[] = [
    ...(standsThere
      ? [{ label: `Now, at ${here.state}`, description: 'where the run stands', now: true, always: false }]
      : []),
    ...(standsThere && what === 'answer'
      ? [{ label: `Now and whenever the run comes to ${here.state}`, now: true, always: true }]
      : []),
    { label: `When the run comes to ${name} next`, description: 'ahead of time, once', now: false, always: false },
    { label: `Whenever the run comes to ${name}`, description: 'ahead of time, always', now: false, always: true },
  ];
  const title = what === 'fail' ? 'When to fail' : 'When to answer instead of making the call';
  const choice = await window.showQuickPick(choices, { title, ignoreFocusOut: true });
  if (!choice) return undefined;
  const { now, always } = choice;
  const plan = target?.plan ?? here.plan;
  if (now) return { plan, always };
  const state = target?.state.id ?? (await askForState(plan, title));
  return state === undefined ? undefined : { plan, state, always };
}

async function askForState(plan: Plan | null, title: string): Promise<string | undefined> {
  const states: readonly PlanState[] = plan ? statesOf(plan) : [];
  return askForWord({
    title,
    placeholder: 'Choose a state, or type the name of one in a workflow that is run by this one',
    groups: [
      {
        heading: 'states',
        words: states.map(({ id, title: about }) => ({ word: id, ...(about !== null && { about }) })),
      },
    ],
    fits: (typed) => /^[A-Za-z_][\w/-]*$/.test(typed),
  });
}

function isObjectSchema(schema: unknown): boolean {
  return typeof schema === 'object' && schema !== null && 'properties' in schema;
}
