/** The event bus in SQLite. */
import type { DatabaseSync } from 'node:sqlite';
import type { JsonObject } from '../../language/index.ts';
import { unawaited } from './bus.ts';
import type { Bus, DeadLetter, KeptEvent, NewEvent } from './bus.ts';
import type { Json } from './journal.ts';

export interface Access {
  readonly db: DatabaseSync;
  /** Give faults as the journal's own. */
  readonly guarded: <T>(work: () => T) => T;
  readonly transaction: <T>(work: () => T) => T;
  /** Makes this connection's own change visible in `version`. */
  readonly changed: () => void;
}

/** The bus, and the part of it that stands in a run's own commits. */
export interface SqliteBus {
  readonly bus: Bus;
  publish(events: readonly NewEvent[]): void;
  deliver(events: readonly number[], run: string): void;
}

interface EventRow extends Omit<KeptEvent, 'data' | 'attributes'> {
  readonly data: string;
  readonly attributes: string;
}

const COLUMNS = 'number, id, source, type, time, data, attributes, at, until, run, family';

export function busOver({ db, guarded, transaction, changed }: Access): SqliteBus {
  const sql = {
    insert: db.prepare(
      `INSERT INTO events (id, source, type, time, data, attributes, at, until, run, family)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, id, family) DO NOTHING`,
    ),
    after: db.prepare(`SELECT ${COLUMNS} FROM events WHERE number > ? ORDER BY number`),
    wanted: db.prepare(
      `SELECT ${COLUMNS} FROM events WHERE type IN (SELECT value FROM json_each(?1)) AND (number > ?5 OR at >= ?3 OR
       (at >= ?2 AND NOT EXISTS (SELECT 1 FROM deliveries WHERE event = number AND deliveries.run <> ?4)))
       ORDER BY number`,
    ),
    event: db.prepare(`SELECT ${COLUMNS} FROM events WHERE number = ?`),
    head: db.prepare('SELECT max(number) AS head FROM events'),
    takers: db.prepare('SELECT run FROM deliveries WHERE event = ? ORDER BY run'),
    deliver: db.prepare('INSERT INTO deliveries (event, run) VALUES (?, ?) ON CONFLICT DO NOTHING'),
    claim: db.prepare(
      `INSERT INTO deliveries (event, run) SELECT ?1, ?2
       WHERE NOT EXISTS (SELECT 1 FROM deliveries WHERE event = ?1 AND run <> ?2) ON CONFLICT DO NOTHING`,
    ),
    isTaker: db.prepare('SELECT 1 FROM deliveries WHERE event = ? AND run = ?'),
    bury: db.prepare(
      'INSERT INTO dead_letters (event, workflow, reason, at) VALUES (?, ?, ?, ?) ON CONFLICT (event, workflow) DO NOTHING',
    ),
    unbury: db.prepare(`DELETE FROM dead_letters WHERE event = ? AND workflow = ''`),
    letters: db.prepare('SELECT number, event, workflow, reason, at FROM dead_letters ORDER BY number'),
    letter: db.prepare('SELECT event FROM dead_letters WHERE number = ?'),
    expired: db.prepare(
      `SELECT ${COLUMNS} FROM events WHERE until < ? AND number > ? AND number <= ? AND family = ''
       AND NOT EXISTS (SELECT 1 FROM deliveries WHERE event = number)
       AND NOT EXISTS (SELECT 1 FROM dead_letters WHERE event = events.number) ORDER BY number`,
    ),
    forgetDeliveries: db.prepare('DELETE FROM deliveries WHERE event = ?'),
    forgetLetters: db.prepare('DELETE FROM dead_letters WHERE event = ?'),
    forget: db.prepare('DELETE FROM events WHERE number = ?'),
  };

  function insert(event: NewEvent): KeptEvent | null {
    const { id, source, type, time, data, attributes, at, until, run, family } = event;
    const texts = [JSON.stringify(data), JSON.stringify(attributes)];
    const { changes, lastInsertRowid } = sql.insert.run(id, source, type, time, ...texts, at, until, run, family ?? '');
    return changes === 0 ? null : { ...event, number: Number(lastInsertRowid) };
  }

  const eventAt = (number: number): KeptEvent | null => {
    const row = sql.event.get(number) as unknown as EventRow | undefined;
    return row === undefined ? null : eventOf(row);
  };

  const bus: Bus = {
    receive(events) {
      const kept = transaction(() => events.map(insert));
      changed();
      return kept;
    },
    events(after = 0) {
      return guarded(() => (sql.after.all(after) as unknown as EventRow[]).map(eventOf));
    },
    eventsFor({ run, types, begun, oldest, heard }) {
      return guarded(() => {
        const after = heard === null ? [begun, run, Number.MAX_SAFE_INTEGER] : [Number.MAX_SAFE_INTEGER, run, heard];
        const rows = sql.wanted.all(JSON.stringify(types), begun - oldest, ...after);
        return (rows as unknown as EventRow[]).map(eventOf);
      });
    },
    head() {
      return guarded(() => (sql.head.get() as { head: number | null }).head ?? 0);
    },
    takers(event) {
      return guarded(() => (sql.takers.all(event) as { run: string }[]).map(({ run }) => run));
    },
    claim(event, run) {
      return guarded(() => sql.claim.run(event, run).changes > 0 || sql.isTaker.get(event, run) !== undefined);
    },
    bury(event, workflow, reason, at) {
      guarded(() => sql.bury.run(event, workflow ?? '', reason, at));
    },
    deadLetters() {
      return guarded(() => {
        const rows = sql.letters.all() as unknown as (Omit<DeadLetter, 'event'> & { event: number })[];
        return rows.flatMap((row): DeadLetter[] => {
          const event = eventAt(row.event);
          return event === null ? [] : [{ ...row, event, workflow: row.workflow === '' ? null : row.workflow }];
        });
      });
    },
    expire(now, after = 0, last = Number.MAX_SAFE_INTEGER) {
      if (guarded(() => sql.expired.get(now, after, last)) === undefined) return 0;
      return transaction(() => {
        const rows = (sql.expired.all(now, after, last) as unknown as EventRow[]).map(eventOf);
        for (const event of rows) sql.bury.run(event.number, '', unawaited(event), now);
        return rows.length;
      });
    },
    resend(letter, at) {
      const kept = transaction(() => {
        const found = sql.letter.get(letter) as { event: number } | undefined;
        const event = found === undefined ? null : eventAt(found.event);
        if (event === null) return null;
        sql.forgetLetters.run(event.number);
        sql.forgetDeliveries.run(event.number);
        sql.forget.run(event.number);
        return insert({ ...event, at, until: at + (event.until - event.at) });
      });
      changed();
      return kept;
    },
  };

  return {
    bus,
    publish(events) {
      for (const event of events) insert(event);
      if (events.length > 0) changed();
    },
    deliver(events, run) {
      for (const event of events) {
        sql.deliver.run(event, run);
        // Somebody awaited it after all: it had waited for a run that no process drove.
        sql.unbury.run(event);
      }
    },
  };
}

function eventOf({ data, attributes, ...row }: EventRow): KeptEvent {
  const family = row.family === '' ? null : row.family;
  return { ...row, family, data: JSON.parse(data) as Json, attributes: JSON.parse(attributes) as JsonObject };
}
