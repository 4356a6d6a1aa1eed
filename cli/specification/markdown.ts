/** Short forms for the Markdown of a specification; the library that writes it knows what must be escaped. */
import { gfmTableToMarkdown } from 'mdast-util-gfm-table';
import { toMarkdown } from 'mdast-util-to-markdown';
import type { Heading, List, Paragraph, PhrasingContent, RootContent, Table } from 'mdast';

export type Block = RootContent;

/** What stands in a cell or a sentence: text as it is, or pieces of which some are code. */
export type Words = string | readonly (string | PhrasingContent)[];

/** Markdown of GitHub's flavour, ended by a line break. */
export function written(blocks: readonly Block[]): string {
  return toMarkdown(
    { type: 'root', children: [...blocks] },
    { bullet: '-', rule: '-', fences: true, extensions: [gfmTableToMarkdown({ tablePipeAlign: false })] },
  );
}

export function heading(depth: Heading['depth'], words: Words): Heading {
  return { type: 'heading', depth, children: phrase(words) };
}

export function paragraph(words: Words): Paragraph {
  return { type: 'paragraph', children: phrase(words) };
}

export function bullets(items: readonly Words[]): List {
  return {
    type: 'list',
    ordered: false,
    spread: false,
    children: items.map((words) => ({ type: 'listItem', spread: false, children: [paragraph(words)] })),
  };
}

/** A table; columns in which no row has anything are left out, but the first is always there. */
export function table(head: readonly string[], rows: readonly (readonly Words[])[]): Table {
  const kept = head.map((_, at) => at === 0 || rows.some((row) => (row[at] ?? '').length > 0));
  const rowOf = (cells: readonly Words[]): Table['children'][number] => ({
    type: 'tableRow',
    children: cells.filter((_, at) => kept[at]).map((words) => ({ type: 'tableCell', children: phrase(words) })),
  });
  return { type: 'table', children: [rowOf(head), ...rows.map(rowOf)] };
}

/** Code in a line; line breaks of the source become spaces. */
export function code(text: string): PhrasingContent {
  return { type: 'inlineCode', value: text.replace(/\s+/g, ' ').trim() };
}

/** Names as code, with commas between them. */
export function codes(names: readonly string[]): Words {
  return joined(names.map((name) => [code(name)]));
}

/** Pieces one after the other, with `between` between them; empty ones are left out. */
export function joined(pieces: readonly Words[], between = ', '): Words {
  return pieces
    .filter((words) => words.length > 0)
    .flatMap((words, at) => (at === 0 ? [...parts(words)] : [between, ...parts(words)]));
}

function parts(words: Words): readonly (string | PhrasingContent)[] {
  return typeof words === 'string' ? [words] : words;
}

function phrase(words: Words): PhrasingContent[] {
  return parts(words).map((part) => (typeof part === 'string' ? { type: 'text', value: part } : part));
}
