/** What each state came to, in the editor behind its name while a run stands: its result, visits, time and attempt. */
import type { ExtensionContext } from 'vscode';
import { InlineValueText, Range, languages } from 'vscode';
import type { StatesAnswer, StatesArguments } from '../debugger/protocol.ts';
import { STATES } from '../debugger/protocol.ts';
import { factsInWords } from './inline-words.ts';
import { activeSession } from './sessions.ts';

/** Registers the provider; the editor asks it at each stop, and `debug.inlineValues` turns it off. */
export function registerInlineValues(context: ExtensionContext): void {
  context.subscriptions.push(
    languages.registerInlineValuesProvider(
      { language: 'backstep', scheme: 'file' },
      {
        provideInlineValues: async (document, viewPort) => {
          const session = activeSession();
          if (!session) return [];
          const wish = { path: document.uri.fsPath } satisfies StatesArguments;
          try {
            const { states } = (await session.customRequest(STATES, wish)) as StatesAnswer;
            return states.flatMap((facts) => {
              const line = facts.line - 1;
              if (line < viewPort.start.line || line > viewPort.end.line || line >= document.lineCount) return [];
              const { end } = document.lineAt(line).range;
              const words = factsInWords(facts);
              return words === ''
                ? []
                : [new InlineValueText(new Range(line, facts.column - 1, line, end.character), words)];
            });
          } catch {
            // The session has just ended: then there is nothing to show.
            return [];
          }
        },
      },
    ),
  );
}
