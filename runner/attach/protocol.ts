/**
 * What a debugger and the process that drives a run say to each other, one JSON object a line: declared here once for both
 * sides, with what is checked of a message before any of it is believed (docs/adr/0018).
 *
 * 1. The visitor speaks first, with `hello`; the run and the runs that it begins stand from then on. The holder answers
 *    with `welcome` once they are at rest, or with `refused` and the end of the connection.
 * 2. Records are not sent: `committed` names them, and the visitor reads them in the journal. Nothing more is decided for
 *    these runs until it has said `seen`, nor after a `step` until it has said `go`, nor between `hold` and `free`.
 * 3. A step is asked for only where the visitor's `watch` says so; it takes hold before whatever is said after it.
 * 4. The end of the connection, whoever ends it, frees the runs.
 */
import type { RunStatus } from '../machine/state.ts';
import type { Step, StimulusBody } from '../machine/stimulus.ts';

/** The version of the protocol; two sides that differ in it do not talk. */
export const PROTOCOL = 1;

/** Who is attached, for a person. */
export interface Visitor {
  readonly name: string;
  readonly pid: number;
  readonly host: string;
}

/** What a debugger may have the machine decide. */
export type Wish = Extract<
  StimulusBody,
  { readonly type: 'cancel' | 'decision' | 'inject' | 'answer' | 'skip-wait' | 'jump' | 'set' }
>;

/** Steps that a visitor wants to be asked for. */
export interface Watch {
  /** These, by `stepKey`. */
  readonly steps: readonly string[];
  /** Those between two places where a run can stand, and all while an error is under way. */
  readonly errors: boolean;
}

/** What a step is known by in a `Watch`: its place and its state's id in the plan, or where its transition stands. */
export function stepKey({ place, plan, range }: Pick<Step, 'place' | 'plan' | 'range'>): string {
  return place === 'transition' ? `transition@${range?.start ?? -1}` : `${place} ${plan}`;
}

/** What the visitor says. */
export type Word =
  /**
   * Which steps are asked for from here on, every one at first. Any other is taken as if nobody looked.
   * `single` is not 0 while the visitor lets one thread alone go on: it is asked which step that is, and another number is
   * another thread.
   */
  | { readonly type: 'watch'; readonly watch: Watch | null; readonly single: number }
  /** Answers `choose`: the step that is taken next, null for the usual one; with `wait` none, until another `single`. */
  | { readonly type: 'chosen'; readonly id: number; readonly step: Step | null; readonly wait: boolean }
  /** `holder` is the id of the run's holder as the journal has it: who says it may read the journal. */
  | {
      readonly type: 'hello';
      readonly protocol: number;
      readonly holder: string;
      readonly run: string;
      readonly visitor: Visitor;
    }
  | { readonly type: 'hold'; readonly id: number }
  | { readonly type: 'free' }
  /** Answers `committed` and `step`. */
  | { readonly type: 'seen' | 'go'; readonly id: number }
  | { readonly type: 'send'; readonly id: number; readonly run: string; readonly stimulus: Wish };

/** A run that is driven by the holder, and what `env` is there. */
export interface VisitedRun {
  readonly run: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What the holder says. */
export type Reply =
  | { readonly type: 'refused'; readonly code: 'not-driven' | 'visited' | 'protocol'; readonly message: string }
  | {
      readonly type: 'welcome';
      readonly clock: 'real' | 'virtual';
      /** The instant of the holder's clock, in milliseconds since 1970. */
      readonly now: number;
      /** The run that was asked for, first, and those of the runs that it began that go on. */
      readonly runs: readonly VisitedRun[];
    }
  | ({ readonly type: 'run' } & VisitedRun)
  /** The run's records up to `seq` are in the journal. */
  | { readonly type: 'committed'; readonly id: number; readonly run: string; readonly seq: number }
  | { readonly type: 'step'; readonly id: number; readonly run: string; readonly step: Step }
  /** Which of the steps that are ready is taken next? */
  | { readonly type: 'choose'; readonly id: number; readonly run: string }
  /** From here on nothing is decided until `free`. */
  | { readonly type: 'held'; readonly id: number }
  | { readonly type: 'sent'; readonly id: number; readonly refused: string | null }
  | {
      readonly type: 'output';
      readonly run: string;
      readonly way: string;
      readonly level: string;
      readonly text: string;
    }
  /** The run has ended or is suspended; `fault` is what stopped its driver otherwise. */
  | { readonly type: 'settled'; readonly run: string; readonly status: RunStatus; readonly fault: string | null };

/** Bytes of the longest line: of `hello`, which anybody may say who comes to the door, and of all others. */
export const HELLO_LIMIT = 16 * 1024;
export const LINE_LIMIT = 32 * 1024 * 1024;

type Check = (value: unknown) => boolean;
type Shape = Readonly<Record<string, Check>>;

const text: Check = (value) => typeof value === 'string';
const truth: Check = (value) => typeof value === 'boolean';
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
/** Whatever JSON gave. */
const json: Check = (value) => value !== undefined;
const oneOf =
  (...values: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && values.includes(value);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const shaped =
  (shape: Shape): Check =>
  (value) =>
    isObject(value) &&
    Object.keys(value).every((key) => Object.hasOwn(shape, key)) &&
    Object.entries(shape).every(([key, check]) => check(value[key]));
/** An object that is of the shape that its `key` names. */
const cases =
  (key: string, shapes: Readonly<Record<string, Shape>>): Check =>
  (value) => {
    const name = isObject(value) ? value[key] : undefined;
    if (typeof name !== 'string' || !Object.hasOwn(shapes, name)) return false;
    return shaped({ ...shapes[name], [key]: text })(value);
  };
const texts: Check = (value) => isObject(value) && Object.values(value).every(text);

const by = shaped({ name: text });
const target = cases('kind', {
  variable: { scope: count, name: text },
  input: { activation: count },
  result: { activation: count },
});
const wish = cases('type', {
  cancel: { by, compensate: truth, force: truth },
  decision: { state: text, by, outcome: text, form: json },
  inject: { activation: count, error: shaped({ type: text, message: text }), by: optional(by) },
  answer: { activation: count, result: json, by },
  'skip-wait': { activation: count, by },
  jump: { activation: count, to: text, by },
  set: { target, value: json, by: optional(by) },
});
const step = shaped({
  place: oneOf('enter', 'call', 'return', 'transition', 'undo', 'undone', 'inner'),
  scope: count,
  activation: orNull(count),
  plan: text,
  way: text,
  range: orNull(shaped({ start: count, end: count })),
});
const visited = { run: text, env: texts };

const word = cases('type', {
  hello: { protocol: count, holder: text, run: text, visitor: shaped({ name: text, pid: count, host: text }) },
  watch: { watch: orNull(shaped({ steps: listOf(text), errors: truth })), single: count },
  chosen: { id: count, step: orNull(step), wait: truth },
  hold: { id: count },
  free: {},
  seen: { id: count },
  go: { id: count },
  send: { id: count, run: text, stimulus: wish },
});
const reply = cases('type', {
  refused: { code: oneOf('not-driven', 'visited', 'protocol'), message: text },
  welcome: { clock: oneOf('real', 'virtual'), now: count, runs: listOf(shaped(visited)) },
  run: visited,
  committed: { id: count, run: text, seq: count },
  step: { id: count, run: text, step },
  choose: { id: count, run: text },
  held: { id: count },
  sent: { id: count, refused: orNull(text) },
  output: { run: text, way: text, level: text, text },
  settled: { run: text, status: text, fault: orNull(text) },
});

/** A line of the visitor as a message; null when it is none. */
export function readWord(line: string): Word | null {
  const value = parsed(line);
  return word(value) ? (value as Word) : null;
}

/** A line of the holder as a message; null when it is none. */
export function readReply(line: string): Reply | null {
  const value = parsed(line);
  return reply(value) ? (value as Reply) : null;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
