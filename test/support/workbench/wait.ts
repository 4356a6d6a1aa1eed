const LIMIT_MS = 20_000;
const BETWEEN_PROBES_MS = 30;

/**
 * Resolves with the first value of `probe` that is neither false nor undefined; probes again and again until then.
 * A probe that throws (an element went away under it) counts as not yet. Fails after `limit` ms, naming what was
 * awaited and what the last probe saw.
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T | false | undefined>,
  { limit = LIMIT_MS, seen }: { limit?: number; seen?: () => Promise<unknown> } = {},
): Promise<T> {
  const end = performance.now() + limit;
  let last: unknown;
  while (performance.now() < end) {
    try {
      const value = await probe();
      if (value !== false && value !== undefined) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    await new Promise((next) => setTimeout(next, BETWEEN_PROBES_MS));
  }
  const shown = seen === undefined ? last : await seen().catch(() => last);
  const text = shown instanceof Error ? shown.message : JSON.stringify(shown, null, 2);
  throw new Error(`Waited ${limit / 1000} s in vain for ${what}. Last seen: ${text}`);
}
