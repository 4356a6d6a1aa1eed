/** Small steps over a YAML text. */

/** Where the lines end, from the one at `start`, that are blank or indented deeper than `limit`. */
export function endOfDeeper(text: string, start: number, limit: number): number {
  let at = start;
  while (at < text.length) {
    const end = lineEnd(text, at);
    const line = text.slice(at, end);
    if (line.trim() !== '' && indentOf(line) <= limit) return at;
    at = end + 1;
  }
  return text.length;
}

/** The offset behind the quote that closes the one at `at`, or null if none does before `limit`. */
export function quoteEnd(text: string, at: number, quote: string, limit: number): number | null {
  for (let index = at + 1; index < limit; index++) {
    if (text[index] === '\\' && quote === '"') index++;
    else if (text[index] === quote) {
      if (quote === '"' || text[index + 1] !== "'") return index + 1;
      index++;
    }
  }
  return null;
}

/** The offset behind the brace that closes the expression whose source begins at `at`, or null. */
export function expressionEnd(text: string, at: number, limit: number): number | null {
  let depth = 0;
  for (let index = at; index < limit; index++) {
    const unit = text[index];
    if (unit === '{') depth++;
    else if (unit === '}' && depth-- === 0) return index + 1;
  }
  return null;
}

/** The line with its expressions blotted out, so that signs inside of them are not taken for YAML's. */
export function withoutExpressions(line: string): string {
  return line.replace(/\$\{[^}]*\}?/g, (expression) => 'x'.repeat(expression.length));
}

/** The key of a match of a key's pattern: in double quotes, in single quotes, or plain. */
export function unquoted(match: RegExpExecArray): string {
  return match[1] ?? match[2]?.replaceAll("''", "'") ?? match[3] ?? '';
}

/** The text without the quotes around it, if there are any. */
export function unquotedText(text: string): string {
  const quote = text[0];
  return (quote === '"' || quote === "'") && text.length > 1 && text.endsWith(quote) ? text.slice(1, -1) : text;
}

/** How many white-space characters the line begins with. */
export function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** Where the line ends that `at` stands on, its line break not included. */
export function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}
