/** The version of Backstep, from its package.json: one folder up both from the sources and from the bundle. */
import { readFileSync } from 'node:fs';

/** The version, such as `1.2.0`. */
export function versionOfBackstep(): string {
  const file = new URL('../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
