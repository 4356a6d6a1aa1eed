/** What a person types into the debugger: conditions, watches, log messages. Read once, evaluated where the run stands. */
import { evaluateAtOnce, evaluateTemplate, isTruthy, parseExpression, scanTemplate } from '../language/index.ts';
import type { Bindings, Expression, Json, Template } from '../language/index.ts';
import type { RunView } from '../runner/host.ts';

/** Where something is evaluated: what each root stands for there, and the run's own clock and seed. */
export interface Ground {
  readonly view: RunView;
  readonly bindings: Bindings;
}

export type Evaluated = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly message: string };

/**
 * Reads bare JSONata, `${ … }`, or a text with `${ … }` in it. Gives a sentence when it is none of them.
 */
export function readExpression(text: string): Template | { readonly error: string } {
  const trimmed = text.trim();
  if (!trimmed.includes('${')) return single(trimmed);
  const scanned = scanTemplate(trimmed);
  if (scanned.problem !== null) return { error: scanned.problem.message };
  const [only, ...more] = scanned.parts;
  if (more.length === 0 && only?.kind === 'expression') return single(only.source);
  return partsOf(scanned.parts.map((part) => (part.kind === 'text' ? part.text : { source: part.source })));
}

/**
 * Reads a log message, in which `{ … }` stands for the value of an expression; `\{` is a brace. Gives a sentence when an
 * expression in it is wrong or never closed.
 */
export function readLogMessage(text: string): Template | { readonly error: string } {
  const parts: (string | { readonly source: string })[] = [];
  let literal = '';
  let at = 0;
  while (at < text.length) {
    if (text.startsWith('\\{', at) || text.startsWith('\\}', at)) {
      literal += text[at + 1] ?? '';
      at += 2;
      continue;
    }
    const start = text.startsWith('${', at) ? at + 1 : at;
    if (text[start] !== '{') {
      literal += text[at] ?? '';
      at++;
      continue;
    }
    // Where the brace closes is decided where it is for the language's own expressions.
    const scanned = scanTemplate(`$${text.slice(start)}`);
    const [first] = scanned.parts;
    if (first?.kind !== 'expression' || (scanned.problem !== null && scanned.parts.length === 1)) {
      return {
        error: `The expression that begins at \`${text.slice(start, start + 20)}\` is not closed. Add a \`}\`, or write \`\\{\` for a brace.`,
      };
    }
    if (literal !== '') parts.push(literal);
    literal = '';
    parts.push({ source: first.source });
    at = start + first.outer.end - 1;
  }
  if (literal !== '') parts.push(literal);
  return partsOf(parts);
}

/** Evaluates what `readExpression` or `readLogMessage` gave; at once for simple expressions. Secrets give `•••`. */
export function evaluateAt(template: Template, { view, bindings }: Ground): Evaluated | Promise<Evaluated> {
  const atOnce = evaluateAtOnce(template, bindings);
  if (atOnce !== null) return { ok: true, value: atOnce.value };
  const { now, seed } = view.state;
  const evaluation = evaluateTemplate(template, bindings, { now, seed });
  return evaluation instanceof Promise ? evaluation.then(shorten) : shorten(evaluation);
}

/** Whether a value counts as true in a condition, as it does in a transition's `when`. */
export const holds: (value: Json) => boolean = isTruthy;

function shorten(
  evaluation: { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly message: string },
): Evaluated {
  return evaluation.ok ? { ok: true, value: evaluation.value } : { ok: false, message: evaluation.message };
}

function single(source: string): Template | { readonly error: string } {
  const expression = readOne(source);
  return 'error' in expression ? expression : { kind: 'expression', expression };
}

function partsOf(parts: readonly (string | { readonly source: string })[]): Template | { readonly error: string } {
  const read: (string | Expression)[] = [];
  for (const part of parts) {
    if (typeof part === 'string') {
      read.push(part);
      continue;
    }
    const expression = readOne(part.source);
    if ('error' in expression) return expression;
    read.push(expression);
  }
  return { kind: 'text', parts: read };
}

function readOne(source: string): Expression | { readonly error: string } {
  const parsed = parseExpression(source);
  const [problem] = parsed.problems;
  if (problem !== undefined) return { error: `\`${source.trim()}\`: ${problem.message}` };
  return { language: 'jsonata', source, range: { start: 0, end: source.length }, roots: parsed.roots };
}
