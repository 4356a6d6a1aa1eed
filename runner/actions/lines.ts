/** Longest line of a program's output that is handed on whole, in characters. */
const LONGEST_LINE = 16_384;

/**
 * How much of a longer line is kept back when its beginning is handed on, in characters: what a secret needs that has only
 * begun to arrive.
 */
const KEPT_BACK = LONGEST_LINE / 2;

/**
 * Cuts text that arrives in pieces into lines; `end` gives what is left as the last one. Empty lines are dropped. `mask`
 * is applied before a line that is too long is cut, so that no secret is cut in two.
 */
export function lineSplitter(
  line: (text: string) => void,
  mask: (text: string) => string = (text) => text,
): { push(text: string): void; end(): void } {
  let rest = '';
  const give = (text: string) => {
    if (text.trim() !== '') line(text);
  };
  return {
    push(text) {
      const lines = (rest + text).split(/\r?\n/);
      rest = lines.pop() ?? '';
      lines.forEach(give);
      if (rest.length < LONGEST_LINE) return;
      const masked = mask(rest);
      give(masked.slice(0, -KEPT_BACK));
      rest = masked.slice(-KEPT_BACK);
    },
    end() {
      give(rest);
      rest = '';
    },
  };
}
