/** What expressions see in a frame, the environment included. */
import { dirname } from 'node:path';
import { bindingsOf, readEnvironment } from '../runner/host.ts';
import type { Surroundings } from './debuggee.ts';
import type { Ground } from './expressions.ts';
import { ownRoots } from './scopes.ts';
import type { FrameSpot } from './stack.ts';

/**
 * The roots of a frame: those of the machine, those of the state itself, and the environment, which `envOf` gives where it
 * is not that of this process; never secrets.
 */
export function groundsOf(
  { env, envFile }: Surroundings,
  envOf: (run: string) => Readonly<Record<string, string>> | null = () => null,
): (spot: FrameSpot) => Ground {
  const environments = new Map<string, Readonly<Record<string, string>>>();
  let latest: { readonly file: string; readonly env: Readonly<Record<string, string>> } | null = null;
  const environmentOf = (file: string): Readonly<Record<string, string>> => {
    // A condition in a loop asks for the same one again and again.
    if (latest?.file !== file) latest = { file, env: environmentIn(dirname(file), file) };
    return latest.env;
  };
  const environmentIn = (folder: string, file: string): Readonly<Record<string, string>> => {
    const known = environments.get(folder);
    if (known !== undefined) return known;
    const read = readEnvironment(file, { ...(env !== null && { env }), ...(envFile !== null && { envFile }) });
    const found = 'unreadable' in read ? {} : read.env;
    environments.set(folder, found);
    return found;
  };
  return (spot) => {
    const { view, standing } = spot;
    const scope = view.state.scopes.has(standing.scope) ? standing.scope : 0;
    const bindings = bindingsOf(view.state, scope, ownRoots(spot));
    return { view, bindings: { ...bindings, env: envOf(view.state.run) ?? environmentOf(view.state.file) } };
  };
}
