/** `backstep fork RUN --at SEQ`: a new run that begins with the first records of another. */
import type { Json } from '../../language/index.ts';
import { forkRun } from '../../runner/fork.ts';
import { CommandError, EXIT_USAGE } from '../exit.ts';
import { readJsonOption } from '../json-option.ts';
import { withRun, type JournalOption } from '../runs/journals.ts';
import { actorOf } from '../runs/words.ts';
import { formatTime, paint, print, printJson } from '../terminal.ts';

export interface ForkOptions extends JournalOption {
  readonly at: string;
  readonly set?: readonly string[] | undefined;
  readonly id?: string | undefined;
  readonly as?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Makes the fork and names what the other run did after that point. Raises a CommandError when it cannot be made. */
export async function fork(run: string, options: ForkOptions): Promise<number> {
  if (!/^\d+$/.test(options.at)) {
    throw new CommandError(`--at takes the number of a record, and "${options.at}" is none.`, EXIT_USAGE);
  }
  const set: { target: string; value: Json }[] = [];
  for (const given of options.set ?? []) set.push(await readSetting(given));
  return withRun(options, run, ({ journal }) => {
    const { id } = options;
    const at = Number(options.at);
    const forked = forkRun(journal, {
      ...{ run, at, set, by: actorOf(options), now: Date.now() },
      ...(id === undefined ? {} : { id }),
    });
    if (!forked.ok) throw new CommandError(forked.error.message);
    const { run: made, at: shared, effects } = forked;
    if (options.json === true) {
      printJson({ run: made, from: run, at: shared, effects });
      return 0;
    }
    const more = shared > at ? `; record ${at} belongs together with those up to ${shared}` : '';
    print(`${paint('bold', made)} begins with the first ${shared} records of ${run}${more}.`);
    if (effects.length > 0) print('After that point these effects had already happened:');
    for (const effect of effects) {
      const role = { state: '', compensation: ' (undoing)', confirmation: ' (confirming)' }[effect.role];
      const doubt = effect.certain ? '' : '   in doubt';
      print(`  ${formatTime(effect.at)}   ${effect.state}${role} → ${effect.action}${doubt}`);
    }
    print(`It goes on with: backstep resume ${made}`);
    return 0;
  });
}

async function readSetting(given: string): Promise<{ target: string; value: Json }> {
  const cut = given.indexOf('=');
  if (cut < 1) throw new CommandError(`--set takes NAME=JSON, and "${given}" is not that.`, EXIT_USAGE);
  const target = given.slice(0, cut);
  return { target, value: await readJsonOption(`--set ${target}`, given.slice(cut + 1)) };
}
