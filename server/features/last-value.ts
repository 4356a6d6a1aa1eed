/** What a value was in the last run of the very text that is looked at. */
import {
  type Analysis,
  declarationAt,
  isJsonObject,
  type Json,
  type JsonObject,
  type Range,
  type Scope,
  stateNamed,
  touches,
} from '../../language/index.ts';
import type { LastRun } from '../history.ts';

/** Longer values are cut off. */
const MAX_SHOWN = 200;

/** What stands at `offset` was this in the run, in a line of Markdown; null where no value of the run stands there. */
export function lastValueAt(
  analysis: Analysis,
  offset: number,
  run: () => LastRun | null,
): { readonly range: Range; readonly text: string } | null {
  const place = readAt(analysis, offset) ?? declaredAt(analysis, offset);
  const last = place === null ? null : run();
  const value = last === null ? undefined : place?.valueIn(last);
  if (place === null || last === null || value === undefined) return null;
  const json = JSON.stringify(value);
  const shown = json.length > MAX_SHOWN ? `${json.slice(0, MAX_SHOWN)}…` : json;
  const code = shown.includes('`') ? `\`\` ${shown} \`\`` : `\`${shown}\``;
  return { range: place.range, text: `Last run ${last.run} (${last.status}): ${code}` };
}

/** A place that stands for a value of a run. */
interface Place {
  readonly range: Range;
  readonly valueIn: (run: LastRun) => Json | undefined;
}

/** `results.…`, `vars.…` or `input.…` in an expression, as far as up to the name at `offset`. */
function readAt({ sites }: Analysis, offset: number): Place | null {
  for (const site of sites) {
    if (!touches(site.node.range, offset)) continue;
    for (const { parsed } of site.read.expressions) {
      for (const { root, path } of parsed.reads) {
        const at = path.findIndex(({ range }) => touches(range, offset));
        const name = path[at];
        const [first, ...rest] = path.slice(0, at + 1).map((step) => step.name);
        if (name === undefined || first === undefined) continue;
        const valueIn = (run: LastRun): Json | undefined => {
          const outermost = root === 'input' ? fieldOf(run.input, first) : nearest(run, site.scope, root, first);
          return rest.reduce((value: Json | undefined, field) => fieldOf(value, field), outermost);
        };
        return { range: name.range, valueIn };
      }
    }
  }
  return null;
}

/** A state, whose result it is, or a variable where it is named or declared. */
function declaredAt({ symbols }: Analysis, offset: number): Place | null {
  const declaration = declarationAt(symbols, offset);
  const { scope = null, name = '', kind } = declaration ?? {};
  if (declaration === null || scope === null || (kind !== 'state' && kind !== 'variable')) return null;
  const root = kind === 'state' ? 'results' : 'vars';
  return { range: declaration.range, valueIn: (run) => own(run.scopes.get(scope.id)?.[root], name) };
}

/** What a name means in a scope: of the nearest one around that has it. */
function nearest(run: LastRun, scope: Scope, root: string, name: string): Json | undefined {
  if (root !== 'results' && root !== 'vars') return undefined;
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const has = root === 'results' ? stateNamed(at, name) !== undefined : at.vars.some((one) => one.name === name);
    if (has) return own(run.scopes.get(at.id)?.[root], name);
  }
  return undefined;
}

/** A field; of a list that of each item that has it. */
function fieldOf(value: Json | undefined, name: string): Json | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value)) {
    const found = (value as readonly Json[]).flatMap((item) => fieldOf(item, name) ?? []);
    return found.length === 0 ? undefined : found;
  }
  return isJsonObject(value) ? own(value, name) : undefined;
}

function own(object: JsonObject | undefined, name: string): Json | undefined {
  return object !== undefined && Object.hasOwn(object, name) ? object[name] : undefined;
}
