/** Random numbers that a seed fixes, so that a replay of a run draws the same ones. Not for secrets. */

/**
 * A generator of numbers from 0 to below 1: the generator sfc32, begun with a hash of the seed.
 *
 * @param seed any text; different texts give unrelated numbers
 */
export function seededRandom(seed: string): () => number {
  let [a, b, c, d] = [hash(seed, 0), hash(seed, 1), hash(seed, 2), 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  // The first numbers still show the seed's hash.
  for (let warm = 0; warm < 12; warm++) next();
  // 53 bits, as many as a fraction of a number has.
  return () => ((next() >>> 5) * 67_108_864 + (next() >>> 6)) / 9_007_199_254_740_992;
}

/** The 32-bit FNV-1a hash of `text`, begun differently for each `salt`. */
function hash(text: string, salt: number): number {
  let value = 2_166_136_261 ^ Math.imul(salt + 1, 2_654_435_761);
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 16_777_619);
  return value | 0;
}
