/** Opens the file of a journal that may not be written, to look into it. */
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';

/**
 * The database in `file`, which nothing writes to through this. Raises what SQLite does when it cannot be read like this
 * either.
 */
export function databaseToRead(file: string, patience: number): DatabaseSync {
  const options = { readOnly: true, timeout: patience };
  const db = new DatabaseSync(file, options);
  try {
    // The file is opened only when something of it is wanted.
    db.prepare('PRAGMA user_version').get();
    return db;
  } catch (error) {
    db.close();
    // SQLite looks for commits beside the file, and cannot make its own files for that. Where there are none to be found,
    // nobody writes to it, and the file is all.
    if ((statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0) throw error;
    const whole = pathToFileURL(file);
    whole.searchParams.set('immutable', '1');
    return new DatabaseSync(whole, options);
  }
}
