/** What other parts of a file see of a part, in a form that can be compared after an edit. */
import type { Part } from './check.ts';
import { ANY_ROOT } from './expressions/roots.ts';
import { referencedFiles } from './files.ts';
import type { Declaration } from './symbols.ts';
import { impliedBy } from './validate/data-results.ts';

/** Something that is declared, or all variables at once. */
export type Used = Declaration | 'vars';

export interface Facts {
  /** What expressions read, one path to a line. */
  readonly reads: string;
  /** `results/NAME` and `vars/NAME` for what is read of other parts. */
  readonly sources: ReadonlySet<string>;
  /** Whether all results or variables may be read; then `*` is among the sources. */
  readonly readsAny: boolean;
  /** Whether any result is read. */
  readonly readsResults: boolean;
  /** What is named but for states, and whether `vars` is handed on as a whole. */
  readonly uses: ReadonlySet<Used>;
  /** Which variables and files stand inside of it, and which errors it names or may raise by an expression. */
  readonly declares: string;
  /** Names of states that have no target, or whose results are read. */
  readonly states: ReadonlySet<string>;
  /** Whether a name leads nowhere. */
  readonly hasUnknown: boolean;
  /** What is certain where conditions hold. */
  readonly guards: string;
}

/** Works out the facts of a part. Linear in it. */
export function factsOf({ sites, references, scopes, states: own, isHead }: Part): Facts {
  const reads: string[] = [];
  const sources = new Set<string>();
  const uses = new Set<Used>();
  const states = new Set<string>();
  let [readsAny, hasUnknown] = [false, false];
  let guards = '';
  for (const site of sites) {
    for (const { parsed } of site.read.expressions) {
      reads.push(...parsed.roots);
      if (parsed.roots.includes(ANY_ROOT)) {
        readsAny = true;
        uses.add('vars');
      }
      for (const { root, path } of parsed.reads) {
        reads.push([root, ...path.map(({ name }) => name)].join('.'));
        if (root !== 'results' && root !== 'vars') continue;
        const [first] = path;
        if (first !== undefined) sources.add(`${root}/${first.name}`);
        else {
          readsAny = true;
          if (root === 'vars') uses.add('vars');
        }
      }
    }
    if (site.type === 'condition') guards += `${[...impliedBy(site)].join(' ')}\n`;
  }
  for (const { kind, name, target, sure } of references) {
    hasUnknown ||= target === null && (sure || kind === 'state');
    if (kind === 'state') {
      states.add(name);
    } else if (target !== null && kind !== 'outcome' && kind !== 'item') uses.add(target);
  }
  if (readsAny) sources.add('*');
  const declares = [
    ...(isHead ? [] : scopes.flatMap(({ id, vars }) => vars.map(({ name }) => `${id} ${name}`))),
    ...referencedFiles({ participants: [], states: own }).map(({ kind, path }) => `${kind} ${path}`),
    ...references.flatMap(({ kind, name }) => (kind === 'error' ? name : [])),
    ...own.flatMap(({ action }) => (action?.kind === 'fail' ? (action.error?.value ?? []) : [])),
  ].join('\n');
  const readsResults = [...sources].some((source) => source.startsWith('results/'));
  return { reads: reads.join('\n'), sources, readsAny, readsResults, uses, declares, states, hasUnknown, guards };
}
