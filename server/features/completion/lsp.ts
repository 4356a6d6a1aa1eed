/** Suggestions in the protocol's words. */
import {
  type CompletionItem,
  CompletionItemKind,
  type CompletionList,
  InsertTextFormat,
  InsertTextMode,
  MarkupKind,
} from 'vscode-languageserver/node';
import type { Analysis } from '../../../language/index.ts';
import { toLspRange } from '../../convert.ts';
import type { Completion } from './complete.ts';
import type { Suggestion, SuggestionKind } from './item.ts';

const KIND: Record<SuggestionKind, CompletionItemKind> = {
  key: CompletionItemKind.Property,
  kind: CompletionItemKind.Keyword,
  state: CompletionItemKind.Class,
  participant: CompletionItemKind.Module,
  operation: CompletionItemKind.Method,
  policy: CompletionItemKind.Constant,
  event: CompletionItemKind.Event,
  role: CompletionItemKind.Interface,
  variable: CompletionItemKind.Variable,
  outcome: CompletionItemKind.EnumMember,
  value: CompletionItemKind.Value,
  error: CompletionItemKind.EnumMember,
  file: CompletionItemKind.File,
  folder: CompletionItemKind.Folder,
  root: CompletionItemKind.Variable,
  property: CompletionItemKind.Field,
  function: CompletionItemKind.Function,
  expression: CompletionItemKind.Snippet,
};

/** What the client can do with a suggestion. */
export interface CompletionClient {
  readonly snippets: boolean;
  /** Its command that shows completion again, or null. */
  readonly suggestCommand: string | null;
}

/** The suggestions as a list. A client without snippets gets their text up to the first place to fill in. */
export function lspCompletion(
  analysis: Analysis,
  { suggestions, complete }: Completion,
  client: CompletionClient,
): CompletionList {
  const items = suggestions.map((suggestion, index): CompletionItem => {
    const snippet = suggestion.snippet === true && client.snippets;
    const newText = suggestion.snippet === true && !client.snippets ? plain(suggestion.insert) : suggestion.insert;
    return {
      label: suggestion.label,
      kind: KIND[suggestion.kind],
      ...(suggestion.detail === undefined ? {} : { detail: suggestion.detail }),
      ...(suggestion.documentation === undefined
        ? {}
        : { documentation: { kind: MarkupKind.Markdown, value: suggestion.documentation } }),
      sortText: String(index).padStart(4, '0'),
      filterText: filterText(analysis, suggestion),
      insertTextFormat: snippet ? InsertTextFormat.Snippet : InsertTextFormat.PlainText,
      insertTextMode: InsertTextMode.adjustIndentation,
      textEdit: { range: toLspRange(analysis.lines, suggestion.replace), newText },
      ...(suggestion.more === true ? { command: { title: 'Suggest', command: 'editor.action.triggerSuggest' } } : {}),
    };
  });
  return { isIncomplete: !complete, items };
}

/** Clients compare this with what stands in the range that is replaced; `${ … }` is to appear whatever stands there. */
function filterText(analysis: Analysis, suggestion: Suggestion): string {
  if (suggestion.kind !== 'expression') return suggestion.label;
  return analysis.text.slice(suggestion.replace.start, suggestion.replace.end) || suggestion.label;
}

/** A snippet's text with its defaults, up to the last thing that is not to be filled in. */
function plain(snippet: string): string {
  return snippet
    .replace(/\$\{\d+\|([^,|]*)[^|]*\|\}/g, '$1')
    .replace(/\$\{\d+:([^}]*)\}/g, '$1')
    .replace(/(?<!\\)\$\d+/g, '')
    .replace(/\\([\\$}])/g, '$1')
    .trimEnd();
}
