/** Ids of runs: they stand in file names, in keys and on command lines. */
import type { StartError } from './start-error.ts';

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

/** Why `id` cannot be a run's id; null when it can. */
export function misfitOfId(id: string): StartError | null {
  if (ID.test(id)) return null;
  const message = `"${id}" cannot be a run's id; use up to 200 letters, digits, dots, hyphens and underscores.`;
  return { code: 'invalid-id', message };
}
