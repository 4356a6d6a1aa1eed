// A process that drives one run and kills itself at one of its commits: `victim.ts FILE DATABASE RUN start|resume
// before|after COMMIT`. Without the last two it goes on to the end and prints how many commits it made.
import process from 'node:process';
import { realClock } from '../../runner/clock.ts';
import { createHost } from '../../runner/host.ts';
import type { Journal } from '../../runner/journal/journal.ts';
import { openJournal } from '../../runner/journal/sqlite.ts';

const [file = '', database = '', run = '', how = 'start', when = '', at = '0'] = process.argv.slice(2);

let commits = 0;

/** Counts commits, and ends this process as a power cut would: no handler runs, nothing is flushed. */
function deadly(journal: Journal): Journal {
  const around = <T>(commit: () => T): T => {
    commits++;
    if (when === 'before' && commits === Number(at)) process.kill(process.pid, 'SIGKILL');
    const result = commit();
    if (when === 'after' && commits === Number(at)) process.kill(process.pid, 'SIGKILL');
    return result;
  };
  return {
    ...journal,
    create: (about, texts, holder, ttl, begin) => around(() => journal.create(about, texts, holder, ttl, begin)),
    append: (lease, append) => around(() => journal.append(lease, append)),
  };
}

const journal = openJournal(database);
const host = createHost({ journal: deadly(journal), clock: realClock(), holder: 'victim' });
const started = await (how === 'start' ? host.start({ file, input: {}, id: run }) : host.resume(run));
if (!started.ok) {
  process.stdout.write(started.error.message);
  process.exit(started.error.code === 'held' ? 3 : 1);
}
await started.run.settled('ended');
await host.close();
journal.close();
process.stdout.write(String(commits));
