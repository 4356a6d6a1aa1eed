/** Human tasks of a run that is being debugged: the person at the editor answers them. */
import type { DebugSession, ExtensionContext } from 'vscode';
import { Uri, commands, window, workspace } from 'vscode';
import type { CompleteTaskArguments, PositionEvent } from '../debugger/protocol.ts';
import { COMPLETE_TASK } from '../debugger/protocol.ts';
import type { Runs } from './debug.ts';
import { needsInput, parseInput, skeleton } from './input-schema.ts';
import type { LanguageServer } from './language.ts';
import { findHuman } from './plan-search.ts';

const COMMAND = 'backstep.completeTask';

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
    if (!task) return;
    const answer = await window.showInformationMessage(`${position.state} waits for a person.`, 'Complete task…');
    if (answer !== undefined) await commands.executeCommand(COMMAND);
  };

  const complete = async (): Promise<void> => {
    if (!waiting) {
      void window.showInformationMessage('Backstep: no run that is being debugged waits for a person.');
      return;
    }
    const { session, position } = waiting;
    const task = await human(position);
    if (!task) {
      void window.showErrorMessage(`Backstep: ${position.state} is no task for a person in the file as it stands.`);
      return;
    }
    const outcome = await window.showQuickPick([...task.outcomes], { title: `Outcome of ${position.state}` });
    if (outcome === undefined) return;
    const form =
      task.form === null ? { ok: true as const, value: undefined } : await askForForm(position.state, task.form);
    if (!form) return;
    const answer = {
      state: position.state,
      outcome,
      run: position.run,
      ...(form.value === undefined ? {} : { form: form.value as CompleteTaskArguments['form'] & {} }),
    } satisfies CompleteTaskArguments;
    try {
      await session.customRequest(COMPLETE_TASK, answer);
    } catch (error) {
      void window.showErrorMessage(`Backstep: ${error instanceof Error ? error.message : String(error)}`);
    }
  };

  context.subscriptions.push(
    commands.registerCommand(COMMAND, complete),
    runs.onPosition(({ session, position }) => {
      const waits = position.status === 'waiting' && position.state !== '';
      waiting = waits ? { session, position } : waiting?.session === session ? null : waiting;
      const task = waits ? `${position.run}/${position.state}/${position.path.length}` : '';
      if (task !== '' && task !== offered) void offer(position);
      offered = task;
    }),
    runs.onEnd((session) => {
      if (waiting?.session === session) waiting = null;
    }),
  );
}

async function askForForm(state: string, schema: unknown): Promise<{ ok: true; value: unknown } | undefined> {
  const text = await window.showInputBox({
    title: `Form of ${state}, as JSON`,
    value: JSON.stringify(needsInput(schema) ? skeleton(schema) : {}),
    ignoreFocusOut: true,
    validateInput: (typed) => {
      const parsed = parseInput(typed);
      return parsed.ok ? null : parsed.message;
    },
  });
  if (text === undefined) return undefined;
  const parsed = parseInput(text);
  return parsed.ok ? { ok: true, value: parsed.value } : undefined;
}
