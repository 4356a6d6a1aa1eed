// A process that wants to drive one run to its end, against others that want the same: `fighter.ts FILE DATABASE RUN SEED
// OFFSET before|after COMMIT` or `… within STATEMENT`. Its clock is OFFSET milliseconds off and is set by a day or by half a
// minute now and then, forward and back, unless SEED is 0; it kills itself there, unless that is 0. It speaks when it has got
// hold of the run, and ends with 0 when the run has ended and with 5 when it is suspended.
import process from 'node:process';
import { realClock } from '../../../runner/clock.ts';
import { createHost } from '../../../runner/host.ts';
import { JournalError } from '../../../runner/journal/journal.ts';
import { openJournal } from '../../../runner/journal/sqlite.ts';
import { ENDED } from '../../../runner/machine/index.ts';
import { deadly } from '../deadly.ts';

const [file = '', database = '', run = '', seed = '0', start = '0', when = '', at = '0'] = process.argv.slice(2);

const DAY = 86_400_000;
/** Milliseconds between two tries to get hold of the run. */
const PAUSE = 15;

let random = Number(seed);
/** The next number from 0 up to 1 (mulberry32). */
function draw(): number {
  random = (random + 0x6d2b79f5) | 0;
  let mixed = Math.imul(random ^ (random >>> 15), 1 | random);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

const trueNow = Date.now.bind(Date);
let offset = Number(start);
Date.now = () => trueNow() + offset;
if (seed !== '0') {
  const jump = (): void => {
    // Half a minute is longer than a lease: whoever holds one seems dead to this process.
    offset = [0, DAY, -DAY, 31_000, -31_000, offset][Math.floor(draw() * 6)] ?? 0;
    setTimeout(jump, 20 + draw() * 150).unref();
  };
  setTimeout(jump, 20 + draw() * 150).unref();
}

const { journal } = deadly(openJournal(database), when === 'before' || when === 'within' ? when : 'after', Number(at));

/** Drives the run as far as it goes; false when another process has it, or took it away. */
async function fight(): Promise<boolean> {
  const host = createHost({ journal, clock: realClock(), holder: 'fighter' });
  try {
    const started = await host.start({ file, input: {}, id: run });
    if (!started.ok) {
      if (started.error.code === 'held' || started.error.journal === 'journal-busy') return false;
      throw new Error(started.error.message);
    }
    process.stdout.write('.');
    await started.run.settled('ended');
    return true;
  } catch (error) {
    if (error instanceof JournalError && (error.code === 'lease-lost' || error.code === 'journal-busy')) return false;
    throw error;
  } finally {
    await host.close();
  }
}

for (;;) {
  const status = journal.summary(run)?.status;
  if (status !== undefined && ENDED.has(status)) break;
  if (await fight()) break;
  await new Promise((resolve) => setTimeout(resolve, PAUSE));
}
process.exitCode = journal.summary(run)?.status === 'suspended' ? 5 : 0;
journal.close();
