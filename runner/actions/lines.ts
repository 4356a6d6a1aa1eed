/** Longest line of a program's output that is handed on whole, in characters. */
const LONGEST_LINE = 16_384;

/** Cuts text that arrives in pieces into lines; `end` gives what is left as the last one. Empty lines are dropped. */
export function lineSplitter(line: (text: string) => void): { push(text: string): void; end(): void } {
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
      give(rest);
      rest = '';
    },
    end() {
      give(rest);
      rest = '';
    },
  };
}
