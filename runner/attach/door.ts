/**
 * The door: where a debugger of the same user and machine may attach to a run that this process drives (docs/adr/0018).
 *
 * 1. Nobody there costs nothing: the observer is that of the host, and nothing is looked at.
 * 2. A visitor has one run and all that it begins. While it holds them, or has not seen a commit, or has not let a step
 *    go, nothing is decided for them and a virtual clock stands; other runs of this process go on.
 * 3. The lease, the environment, the secrets and every decision stay here. What a visitor wishes is decided by the machine
 *    like anybody's wish.
 * 4. The end of a connection frees its runs at once. No fault of a visitor or of the socket reaches a run.
 *
 * The file is longer than most because all that a visitor may hold a run by is one closure, which must let go of all of it.
 */
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import { closedGate } from '../gate.ts';
import type { Gate } from '../gate.ts';
import type { Holder } from '../journal/journal.ts';
import { ENDED, isSameStep, steps } from '../machine/index.ts';
import type { RunRecord, RunStatus, Step, StimulusBody } from '../machine/index.ts';
import type { Observer, RunView } from '../observe.ts';
import { freeAddress } from './address.ts';
import { openLines } from './lines.ts';
import type { Lines } from './lines.ts';
import { HELLO_LIMIT, LINE_LIMIT, PROTOCOL, readWord, stepKey } from './protocol.ts';
import type { Reply, Visitor, Word } from './protocol.ts';

export interface DoorOptions {
  readonly holder: Holder;
  readonly clock: Clock;
  /** All runs that are driven here, and one of them; null for one that is not. */
  runs(): Iterable<string>;
  driven(run: string): DrivenRun | null;
  /** The run that began this one; null for one that stands alone. */
  parentOf(run: string): string | null;
  /** The number of the run's last record in the journal. */
  committedSeq(run: string): number;
}

export interface DrivenRun {
  readonly view: RunView;
  /** What the root `env` is. */
  readonly env: Readonly<Record<string, string>>;
  settled(until: 'ended'): Promise<RunStatus>;
  send(stimulus: StimulusBody): Promise<string | null>;
}

export interface Door {
  /** Where to knock: the path of a socket or the name of a pipe. */
  readonly address: string;
  /** `observer`, with whoever is attached beside it. Its `before` is there only while somebody is. */
  observing(observer: Observer | null): Observer;
  /** To be called when a run is driven from now on. */
  took(run: string): void;
  /** Frees all runs and lets nobody in any more. Resolves when the visitors had their last words. */
  close(): Promise<void>;
}

interface Visit {
  readonly run: string;
  readonly visitor: Visitor;
  readonly lines: Lines;
  welcomed: boolean;
  held: boolean;
  /** Which steps it wants to be asked for; null for all. */
  watch: { readonly steps: ReadonlySet<string>; readonly errors: boolean } | null;
  /** Commits that the visitor has not seen yet, and steps that wait for it. */
  readonly unseen: Set<number>;
  readonly asked: Map<number, () => void>;
  /** Not 0 while one thread alone goes on, and then what the visitor chose for each run. */
  single: number;
  readonly choices: Map<string, Choice>;
  gate: Gate | null;
  /** What waits until nothing of these runs is decided and not committed. */
  atRest: (() => void)[];
}

/** The step that a visitor chose for a run that has `seq` records; undefined until then, or while the run is to wait. */
interface Choice {
  readonly id: number;
  readonly seq: number;
  readonly over: Promise<void>;
  step: Step | null | undefined;
  end(): void;
}

/** Connections at a time, and milliseconds until `hello`. */
const MOST_VISITORS = 16;
const PATIENCE = 5000;

/** Bytes that wait for a visitor past which it is not told any more lines of output. */
const MOST_WAITING = 1024 * 1024;

/** Opens a door; null where there is no place for one. */
export function openDoor(options: DoorOptions): Door | null {
  const address = freeAddress();
  if (address === null) return null;
  const { clock } = options;
  const visits = new Set<Visit>();
  const connections = new Set<{ readonly lines: Lines; readonly over: Promise<void> }>();
  const known = new Map<string, Visit | null>();
  let count = 0;

  const server = createServer(welcome);
  server.maxConnections = MOST_VISITORS;
  // Without a door the run goes on all the same; who knocks is told that nobody answers.
  server.on('error', () => server.close());
  server.listen(address);
  server.unref();

  /** The one who has the run; there is none for most. */
  function visitOf(run: string): Visit | null {
    if (visits.size === 0) return null;
    const before = known.get(run);
    if (before !== undefined) return before;
    const line = new Set(lineOf(run));
    const found = [...visits].find((visit) => line.has(visit.run)) ?? null;
    known.set(run, found);
    return found;
  }

  /** The run and those above it. */
  function lineOf(run: string): readonly string[] {
    const line: string[] = [];
    for (let at: string | null = run; at !== null; at = options.parentOf(at)) line.push(at);
    return line;
  }

  function welcome(socket: Socket): void {
    let visit: Visit | null = null;
    let over: () => void = () => undefined;
    const lines = openLines(socket, HELLO_LIMIT, { line, closed });
    const connection = { lines, over: new Promise<void>((resolve) => (over = resolve)) };
    connections.add(connection);
    const late = setTimeout(() => socket.destroy(), PATIENCE);

    function line(text: string): void {
      const word = readWord(text);
      if (word === null || (word.type === 'hello') !== (visit === null)) {
        socket.destroy();
        return;
      }
      if (visit !== null) {
        // What one still says who was shown out is not heard.
        if (visits.has(visit)) heard(visit, word);
        return;
      }
      clearTimeout(late);
      if (word.type !== 'hello') return;
      const refused = refusal(word);
      if (refused !== null) {
        lines.send(refused);
        lines.end();
        return;
      }
      lines.limit(LINE_LIMIT);
      visit = enter(word, lines);
    }

    function closed(): void {
      clearTimeout(late);
      connections.delete(connection);
      if (visit !== null) leave(visit);
      over();
    }
  }

  /** Why one may not come in; null when one may. */
  function refusal({ protocol, holder, run }: Extract<Word, { type: 'hello' }>): Reply | null {
    const { name, pid, host, id } = options.holder;
    if (protocol !== PROTOCOL) {
      const message = `The run ${run} is driven by ${name} (process ${pid} on ${host}), a Backstep of another version, which this one cannot debug.`;
      return { type: 'refused', code: 'protocol', message };
    }
    if (holder !== id || options.driven(run) === null) {
      return { type: 'refused', code: 'not-driven', message: `The run ${run} is not driven here.` };
    }
    const line = lineOf(run);
    const other = [...visits].find((visit) => line.includes(visit.run) || lineOf(visit.run).includes(run));
    if (other === undefined) return null;
    const who = `${other.visitor.name} (process ${other.visitor.pid} on ${other.visitor.host})`;
    const what = other.run === run ? '' : `, with ${other.run}`;
    return { type: 'refused', code: 'visited', message: `The run ${run} is debugged already${what}: by ${who}.` };
  }

  function enter({ run, visitor }: Extract<Word, { type: 'hello' }>, lines: Lines): Visit {
    const visit: Visit = {
      ...{ run, visitor, lines, welcomed: false, held: true, watch: null, single: 0, gate: null },
      ...{
        unseen: new Set<number>(),
        asked: new Map<number, () => void>(),
        choices: new Map<string, Choice>(),
        atRest: [],
      },
    };
    visits.add(visit);
    known.clear();
    shut(visit);
    rest(visit, () => {
      const all = runsOf(visit);
      const runs = [run, ...all.filter((each) => each !== run)].flatMap((each) => {
        const env = options.driven(each)?.env;
        return env === undefined ? [] : [{ run: each, env }];
      });
      visit.welcomed = true;
      say(visit, { type: 'welcome', clock: clock.kind, now: clock.now(), runs });
      for (const each of all) watch(visit, each);
    });
    return visit;
  }

  function leave(visit: Visit): void {
    visits.delete(visit);
    known.clear();
    visit.held = false;
    visit.unseen.clear();
    visit.atRest = [];
    for (const go of visit.asked.values()) go();
    visit.asked.clear();
    endChoices(visit);
    settle(visit);
  }

  function showOut(visit: Visit): void {
    visit.lines.end();
    leave(visit);
  }

  function heard(visit: Visit, word: Word): void {
    switch (word.type) {
      case 'watch':
        visit.watch = word.watch === null ? null : { ...word.watch, steps: new Set(word.watch.steps) };
        if (word.single !== visit.single) endChoices(visit);
        visit.single = word.single;
        return;
      case 'chosen':
        chosen(visit, word);
        return;
      case 'hold': {
        const { id } = word;
        visit.held = true;
        shut(visit);
        rest(visit, () => say(visit, { type: 'held', id }));
        return;
      }
      case 'free':
        visit.held = false;
        settle(visit);
        return;
      case 'seen':
        visit.unseen.delete(word.id);
        settle(visit);
        return;
      case 'go':
        visit.asked.get(word.id)?.();
        visit.asked.delete(word.id);
        settle(visit);
        return;
      case 'send':
        void decide(visit, word);
        return;
      case 'hello':
        return;
    }
  }

  async function decide(visit: Visit, { id, run, stimulus }: Extract<Word, { type: 'send' }>): Promise<void> {
    const driven = visitOf(run) === visit ? options.driven(run) : null;
    const absent = `The run ${run} is not driven here.`;
    const fault = (error: unknown) => (error instanceof Error ? error.message : String(error));
    const refused = driven === null ? absent : await driven.send(stimulus).catch(fault);
    say(visit, { type: 'sent', id, refused });
  }

  /** Tells when a run has come to its end, or to where only a person can take it further. */
  function watch(visit: Visit, run: string): void {
    const settled = options.driven(run)?.settled('ended');
    if (settled === undefined) return;
    settled.then(
      (status) => {
        if (ENDED.has(status) || status === 'suspended') say(visit, { type: 'settled', run, status, fault: null });
        // A driver that was stopped settles in between: the run is let go, to move to another text perhaps.
        else showOut(visit);
      },
      (error: unknown) => {
        const fault = error instanceof Error ? error.message : String(error);
        say(visit, { type: 'settled', run, status: 'running', fault });
      },
    );
  }

  function say(visit: Visit, reply: Reply): void {
    if (visits.has(visit)) visit.lines.send(reply);
  }

  function runsOf(visit: Visit): readonly string[] {
    return [...options.runs()].filter((run) => visitOf(run) === visit);
  }

  /** Calls `then` when the runs stand and all that was decided for them is in the journal. */
  function rest(visit: Visit, then: () => void): void {
    // A loop that was in the middle of its work comes to the gate before this does.
    setImmediate(() => {
      if (!visits.has(visit)) return;
      try {
        if (runsOf(visit).some(isMoving)) visit.atRest.push(then);
        else then();
      } catch {
        // The journal could not be read; the runs are let go, and their drivers meet the same fault.
        showOut(visit);
      }
    });
  }

  /** Whether something is decided for the run that is not in the journal yet. */
  function isMoving(run: string): boolean {
    return (options.driven(run)?.view.state.seq ?? 0) > options.committedSeq(run);
  }

  function shut(visit: Visit): void {
    visit.gate ??= closedGate(clock);
  }

  function settle(visit: Visit): void {
    if (visit.held || visit.unseen.size > 0 || visit.asked.size > 0) return;
    const { gate } = visit;
    visit.gate = null;
    gate?.open();
  }

  /** Whether somebody has the run and wants to be asked for this step. */
  function isWatched(step: Step, { state }: RunView): boolean {
    const visit = visitOf(state.run);
    if (visit === null) return false;
    const { watch, gate } = visit;
    if (watch === null || gate !== null || watch.steps.has(stepKey(step))) return true;
    return watch.errors && (step.place === 'inner' || state.error !== null);
  }

  /** Asks whoever has the run for leave to take a step; undefined when nobody wants to be asked. */
  function ask(step: Step, view: RunView): Promise<void> | undefined {
    const { run } = view.state;
    const visit = visitOf(run);
    if (visit === null || !isWatched(step, view)) return undefined;
    return new Promise((resolve) => {
      const id = ++count;
      visit.asked.set(id, resolve);
      shut(visit);
      say(visit, { type: 'step', id, run, step });
    });
  }

  /** What the visitor chose of the steps that are ready; a promise until it has, and while the run is to wait. */
  function choose(view: RunView): Step | Promise<void> | null {
    const { run, seq } = view.state;
    const visit = visitOf(run);
    if (visit === null || visit.single === 0) return null;
    const before = visit.choices.get(run);
    if (before?.seq === seq) return before.step === undefined ? before.over : before.step;
    before?.end();
    let end = (): void => undefined;
    const over = new Promise<void>((resolve) => (end = resolve));
    const id = ++count;
    visit.choices.set(run, { id, seq, over, step: undefined, end });
    visit.asked.set(id, end);
    shut(visit);
    rest(visit, () => say(visit, { type: 'choose', id, run }));
    return over;
  }

  function chosen(visit: Visit, { id, step, wait }: Extract<Word, { type: 'chosen' }>): void {
    visit.asked.delete(id);
    for (const [run, choice] of visit.choices) {
      const view = options.driven(run)?.view;
      if (choice.id !== id || view === undefined || wait) continue;
      // Only what is ready can be taken; the rest is a matter of this side's order.
      const ready = steps(view.plan, view.state);
      choice.step = ready.find((each) => step !== null && isSameStep(each, step)) ?? null;
      choice.end();
    }
    settle(visit);
  }

  function endChoices(visit: Visit): void {
    for (const { id, end } of visit.choices.values()) {
      visit.asked.delete(id);
      end();
    }
    visit.choices.clear();
    settle(visit);
  }

  function tell(records: readonly RunRecord[], { state: { run } }: RunView): void {
    const visit = visitOf(run);
    const last = records.at(-1);
    if (visit === null || last === undefined) return;
    const id = ++count;
    visit.unseen.add(id);
    shut(visit);
    say(visit, { type: 'committed', id, run, seq: last.seq });
    for (const then of visit.atRest.splice(0)) rest(visit, then);
  }

  return {
    address,
    observing(observer) {
      const own = observer?.before?.bind(observer);
      const ownWants = observer?.wants?.bind(observer);
      const wanted = (step: Step, view: RunView) => own !== undefined && ownWants?.(step, view) !== false;
      const before: NonNullable<Observer['before']> = (step, view) => {
        const first = wanted(step, view) ? own?.(step, view) : undefined;
        return first instanceof Promise ? first.then(() => ask(step, view)) : ask(step, view);
      };
      const ownChoose = observer?.choose?.bind(observer);
      const wants = (step: Step, view: RunView) => isWatched(step, view) || wanted(step, view);
      return {
        get before() {
          return visits.size > 0 ? before : own;
        },
        get wants() {
          return visits.size > 0 ? wants : ownWants;
        },
        get choose() {
          return visits.size > 0 ? (view: RunView) => ownChoose?.(view) ?? choose(view) : ownChoose;
        },
        hold: (run) => observer?.hold?.(run) ?? visitOf(run)?.gate?.opened ?? null,
        committed(records, view) {
          observer?.committed?.(records, view);
          if (visits.size > 0) tell(records, view);
        },
        output(line) {
          observer?.output?.(line);
          const visit = visitOf(line.run);
          if (visit !== null && visit.lines.waiting < MOST_WAITING) say(visit, { type: 'output', ...line });
        },
      };
    },
    took(run) {
      const visit = visitOf(run);
      const env = options.driven(run)?.env;
      // Those that were there before are told with the welcome.
      if (visit?.welcomed !== true || env === undefined) return;
      say(visit, { type: 'run', run, env });
      watch(visit, run);
    },
    async close() {
      closeServer(server);
      const open = [...connections];
      for (const visit of [...visits]) leave(visit);
      for (const { lines } of open) lines.end();
      await Promise.all(open.map(({ over }) => over));
    },
  };
}

function closeServer(server: Server): void {
  if (server.listening) server.close();
}
