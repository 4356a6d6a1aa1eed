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
  `
  -- Events of the bus, from outside as well as published by runs, each once for its source and id. The family is empty
  -- for those that all may see.
  ALTER TABLE events RENAME TO published;
  CREATE TABLE events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    source TEXT NOT NULL,
    type TEXT NOT NULL,
    time TEXT NOT NULL,
    data TEXT NOT NULL,
    attributes TEXT NOT NULL,
    at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    run TEXT,
    family TEXT NOT NULL,
    UNIQUE (source, id, family)
  ) STRICT;
  CREATE INDEX events_of_type ON events (type, at);
  INSERT INTO events
    SELECT published.number, id, '/workflows/' || runs.workflow || '/runs/' || published.run, type,
      strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000.0, 'unixepoch'), data, '{}', at, at + 86400000, published.run, ''
    FROM published JOIN runs ON runs.run = published.run ORDER BY published.number;
  DROP TABLE published;

  CREATE TABLE deliveries (
    event INTEGER NOT NULL REFERENCES events (number),
    run TEXT NOT NULL,
    PRIMARY KEY (event, run)
  ) STRICT, WITHOUT ROWID;

  -- The workflow is empty when nothing awaited the event.
  CREATE TABLE dead_letters (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    event INTEGER NOT NULL REFERENCES events (number),
    workflow TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    UNIQUE (event, workflow)
  ) STRICT;

  -- The queue of each key, in the order in which the runs were created.
  CREATE TABLE locks (
    run INTEGER PRIMARY KEY REFERENCES runs (number),
    key TEXT NOT NULL,
    held INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX locks_of_key ON locks (key, run);

  CREATE TABLE triggers (
    id TEXT PRIMARY KEY,
    since INTEGER NOT NULL,
    tick INTEGER,
    event INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- Tasks that somebody has, and how often each group of people was assigned to in turn.
  CREATE TABLE owners (
    run INTEGER NOT NULL REFERENCES runs (number),
    activation INTEGER NOT NULL,
    owner TEXT NOT NULL,
    PRIMARY KEY (run, activation)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE turns (people TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  -- Commits that several runs share go one after the other to the end of a tree of their own, one row for each run: beside
  -- the run's other commits each would be a page of its own to write. They are found from the run's latest one backwards.
  CREATE TABLE shared_commits (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    at INTEGER NOT NULL,
    before INTEGER,
    sum TEXT NOT NULL,
    records TEXT NOT NULL
  ) STRICT;
  CREATE TABLE shared_ends (run INTEGER PRIMARY KEY, id INTEGER NOT NULL) STRICT;
  `,
];
