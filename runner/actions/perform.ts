/**
 * Performs calls.
 *
 * 1. A call never throws: whatever goes wrong is its outcome.
 * 2. Secrets are put in right before the action, and masked in everything that comes out of it: results, errors, logs.
 * 3. Arguments are checked before anything is sent, results before anyone sees them (section 5).
 */
import { dirname } from 'node:path';
import {
  MAX_NESTING,
  evaluateTemplate,
  isJsonObject,
  nestsTooDeeply,
  unseal,
  validateJson,
} from '../../language/index.ts';
import type { Field, Json, JsonObject, Plan, PlanOperation, PlanParticipant, Template } from '../../language/index.ts';
import { boundariesOf } from '../boundary.ts';
import { steady } from '../clock.ts';
import type { Clock } from '../clock.ts';
import type { Environment } from '../environment.ts';
import { expressionError } from '../machine/errors.ts';
import type { Arguments, Role } from '../machine/record.ts';
import type { Command, Outcome } from '../machine/stimulus.ts';
import { failed, succeeded } from './action.ts';
import type { ActionContext } from './action.ts';
import { createBreaker, createGate, healthOf } from './breaker.ts';
import type { Breaker, Gate } from './breaker.ts';
import { performBuiltInHttp, performHttp } from './http.ts';
import type { Performed } from './http.ts';
import { maskerOf } from './mask.ts';
import type { Masker } from './mask.ts';
import type { MockPlayer } from './mocks.ts';
import { createModules, performScript } from './module.ts';
import type { Modules } from './module.ts';
import { secretsIn } from './secrets.ts';
import { argumentText, performBuiltInShell, performProgram } from './shell.ts';

export type CallCommand = Extract<Command, { type: 'call' }>;

export interface CallRequest {
  readonly command: CallCommand;
  readonly role: Role;
  readonly plan: Plan;
  /** The workflow's file, absolute. */
  readonly file: string;
  readonly environment: Environment;
  /** Aborted with the reason `timeout` when the attempt took too long. */
  readonly signal: AbortSignal;
  readonly heartbeat: () => void;
  readonly output: (level: string, text: string) => void;
  /** Headers by which what is called adds to the run's trace. */
  readonly trace: Readonly<Record<string, string>>;
}

export interface Performer {
  call(request: CallRequest): Promise<Outcome>;
  /**
   * Ends the processes of the modules, and waits until every call has come to its end. Whoever closes has aborted them, so
   * that programs have their grace, and nothing else takes long.
   */
  close(): Promise<void>;
}

/** What stands in the way of a call before it begins. */
class Obstacle extends Error {
  readonly outcome: Outcome;
  constructor(outcome: Outcome) {
    super('obstacle');
    this.outcome = outcome;
  }
}

/** The performer of one host. With `mocks` nothing real is done, but for `log`. */
export function createPerformer(clock: Clock, mocks: MockPlayer | null): Performer {
  const modules = new Map<string, Modules>();
  const breakers = new Map<string, Breaker>();
  const gates = new Map<string, Gate>();
  const used = new Set<string>();
  const underWay = new Set<Promise<Outcome>>();
  let masker: Masker = maskerOf([]);

  /**
   * Values of secrets as they are asked for; from then on they are masked everywhere. All that a workflow names are asked for
   * before its first call: a service may say back what another process gave it, before this one took the run up.
   */
  function secretsOf(environment: Environment): (name: string) => string | undefined {
    return (name) => {
      const value = environment.secret(name);
      if (value !== undefined && !used.has(value)) {
        used.add(value);
        masker = maskerOf(used);
      }
      return value;
    };
  }

  /** Workflows of one folder have one environment, and so one process for their modules. */
  function modulesOf({ folder }: ActionContext): Modules {
    return known(modules, folder, createModules);
  }

  async function opened(given: Arguments, environment: Environment): Promise<Json> {
    if (given.sealed.length === 0) return given.value;
    const result = await unseal(given.value, given.sealed, secretsOf(environment));
    if (!result.ok) throw new Obstacle(failed('expression', result.message));
    return result.value;
  }

  async function evaluated(template: Template, args: Json, request: CallRequest): Promise<Json> {
    const moment = { now: clock.now(), seed: request.command.key };
    const given = await evaluateTemplate(template, { env: request.environment.env, args }, moment);
    if (!given.ok) throw new Obstacle({ ok: false, error: expressionError(request.plan, request.file, given) });
    return opened(given, request.environment);
  }

  async function headersOf(fields: readonly Field[], args: Json, request: CallRequest): Promise<[string, string][]> {
    const headers: [string, string][] = [];
    for (const { name, value } of fields) {
      const text = await evaluated(value, args, request);
      if (text !== null) headers.push([name, argumentText(text)]);
    }
    return headers;
  }

  async function perform(
    request: CallRequest,
    participant: PlanParticipant | null,
    operation: PlanOperation | null,
  ): Promise<Outcome> {
    const { command, environment, signal } = request;
    const name = nameOf(command);
    const mocked = mocks !== null && (name !== 'log' || mocks.has({ operation: name, way: wayOf(request) }));
    const args = mocked ? command.input.value : await opened(command.input, environment);
    // Without `with` there are no fields; a schema asks for an object all the same.
    if (operation !== null && (!mocked || command.input.sealed.length === 0))
      check(operation.input, command.action.with === null ? {} : args, `The input of ${name}`);
    if (mocked) {
      // A secret that is not there is no fault of a call that is not made; one that is there stays masked in the answer.
      if (command.input.sealed.length > 0)
        await unseal(command.input.value, command.input.sealed, secretsOf(environment));
      return await mocks.answer({ operation: name, way: wayOf(request) }, signal);
    }

    const context: ActionContext = {
      key: command.key,
      attempt: command.attempt,
      signal,
      heartbeat: request.heartbeat,
      log: (level, text) => request.output(level, masker.text(text)),
      mask: (text) => masker.text(text),
      folder: dirname(request.file),
      root: boundariesOf(request.file)[0] ?? dirname(request.file),
      env: environment.env,
      trace: request.trace,
    };
    const free = clock.busy();
    try {
      if (participant === null || operation === null) return await builtIn(command.action.operation, args, context);
      const { outcome, status } = await bound(participant, operation, args, request, context);
      return outcome.ok ? checkedResult(answerSchema(operation, status), outcome.result, name) : outcome;
    } finally {
      free();
    }
  }

  function builtIn(operation: string, args: Json, context: ActionContext): Promise<Outcome> {
    switch (operation) {
      case 'http':
        return performBuiltInHttp(args, context);
      case 'shell':
        return performBuiltInShell(args, context);
      case 'script':
        return performScript(modulesOf(context), args, context);
      case 'log':
        return Promise.resolve(log(args, context));
      default:
        return Promise.resolve(failed('validation', `There is no built-in operation ${operation}.`));
    }
  }

  async function bound(
    participant: PlanParticipant,
    operation: PlanOperation,
    args: Json,
    request: CallRequest,
    context: ActionContext,
  ): Promise<Performed> {
    const { binding } = operation;
    switch (binding.kind) {
      case 'http': {
        const baseUrl = participant.provider.kind === 'http' ? participant.provider.baseUrl : null;
        const url = binding.server ?? (baseUrl === null ? null : await evaluated(baseUrl, args, request));
        if (typeof url !== 'string' || url === '')
          return { outcome: failed('validation', noBaseUrl(participant, baseUrl)), status: null };
        const headers = await headersOf([...participant.headers, ...operation.headers], args, request);
        return performHttp(binding, url, Object.fromEntries(headers), args, context);
      }
      case 'shell': {
        const command: string[] = [];
        for (const part of binding.command) command.push(argumentText(await evaluated(part, args, request)));
        const program = { command, stdin: JSON.stringify(args), env: {}, cwd: context.folder };
        return { outcome: await performProgram(program, context), status: null };
      }
      case 'module': {
        const path = participant.provider.kind === 'module' ? participant.provider.module : '';
        return { outcome: await modulesOf(context).call(path, binding.function, args, context), status: null };
      }
    }
  }

  /** Lets a call of a participant through its limit and its breaker. */
  async function guarded(
    request: CallRequest,
    participant: PlanParticipant,
    work: () => Promise<Outcome>,
  ): Promise<Outcome> {
    const id = `${request.plan.workflow}/${participant.name}`;
    const most = participant.maxConcurrent;
    const leaveGate = most === null ? () => undefined : await waiting(request, (signal) => known(gates, id, createGate).enter(most, signal)); // prettier-ignore
    if (leaveGate === null)
      return failed('cancelled', `${nameOf(request.command)} was not called: the call was stopped.`);
    try {
      if (participant.circuitBreaker === null) return await work();
      const way = known(breakers, id, () => createBreaker(clock)).enter(participant.circuitBreaker);
      if ('openUntil' in way) {
        const wait = Math.ceil((way.openUntil - steady(clock)) / 1000);
        return failed('circuit-open', `${participant.name} failed too often; it is not called for another ${wait} s.`);
      }
      const outcome = await work();
      if (request.signal.aborted) way.leave(request.signal.reason === 'timeout' ? 'bad' : 'unknown');
      else way.leave(healthOf(outcome));
      return outcome;
    } finally {
      leaveGate();
    }
  }

  /** What waits for others is silent for no fault of its own. */
  async function waiting<T>(
    { command, signal, heartbeat }: CallRequest,
    wait: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { heartbeat: silence } = command;
    if (silence === null) return wait(signal);
    let stop: () => void = () => undefined;
    const beat = () => {
      heartbeat();
      stop = clock.after(silence / 2, beat);
    };
    beat();
    try {
      return await wait(signal);
    } finally {
      stop();
      heartbeat();
    }
  }

  async function call(request: CallRequest): Promise<Outcome> {
    const { action } = request.command;
    for (const name of secretsIn(request.plan)) secretsOf(request.environment)(name);
    const participant = request.plan.participants.find(({ name }) => name === action.participant) ?? null;
    const listed = participant?.operations.find(({ name }) => name === action.operation) ?? null;
    const operation = listed ?? (participant === null ? null : exportedOf(participant, action.operation));
    if (action.participant !== null && (participant === null || operation === null)) {
      return failed('validation', `The workflow has no operation ${nameOf(request.command)}.`);
    }
    const work = async () => {
      try {
        return await perform(request, participant, operation);
      } catch (error) {
        if (error instanceof Obstacle) return error.outcome;
        return failed('error', error instanceof Error ? error.message : String(error));
      }
    };
    const isOpen = participant === null || (participant.maxConcurrent === null && participant.circuitBreaker === null);
    const outcome = isOpen ? await work() : await guarded(request, participant, work);
    return masker.outcome(shallow(outcome, nameOf(request.command)));
  }

  return {
    call(request) {
      const calling = call(request).finally(() => underWay.delete(calling));
      underWay.add(calling);
      return calling;
    },
    async close() {
      modules.forEach((process) => process.close());
      await Promise.allSettled(underWay);
    },
  };
}

/**
 * An export that a look at the module's text did not find, such as one of a list that is exported as a whole: the module
 * itself knows whether there is one. Null for other participants, which list their operations.
 */
function exportedOf({ provider }: PlanParticipant, name: string): PlanOperation | null {
  if (provider.kind !== 'module') return null;
  return {
    name,
    range: null,
    binding: { kind: 'module', function: name },
    input: null,
    output: null,
    errors: [],
    effect: 'write',
    idempotent: null,
    headers: [],
    timeout: null,
    retry: null,
  };
}

/** `participant.operation`, or the name of a built-in operation. */
export function nameOf({ action }: CallCommand): string {
  return action.participant === null ? action.operation : `${action.participant}.${action.operation}`;
}

function wayOf(request: CallRequest): string | null {
  return request.role === 'state' ? request.command.way : null;
}

function known<T>(all: Map<string, T>, id: string, make: () => T): T {
  const found = all.get(id) ?? make();
  all.set(id, found);
  return found;
}

function check(schema: JsonObject | boolean | null, value: Json, what: string): void {
  const problem = misfit(schema, value);
  if (problem !== null) throw new Obstacle(failed('validation', `${what} does not fit its schema: ${problem}`));
}

/** An outcome that can be recorded: what nests too deeply cannot, and is left out. */
function shallow(outcome: Outcome, name: string): Outcome {
  if (outcome.ok) {
    if (!nestsTooDeeply(outcome.result)) return outcome;
    const message = `The answer of ${name} nests more than ${MAX_NESTING} levels deep.`;
    return failed('limit', message, { acted: true });
  }
  return nestsTooDeeply(outcome.error.data) ? { ok: false, error: { ...outcome.error, data: null } } : outcome;
}

/** What the answer must fit: for a document what it says of the status, if anything. */
function answerSchema({ binding, output }: PlanOperation, status: number | null): JsonObject | boolean | null {
  if (binding.kind !== 'http' || binding.answers === undefined || status === null) return output;
  const exactly = binding.answers.find((answer) => answer.status === String(status));
  return (exactly ?? binding.answers.find((answer) => answer.status === '2XX'))?.schema ?? null;
}

function checkedResult(schema: JsonObject | boolean | null, result: Json, name: string): Outcome {
  const problem = misfit(schema, result);
  if (problem === null) return succeeded(result);
  // The service has acted all the same, whatever it answered.
  return failed('validation', `The answer of ${name} does not fit its schema: ${problem}`, {
    data: result,
    acted: true,
  });
}

/** The first things that keep `value` from fitting, as the end of a sentence; null when it fits. */
function misfit(schema: JsonObject | boolean | null, value: Json): string | null {
  const findings = schema === null ? [] : validateJson(schema, value);
  return findings.length === 0
    ? null
    : `${findings
        .slice(0, 3)
        .map(({ message }) => message)
        .join('; ')}.`;
}

function noBaseUrl(participant: PlanParticipant, baseUrl: Template | null): string {
  const reads = baseUrl?.kind === 'expression' ? `: \`${baseUrl.expression.source.trim()}\` gives nothing` : '';
  return `The participant ${participant.name} has no base URL${reads}. Set what it reads, or write \`baseUrl\` beside the participant.`;
}

function log(args: Json, context: ActionContext): Outcome {
  const { level, message } = isJsonObject(args) ? args : { level: 'info', message: args };
  context.log(typeof level === 'string' ? level : 'info', argumentText(message ?? null));
  return succeeded(null);
}
