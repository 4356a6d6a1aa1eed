// The command line, in a process that kills itself instead of making a commit once there is a file `doomed` in its folder.
import { existsSync } from 'node:fs';
import process from 'node:process';
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementResultingChanges } from 'node:sqlite';
import { main } from '../../../cli/main.ts';

const { prepare } = DatabaseSync.prototype;
DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql: string) {
  const statement = prepare.call(this, sql);
  if (!/^\s*INSERT INTO commits/i.test(sql)) return statement;
  const run = statement.run.bind(statement) as (...values: SQLInputValue[]) => StatementResultingChanges;
  const doomed = (...values: SQLInputValue[]): StatementResultingChanges => {
    if (existsSync('doomed')) process.kill(process.pid, 'SIGKILL');
    return run(...values);
  };
  return Object.assign(statement, { run: doomed });
};
process.exitCode = await main(process.argv.slice(2));
