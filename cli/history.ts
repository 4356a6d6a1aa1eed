/**
 * The runs of workflows, for the language server and `backstep validate`: read from the journal that their runs go to.
 *
 * 1. A journal is looked into again only when its files have changed, and a text is analysed once.
 * 2. Where nothing can be read nothing is known; nothing is ever written.
 */
import { createHash } from 'node:crypto';
import { analyse, type KnownVersion } from '../language/index.ts';
import { locateJournal } from '../runner/journal/locate.ts';
import { latestRun, pastTexts, stampOf } from '../runner/journal/past.ts';
import { apply } from '../runner/machine/apply.ts';
import { newState, type ScopeInstance } from '../runner/machine/state.ts';
import type { History, LastRun } from '../server/history.ts';

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
  const runs = new Map<string, { readonly stamp: string; readonly last: LastRun | null }>();

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
    lastRun: (file, workflow, text) => {
      const journal = locateJournal(file);
      const hash = createHash('sha256').update(text).digest('hex');
      const key = `${journal}\n${workflow}\n${hash}`;
      const stamp = stampOf(journal);
      const before = runs.get(key);
      if (before?.stamp === stamp) return before.last;
      const last = readRun(journal, workflow, hash);
      keep(runs, key, { stamp, last });
      return last;
    },
  };
}

/** What the latest run of a text came to. */
function readRun(journal: string, workflow: string, hash: string): LastRun | null {
  const found = latestRun(journal, workflow, hash);
  if (found === null) return null;
  const state = newState();
  const latest = new Map<string, ScopeInstance>();
  for (const record of found.records) {
    apply(state, record);
    // A scope that is left goes out of the state, but keeps what it came to.
    if (record.type !== 'scope.entered') continue;
    const entered = state.scopes.get(record.scope);
    if (entered !== undefined) latest.set(entered.plan, entered);
  }
  const scopes = new Map([...latest].map(([id, { vars, results }]) => [id, { vars, results }]));
  return { run: found.run, status: found.status, input: state.input, scopes };
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
