/** Fork from here: a new run with the records up to the moment of the view, after saying what it leaves behind. */
import type { DebugSession, ExtensionContext } from 'vscode';
import { commands, window } from 'vscode';
import type {
  EffectsAnswer,
  EffectsArguments,
  ForeseenEffect,
  ForkAnswer,
  ForkArguments,
  PositionEvent,
} from '../debugger/protocol.ts';
import { EFFECTS, FORK } from '../debugger/protocol.ts';
import type { Json } from './asking.ts';
import { askForJson } from './asking.ts';
import { changedIn } from './fork-values.ts';
import { goTo } from './history.ts';
import type { HistoryNode } from './history.ts';
import type { Runs } from './sessions.ts';
import { ask, sessionOrMessage, threadOf } from './sessions.ts';

/** The most effects that the question names. */
const MOST = 15;

const AS_IT_IS = 'Fork';
const WITH_VALUES = 'Fork with Other Values…';

/** Registers the command, for the toolbar and for a record of the history. */
export function registerFork(context: ExtensionContext, runs: Runs): void {
  context.subscriptions.push(
    commands.registerCommand('backstep.fork', async (given?: unknown) => {
      const session = sessionOrMessage();
      const position = session && runs.positionOf(session);
      if (!session || !position) return;
      const node = recordOf(given);
      if (node && !(await goTo(session, node.run, node.line.seq))) return;
      await fork(session, node ? { ...position, run: node.run } : position);
    }),
  );
}

async function fork(session: DebugSession, { run }: Pick<PositionEvent, 'run'>): Promise<void> {
  const foreseen = await ask<EffectsAnswer>(session, EFFECTS, { run } satisfies EffectsArguments);
  if (!foreseen) return;
  const vars = await variablesOf(session);
  const buttons = Object.keys(vars).length === 0 ? [AS_IT_IS] : [AS_IT_IS, WITH_VALUES];
  const question = `Fork ${run} after its record ${foreseen.at}?`;
  const chosen = await window.showWarningMessage(question, { modal: true, detail: tell(foreseen) }, ...buttons);
  if (chosen === undefined) return;
  const wished = chosen === WITH_VALUES ? await askForJson('Variables of the fork, as JSON', vars) : { value: vars };
  if (!wished) return;
  const changed = changedIn(vars, wished.value);
  if (typeof changed === 'string') {
    void window.showErrorMessage(`Backstep: ${changed}`);
    return;
  }
  const wish = { threadId: threadOf(session), run, vars: changed } satisfies ForkArguments;
  const made = await ask<ForkAnswer>(session, FORK, wish);
  if (made) void window.showInformationMessage(`The session goes on in ${made.run}.`);
}

function tell({ run, effects }: EffectsAnswer): string {
  if (effects.length === 0) return `${run} has done nothing after that. A new run begins with its records up to there.`;
  const lines = effects.slice(0, MOST).map(inWords);
  const rest = effects.length > MOST ? [`… and ${effects.length - MOST} more`] : [];
  const what = effects.length === 1 ? 'this' : 'these';
  return [
    `${run} has already done ${what} after that. Nothing of it is undone, and the fork may do it again:`,
    '',
    ...lines,
    ...rest,
  ].join('\n');
}

function inWords({ state, action, undoing, certain }: ForeseenEffect): string {
  return `• ${undoing ? 'undo ' : ''}${state} → ${action}${certain ? '' : ' (in doubt)'}`;
}

/** The variables where the view stands; secrets among them are masked, and go into the fork as they are. */
async function variablesOf(session: DebugSession): Promise<Record<string, Json>> {
  try {
    const wish = { expression: 'vars', context: 'clipboard' };
    const { result } = (await session.customRequest('evaluate', wish)) as { readonly result: string };
    return JSON.parse(result) as Record<string, Json>;
  } catch {
    // There are no variables where nothing has begun.
    return {};
  }
}

function recordOf(given: unknown): Extract<HistoryNode, { kind: 'record' }> | null {
  const node = given as Partial<HistoryNode> | null | undefined;
  return typeof node === 'object' && node?.kind === 'record'
    ? (node as Extract<HistoryNode, { kind: 'record' }>)
    : null;
}
