/** Requests that evaluate what a person types, and set variables. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Json } from '../../language/index.ts';
import { RequestError } from '../arguments.ts';
import type { Arguments } from '../arguments.ts';
import { completeText } from '../completion.ts';
import { runCommand } from '../console.ts';
import { setPath, store, topSpot, valueOf } from '../setting.ts';
import type { FrameSpot } from '../stack.ts';
import type { Session } from '../state.ts';
import { typeOf } from '../values.ts';

export async function evaluate(session: Session, args: Arguments): Promise<object> {
  const text = args.text('expression');
  const context = args.optionalText('context');
  if (context === 'repl' && text.trimStart().startsWith(':')) {
    const result = await runCommand(session, text.trim());
    // What is shown of the stop may be another one now.
    session.later(() => {
      if (session.invalidates && session.debuggee?.stop != null) session.event('invalidated', { areas: ['variables'] });
    });
    return { result, variablesReference: 0 };
  }
  const spot = spotOf(session, args);
  if (context === 'hover' && isOtherWord(session, spot, text)) throw new RequestError(`\`${text}\` is no value.`);
  const value = await valueOf(session, spot, text);
  if (context === 'clipboard') {
    const result = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
    return { result, type: typeOf(value), variablesReference: 0 };
  }
  return rendered(session, text, value);
}

export async function setVariable(session: Session, args: Arguments): Promise<object> {
  session.standing();
  const name = args.text('name');
  const opened = session.values.open(args.number('variablesReference'));
  if (opened === null) throw new RequestError('These variables belong to an earlier stop.');
  const at = opened.indexed > 0 && /^\d+$/.test(name) ? Number(name) : null;
  const page = at === null ? opened.page(null, 0, Number.MAX_SAFE_INTEGER) : opened.page('indexed', at, 1);
  const shown = page.find((each) => each.name === name);
  if (shown === undefined) throw new RequestError(`There is no variable \`${name}\` here.`);
  if (shown.place === undefined) {
    throw new RequestError(
      `\`${name}\` cannot be set. Variables can, and a state's input before its call and its result after it.`,
    );
  }
  const value = await valueOf(session, topSpot(session), args.text('value'));
  await store(session, shown.place.target, shown.place.path, value);
  return withoutResult(rendered(session, shown.evaluateName ?? name, value));
}

export async function setExpression(session: Session, args: Arguments): Promise<object> {
  const text = args.text('expression');
  const spot = spotOf(session, args);
  session.standing();
  const value = await valueOf(session, spot, args.text('value'));
  await setPath(session, spot, text, value);
  return withoutResult(rendered(session, text, value));
}

export function completions(session: Session, args: Arguments): object {
  const { debuggee } = session;
  const line = (args.optionalNumber('line') ?? session.base.line) - session.base.line;
  const text = args.text('text').split('\n')[line] ?? '';
  const column = args.number('column') - session.base.column;
  const spot = debuggee === null ? null : spotOf(session, args);
  const bindings = debuggee === null || spot === null ? {} : debuggee.ground(spot).bindings;
  const targets = completeText(text.slice(0, Math.max(0, column)), bindings);
  return {
    targets: targets.map(({ label, type, length }): DebugProtocol.CompletionItem => ({
      label,
      type,
      start: Math.max(0, column - length) + session.base.column,
      length,
    })),
  };
}

/** Whether a word under the pointer is something else than a value, such as a key or the name of a state. */
function isOtherWord(session: Session, spot: FrameSpot, text: string): boolean {
  const word = /^\s*([A-Za-z_]\w*)\s*$/.exec(text)?.[1];
  if (word === undefined || word === 'secrets') return false;
  return !Object.hasOwn(session.running().ground(spot).bindings, word);
}

/** The frame that was named, else the innermost one; while the run goes on, where it is now. */
function spotOf(session: Session, args: Arguments): FrameSpot {
  const frame = args.optionalNumber('frameId');
  return frame === null ? topSpot(session) : session.frame(frame);
}

interface Rendered {
  readonly result: string;
  readonly type: string;
  readonly variablesReference: number;
}

function rendered(session: Session, name: string, value: Json): Rendered {
  const { value: result, type, ...rest } = session.values.render({ name, value, evaluateName: name });
  return {
    result,
    type: type ?? typeOf(value),
    variablesReference: rest.variablesReference,
    ...(rest.indexedVariables !== undefined && { indexedVariables: rest.indexedVariables }),
    ...(rest.namedVariables !== undefined && { namedVariables: rest.namedVariables }),
  };
}

function withoutResult({ result, ...rest }: Rendered): object {
  return { value: result, ...rest };
}
