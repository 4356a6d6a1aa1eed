// A service over FOLDER and its journal: `server.ts FOLDER DATABASE`. It says each line of its log, and ends in good order
// on SIGTERM.
import process from 'node:process';
import { openJournal } from '../../runner/journal/sqlite.ts';
import { startService } from '../../runner/service/service.ts';

const [folder = '', database = ''] = process.argv.slice(2);

const journal = openJournal(database);
const log = (line: string): void => void process.stdout.write(`${line}\n`);
const service = await startService({ folder, journal, port: 0, token: 'a-token-for-tests', version: '0.0.0', log });
log(`serving at http://127.0.0.1:${service.address.port}`);
process.once('SIGTERM', () => {
  void service.close().then(() => {
    journal.close();
    process.exit();
  });
});
