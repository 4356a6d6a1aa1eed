/**
 * Ranges that move along with the text in front of them, so that a letter typed at the top of a file of thousands of
 * states costs one number for each state, and not one for each of its nodes.
 *
 * 1. A moving range counts from its anchor: the beginning of its unit, or another range of the same unit.
 * 2. `start` and `end` always count in the text as it stands now. Nobody outside of the analysis moves an anchor.
 */
import type { Range } from './text.ts';

/** What ranges count from. */
export interface Anchor {
  readonly start: number;
}

/** The beginning of a unit; whoever keeps the units moves it. */
export interface UnitAnchor extends Anchor {
  start: number;
}

/** A class, because its instances are made by the hundred thousand and must share their getters. */
export class MovingRange implements Range {
  readonly #anchor: Anchor;
  #from: number;
  #to: number;

  constructor(anchor: Anchor, from: number, to: number) {
    this.#anchor = anchor;
    this.#from = from;
    this.#to = to;
  }

  get start(): number {
    return this.#anchor.start + this.#from;
  }

  get end(): number {
    return this.#anchor.start + this.#to;
  }

  /** Takes the place of `other`, which counts from the same anchor. */
  follow(other: Range): void {
    this.#from = other.start - this.#anchor.start;
    this.#to = other.end - this.#anchor.start;
  }

  toJSON(): Range {
    return { start: this.start, end: this.end };
  }
}

/** From the beginning of one range to the end of another, wherever both are. */
export class SpanRange implements Range {
  #first: Range;
  #last: Range;

  constructor(first: Range, last: Range) {
    this.#first = first;
    this.#last = last;
  }

  get start(): number {
    return this.#first.start;
  }

  get end(): number {
    return this.#last.end;
  }

  /** Reaches between other ranges from now on. */
  follow(first: Range, last: Range): void {
    this.#first = first;
    this.#last = last;
  }

  toJSON(): Range {
    return { start: this.start, end: this.end };
  }
}

/** The range between two offsets, which lie in or beside `around`; it moves if that one does. */
export function within(around: Range, start: number, end: number): Range {
  if (!(around instanceof MovingRange)) return { start, end };
  return new MovingRange(around, start - around.start, end - around.start);
}

/** Finds the anchor of the unit at an offset. */
export type Anchors = (offset: number) => Anchor;

/** Values of which every range, however deep, moves along with its unit. */
export function moving<T>(values: readonly T[], at: Anchors): readonly T[] {
  return values.length === 0 ? values : values.map((one) => movingParts(one, at));
}

function movingParts<T>(value: T, at: Anchors): T;
function movingParts(value: unknown, at: Anchors): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof MovingRange || value instanceof SpanRange) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => movingParts(item, at));
  if (isRange(value)) {
    const anchor = at(value.start);
    return new MovingRange(anchor, value.start - anchor.start, value.end - anchor.start);
  }
  // Most findings are a range that moves already, and texts.
  if (Object.values(value).every(isSettled)) return value;
  // A place in another file does not move with this one.
  if ('file' in value && value.file !== undefined) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, movingParts(inner as unknown, at)]));
}

function isSettled(value: unknown): boolean {
  return typeof value !== 'object' || value === null || value instanceof MovingRange || value instanceof SpanRange;
}

function isRange(value: object): value is Range {
  return 'start' in value && 'end' in value && typeof value.start === 'number' && typeof value.end === 'number';
}
