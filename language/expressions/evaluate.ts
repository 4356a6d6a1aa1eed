/**
 * Evaluation of expressions and templates.
 *
 * 1. Pure: the same expression, bindings and moment give the same evaluation, and the bindings never change.
 * 2. What comes back is JSON; an expression that gives nothing gives null, or no text inside other text.
 * 3. A scalar with an expression that reads `secrets` is not evaluated here. `•••` stands in its place, and `sealed`
 *    holds what `unseal` needs to make the real value right before an action is performed.
 * 4. Simple expressions are evaluated at once; for the others a promise is given, which never rejects.
 */
import type { Json, JsonObject } from '../json.ts';
import type { Expression, Template } from '../plan.ts';
import type { Range } from '../text.ts';
import type { RootRead } from './analyse.ts';
import type { Bindings, Moment } from './bindings.ts';
import { truth, numberText, UNSURE } from './compile.ts';
import { describeFault } from './faults.ts';
import { interpret } from './interpret.ts';
import { copyOut, MAX_RESULT, readBindings, setOwn } from './plain.ts';
import { preparedOf, type Prepared } from './prepare.ts';
import { SECRETS } from './roots.ts';

/** A scalar with secrets that was left out of a value, as plain JSON. */
export interface SealedValue {
  /** Where it belongs in the value: fields and items from the outermost; empty for the value itself. */
  readonly path: readonly (string | number)[];
  readonly template: Template;
  /** What else the scalar reads. */
  readonly bindings: JsonObject;
  readonly moment: Moment;
}

/** An expression that failed: the error `expression` of a run, with its place in the file. */
export interface ExpressionFault {
  readonly ok: false;
  readonly message: string;
  /** The token at fault where it is known, else the whole expression. */
  readonly range: Range;
  /** The expression's source. */
  readonly source: string;
}

export type Evaluation =
  { readonly ok: true; readonly value: Json; readonly sealed: readonly SealedValue[] } | ExpressionFault;

export type MaybePromise<T> = T | Promise<T>;

/** What stands for a secret in every value that is kept or shown. */
export const HIDDEN = '•••';

/**
 * Evaluates one expression.
 *
 * @returns its value, null when it gives nothing; at once for a simple expression
 */
export function evaluateExpression(
  expression: Expression,
  bindings: Bindings,
  moment: Moment,
): MaybePromise<Evaluation> {
  return evaluateTemplate({ kind: 'expression', expression }, bindings, moment);
}

/**
 * Evaluates every expression of a template and puts the values in their places. Each expression has random numbers of
 * its own, whatever the others draw.
 *
 * @returns the value, or the first fault in the order of the template
 */
export function evaluateTemplate(template: Template, bindings: Bindings, moment: Moment): MaybePromise<Evaluation> {
  if (template.kind === 'literal') return { ok: true, value: template.value, sealed: [] };
  const sealed: SealedValue[] = [];
  const jobs: MaybePromise<Result>[] = [];
  collect(template, [], { bindings, moment, secrets: null, sealed, jobs });
  return whenAll(jobs, (results) => {
    const fault = results.find((result) => !result.ok);
    if (fault?.ok === false) return fault;
    const values = results.map((result) => (result.ok ? result.value : undefined));
    return finish(template, values, sealed);
  });
}

/**
 * The value of a template all of whose expressions are simple, or null where it must be evaluated in full: because one is
 * not simple, because one reads a root that `bindings` does not have, or because of a fault.
 */
export function evaluateAtOnce(template: Template, bindings: Bindings): { readonly value: Json } | null {
  try {
    return { value: simply(template, bindings) };
  } catch {
    return null;
  }
}

/** @throws whatever keeps the value from being had at once */
function simply(template: Template, bindings: Bindings): Json {
  switch (template.kind) {
    case 'literal':
      return template.value;
    case 'expression':
      return compute(template.expression, bindings) ?? null;
    case 'text': {
      let text = '';
      for (const part of template.parts) text += typeof part === 'string' ? part : renderText(compute(part, bindings));
      return text;
    }
    case 'list':
      return template.items.map((item) => simply(item, bindings));
    case 'object': {
      const object: Record<string, Json> = {};
      for (const { name, value } of template.fields) setOwn(object, name, simply(value, bindings));
      return object;
    }
  }
}

function compute(expression: Expression, bindings: Bindings): Json | undefined {
  const prepared = preparedOf(expression);
  if (!prepared.ok || prepared.compiled === null) throw UNSURE;
  for (const root of prepared.roots) if (!(root in bindings)) throw UNSURE;
  const value = prepared.compiled(bindings);
  if (needsCheck(value)) throw UNSURE;
  return value;
}

/**
 * Whether a guard's value lets the transition be taken: JSONata's `$boolean`. False are null, `false`, 0, the empty
 * text, the empty object and a list without a true item.
 */
export function isTruthy(value: Json): boolean {
  return truth(value);
}

/**
 * Puts the real values in the places of a value that hold secrets. To be called right before the action is performed;
 * what it gives must never be recorded or shown.
 *
 * @param secrets gives a secret by its name, or undefined when it is not set
 * @returns the value, or what is wrong in a sentence without any secret in it
 */
export function unseal(
  value: Json,
  sealed: readonly SealedValue[],
  secrets: (name: string) => string | undefined,
): MaybePromise<Unsealed> {
  if (sealed.length === 0) return { ok: true, value };
  return whenAll(
    sealed.map((entry) => open(entry, secrets)),
    (opened) => {
      let result = value;
      for (const [at, inner] of opened.entries()) {
        if (!inner.ok) return inner;
        result = replaceAt(result, sealed[at]?.path ?? [], inner.value);
      }
      return { ok: true, value: result };
    },
  );
}

export type Unsealed = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly message: string };

/** One expression's value, where undefined stands for nothing. */
type Result = { readonly ok: true; readonly value: Json | undefined } | ExpressionFault;

interface Work {
  readonly bindings: Bindings;
  readonly moment: Moment;
  /** The values of secrets while a value is unsealed; null while it is evaluated for a record. */
  readonly secrets: JsonObject | null;
  readonly sealed: SealedValue[];
  readonly jobs: MaybePromise<Result>[];
}

/** Begins the evaluation of every expression, in the order in which `assemble` takes the values. */
function collect(template: Template, path: readonly (string | number)[], work: Work): void {
  switch (template.kind) {
    case 'literal':
      return;
    case 'list':
      for (const [at, item] of template.items.entries()) collect(item, [...path, at], work);
      return;
    case 'object':
      for (const field of template.fields) collect(field.value, [...path, field.name], work);
      return;
    case 'expression':
    case 'text':
  }
  const expressions = expressionsIn(template);
  const prepared = expressions.map(preparedOf);
  const moment = momentAt(work.moment, path);
  if (work.secrets === null && prepared.some((entry) => entry.roots.includes(SECRETS))) {
    const reads = prepared.flatMap((entry) => entry.reads);
    const roots = prepared.flatMap((entry) => entry.roots);
    work.sealed.push({ path, template, bindings: readBindings(work.bindings, roots, reads), moment });
    for (const [at] of expressions.entries()) work.jobs.push({ ok: true, value: at === 0 ? HIDDEN : undefined });
    return;
  }
  for (const [at, expression] of expressions.entries()) {
    const own = at === 0 ? moment : { now: moment.now, seed: `${moment.seed}#${String(at)}` };
    work.jobs.push(run(expression, prepared[at] ?? preparedOf(expression), own, work));
  }
}

function expressionsIn(template: Template & { readonly kind: 'expression' | 'text' }): readonly Expression[] {
  if (template.kind === 'expression') return [template.expression];
  return template.parts.filter((part): part is Expression => typeof part !== 'string');
}

function momentAt(moment: Moment, path: readonly (string | number)[]): Moment {
  return path.length === 0 ? moment : { now: moment.now, seed: `${moment.seed}/${path.join('/')}` };
}

function run(expression: Expression, prepared: Prepared, moment: Moment, work: Work): MaybePromise<Result> {
  if (!prepared.ok) return fault(expression, prepared);
  if (prepared.compiled !== null) {
    try {
      const value = prepared.compiled(withSecrets(work.bindings, work.secrets));
      if (!needsCheck(value)) return { ok: true, value };
    } catch (error) {
      if (error !== UNSURE) return fault(expression, describeFault(error, expression.source));
    }
  }
  const read = readBindings(work.bindings, prepared.roots, prepared.reads);
  return interpret(prepared.program, withSecrets(read, work.secrets), moment).then(
    (value): Result => {
      try {
        return { ok: true, value: copyOut(value) };
      } catch (error) {
        return fault(expression, describeFault(error, expression.source));
      }
    },
    (error: unknown) => fault(expression, describeFault(error, expression.source)),
  );
}

function withSecrets<T extends Bindings>(bindings: T, secrets: JsonObject | null): T | (T & JsonObject) {
  return secrets === null ? bindings : { ...bindings, [SECRETS]: secrets };
}

/** Numbers out of range and very long texts are left to the slow way, which makes the fault. */
function needsCheck(value: Json | undefined): boolean {
  return (
    (typeof value === 'number' && !Number.isFinite(value)) || (typeof value === 'string' && value.length > MAX_RESULT)
  );
}

/** A fault with its place in the file: exact where the expression's characters run like those of the file. */
function fault(
  expression: Expression,
  described: { readonly message: string; readonly range: Range },
): ExpressionFault {
  const { range, source } = expression;
  const alike = range.end - range.start === source.length;
  const place = alike ? { start: range.start + described.range.start, end: range.start + described.range.end } : range;
  return { ok: false, message: described.message, range: place, source };
}

function finish(template: Template, values: readonly (Json | undefined)[], sealed: readonly SealedValue[]): Evaluation {
  const hidden = new Set(sealed.map((entry) => entry.template));
  const next = values[Symbol.iterator]();
  return { ok: true, value: assemble(template, next, hidden), sealed };
}

/** Puts the values into the template; it takes them in the order in which `collect` began them. */
function assemble(template: Template, values: Iterator<Json | undefined>, hidden: ReadonlySet<Template>): Json {
  const take = (): Json | undefined => {
    const next = values.next();
    return next.done === true ? undefined : next.value;
  };
  switch (template.kind) {
    case 'literal':
      return template.value;
    case 'expression':
      return take() ?? null;
    case 'text': {
      const pieces = template.parts.map((part) => (typeof part === 'string' ? part : renderText(take())));
      return hidden.has(template) ? HIDDEN : pieces.join('');
    }
    case 'list':
      return template.items.map((item) => assemble(item, values, hidden));
    case 'object': {
      const object: Record<string, Json> = {};
      for (const field of template.fields) setOwn(object, field.name, assemble(field.value, values, hidden));
      return object;
    }
  }
}

/** A value inside other text: as it is, with at most 15 digits, or as JSON. */
function renderText(value: Json | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? numberText(value) : JSON.stringify(value);
}

function open(entry: SealedValue, secrets: (name: string) => string | undefined): MaybePromise<Unsealed> {
  const { template } = entry;
  if (template.kind !== 'expression' && template.kind !== 'text') return { ok: true, value: HIDDEN };
  const names = new Set(expressionsIn(template).flatMap((expression) => secretNames(preparedOf(expression).reads)));
  const known: Record<string, Json> = {};
  for (const name of names) {
    const secret = secrets(name);
    if (secret === undefined) {
      const message = `The secret ${name} is not set. Set it in the editor, or in the variable BACKSTEP_SECRET_${name}.`;
      return { ok: false, message };
    }
    setOwn(known, name, secret);
  }
  const jobs: MaybePromise<Result>[] = [];
  collect(template, [], { bindings: entry.bindings, moment: entry.moment, secrets: known, sealed: [], jobs });
  return whenAll(jobs, (results): Unsealed => {
    if (results.some((result) => !result.ok)) {
      // JSONata's message may hold the value that it refused.
      return {
        ok: false,
        message: `An expression that reads ${[...names].map((name) => `secrets.${name}`).join(', ')} failed.`,
      };
    }
    const values = results.map((result) => (result.ok ? result.value : undefined));
    return { ok: true, value: assemble(template, values[Symbol.iterator](), new Set()) };
  });
}

function secretNames(reads: readonly RootRead[]): readonly string[] {
  return reads.flatMap((read) => (read.root === SECRETS && read.path[0] !== undefined ? [read.path[0].name] : []));
}

/** A copy of `value` with `inner` at `path`; unchanged where the path leads nowhere. */
function replaceAt(value: Json, path: readonly (string | number)[], inner: Json): Json {
  const [first, ...rest] = path;
  if (first === undefined) return inner;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    return (value as readonly Json[]).map((item, at) => (at === first ? replaceAt(item, rest, inner) : item));
  }
  const copy: Record<string, Json> = {};
  for (const [key, item] of Object.entries(value as JsonObject)) {
    setOwn(copy, key, key === String(first) ? replaceAt(item, rest, inner) : item);
  }
  return copy;
}

/** Calls `done` with all values: at once when none of them is a promise. */
function whenAll<T, R>(values: readonly MaybePromise<T>[], done: (values: readonly T[]) => R): MaybePromise<R> {
  const now: T[] = [];
  for (const value of values) {
    if (value instanceof Promise) return Promise.all(values).then(done);
    now.push(value);
  }
  return done(now);
}
