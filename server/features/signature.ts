/** The function whose arguments are being written at a place of an expression. */
import { type Analysis, type ExpressionFunction, functionNamed, type FunctionValueType } from '../../language/index.ts';
import type { FindSpot } from './completion/spots.ts';

export interface Signature {
  /** `$substring(text: string, start: number, length?: number): string` */
  readonly label: string;
  /** Markdown, or null. */
  readonly documentation: string | null;
  /** Each parameter's place in the label. */
  readonly parameters: readonly (readonly [start: number, end: number])[];
  /** The number of the argument at the cursor. */
  readonly active: number;
}

/** The signature to show at `offset`, or null outside of the arguments of a known function. */
export function signatureAt(analysis: Analysis, offset: number, findSpot: FindSpot): Signature | null {
  const spot = findSpot(analysis.text, offset);
  if (spot?.expression == null) return null;
  const written = analysis.text.slice(spot.expression.start, spot.expression.end);
  const call = openCall(written);
  if (call === null) return null;
  const known = functionNamed(call.name);
  if (known === null) return ownFunction(written, call);
  const { label, parameters } = labelOf(known);
  const last = known.variadic ? parameters.length - 1 : Number.POSITIVE_INFINITY;
  return { label, parameters, documentation: known.documentation, active: Math.min(call.argument, last) };
}

interface OpenCall {
  readonly name: string;
  readonly argument: number;
}

/** The innermost call that is still open at the end of `source`, and which of its arguments stands there. */
function openCall(source: string): OpenCall | null {
  const open: { name: string | null; argument: number }[] = [];
  for (let at = 0; at < source.length; at++) {
    const unit = source[at] ?? '';
    if (unit === '"' || unit === "'" || unit === '`') {
      const end = closing(source, at);
      if (end < 0) return null;
      at = end;
    } else if (unit === '/' && source[at + 1] === '*') {
      const end = source.indexOf('*/', at + 2);
      if (end < 0) return null;
      at = end + 1;
    } else if (unit === '(') {
      const called = /(~>\s*)?\$(\w+)\s*$/.exec(source.slice(Math.max(0, at - 200), at));
      // What stands before `~>` is the first argument.
      open.push({ name: called?.[2] ?? null, argument: called?.[1] === undefined ? 0 : 1 });
    } else if (unit === '[' || unit === '{') open.push({ name: null, argument: 0 });
    else if (unit === ')' || unit === ']' || unit === '}') open.pop();
    else if (unit === ',') {
      const top = open.at(-1);
      if (top !== undefined) top.argument++;
    }
  }
  const call = open.findLast(({ name }) => name !== null);
  // Inside a list or an object that is an argument itself, the call around it is still the one to show.
  return call?.name == null ? null : { name: call.name, argument: call.argument };
}

function closing(source: string, at: number): number {
  for (let index = at + 1; index < source.length; index++) {
    if (source[index] === '\\') index++;
    else if (source[index] === source[at]) return index;
  }
  return -1;
}

function labelOf(known: ExpressionFunction): Pick<Signature, 'label' | 'parameters'> {
  return label(
    known.name,
    known.parameters.map(({ name, types, items, optional }, at) => {
      const more = known.variadic && at === known.parameters.length - 1 ? ', …' : '';
      return `${name}${optional ? '?' : ''}: ${types.map((type) => inWords(type, items)).join(' | ')}${more}`;
    }),
    `: ${known.result}`,
  );
}

function inWords(type: FunctionValueType, items: string | null): string {
  return type === 'array' && items !== null ? `array of ${items}` : type;
}

/** A function that the expression defines itself: `$double := function($x){ … }`. */
function ownFunction(source: string, call: OpenCall): Signature | null {
  const defined = new RegExp(`\\$${call.name}\\s*:=\\s*(?:function|λ)\\s*\\(([^()]*)\\)`).exec(source);
  if (defined === null) return null;
  const parameters = (defined[1] ?? '').split(',').map((one) => one.trim());
  const made = label(
    call.name,
    parameters.filter((one) => one !== ''),
    '',
  );
  return { ...made, documentation: null, active: call.argument };
}

function label(name: string, parameters: readonly string[], behind: string): Pick<Signature, 'label' | 'parameters'> {
  let text = `$${name}(`;
  const places = parameters.map((parameter, at): readonly [number, number] => {
    if (at > 0) text += ', ';
    const start = text.length;
    text += parameter;
    return [start, text.length];
  });
  return { label: `${text})${behind}`, parameters: places };
}
