/**
 * A run that another process drives, as a host of this one: what the debugger does with a host of its own it does with this,
 * and each thing is done by the holder (docs/adr/0018).
 *
 * 1. The states are folded here from the journal's records, up to what the holder said to be committed and never beyond,
 *    in the order in which it was said.
 * 2. What holds the clock here holds the runs there. The holder decides nothing after a commit, nor takes a step, before
 *    this side has said so; what stops at a commit therefore stops before anything comes of it.
 * 3. When the connection ends, whatever was awaited ends with a sentence.
 */
import type {
  Clock,
  Host,
  Journal,
  Observer,
  Reply,
  RunHandle,
  RunState,
  RunStatus,
  RunView,
  StimulusBody,
  Visit,
  Wish,
} from '../../runner/host.ts';
import { apply, loadRecorded, newState } from '../../runner/host.ts';
import type { Breakpoints } from '../breakpoints.ts';
import type { Control } from '../control.ts';
import type { Strand } from '../travel/timeline.ts';

export interface Remote {
  /** Its instant is the holder's; while it is busy, the runs stand. */
  readonly clock: Clock;
  /** Who drives the run, for a person. */
  readonly holder: string;
  /** What the root `env` is in a run; null for one that the holder did not tell of. */
  env(run: string): Readonly<Record<string, string>> | null;
  /** A host that follows the runs. */
  host(following: Following): Host;
  /** `control`, whose pause waits until the holder decides nothing more. */
  steady(control: Control): Control;
  /** Tells the holder which steps to ask for, where that has changed. */
  refresh(): void;
  /** Ends the connection. */
  leave(): Promise<void>;
}

export interface Following {
  readonly journal: Journal;
  /** The records of the runs so far. */
  readonly past: readonly Strand[];
  readonly observer: Observer;
  readonly control: Pick<Control, 'asking' | 'alone'>;
  readonly breakpoints: Pick<Breakpoints, 'stepsIn'>;
}

interface Followed {
  readonly view: RunView & { readonly state: RunState };
  readonly handle: RunHandle;
  settle(status: RunStatus): void;
  fail(fault: Error): void;
  settled: boolean;
}

const WISHES: readonly Wish['type'][] = ['cancel', 'decision', 'inject', 'answer', 'skip-wait', 'jump', 'set'];

/** Takes over a visit; nothing of what the holder says is heard before `host` is called. */
export function createRemote(visit: Visit): Remote {
  const { welcome } = visit;
  const { pid, host: machine } = visit.holder;
  const holder = `${visit.holder.name} (process ${pid} on ${machine})`;
  const name = welcome.runs[0]?.run ?? '';
  const environments = new Map(welcome.runs.map(({ run, env }) => [run, env]));
  const runs = new Map<string, RunHandle>();
  const followed = new Map<string, Followed>();
  const answers = new Map<number, (refused: string | null) => void>();
  let latest = welcome.now;
  let count = 0;
  let gone: string | null = null;
  let left = false;
  let following: Following | null = null;
  let watched: string | null = null;
  let alone: Control['alone'] = null;
  let singles = 0;

  // The runs stand from the beginning of the visit.
  let holds = 0;
  let saidHold = true;
  let held = true;
  let holding = 0;
  const whenHeld: (() => void)[] = [];

  function busy(): () => void {
    let mine = true;
    holds++;
    if (!saidHold) {
      saidHold = true;
      held = false;
      holding = ++count;
      visit.say({ type: 'hold', id: holding });
    }
    return () => {
      if (!mine) return;
      mine = false;
      if (--holds > 0) return;
      saidHold = false;
      refresh();
      visit.say({ type: 'free' });
    };
  }

  function refresh(): void {
    if (following === null) return;
    const { control, breakpoints } = following;
    const { asking } = control;
    // While the runs stand, whatever comes first is asked for; what holds then is said when they are let go.
    if (asking === 'every' && saidHold) return;
    const found = asking === 'none' ? [] : [...followed.values()].map(({ view }) => stepsIn(breakpoints, view));
    const steps = [...new Set(found.flat())];
    if (control.alone !== alone) singles++;
    alone = control.alone;
    const single = alone === null ? 0 : singles;
    const watch = asking === 'every' ? null : { steps, errors: asking === 'errors' };
    const word = { type: 'watch', watch, single } as const;
    const text = JSON.stringify(word);
    if (text === watched) return;
    watched = text;
    visit.say(word);
  }

  const noTimer = (): never => {
    throw new Error('Nothing of this process waits by the clock of another one.');
  };
  const clock: Clock = {
    kind: welcome.clock,
    now: () => (welcome.clock === 'real' ? Date.now() : latest),
    shifted: () => 0,
    at: noTimer,
    after: noTimer,
    busy,
  };

  function send(run: string, stimulus: StimulusBody): Promise<string | null> {
    if (gone !== null) return Promise.resolve(gone);
    if (!isWish(stimulus)) return Promise.resolve(`\`${stimulus.type}\` is not for a run that another process drives.`);
    return new Promise((resolve) => {
      const id = ++count;
      answers.set(id, resolve);
      visit.say({ type: 'send', id, run, stimulus });
    });
  }

  function follow(run: string, journal: Journal, past: Strand | null): Followed | null {
    const known = followed.get(run);
    if (known !== undefined) return known;
    const summary = journal.summary(run);
    const loaded = summary === null ? null : loadRecorded(journal, summary);
    if (loaded === null || 'error' in loaded) return null;
    const state = newState();
    for (const record of past?.records ?? []) apply(state, record);
    const made = followedRun(run, { plan: loaded.plan, text: loaded.text, state });
    followed.set(run, made);
    runs.set(run, made.handle);
    return made;
  }

  function followedRun(run: string, view: Followed['view']): Followed {
    let settle = (_status: RunStatus): void => undefined;
    let fail = (_fault: Error): void => undefined;
    const settled = new Promise<RunStatus>((resolve, reject) => {
      settle = resolve;
      fail = reject;
    });
    // Whoever asks later is told all the same.
    settled.catch(() => null);
    const made: Followed = {
      view,
      settled: false,
      settle(status) {
        made.settled = true;
        settle(status);
      },
      fail(fault) {
        made.settled = true;
        fail(fault);
      },
      handle: { id: run, view: () => view, settled: () => settled, send: (stimulus) => send(run, stimulus) },
    };
    return made;
  }

  function over(): void {
    gone = `${holder} drives ${name} no more, and this session is over. The run stands in the journal: attach to it again, or take it up with \`backstep resume ${name}\`.`;
    for (const each of followed.values()) if (!each.settled) each.fail(new Error(gone));
    for (const answer of answers.values()) answer(gone);
    answers.clear();
    for (const then of whenHeld.splice(0)) then();
  }

  return {
    clock,
    holder,
    env: (run) => environments.get(run) ?? null,
    leave() {
      left = true;
      return visit.leave();
    },
    steady: (control) =>
      Object.assign(Object.create(control) as Control, {
        pause(...where: Parameters<Control['pause']>) {
          if (held || gone !== null) {
            control.pause(...where);
            return;
          }
          const free = busy();
          whenHeld.push(() => {
            control.pause(...where);
            free();
          });
        },
      }),
    refresh,
    host(asked) {
      const { journal, past, observer } = asked;
      following = asked;
      const strands = new Map(past.map((strand) => [strand.run, strand]));

      function committed(run: string, seq: number): void {
        const before = followed.size;
        const at = follow(run, journal, strands.get(run) ?? null);
        if (at === null) return;
        const { view } = at;
        const records = seq > view.state.seq ? journal.read(run, view.state.seq + 1, seq) : [];
        for (const record of records) apply(view.state, record);
        // The workflow of a run that was begun just now may have breakpoints, too.
        if (followed.size > before) refresh();
        latest = Math.max(latest, records.at(-1)?.at ?? latest);
        if (records.length > 0) observer.committed?.(records, view);
      }

      async function passed({ id, run, step }: Extract<Reply, { type: 'step' }>): Promise<void> {
        const at = followed.get(run);
        if (at !== undefined) await observer.before?.(step, at.view);
        if (!left) visit.say({ type: 'go', id });
      }

      function hear(reply: Reply): void {
        if (left) return;
        switch (reply.type) {
          case 'committed':
            committed(reply.run, reply.seq);
            visit.say({ type: 'seen', id: reply.id });
            return;
          case 'step':
            passed(reply).catch(fault);
            return;
          case 'choose': {
            const view = followed.get(reply.run)?.view;
            const step = view === undefined ? null : (observer.choose?.(view) ?? null);
            const wait = step instanceof Promise;
            visit.say({ type: 'chosen', id: reply.id, step: wait ? null : step, wait });
            // The thread may have been at its end, so that all go on again.
            refresh();
            return;
          }
          case 'run':
            environments.set(reply.run, reply.env);
            return;
          case 'held':
            if (reply.id !== holding) return;
            held = saidHold;
            for (const then of whenHeld.splice(0)) then();
            return;
          case 'sent':
            answers.get(reply.id)?.(reply.refused);
            answers.delete(reply.id);
            return;
          case 'output':
            observer.output?.(reply);
            return;
          case 'settled': {
            const at = followed.get(reply.run);
            if (reply.fault === null) at?.settle(reply.status);
            else at?.fail(new Error(reply.fault));
            return;
          }
          case 'welcome':
          case 'refused':
            return;
        }
      }

      /** A fault of this side ends the visit, so that the run goes on. */
      function fault(error: unknown): void {
        for (const each of followed.values()) each.fail(error instanceof Error ? error : new Error(String(error)));
        left = true;
        void visit.leave();
      }

      return {
        runs,
        mocks: null,
        start: () => Promise.reject(new Error('Nothing is started in a visit.')),
        resume(run) {
          for (const each of welcome.runs) follow(each.run, journal, strands.get(each.run) ?? null);
          const main = runs.get(run);
          const message = `The text of the run ${run} cannot be read in the journal.`;
          if (main === undefined) return Promise.resolve({ ok: false, error: { code: 'unreadable-file', message } });
          visit.listen(
            (reply) => {
              try {
                hear(reply);
              } catch (error) {
                fault(error);
              }
            },
            () => {
              if (!left) over();
            },
          );
          return Promise.resolve({ ok: true, run: main, existed: true });
        },
        publish(event, { ttl = DAY, family } = {}) {
          const at = clock.now();
          const kept = journal.bus.receive([{ ...event, at, until: at + ttl, run: null, family: family ?? null }]);
          return kept[0] ?? null;
        },
        publishAll(events) {
          const at = clock.now();
          return journal.bus.receive(
            events.map(({ event, ttl }) => ({ ...event, at, until: at + ttl, run: null, family: null })),
          );
        },
        close() {
          left = true;
          return visit.leave();
        },
      };
    },
  };
}

/** How long an event is kept for something to await it, in milliseconds. */
const DAY = 24 * 60 * 60 * 1000;

function stepsIn(breakpoints: Following['breakpoints'], { plan, text, state }: RunView): readonly string[] {
  return [...breakpoints.stepsIn({ plan, text, file: state.file })];
}

function isWish(stimulus: StimulusBody): stimulus is Wish {
  return WISHES.some((type) => type === stimulus.type);
}
