/** Small questions to a person: a JSON value, one of several words, or another word. */
import type { QuickPickItem } from 'vscode';
import { QuickPickItemKind, window } from 'vscode';
import type { AnswerArguments } from '../debugger/protocol.ts';
import { parseInput } from './input-schema.ts';

export type Json = Exclude<AnswerArguments['result'], undefined>;

/** Asks for a JSON value, checked while it is typed. Undefined when the person gave up. */
export async function askForJson(title: string, first: unknown): Promise<{ readonly value: Json } | undefined> {
  const text = await window.showInputBox({
    title,
    value: JSON.stringify(first),
    ignoreFocusOut: true,
    validateInput: (typed) => {
      const parsed = parseInput(typed);
      return parsed.ok ? null : parsed.message;
    },
  });
  if (text === undefined) return undefined;
  const parsed = parseInput(text);
  return parsed.ok ? { value: parsed.value as Json } : undefined;
}

export interface Word {
  readonly word: string;
  readonly about?: string;
}

interface WordItem extends QuickPickItem {
  readonly word?: string;
}

export interface WordQuestion {
  readonly title: string;
  readonly placeholder: string;
  /** Lists under headings. */
  readonly groups: readonly { readonly heading: string; readonly words: readonly Word[] }[];
  /** Whether what was typed is an answer of its own. */
  fits(typed: string): boolean;
}

/** Offers words, and takes another one that is typed, if it fits. Undefined when the person gave up. */
export function askForWord({ title, placeholder, groups, fits }: WordQuestion): Promise<string | undefined> {
  const known = groups
    .filter(({ words }) => words.length > 0)
    .flatMap(({ heading, words }): WordItem[] => [
      { label: heading, kind: QuickPickItemKind.Separator },
      ...words.map(({ word, about }) => ({
        label: word,
        word,
        ...(about === undefined ? {} : { description: about }),
      })),
    ]);
  const pick = window.createQuickPick<WordItem>();
  Object.assign(pick, { title, placeholder, items: known, ignoreFocusOut: true, matchOnDescription: true });
  return new Promise((resolve) => {
    pick.onDidChangeValue((value) => {
      const typed = value.trim();
      const own = typed !== '' && fits(typed) && !known.some(({ word }) => word === typed);
      pick.items = own ? [...known, { label: `$(edit) ${typed}`, word: typed, alwaysShow: true }] : known;
    });
    pick.onDidAccept(() => {
      // Who types fast is done before the list shows what was typed.
      const typed = pick.value.trim();
      const word = pick.selectedItems[0]?.word ?? (fits(typed) ? typed : undefined);
      if (word === undefined) return;
      resolve(word);
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}
