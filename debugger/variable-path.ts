/** The way to a part of a variable, as a person writes it: `vars.cart.items[0].price`, with backquotes for odd names. */

/** Names and numbers after `vars`; null when `text` is anything else. `${ … }` around it is taken off. */
export function readVariablePath(text: string): readonly (string | number)[] | null {
  const inner = /^\s*\$\{([\s\S]*)\}\s*$/.exec(text)?.[1] ?? text;
  const path: (string | number)[] = [];
  let rest = inner.trim();
  if (!rest.startsWith('vars.')) return null;
  rest = rest.slice('vars'.length);
  while (rest !== '') {
    const step = /^\.(?:([A-Za-z_]\w*)|`([^`]*)`)|^\[\s*(\d{1,9})\s*\]/.exec(rest);
    if (step === null) return null;
    path.push(step[3] === undefined ? (step[1] ?? step[2] ?? '') : Number(step[3]));
    rest = rest.slice(step[0].length);
  }
  return path;
}
