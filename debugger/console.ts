/** Commands of the debug console. They begin with a colon, which no expression does. */
import type { Json } from '../language/index.ts';
import { RequestError } from './arguments.ts';
import { answerTask, injectFailure } from './hand.ts';
import { setPath, topSpot, valueOf } from './setting.ts';
import type { Session } from './state.ts';
import { renderValue } from './values.ts';

interface ConsoleCommand {
  readonly usage: string;
  readonly does: string;
  run(session: Session, rest: string): Promise<string>;
}

const COMMANDS: ReadonlyMap<string, ConsoleCommand> = new Map<string, ConsoleCommand>([
  [
    'complete',
    {
      usage: ':complete STATE OUTCOME [FORM]',
      does: 'completes the task of a person; FORM is JSON',
      async run(session, rest) {
        const [, state, outcome, form] = /^(\S+)\s+(\S+)\s*([\s\S]*)$/.exec(rest) ?? [];
        if (state === undefined || outcome === undefined) throw usage('complete');
        await answerTask(session, { state, outcome, form: readJson(form ?? ''), actor: 'debugger', run: null });
        return `${state}: ${outcome}`;
      },
    },
  ],
  [
    'fail',
    {
      usage: ':fail ERROR [MESSAGE]',
      does: 'lets the state where the run stands fail, such as `:fail http.503 overloaded`',
      async run(session, rest) {
        const [, error, message] = /^(\S+)\s*([\s\S]*)$/.exec(rest) ?? [];
        if (error === undefined) throw usage('fail');
        await injectFailure(session, error, message === undefined || message === '' ? null : message);
        return `${error} is injected`;
      },
    },
  ],
  [
    'set',
    {
      usage: ':set vars.NAME = EXPRESSION',
      does: 'sets a variable, or a part of one',
      async run(session, rest) {
        const [, path, expression] = /^(vars\.[^=]*?)\s*=\s*([\s\S]+)$/.exec(rest) ?? [];
        if (path === undefined || expression === undefined) throw usage('set');
        session.standing();
        const spot = topSpot(session);
        const value = await valueOf(session, spot, expression);
        await setPath(session, spot, path, value);
        return renderValue(value);
      },
    },
  ],
  [
    'help',
    {
      usage: ':help',
      does: 'says what can be typed here',
      run: async () => {
        const lines = [...COMMANDS.values()].map((command) => `${command.usage} — ${command.does}`);
        return ['Anything else is evaluated as JSONata, such as `vars` or `results.charge.chargeId`.', ...lines].join(
          '\n',
        );
      },
    },
  ],
]);

/** The names of all commands, without their colon. */
export const COMMAND_NAMES: readonly string[] = [...COMMANDS.keys()];

/** Runs a line that begins with a colon and gives what to print. Raises a RequestError for anything else. */
export async function runCommand(session: Session, line: string): Promise<string> {
  const [, name, rest] = /^:(\w*)\s*([\s\S]*)$/.exec(line) ?? [];
  const command = COMMANDS.get(name ?? '');
  if (command === undefined)
    throw new RequestError(`There is no command \`:${name ?? ''}\`. \`:help\` names them all.`);
  return command.run(session, rest ?? '');
}

function usage(name: string): RequestError {
  return new RequestError(`Write \`${COMMANDS.get(name)?.usage ?? ''}\`.`);
}

function readJson(text: string): Json {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new RequestError(`The form is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
