/**
 * The runs of workflows, for the language server and `backstep validate`: read from the journal that their runs go to.
 *
 * 1. A journal is looked into again only when its files have changed, and a text is analysed once.
 * 2. Where nothing can be read nothing is known; nothing is ever written.
 */
import { analyse, type KnownVersion } from '../language/index.ts';
import { locateJournal } from '../runner/journal/locate.ts';
import { pastTexts, stampOf } from '../runner/journal/past.ts';
import type { History } from '../server/history.ts';

/** So many lists of versions, and so many texts of workflows, are kept. */
const MAX_KEPT = 64;

interface Kept {
  readonly stamp: string;
  readonly versions: readonly KnownVersion[];
}

/** Reads journals; each is looked for from the folder of the file that is asked about, as for its runs. */
export function createHistory(): History {
  const kept = new Map<string, Kept>();
  /** The ways of the states of each text, by its hash. */
  const states = new Map<string, readonly string[]>();

  return {
    versions: (file, workflow) => {
      const journal = locateJournal(file);
      const key = `${journal}\n${workflow}`;
      const stamp = stampOf(journal);
      const before = kept.get(key);
      if (before?.stamp === stamp) return before.versions;
      const known = new Map(states);
      const found = pastTexts(journal, workflow, known).map(({ version, hash, text }) => {
        const ways = known.get(hash) ?? waysIn(text);
        keep(states, hash, ways);
        return { version, states: ways };
      });
      const versions = before !== undefined && isSame(before.versions, found) ? before.versions : found;
      keep(kept, key, { stamp, versions });
      return versions;
    },
  };
}

function waysIn(text: string | null): readonly string[] {
  return text === null ? [] : analyse(text).workflow.states.map((state) => state.id);
}

function isSame(one: readonly KnownVersion[], other: readonly KnownVersion[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ version, states }, at) => other[at]?.version === version && other[at].states === states)
  );
}

/** Keeps a value, and forgets the oldest one where there are too many. */
function keep<V>(values: Map<string, V>, key: string, value: V): void {
  values.delete(key);
  const [oldest] = values.keys();
  if (values.size >= MAX_KEPT && oldest !== undefined) values.delete(oldest);
  values.set(key, value);
}
