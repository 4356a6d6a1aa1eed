/** Forks from the past: a new run begins with what is recorded up to the view, and the session goes on in it. */
import type { Json } from '../language/index.ts';
import type { ForkRequest } from '../runner/host.ts';
import { RequestError } from './arguments.ts';
import type { EffectsAnswer } from './protocol.ts';
import type { Session } from './state.ts';
import { lineOf, planIdOf } from './stack.ts';
import { begin, take } from './taking.ts';

export interface ForkWish {
  readonly run: string;
  readonly set: NonNullable<ForkRequest['set']>;
}

/** How many effects one message names. */
const MOST = 50;

/**
 * Forks a run from where the view is, with other values, and takes up the fork in the place of what was debugged. Gives
 * the fork's id; raises a RequestError when it cannot be forked there.
 */
export async function forkHere(session: Session, { run, set }: ForkWish): Promise<string> {
  const before = session.running();
  const view = before.find(run);
  if (view === null) throw new RequestError(`The run ${run} had not begun here.`);
  const forked = before.fork({ run, at: Math.max(1, view.state.seq), set, id: freeName(session, run) });
  if (!forked.ok) throw new RequestError(forked.error.message);
  session.debuggee = null;
  session.forget();
  await before.close();
  const after = await before.reopen(forked.run);
  take(session, after);
  session.relaunch = null;

  const main = after.main();
  const told = forked.effects.slice(0, MOST);
  const more = forked.effects.length - told.length;
  session.later(() => {
    const done =
      told.length === 0
        ? `${run} had done nothing after that.`
        : `${run} had already done this after that, and the fork may do it again:`;
    session.output(`${run} is forked after its record ${forked.at} as ${forked.run}. ${done}`, 'important');
    for (const { state, action, role, certain } of told) {
      const what = `${role === 'compensation' ? 'undo ' : ''}${state} → ${action}${certain ? '' : ' (in doubt)'}`;
      const range = lineOf(main, planIdOf(state), role === 'compensation', true);
      session.output(`  ${what}`, 'important', { view: main, range });
    }
    if (more > 0) session.output(`  and ${more} more`, 'important');
    after.control.pause(main, 'goto', `Forked from ${run}`);
    begin(session);
  });
  return forked.run;
}

/** What a fork from the view would leave behind. Raises a RequestError when the run cannot be forked there. */
export function effectsHere(session: Session, run: string): EffectsAnswer {
  const view = session.running().find(run);
  if (view === null) throw new RequestError(`The run ${run} had not begun here.`);
  const foreseen = session.running().foreseeFork({ run, at: Math.max(1, view.state.seq) });
  if (!foreseen.ok) throw new RequestError(foreseen.error.message);
  return {
    run,
    at: foreseen.at,
    effects: foreseen.effects.map(({ state, action, role, certain }) => ({
      state,
      action,
      undoing: role === 'compensation',
      certain,
    })),
  };
}

/** The values of `vars` by name, as the innermost scope of the view that has them. */
export function wishedVariables(vars: Readonly<Record<string, Json>>): ForkWish['set'] {
  return Object.entries(vars).map(([target, value]) => ({ target, value }));
}

function freeName(session: Session, run: string): string {
  for (let count = 1; ; count++) {
    const name = `${run}-fork-${count}`;
    if (!session.running().isKnown(name)) return name;
  }
}
