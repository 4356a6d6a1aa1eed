/** What the command line writes: results to standard output, sentences about faults to standard error. */
import { styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];

/** Writes one line to standard output. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Writes one line of JSON to standard output. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Writes one line to standard error. */
export function complain(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** `text` in colour, if standard output is a terminal that shows colours; `NO_COLOR` and `FORCE_COLOR` are respected. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** As `paint`, for standard error. */
export function paintError(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stderr });
}

/**
 * Columns of text, separated by three spaces; the last one is not padded. The first row is the heading.
 * `style` colours a cell after it was padded, so that colours don't count as letters.
 */
export function table(
  rows: readonly (readonly string[])[],
  style: (cell: string, row: number, column: number) => string = (cell) => cell,
): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row, at) =>
    row
      .map((cell, column) => style(column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0), at, column))
      .join('   ')
      .trimEnd(),
  );
}

/** An instant for people: local date and time, to the second, or to the millisecond. */
export function formatTime(instant: number, milliseconds = false): string {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return String(instant);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${String(date.getFullYear())}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time}${milliseconds ? `.${String(date.getMilliseconds()).padStart(3, '0')}` : ''}`;
}

/** `text` without line breaks and control characters, which could redraw a terminal. */
export function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}
