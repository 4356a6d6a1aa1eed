/** The arguments of `launch` and `attach`, read and checked before anything is begun. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { lineIndex, positionAt } from '../language/index.ts';
import type { Json } from '../language/index.ts';
import { readMocks } from '../runner/host.ts';
import type { Mocks } from '../runner/host.ts';
import { findScenario, readScenarios } from '../runner/scenarios.ts';
import type { Scenario, ScenarioFileError } from '../runner/scenarios.ts';
import { RequestError } from './arguments.ts';
import type { Arguments } from './arguments.ts';
import type { Program, Surroundings } from './debuggee.ts';

export interface Launch {
  readonly program: Program;
  readonly around: Surroundings;
}

/** Reads the arguments of `launch`. Raises a RequestError that names the argument, or the place in a file, at fault. */
export function readLaunch(args: Arguments): Launch {
  const file = resolve(args.text('program'));
  if (!existsSync(file)) throw new RequestError(`There is no workflow ${file}. Name one as \`program\`.`);
  const staged = readScenario(args, file);
  const clock = args.optionalText('clock') ?? (staged === null ? 'real' : 'virtual');
  if (clock !== 'real' && clock !== 'virtual')
    throw new RequestError(`launch: \`clock\` must be \`real\` or \`virtual\`, not \`${clock}\`.`);
  const id = args.optionalText('runId');
  return {
    program: {
      file,
      input: readInput(args.json('input') ?? staged?.input ?? {}, dirname(file)),
      id: id === '' ? null : id,
      stopOnEntry: args.flag('stopOnEntry'),
      noDebug: args.flag('noDebug'),
    },
    around: { ...readSurroundings(args), clock, scenario: staged },
  };
}

/** Reads what `launch` and `attach` share. */
export function readSurroundings(args: Arguments): Surroundings {
  const journal = args.optionalText('journal');
  const envFile = args.optionalText('envFile');
  return {
    journal: journal === null || journal === '' ? null : resolve(journal),
    clock: 'real',
    env: args.dictionary('env'),
    envFile: envFile === null || envFile === '' ? null : resolve(envFile),
    mocks: readAnswers(args.json('mocks')),
  };
}

/** The input itself, or the content of the JSON file that a text names. */
function readInput(input: Json, folder: string): Json {
  if (typeof input !== 'string') return input;
  const path = [resolve(input), resolve(folder, input)].find((each) => existsSync(each));
  if (path === undefined)
    throw new RequestError(
      `There is no file ${resolve(input)} with the input. Give a JSON object, or the path of a JSON file.`,
    );
  return readJson(path);
}

function readJson(path: string): Json {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new RequestError(`The input ${path} cannot be read: ${messageOf(error)}`);
  }
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    const message = messageOf(error);
    const offset = Number(/position (\d+)/.exec(message)?.[1] ?? text.length);
    const { line, character } = positionAt(lineIndex(text), offset);
    throw new RequestError(`${path}:${line + 1}:${character + 1}: The input is not JSON: ${message}`);
  }
}

/** Answers in place of calls. */
function readAnswers(given: Json | undefined): Mocks | null {
  if (given == null) return null;
  const read = readMocks(given);
  if (!read.ok) throw new RequestError(`mocks${read.where.map((step) => `.${step}`).join('')}: ${read.message}`);
  return read.mocks;
}

/** The scenario that the launch names: a name alone is one of the files beside the workflow. */
function readScenario(args: Arguments, program: string): Scenario | null {
  if (args.raw('scenario') == null) return null;
  const alone = typeof args.raw('scenario') === 'string' ? args.text('scenario') : null;
  const named = alone === null ? args.object('scenario') : null;
  if (named === null) {
    const found = findScenario(program, alone ?? '');
    if ('error' in found) throw new RequestError(described(found.error));
    return found;
  }
  const file = resolve(named.text('file'));
  const name = named.text('name');
  const read = readScenarios(file);
  if ('error' in read) throw new RequestError(described(read.error));
  const scenario = read.scenarios.find((each) => each.name === name);
  if (scenario !== undefined) return scenario;
  const names = read.scenarios.map((each) => each.name).join(', ');
  throw new RequestError(`${file} has no scenario "${name}". Its scenarios: ${names}.`);
}

/** Why scenarios cannot be read, with the place of the first fault. */
function described({ file, message, place, text, findings }: ScenarioFileError): string {
  if (place !== null) return `${place.file}:${place.line}:${place.column}: ${message}`;
  const [first] = findings;
  if (first === undefined || text === null) return message;
  const { line, character } = positionAt(lineIndex(text), first.range.start);
  return `${file}:${line + 1}:${character + 1}: ${first.message}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
