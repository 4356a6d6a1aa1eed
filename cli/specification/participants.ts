/** Who takes part, what they offer, and what may be relied on between them. */
import { formatDuration } from '../../language/index.ts';
import type { Plan, PlanOperation, PlanParticipant, PlanState } from '../../language/index.ts';
import { bullets, code, codes, heading, joined, table } from './markdown.ts';
import type { Block, Words } from './markdown.ts';
import { literalText, schemaWords } from './words.ts';

/** Participants and those of their operations that the workflow calls. */
export function participants(plan: Plan, states: readonly PlanState[]): readonly Block[] {
  if (plan.participants.length === 0) return [];
  const calls = callsOf(states);
  const offered = plan.participants.flatMap((participant) =>
    participant.operations.flatMap((operation) => {
      const name = `${participant.name}.${operation.name}`;
      const by = calls.get(name) ?? [];
      return by.length === 0 ? [] : [operationRow(name, operation, by)];
    }),
  );
  return [
    heading(2, 'Participants'),
    table(
      ['Participant', 'Is', 'For', 'Calls at once', 'Circuit breaker'],
      plan.participants.map((each) => [
        [code(each.name)],
        providerWords(each),
        each.description ?? '',
        each.maxConcurrent === null ? '' : String(each.maxConcurrent),
        breakerWords(each),
      ]),
    ),
    ...(offered.length === 0 ? [] : [table(['Operation', 'Is', 'Takes', 'Gives', 'Effect', 'Called by'], offered)]),
  ];
}

/** What of the run others may see, and what is sure once it has ended. */
export function consistency(plan: Plan, states: readonly PlanState[]): readonly Block[] {
  const named = (wanted: PlanParticipant['consistency']) =>
    plan.participants.filter((each) => each.consistency === wanted).map(({ name }) => name);
  const pivots = states.filter(({ pivot }) => pivot).map(({ id }) => id);
  const confirmed = states.filter(({ confirm }) => confirm !== null).map(({ id }) => id);
  const sentences: Words[] = [
    sentence(named('strong'), 'sees a change at once.'),
    sentence(named('eventual'), 'may show the old data for a while after a call.'),
    sentence(pivots, 'is a point of no return: when it has completed, the run only goes forward.'),
    sentence(confirmed, 'is provisional until its scope completes and it is confirmed.'),
    'Others see what the run does while it goes on: a step that is undone was there for a while.',
    'Each call that changes something bears an idempotency key, which is the same when it is made again.',
  ];
  return [heading(2, 'Consistency'), bullets(sentences.filter((words) => words.length > 0))];
}

function sentence(names: readonly string[], rest: string): Words {
  return names.length === 0 ? '' : [...[codes(names)].flat(), ' ', rest];
}

/** The ways of the states that call each operation, also for undoing and confirming. */
function callsOf(states: readonly PlanState[]): ReadonlyMap<string, readonly string[]> {
  const calls = new Map<string, string[]>();
  for (const { id, action, compensate, confirm } of states) {
    for (const each of [action, compensate?.action, confirm?.action]) {
      const call = each?.kind === 'foreach' ? each.call : each;
      if (call?.kind !== 'call' || call.participant === null) continue;
      const name = `${call.participant}.${call.operation}`;
      calls.set(name, [...new Set([...(calls.get(name) ?? []), id])]);
    }
  }
  return calls;
}

function providerWords({ provider }: PlanParticipant): Words {
  switch (provider.kind) {
    case 'http':
      return joined([
        ['a service', ...(provider.baseUrl === null ? [] : [' at ', code(literalText(provider.baseUrl))])],
        provider.openapi === null ? '' : ['described by ', code(provider.openapi)],
      ]);
    case 'module':
      return ['functions of ', code(provider.module)];
    case 'commands':
      return 'programs';
    case 'role':
      return joined([['people in the role ', code(provider.role)], codes(provider.members)], ': ');
  }
}

function breakerWords({ circuitBreaker }: PlanParticipant): string {
  if (circuitBreaker === null) return '';
  const { failures, window, reset } = circuitBreaker;
  const within = window === null ? '' : ` within ${formatDuration(window)}`;
  return `after ${String(failures)} failures${within}, for ${formatDuration(reset)}`;
}

function operationRow(name: string, operation: PlanOperation, by: readonly string[]): readonly Words[] {
  const { binding, input, output, effect, idempotent } = operation;
  const sure = idempotent === true ? 'idempotent' : idempotent === false ? 'not idempotent' : '';
  return [
    [code(name)],
    [code(bindingText(binding))],
    schemaWords(input),
    schemaWords(output),
    joined([{ none: 'none', read: 'reads', write: 'writes' }[effect], sure]),
    codes(by),
  ];
}

function bindingText(binding: PlanOperation['binding']): string {
  switch (binding.kind) {
    case 'http':
      return `${binding.method} ${binding.path}`;
    case 'module':
      return `${binding.function}()`;
    case 'shell':
      return binding.command.map((part) => literalText(part)).join(' ');
  }
}
