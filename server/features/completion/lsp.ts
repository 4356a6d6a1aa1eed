/** Suggestions in the protocol's words. */
import {
  type CompletionItem,
  CompletionItemKind,
  type CompletionList,
  InsertTextFormat,
  InsertTextMode,
  MarkupKind,
} from 'vscode-languageserver/node';
import type { Analysis, Range } from '../../../language/index.ts';
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
  /** What it takes once for the whole list: `editRange`, `insertTextFormat` … */
  readonly completionDefaults: readonly string[];
  /** Its command that shows completion again, or null. */
  readonly suggestCommand: string | null;
}

/** The suggestions as a list. A client without snippets gets their text up to the first place to fill in. */
export function lspCompletion(
  analysis: Analysis,
  { suggestions, complete }: Completion,
  client: CompletionClient,
): CompletionList {
  const defaults = defaultsOf(analysis, suggestions, client);
  const again = client.suggestCommand === null ? null : { title: 'Suggest', command: client.suggestCommand };
  const items = suggestions.map((suggestion, index): CompletionItem => {
    const { label, detail, documentation, replace } = suggestion;
    const format = formatOf(suggestion, client);
    const text = suggestion.snippet === true && !client.snippets ? plain(suggestion.insert) : suggestion.insert;
    const filter = filterText(analysis, suggestion);
    return {
      label,
      kind: KIND[suggestion.kind],
      ...(detail === undefined ? {} : { detail }),
      ...(documentation === undefined ? {} : { documentation: { kind: MarkupKind.Markdown, value: documentation } }),
      sortText: String(index).padStart(4, '0'),
      ...(filter === label ? {} : { filterText: filter }),
      ...(format === defaults.insertTextFormat ? {} : { insertTextFormat: format }),
      ...(defaults.insertTextMode === undefined ? { insertTextMode: InsertTextMode.adjustIndentation } : {}),
      ...(defaults.editRange === undefined || !isSame(replace, suggestions[0]?.replace)
        ? { textEdit: { range: toLspRange(analysis.lines, replace), newText: text } }
        : text === label
          ? {}
          : { textEditText: text }),
      ...(suggestion.more === true && again !== null ? { command: again } : {}),
    };
  });
  const shared = Object.keys(defaults).length === 0 ? {} : { itemDefaults: defaults };
  return { isIncomplete: !complete, ...shared, items };
}

type Defaults = NonNullable<CompletionList['itemDefaults']>;

/** What is the same for most of the suggestions, as far as the client takes it: very many would be long without it. */
function defaultsOf(analysis: Analysis, suggestions: readonly Suggestion[], client: CompletionClient): Defaults {
  const [first] = suggestions;
  const has = (name: keyof Defaults): boolean => client.completionDefaults.includes(name);
  return {
    ...(first !== undefined && has('editRange') ? { editRange: toLspRange(analysis.lines, first.replace) } : {}),
    ...(first !== undefined && has('insertTextFormat') ? { insertTextFormat: formatOf(first, client) } : {}),
    ...(has('insertTextMode') ? { insertTextMode: InsertTextMode.adjustIndentation } : {}),
  };
}

function formatOf({ snippet }: Suggestion, client: CompletionClient): InsertTextFormat {
  return snippet === true && client.snippets ? InsertTextFormat.Snippet : InsertTextFormat.PlainText;
}

function isSame(one: Range, other: Range | undefined): boolean {
  return one.start === other?.start && one.end === other.end;
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
