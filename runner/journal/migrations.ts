/**
 * The journal's tables, one migration for each version of the file's format. A migration that was released is never
 * changed; the next one goes to the end of the list.
 */

/** The number that a commit's id holds for each run: `id = number of the run * RUN_SPAN + its first record's seq`. */
export const RUN_SPAN = 2 ** 31;

export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE texts (hash TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID;

  -- A run's status is here so that lists are cheap; it is written only when it changes.
  CREATE TABLE runs (
    number INTEGER PRIMARY KEY,
    run TEXT NOT NULL UNIQUE,
    workflow TEXT NOT NULL,
    version TEXT NOT NULL,
    file TEXT NOT NULL,
    hash TEXT NOT NULL REFERENCES texts (hash),
    resources TEXT REFERENCES texts (hash),
    status TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    parent TEXT
  ) STRICT;
  CREATE INDEX runs_of_parent ON runs (parent) WHERE parent IS NOT NULL;

  -- One row a commit: a single write at the end of one tree, whatever the commit holds. The id orders a run's commits
  -- side by side (RUN_SPAN); sum is chained from the run's commit before it.
  CREATE TABLE commits (
    id INTEGER PRIMARY KEY,
    last INTEGER NOT NULL,
    at INTEGER NOT NULL,
    sum TEXT NOT NULL,
    records TEXT NOT NULL
  ) STRICT;

  -- A row stays when its lease is given up, so that tokens only grow.
  CREATE TABLE leases (
    run INTEGER PRIMARY KEY REFERENCES runs (number),
    token INTEGER NOT NULL,
    holder TEXT,
    until INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run TEXT NOT NULL,
    at INTEGER NOT NULL,
    stimulus TEXT NOT NULL
  ) STRICT;
  CREATE INDEX messages_of_run ON messages (run);

  CREATE TABLE events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    run TEXT NOT NULL,
    at INTEGER NOT NULL,
    data TEXT NOT NULL
  ) STRICT;
  `,
];
