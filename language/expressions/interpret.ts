/**
 * Evaluation by JSONata itself, bounded and without anything that a replay could not repeat.
 *
 * 1. One expression is evaluated at a time. JSONata is asynchronous only in form, so nothing is lost, and its bound on
 *    time then measures this expression and not its neighbours.
 * 2. The clock and the random numbers come from the moment that the caller gives. The platform's clock is read only by
 *    JSONata's bound on time: whether an expression is stopped for taking too long is recorded like any other fault.
 * 3. The functions replaced here are those that read a clock or draw a random number, those whose work could exceed the
 *    bound on time without JSONata noticing, and `$eval`, which is not available.
 */
import jsonata from 'jsonata';
import type { JsonObject } from '../json.ts';
import type { Moment } from './bindings.ts';
import { OwnFault } from './faults.ts';
import { checkSize, copyIn } from './plain.ts';
import { seededRandom } from './random.ts';
import { BoundedRegExp, renewPatternTime } from './regex.ts';

/** Bounds of one evaluation: milliseconds, calls within calls, and items of a list. */
export const LIMITS = { timeout: 1000, stack: 1000, sequence: 200_000 } as const;

/** Longest text that `$pad` makes. */
const MAX_PAD = 100_000;

/** The binding that carries the moment. An author cannot write a variable with a space in its name. */
const MOMENT = ' moment';

interface BoundMoment {
  readonly now: number;
  readonly random: () => number;
}

/** A native function as JSONata keeps it. */
type Native = (this: unknown, ...parameters: readonly unknown[]) => unknown;

interface Natives {
  readonly fromMillis: Native;
  readonly toMillis: Native;
  readonly pad: Native;
  readonly sort: Native;
  readonly string: Native;
}

/** Parses `source` for evaluation. It throws what JSONata throws for a mistake in the syntax. */
export function program(source: string): jsonata.Expression {
  // JSONata only ever calls `new RegexEngine(regex)`, so that a class without a call signature serves.
  const made = jsonata(source, { ...LIMITS, RegexEngine: BoundedRegExp as unknown as RegExpConstructor });
  made.assign('eval', undefined);
  return made;
}

let queue: Promise<unknown> = Promise.resolve();

/**
 * Evaluates a program.
 *
 * @param document the values it reads; they are copied, so nothing of it changes
 * @returns what JSONata gives, with its hidden properties: `copyOut` makes JSON of it
 * @throws anything that JSONata throws, for `describeFault`
 */
export function interpret(expression: jsonata.Expression, document: JsonObject, moment: Moment): Promise<unknown> {
  const result = queue.then(async () => {
    const natives = await nativeFunctions();
    register(expression, natives);
    const bound: BoundMoment = { now: moment.now, random: seededRandom(moment.seed) };
    renewPatternTime();
    // Awaited here so that the queue goes on only when the evaluation has ended.
    return (await expression.evaluate(copyIn(document), { [MOMENT]: bound })) as unknown;
  });
  queue = result.then(ignore, ignore);
  return result;
}

/** The queue goes on whatever became of an evaluation: its caller has been told. */
function ignore(): undefined {
  return undefined;
}

const registered = new WeakSet<jsonata.Expression>();

function register(expression: jsonata.Expression, natives: Natives): void {
  if (registered.has(expression)) return;
  registered.add(expression);
  expression.registerFunction(
    'now',
    function (picture: unknown, timezone: unknown) {
      return natives.fromMillis.call(this, momentOf(this).now, picture, timezone);
    },
    '<s?s?:s>',
  );
  expression.registerFunction(
    'millis',
    function () {
      return momentOf(this).now;
    },
    '<:n>',
  );
  expression.registerFunction(
    'random',
    function () {
      return momentOf(this).random();
    },
    '<:n>',
  );
  expression.registerFunction(
    'shuffle',
    function (list: readonly unknown[] | undefined) {
      return list === undefined ? undefined : shuffled(list, momentOf(this).random);
    },
    '<a:a>',
  );
  expression.registerFunction(
    'toMillis',
    function (timestamp: unknown, picture: unknown) {
      // Parts that the picture leaves out are taken from the clock.
      return natives.toMillis.call({ environment: { timestamp: new Date(momentOf(this).now) } }, timestamp, picture);
    },
    '<s-s?:n>',
  );
  expression.registerFunction(
    'pad',
    function (text: unknown, width: unknown, filler: unknown) {
      if (typeof width === 'number' && Math.abs(width) > MAX_PAD) {
        throw new OwnFault(`$pad makes texts of at most ${String(MAX_PAD)} characters.`);
      }
      return natives.pad.call(this, text, width, filler);
    },
    '<s-ns?:s>',
  );
  expression.registerFunction(
    'sort',
    function (list: readonly unknown[] | undefined, after: unknown) {
      return after === undefined && list !== undefined ? sorted(list) : natives.sort.call(this, list, after);
    },
    '<af?:a>',
  );
  expression.registerFunction('distinct', sized(distinct), '<x:x>');
  expression.registerFunction(
    'clone',
    sized((value: unknown) => (value === undefined ? undefined : cloned(value))),
    '<(oa)-:o>',
  );
  expression.registerFunction(
    'string',
    function (value: unknown, prettily: unknown) {
      checkSize(value);
      return natives.string.call(this, value, prettily);
    },
    '<x-b?:s>',
  );
}

/** A function that goes through a value; one that holds the same parts again and again may be larger than memory. */
function sized(work: (value: unknown) => unknown): (value: unknown) => unknown {
  return (value) => {
    checkSize(value);
    return work(value);
  };
}

function momentOf(focus: jsonata.Focus): BoundMoment {
  // Bound by `interpret` above, before anything is evaluated.
  return focus.environment.lookup(MOMENT) as BoundMoment;
}

/** JSONata's own implementations of functions that are wrapped here; it hands them out only while it evaluates. */
let found: Promise<Natives> | null = null;

function nativeFunctions(): Promise<Natives> {
  found ??= (async () => {
    const natives = new Map<string, Native>();
    const probe = jsonata('$probe()');
    probe.registerFunction('probe', function () {
      for (const name of ['fromMillis', 'toMillis', 'pad', 'sort', 'string']) {
        const definition = this.environment.lookup(name) as { readonly implementation: Native };
        natives.set(name, definition.implementation);
      }
    });
    await probe.evaluate(null);
    const native = (name: string): Native => {
      const implementation = natives.get(name);
      if (implementation === undefined) throw new Error(`JSONata has no function ${name}`);
      return implementation;
    };
    return {
      fromMillis: native('fromMillis'),
      toMillis: native('toMillis'),
      pad: native('pad'),
      sort: native('sort'),
      string: native('string'),
    };
  })();
  return found;
}

/** The list in a random order, by swapping each item with one at or before it. */
function shuffled(list: readonly unknown[], random: () => number): unknown[] {
  const result = [...list];
  for (let at = result.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [result[at], result[other]] = [result[other], result[at]];
  }
  return result;
}

/** Sorts numbers or strings; JSONata's own sort copies the rest of the list at every step. */
function sorted(list: readonly unknown[]): readonly unknown[] {
  if (list.length <= 1) return list;
  const numbers = list.every((item) => typeof item === 'number');
  if (!numbers && !list.every((item) => typeof item === 'string')) {
    throw new OwnFault('$sort without a function orders numbers or texts. Give it a function to order anything else.');
  }
  return [...(list as (number | string)[])].sort((left, right) => (left < right ? -1 : left > right ? 1 : 0));
}

/** The first of each equal items; JSONata's own compares each item with each other. */
function distinct(value: unknown): unknown {
  if (!Array.isArray(value) || value.length <= 1) return value;
  const seen = new Set<unknown>();
  return (value as unknown[]).filter((item) => {
    const key =
      typeof item === 'object' && item !== null ? ` ${canonical(item)}` : typeof item === 'string' ? `"${item}` : item;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** JSON with sorted keys: equal for values that JSONata calls equal. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
}

/** A copy without prototypes, so that the update of a transform may set a field called `__proto__`. */
function cloned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cloned);
  if (typeof value === 'function') return '';
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.create(null) as Record<string, unknown>;
  for (const [key, inner] of Object.entries(value)) copy[key] = cloned(inner);
  return copy;
}
