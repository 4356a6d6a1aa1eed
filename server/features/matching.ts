/** How a query finds a name: its letters, in their order, with others between them; case does not count. */

/** Whether `name` holds the letters of `query` in their order. An empty query finds everything. */
export function matches(query: string, name: string): boolean {
  const letters = name.toLowerCase();
  let at = 0;
  for (const letter of query.toLowerCase()) {
    if (/\s/.test(letter)) continue;
    const found = letters.indexOf(letter, at);
    if (found < 0) return false;
    at = found + letter.length;
  }
  return true;
}
