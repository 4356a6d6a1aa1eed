/** When a failed attempt is tried again (section 7 of the language). Delays are in milliseconds. */
import type { RetryPolicy, TimeoutPolicy } from '../../language/index.ts';
import { matchesAny } from './errors.ts';

/** Whether `policy` covers the error and attempts remain after `made` of them. */
export function mayRetry(policy: RetryPolicy | null, type: string, made: number): boolean {
  return policy !== null && made < policy.attempts && matchesAny(policy.on, type);
}

/**
 * The delay before the attempt that follows `made` ones: it grows by `factor` each time up to `maxDelay`. With jitter
 * `full` it is anywhere between nothing and that; `random` is a number from 0 up to 1 that a replay draws again.
 */
export function delayAfter(policy: RetryPolicy, made: number, random: number): number {
  const grown = policy.delay * policy.factor ** Math.max(0, made - 1);
  const bounded = Math.min(grown, policy.maxDelay ?? Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  return Math.round(policy.jitter === 'full' ? bounded * random : bounded);
}

/** The limit of the attempt with number `attempt` in its series, which `extend` makes longer each time; null for none. */
export function attemptLimit(policy: TimeoutPolicy | null, attempt: number): number | null {
  if (!policy || policy.attempt === null) return null;
  return Math.round(Math.min(policy.attempt * policy.extend ** Math.max(0, attempt - 1), Number.MAX_SAFE_INTEGER));
}

/** A number from 0 up to 1 that depends on nothing but `seed`: FNV-1a over the text, mixed as in murmur3's finaliser. */
export function drawn(seed: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < seed.length; at++) hash = Math.imul(hash ^ seed.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
