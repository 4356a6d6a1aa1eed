/**
 * Values as a client shows them: a tree that is opened level by level and page by page.
 *
 * 1. A number that stands for something to be opened (`variablesReference`) holds only while the run stands; `clear`
 *    forgets them all.
 * 2. Nothing is rendered before it is opened, and a text or a preview is cut, so that a huge value costs no more to show
 *    than a small one.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Json } from '../language/index.ts';

/** What a value can be written back to; `path` leads from the target's own value to the part that is shown. */
export interface Place<Target> {
  readonly target: Target;
  readonly path: readonly (string | number)[];
}

/** A line in the view of variables. */
export interface Shown<Target> {
  readonly name: string;
  /** Either a JSON value, which opens by itself, or a text with lines below it. */
  readonly value: Json | undefined;
  /** Replaces the rendering of `value`. */
  readonly text?: string;
  readonly type?: string;
  readonly evaluateName?: string;
  readonly place?: Place<Target>;
  readonly below?: () => readonly Shown<Target>[];
}

/** Something that can be opened. `from` and `count` are a page of its lines. */
export interface Opened<Target> {
  readonly indexed: number;
  readonly named: number;
  page(filter: 'indexed' | 'named' | null, from: number, count: number): readonly Shown<Target>[];
}

/** Longest text that is shown of one value. */
const LONGEST_TEXT = 16_384;
const LONGEST_PREVIEW = 160;

export interface ValueTable<Target> {
  /** A number that `open` takes, for a list of lines that is worked out when it is opened. */
  list(lines: () => readonly Shown<Target>[]): number;
  /** The line as the protocol has it. */
  render(shown: Shown<Target>): DebugProtocol.Variable;
  open(reference: number): Opened<Target> | null;
  /** Whether the number was given at an earlier stop. */
  wasOpen(reference: number): boolean;
  clear(): void;
}

/** An empty table of values. Numbers are never used twice, so that one from an earlier stop is recognised as stale. */
export function valueTable<Target>(): ValueTable<Target> {
  const opened = new Map<number, Opened<Target>>();
  let last = 0;
  const keep = (each: Opened<Target>): number => {
    opened.set(++last, each);
    return last;
  };
  const referenceOf = (shown: Shown<Target>): { reference: number; indexed?: number; named?: number } => {
    if (shown.below !== undefined) return { reference: keep(lazyList(shown.below)) };
    if (Array.isArray(shown.value) && shown.value.length > 0) {
      return { reference: keep(openArray(shown.value as readonly Json[], shown)), indexed: shown.value.length };
    }
    if (isRecord(shown.value)) {
      const names = Object.keys(shown.value);
      if (names.length > 0) return { reference: keep(openObject(shown.value, names, shown)), named: names.length };
    }
    return { reference: 0 };
  };
  return {
    list: (lines) => keep(lazyList(lines)),
    render(shown) {
      const { reference, indexed, named } = referenceOf(shown);
      return {
        name: shown.name,
        value: shown.text ?? renderValue(shown.value),
        type: shown.type ?? typeOf(shown.value),
        variablesReference: reference,
        ...(indexed !== undefined && { indexedVariables: indexed }),
        ...(named !== undefined && { namedVariables: named }),
        ...(shown.evaluateName !== undefined && { evaluateName: shown.evaluateName }),
        ...(shown.place === undefined && { presentationHint: { attributes: ['readOnly'] } }),
      };
    },
    open: (reference) => opened.get(reference) ?? null,
    wasOpen: (reference) => Number.isInteger(reference) && reference > 0 && reference <= last && !opened.has(reference),
    clear: () => opened.clear(),
  };
}

/** A value in one line: JSON, cut where it grows long. `nothing` is what an expression without a result gives. */
export function renderValue(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return JSON.stringify(cut(value, LONGEST_TEXT));
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return preview(value, LONGEST_PREVIEW);
}

/** The name of a value's type, as JSON Schema calls it. */
export function typeOf(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** Compact JSON of at most about `limit` characters; only as much of the value is visited as is shown. */
export function preview(value: Json, limit: number): string {
  const parts: string[] = [];
  let left = limit;
  const put = (text: string): boolean => {
    const fits = text.length <= left;
    parts.push(fits ? text : `${text.slice(0, left)}…`);
    left -= text.length;
    return fits;
  };
  const write = (each: Json): boolean => {
    if (typeof each === 'string') return put(JSON.stringify(each.length > left ? each.slice(0, left) : each));
    if (typeof each !== 'object' || each === null) return put(JSON.stringify(each));
    if (Array.isArray(each)) {
      const items = each as readonly Json[];
      return put('[') && items.every((item, at) => (at === 0 || put(', ')) && write(item)) && put(']');
    }
    const fields = Object.entries(each);
    const field = ([name, inner]: [string, Json], at: number): boolean =>
      (at === 0 || put(', ')) && put(`${JSON.stringify(name)}: `) && write(inner);
    return put('{') && fields.every(field) && put('}');
  };
  write(value);
  return parts.join('');
}

/** A copy of `root` in which the part at `path` is `value`; the root's own parts are shared. Null when there is no such part. */
export function withPart(root: Json, path: readonly (string | number)[], value: Json): { readonly value: Json } | null {
  const [step, ...rest] = path;
  if (step === undefined) return { value };
  if (Array.isArray(root)) {
    const items = root as readonly Json[];
    const at = Number(step);
    if (!Number.isInteger(at) || at < 0 || at >= items.length) return null;
    const changed = withPart(items[at] ?? null, rest, value);
    return changed === null ? null : { value: items.with(at, changed.value) };
  }
  if (!isRecord(root)) return null;
  const name = String(step);
  const inner = Object.hasOwn(root, name) ? (root[name] ?? null) : null;
  if (rest.length > 0 && !Object.hasOwn(root, name)) return null;
  const changed = withPart(inner, rest, value);
  if (changed === null) return null;
  const entries = Object.entries(root).map(([key, old]): [string, Json] => [key, key === name ? changed.value : old]);
  if (!Object.hasOwn(root, name)) entries.push([name, changed.value]);
  // `fromEntries` defines properties, so that `__proto__` is a name like any other.
  return { value: Object.fromEntries(entries) };
}

/** `root.name` as an expression writes it: names that are no plain words stand in backquotes. */
export function memberName(root: string, name: string): string {
  return `${root}.${/^[A-Za-z_]\w*$/.test(name) ? name : `\`${name}\``}`;
}

function isRecord(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function cut(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit)}…` : text;
}

function lazyList<Target>(lines: () => readonly Shown<Target>[]): Opened<Target> {
  let all: readonly Shown<Target>[] | null = null;
  const read = (): readonly Shown<Target>[] => (all ??= lines());
  return {
    indexed: 0,
    get named() {
      return read().length;
    },
    page: (filter, from, count) => (filter === 'indexed' ? [] : read().slice(from, from + count)),
  };
}

function openArray<Target>(items: readonly Json[], shown: Shown<Target>): Opened<Target> {
  return {
    indexed: items.length,
    named: 0,
    page(filter, from, count) {
      if (filter === 'named') return [];
      return items.slice(from, from + count).map((value, offset) => {
        const at = from + offset;
        return part(
          shown,
          String(at),
          at,
          value,
          shown.evaluateName === undefined ? undefined : `${shown.evaluateName}[${at}]`,
        );
      });
    },
  };
}

function openObject<Target>(
  value: { readonly [key: string]: Json },
  names: readonly string[],
  shown: Shown<Target>,
): Opened<Target> {
  return {
    indexed: 0,
    named: names.length,
    page(filter, from, count) {
      if (filter === 'indexed') return [];
      return names.slice(from, from + count).map((name) => {
        const path = shown.evaluateName === undefined ? undefined : memberName(shown.evaluateName, name);
        return part(shown, name, name, value[name] ?? null, path);
      });
    },
  };
}

function part<Target>(
  of: Shown<Target>,
  name: string,
  step: string | number,
  value: Json,
  evaluateName: string | undefined,
): Shown<Target> {
  return {
    name,
    value,
    ...(evaluateName !== undefined && { evaluateName }),
    ...(of.place !== undefined && { place: { target: of.place.target, path: [...of.place.path, step] } }),
  };
}
