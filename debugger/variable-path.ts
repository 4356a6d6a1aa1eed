/** The way to a part of a value, as a person writes it: `vars.cart.items[0].price`, with backquotes for odd names. */

/** Names and numbers after `vars`; null when `text` is anything else. `${ … }` around it is taken off. */
export function readVariablePath(text: string): readonly (string | number)[] | null {
  const read = readPath(text, ['vars']);
  return read === null || read.path.length === 0 ? null : read.path;
}

/** A root of those that are named, and names and numbers after it; null when `text` is anything else. */
export function readPath<Root extends string>(
  text: string,
  roots: readonly Root[],
): { readonly root: Root; readonly path: readonly (string | number)[] } | null {
  const inner = (/^\s*\$\{([\s\S]*)\}\s*$/.exec(text)?.[1] ?? text).trim();
  const root = roots.find((each) => inner === each || inner.startsWith(`${each}.`) || inner.startsWith(`${each}[`));
  if (root === undefined) return null;
  const path: (string | number)[] = [];
  let rest = inner.slice(root.length);
  while (rest !== '') {
    const step = /^\.(?:([A-Za-z_]\w*)|`([^`]*)`)|^\[\s*(\d{1,9})\s*\]/.exec(rest);
    if (step === null) return null;
    path.push(step[3] === undefined ? (step[1] ?? step[2] ?? '') : Number(step[3]));
    rest = rest.slice(step[0].length);
  }
  return { root, path };
}
