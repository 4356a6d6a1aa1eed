/** Human tasks of a run that is being debugged: the person at the editor answers them. */
import type { DebugSession, ExtensionContext } from 'vscode';
import { Uri, commands, window, workspace } from 'vscode';
import type { CompleteTaskArguments, PositionEvent } from '../debugger/protocol.ts';
import { COMPLETE_TASK } from '../debugger/protocol.ts';
import { askForJson } from './asking.ts';
import { needsInput, skeleton } from './input-schema.ts';
import type { LanguageServer } from './language.ts';
import { findHuman } from './plan-search.ts';
import type { Runs } from './sessions.ts';
import { ask } from './sessions.ts';
import { targetOf } from './target.ts';

const COMMAND = 'backstep.completeTask';

/** Whether the run waits for a person, for the menus. */
const CONTEXT_KEY = 'backstep.waitsForPerson';

/** Registers the command that answers a waiting task, and offers it when a run comes to one. */
export function registerTasks(context: ExtensionContext, server: LanguageServer, runs: Runs): void {
  let waiting: { session: DebugSession; position: PositionEvent } | null = null;
  let offered = '';

  const human = async (position: PositionEvent) => {
    const uri = Uri.file(position.file);
    await workspace.openTextDocument(uri);
    const plan = (await server.plan(uri))?.plan;
    return plan ? findHuman(plan, position.plan) : null;
  };

  const offer = async (position: PositionEvent): Promise<void> => {
    const task = await human(position);
    void commands.executeCommand('setContext', CONTEXT_KEY, task !== null);
    if (!task) return;
    const answer = await window.showInformationMessage(`${position.state} waits for a person.`, 'Complete task…');
    if (answer !== undefined) await commands.executeCommand(COMMAND);
  };

  const complete = async (given?: unknown): Promise<void> => {
    const target = await targetOf(given, server);
    if (target === undefined) return;
    if (!waiting) {
      void window.showInformationMessage('Backstep: no run that is being debugged waits for a person.');
      return;
    }
    const { session, position } = waiting;
    // The way of a state in an item has the item's number, which only the run knows.
    const meant = target === null || target.state.id === position.plan ? position : null;
    const state = meant?.state ?? target?.state.id ?? '';
    const task = meant ? await human(meant) : target && findHuman(target.plan, target.state.id);
    if (!task) {
      void window.showErrorMessage(`Backstep: ${state} is no task for a person in the file as it stands.`);
      return;
    }
    const outcome = await window.showQuickPick([...task.outcomes], { title: `Outcome of ${state}` });
    if (outcome === undefined) return;
    const first = needsInput(task.form) ? skeleton(task.form) : {};
    const form = task.form === null ? { value: undefined } : await askForJson(`Form of ${state}, as JSON`, first);
    if (!form) return;
    const answer = {
      state,
      outcome,
      ...(meant && { run: meant.run }),
      ...(form.value !== undefined && { form: form.value }),
    } satisfies CompleteTaskArguments;
    await ask(session, COMPLETE_TASK, answer);
  };

  context.subscriptions.push(
    commands.registerCommand(COMMAND, complete),
    runs.onPosition(({ session, position }) => {
      const waits = position.status === 'waiting' && position.state !== '';
      waiting = waits ? { session, position } : waiting?.session === session ? null : waiting;
      if (!waits) void commands.executeCommand('setContext', CONTEXT_KEY, false);
      const task = waits ? `${position.run}/${position.state}/${position.path.length}` : '';
      if (task !== '' && task !== offered) void offer(position);
      offered = task;
    }),
    runs.onEnd((session) => {
      if (waiting?.session !== session) return;
      waiting = null;
      void commands.executeCommand('setContext', CONTEXT_KEY, false);
    }),
  );
}
