/**
 * `run --scenario NAME`: input, mocks, decisions and events of a scenario (section 12 of the language) for one run on a
 * virtual clock. What the scenario expects is not compared here.
 */
import { readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isJsonObject, parseDuration, type Json, type JsonObject } from '../../language/index.ts';
import { readMocks } from '../../runner/actions/mocks.ts';
import type { StimulusBody } from '../../runner/machine/index.ts';
import { CommandError } from '../exit.ts';
import { readYamlFile, type YamlFile } from '../yaml-file.ts';
import type { DrivingRequest, Script } from './driving.ts';

export interface Scenario {
  readonly input: Json | undefined;
  readonly request: Pick<DrivingRequest, 'clock' | 'mocks' | 'env' | 'secret' | 'script' | 'events'>;
}

const SCENARIO_FILE = /\.workflow\.test\.ya?ml$/;

/**
 * The scenario `name` of the workflow in `file`, from the scenario files beside it. Raises a CommandError when there is
 * none, or it cannot be read.
 */
export function readScenario(file: string, name: string): Scenario {
  const folder = dirname(resolve(file));
  const names: string[] = [];
  for (const path of readdirSync(folder).sort()) {
    if (!SCENARIO_FILE.test(path)) continue;
    const read = readYamlFile(join(folder, path), '--scenario');
    const workflow = fieldOf(read.value, 'workflow');
    if (typeof workflow !== 'string' || resolve(folder, workflow) !== resolve(file)) continue;
    const scenarios = fieldOf(read.value, 'scenarios');
    const scenario = fieldOf(scenarios, name);
    if (isJsonObject(scenario)) return scenarioOf(read, scenario, name);
    if (isJsonObject(scenarios)) names.push(...Object.keys(scenarios));
  }
  const known = names.length === 0 ? 'There are no scenarios of it beside it.' : `There are: ${names.join('; ')}.`;
  throw new CommandError(`${file} has no scenario "${name}". ${known}`);
}

function scenarioOf(read: YamlFile, scenario: JsonObject, name: string): Scenario {
  const shared = fieldOf(read.value, 'mocks') ?? {};
  const own = fieldOf(scenario, 'mocks') ?? {};
  const both: Json = isJsonObject(shared) && isJsonObject(own) ? { ...shared, ...own } : own;
  const mocks = readMocks(both);
  if (!mocks.ok)
    throw new CommandError(`${read.placeOf(['scenarios', name, 'mocks', ...mocks.where])}: ${mocks.message}`);
  const secrets = texts(fieldOf(scenario, 'secrets'));
  return {
    input: fieldOf(scenario, 'input'),
    request: {
      clock: 'virtual',
      mocks: mocks.mocks,
      env: Object.fromEntries(texts(fieldOf(scenario, 'env'))),
      secret: (secret) => secrets.get(secret),
      script: scriptOf(read, scenario, name),
      events: 'family',
    },
  };
}

/** Sends the scenario's events at their times, and its decisions as long after their tasks as they say. */
function scriptOf(read: YamlFile, scenario: JsonObject, name: string): Script {
  const events = listOf(fieldOf(scenario, 'events')).map((event, at) => {
    const way = ['scenarios', name, 'events', at] as const;
    return { event, type: textAt(read, event, 'type', way), at: durationAt(read, event, 'at', way) };
  });
  const decisions = new Map(
    Object.entries(objectOf(fieldOf(scenario, 'decisions'))).map(([state, given]) => [
      state,
      listOf(given).map((decision) => {
        const way = ['scenarios', name, 'decisions', state] as const;
        const outcome = textAt(read, decision, 'outcome', way);
        return { decision, outcome, after: durationAt(read, decision, 'after', way) };
      }),
    ]),
  );
  const asked = new Map<string, number>();
  return (records, view, clock, host) => {
    const { run, activations } = view.state;
    const say = (at: number, stimulus: StimulusBody): void => {
      clock.at(at, () => {
        void host.runs
          .get(run)
          ?.send(stimulus)
          .catch(() => null);
      });
    };
    for (const record of records) {
      if (record.type === 'run.started' && record.parent === null) {
        for (const [number, { event, type, at }] of events.entries()) {
          const id = textOf(fieldOf(event, 'id')) ?? `event-${number + 1}`;
          const source = textOf(fieldOf(event, 'source')) ?? `/scenarios/${run}`;
          const data = fieldOf(event, 'data') ?? null;
          clock.at(record.at + at, () => {
            const time = new Date(clock.now()).toISOString();
            host.publish({ id, type, source, time, data, attributes: {} }, { family: run });
          });
        }
      }
      if (record.type !== 'task.created') continue;
      const state = activations.get(record.activation)?.way ?? '';
      const turn = asked.get(state) ?? 0;
      asked.set(state, turn + 1);
      const list = decisions.get(state) ?? [];
      const next = list[Math.min(turn, list.length - 1)];
      if (next === undefined) continue;
      const actor = fieldOf(next.decision, 'actor');
      const by = { name: typeof actor === 'string' ? actor : 'scenario' };
      const form = fieldOf(next.decision, 'form') ?? {};
      say(record.at + next.after, { type: 'decision', state, by, outcome: next.outcome, form });
    }
  };
}

function fieldOf(value: unknown, name: string): Json | undefined {
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** A text as it is, a number or a truth value as it would be written; null for anything else. */
function textOf(value: Json | undefined): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

function listOf(value: Json | undefined): readonly Json[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value as readonly Json[]) : [value];
}

function texts(value: Json | undefined): Map<string, string> {
  return new Map(Object.entries(objectOf(value)).map(([name, text]) => [name, textOf(text) ?? '']));
}

function textAt(read: YamlFile, value: Json, key: string, way: readonly (string | number)[]): string {
  const text = fieldOf(value, key);
  if (typeof text === 'string' && text !== '') return text;
  throw new CommandError(`${read.placeOf([...way, key])}: \`${key}\` is missing here.`);
}

function durationAt(read: YamlFile, value: Json, key: string, way: readonly (string | number)[]): number {
  const text = fieldOf(value, key);
  if (text === undefined) return 0;
  const duration = typeof text === 'string' ? parseDuration(text) : null;
  if (duration !== null) return duration;
  throw new CommandError(`${read.placeOf([...way, key])}: \`${key}\` must be a duration, such as 5m.`);
}
