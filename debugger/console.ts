/** Commands of the debug console. They begin with a colon, which no expression does. */
import { isJsonObject } from '../language/index.ts';
import type { Json } from '../language/index.ts';
import { RequestError } from './arguments.ts';
import { answerAhead, answerCall, answerTask, endWait, failAhead, injectFailure, publishEvent } from './hand.ts';
import { forkHere, wishedVariables } from './forking.ts';
import { setPath, topSpot, valueOf } from './setting.ts';
import type { Session } from './state.ts';
import { MAIN_THREAD } from './threads.ts';
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
      does: 'lets the state where the run stands fail, such as `:fail http.503 overloaded`; `:fail STATE=ERROR [MESSAGE]` ahead of time',
      async run(session, rest) {
        const [, state, error, message] = /^(?:([\w/]+)=)?(\S+)\s*([\s\S]*)$/.exec(rest) ?? [];
        if (error === undefined) throw usage('fail');
        const told = message === undefined || message === '' ? null : message;
        if (state === undefined) await injectFailure(session, error, told);
        else failAhead(session, state, error, told, false);
        return `${error} is injected`;
      },
    },
  ],
  [
    'answer',
    {
      usage: ':answer [always] [STATE=]JSON',
      does: 'gives the result of the call where the run stands, or of a state ahead of time, instead of making it',
      async run(session, rest) {
        const [, always, state, json] = /^(always\s+)?(?:([A-Za-z_][\w/]*)=)?([\s\S]*)$/.exec(rest) ?? [];
        const result = json === undefined || json.trim() === '' ? null : readJson(json);
        if (state === undefined) await answerCall(session, result, always !== undefined);
        else answerAhead(session, state, result, always !== undefined);
        return renderValue(result);
      },
    },
  ],
  [
    'skip',
    {
      usage: ':skip [STATE]',
      does: 'ends what the run, or a state of it, waits for: a time, an event, another attempt',
      async run(session, rest) {
        await endWait(session, session.shown?.thread ?? MAIN_THREAD, rest.trim() === '' ? null : rest.trim());
        return 'waits no longer';
      },
    },
  ],
  [
    'emit',
    {
      usage: ':emit TYPE [DATA]',
      does: 'sends an event; DATA is JSON',
      async run(session, rest) {
        const [, type, data] = /^(\S+)\s*([\s\S]*)$/.exec(rest) ?? [];
        if (type === undefined) throw usage('emit');
        publishEvent(session, type, readJson(data ?? ''), null);
        return type;
      },
    },
  ],
  [
    'fork',
    {
      usage: ':fork [VARS]',
      does: 'begins a new run from where the view stands; VARS is a JSON object of other values',
      async run(session, rest) {
        session.standing();
        const vars = readJson(rest);
        const set = wishedVariables(isJsonObject(vars) ? vars : {});
        return forkHere(session, { run: session.running().main().state.run, set });
      },
    },
  ],
  [
    'set',
    {
      usage: ':set vars.NAME = EXPRESSION',
      does: 'sets a variable, `args` before a call or `result` after it, or a part of one',
      async run(session, rest) {
        const [, path, expression] = /^((?:vars|args|result)\b[^=]*?)\s*=\s*([\s\S]+)$/.exec(rest) ?? [];
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
    throw new RequestError(`This is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
