/** What every kind of action is given, and how it reports. */
import type { Json } from '../../language/index.ts';
import type { Outcome, OutcomeError } from '../machine/stimulus.ts';

export interface ActionContext {
  /** The idempotency key of the call. */
  readonly key: string;
  /** The attempt's number, from 1. */
  readonly attempt: number;
  /** Aborted when the attempt timed out or was cancelled; whatever the action reports then is not waited for. */
  readonly signal: AbortSignal;
  /** Says that a long call is still alive. */
  readonly heartbeat: () => void;
  /** A line of output for people. */
  readonly log: (level: string, text: string) => void;
  /** Puts `•••` in the place of every secret. What is cut short is masked first: half a secret would not be found. */
  readonly mask: (text: string) => string;
  /** The folder of the workflow's file: relative paths start there. */
  readonly folder: string;
  /** The workspace's root: modules of the workflow lie inside it. */
  readonly root: string;
  /** Environment variables of the run, without the secrets. */
  readonly env: Readonly<Record<string, string>>;
  /** Headers of W3C Trace Context; empty where nothing is traced. */
  readonly trace: Readonly<Record<string, string>>;
}

/** The most that an action may return, in bytes: a record is no place for files. */
export const MAX_BYTES = 10 * 1024 * 1024;

/** Milliseconds that a program or a module has to end after it was asked to, with all that it started. */
export const GRACE = 5000;

/** A failed outcome; what is left out of `more` is null. */
export function failed(type: string, message: string, more: Partial<OutcomeError> = {}): Outcome {
  return { ok: false, error: { type, message, code: null, status: null, data: null, ...more } };
}

/** A good outcome. */
export function succeeded(result: Json): Outcome {
  return { ok: true, result };
}

/** At most `length` characters of `text`, on one line, for a message. */
export function excerpt(text: string, length = 80): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}
