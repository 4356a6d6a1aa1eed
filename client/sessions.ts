/** What the surfaces know of the sessions that debug workflows: which one is meant, where it stands, and what it is asked. */
import type { DebugSession, Event } from 'vscode';
import { debug, window } from 'vscode';
import type { PositionEvent } from '../debugger/protocol.ts';

export const DEBUG_TYPE = 'backstep';

/** What the other surfaces know of runs that are being debugged. */
export interface Runs {
  /** A run stands somewhere else now. */
  readonly onPosition: Event<{ readonly session: DebugSession; readonly position: PositionEvent }>;
  readonly onStart: Event<DebugSession>;
  readonly onEnd: Event<DebugSession>;
  /** Where a session was said to stand last; null before it has said so. */
  positionOf(session: DebugSession): PositionEvent | null;
}

/** The thread of a session that has no other: that of the run itself. */
const MAIN_THREAD = 1;

/** The session that a command is about: the focused one of the editor, if it debugs a workflow. */
export function activeSession(): DebugSession | null {
  const session = debug.activeDebugSession;
  return session?.type === DEBUG_TYPE ? session : null;
}

/** The same, and a message where there is none. */
export function sessionOrMessage(): DebugSession | null {
  const session = activeSession();
  if (!session) void window.showInformationMessage('Backstep: no workflow is being debugged. Start one with F5 first.');
  return session;
}

/** Whether the session stands, so that what is asked of it can be about that place. */
export function isStopped(session: DebugSession): boolean {
  return debug.activeStackItem?.session.id === session.id;
}

/** The thread that a person looks at; the run's own when none is focused. */
export function threadOf(session: DebugSession): number {
  const item = debug.activeStackItem;
  return item?.session.id === session.id ? item.threadId : MAIN_THREAD;
}

/**
 * Asks the debugger. A refusal is a sentence for people, so it is shown; then, and only then, the answer is undefined.
 * A request without a body is answered with null.
 */
export async function ask<Answer = null>(
  session: DebugSession,
  command: string,
  args: object,
): Promise<Answer | undefined> {
  try {
    return ((await session.customRequest(command, args)) ?? null) as Answer;
  } catch (error) {
    void window.showErrorMessage(`Backstep: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
