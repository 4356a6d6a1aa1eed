// A process that drives one run and kills itself at one of its commits: `victim.ts FILE DATABASE RUN start|resume
// before|after COMMIT` or `… within STATEMENT`. With 0, or nothing, it goes on to the end and prints how many there were.
import process from 'node:process';
import { realClock } from '../../runner/clock.ts';
import { createHost } from '../../runner/host.ts';
import { openJournal } from '../../runner/journal/sqlite.ts';
import { deadly } from './deadly.ts';

const [file = '', database = '', run = '', how = 'start', when = '', at = '0'] = process.argv.slice(2);

const journal = openJournal(database);
const doomed = deadly(journal, when === 'before' || when === 'within' ? when : 'after', Number(at));
const host = createHost({ journal: doomed.journal, clock: realClock(), holder: 'victim' });
const started = await (how === 'start' ? host.start({ file, input: {}, id: run }) : host.resume(run));
if (!started.ok) {
  process.stdout.write(started.error.message);
  process.exit(started.error.code === 'held' ? 3 : 1);
}
await started.run.settled('ended');
await host.close();
journal.close();
process.stdout.write(String(doomed.count()));
