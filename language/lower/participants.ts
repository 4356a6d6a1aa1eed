/** Participants with all their operations, those of OpenAPI documents and modules filled in. */
import { entriesAt, numberAt, stringAt, stringsAt } from '../build/read.ts';
import { effectOf } from '../calls.ts';
import type { KnownOperation } from '../operations.ts';
import type { PlanOperation, PlanParticipant } from '../plan.ts';
import { valueOf } from '../tree.ts';
import type { Participant } from '../workflow.ts';
import { durationAt, fields, retryOf, schemaOf, settingsOf, type Source, template, timeoutOf } from './values.ts';

/** All participants in the order of the file. */
export function lowerParticipants(source: Source): readonly PlanParticipant[] {
  return source.workflow.participants.map((participant) => lowerParticipant(source, participant));
}

function lowerParticipant(source: Source, participant: Participant): PlanParticipant {
  const known = [...(source.operations.get(participant.name)?.operations.values() ?? [])];
  const breaker = settingsOf(source.workflow.policies.circuitBreaker, participant.circuitBreaker);
  const consistency = stringAt(participant.node, 'consistency')?.value;
  return {
    name: participant.name,
    description: stringAt(participant.node, 'description')?.value ?? null,
    range: participant.range,
    provider: providerOf(source, participant),
    headers: fields(source, participant.headers),
    operations: participant.role === null ? known.map((one) => lowerOperation(source, one, participant)) : [],
    consistency: consistency === 'strong' || consistency === 'eventual' ? consistency : null,
    circuitBreaker:
      breaker === null
        ? null
        : {
            failures: numberAt(breaker, 'failures')?.value ?? 5,
            window: durationAt(breaker, 'window'),
            reset: durationAt(breaker, 'reset') ?? 30_000,
          },
    maxConcurrent: numberAt(participant.node, 'maxConcurrent')?.value ?? null,
  };
}

function providerOf(source: Source, participant: Participant): PlanParticipant['provider'] {
  if (participant.role !== null) {
    const members = participant.members.map((member) => member.value);
    return { kind: 'role', role: participant.role.value, members };
  }
  if (participant.module !== null) return { kind: 'module', module: participant.module.value };
  const openapi = participant.openapi?.value ?? null;
  const isHttp =
    openapi !== null || participant.baseUrl !== null || participant.operations.some((one) => one.http !== null);
  if (!isHttp) return { kind: 'commands' };
  const serverUrl = source.operations.get(participant.name)?.serverUrl ?? null;
  const described = serverUrl === null ? null : ({ kind: 'literal', value: serverUrl } as const);
  return {
    kind: 'http',
    baseUrl: participant.baseUrl === null ? described : template(source, participant.baseUrl),
    openapi,
  };
}

/** Methods whose calls carry no body: their fields go into the query. */
const WITHOUT_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS']);

function lowerOperation(source: Source, known: KnownOperation, participant: Participant): PlanOperation {
  const node = known.own?.node ?? null;
  const input = schemaOf(valueOf(node, 'input'));
  const output = schemaOf(valueOf(node, 'output'));
  return {
    name: known.name,
    range: known.own?.range ?? null,
    binding: bindingOf(source, known, participant),
    input: input ?? known.described?.input ?? null,
    output: output ?? known.described?.output ?? null,
    errors: stringsAt(node, 'errors').map((pattern) => pattern.value),
    effect: effectOf(known),
    idempotent: known.own?.idempotent ?? null,
    headers: fields(source, entriesAt(node, 'headers')),
    timeout: timeoutOf(source, known.own?.timeout),
    retry: retryOf(source, known.own?.retry),
  };
}

function bindingOf(source: Source, known: KnownOperation, participant: Participant): PlanOperation['binding'] {
  const { own, described } = known;
  if (own?.shell !== null && own?.shell !== undefined) {
    return { kind: 'shell', command: own.shell.map((part) => template(source, part)) };
  }
  if (own?.http !== null && own?.http !== undefined) {
    const { method, path } = own.http;
    const parameters = [...path.matchAll(/\{([^}]+)\}/g)].map((match) => ({
      name: match[1] ?? '',
      in: 'path' as const,
      required: true,
    }));
    return { kind: 'http', method, path, parameters, body: WITHOUT_BODY.has(method) ? 'none' : 'json' };
  }
  if (described !== null) {
    const { method, path, body, contentType, serverUrl, answers } = described;
    const parameters = described.parameters.map(({ schema: _, ...parameter }) => parameter);
    const ownOutput = valueOf(own?.node ?? null, 'output') !== undefined;
    return {
      ...{ kind: 'http', method, path, parameters, body },
      ...(contentType !== null && { contentType }),
      ...(serverUrl !== null && participant.baseUrl === null && { server: serverUrl }),
      ...(!ownOutput && { answers }),
    };
  }
  if (participant.openapi === null) return { kind: 'module', function: known.name };
  // The document was not at hand: what is called is known, how is not.
  return { kind: 'http', method: 'POST', path: `/${known.name}`, parameters: [], body: 'json' };
}
