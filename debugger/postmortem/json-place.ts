/** Where a part of a JSON text stands. */

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** The offset of the value at `where`, in a text that was parsed as JSON; as much of the way is followed as is there. */
export function offsetIn(text: string, where: readonly (string | number)[]): number {
  const at: (string | number)[] = [];
  let best = 0;
  let before = '';
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const isKey = token.startsWith('"') && typeof at.at(-1) === 'string' && (before === '{' || before === ',');
    if (isKey) {
      at[at.length - 1] = JSON.parse(token) as string;
    } else if (token === ',' && typeof at.at(-1) === 'number') {
      at[at.length - 1] = Number(at.at(-1)) + 1;
    } else if (token === '}' || token === ']') {
      at.pop();
    } else if (token !== ',' && token !== ':') {
      if (isOnWay(at, where)) {
        best = index;
        if (at.length === where.length) return best;
      }
      if (token === '{') at.push('');
      if (token === '[') at.push(0);
    }
    before = token;
  }
  return best;
}

function isOnWay(at: readonly (string | number)[], where: readonly (string | number)[]): boolean {
  return at.length <= where.length && at.every((step, index) => step === where[index]);
}
