/**
 * The specification of a workflow in Markdown: what it is made of, where it may go, what undoes what, and how long
 * anything may take. It is made from the plan alone, so that it says what the runner does.
 *
 * A section that would be empty is left out. Scopes inside states are shown by the ways of their states (`pack/wrap`).
 */
import { formatDuration } from '../../language/index.ts';
import type { HumanAction, Plan, PlanListener, PlanState, PlanTrigger } from '../../language/index.ts';
import { ITEM, indexOf } from '../../runner/machine/index.ts';
import { drawDiagram } from '../../webview/diagram.ts';
import { consistency, participants } from './participants.ts';
import { compensation } from './compensation.ts';
import { bullets, code, codes, heading, joined, paragraph, table, written } from './markdown.ts';
import type { Block, Words } from './markdown.ts';
import { actionWords, handlerWords, literalText, retryWords, schemaWords, templateText, timeoutWords, transitionWords } from './words.ts'; // prettier-ignore

/** Markdown that describes `plan`, which was read from `file` (a name to show). */
export function specificationOf(plan: Plan, file: string): string {
  const states = statesOf(plan);
  return written([
    heading(1, plan.title ?? plan.workflow),
    paragraph(['The workflow ', code(plan.workflow), ` in version ${plan.version}, as it is in `, code(file), '.']),
    ...summary(plan),
    heading(2, 'Diagram'),
    { type: 'code', lang: 'mermaid', value: drawDiagram(plan, { colours: true }).text.trimEnd() },
    ...participants(plan, states),
    ...section('States', [stateTable(states)]),
    ...people(states),
    ...events(plan, states),
    ...errors(plan, states),
    ...compensation(plan, states),
    ...consistency(plan, states),
    ...times(plan, states),
  ]);
}

/** The states of the workflow and of all scopes inside it, in the order of the file. */
function statesOf(plan: Plan): readonly PlanState[] {
  return [...indexOf(plan).states.values()].filter(({ id }) => !id.includes(ITEM));
}

function section(title: string, blocks: readonly Block[]): readonly Block[] {
  return blocks.length === 0 ? [] : [heading(2, title), ...blocks];
}

function summary({ input, output, triggers, timeout, lock, root }: Plan): readonly Block[] {
  const rows: (readonly Words[])[] = [
    ['Input', schemaWords(input)],
    ['Output', output === null ? '' : [code(templateText(output))]],
    ['Begins', joined([...triggers.map(triggerWords), 'by hand or over HTTP'], '; ')],
    ['At most', timeout === null ? '' : formatDuration(timeout)],
    ['One run at a time for each', lock === null ? '' : [code(lock.source)]],
    ['Variables', codes(root.vars.map(({ name }) => name))],
  ];
  return [
    table(
      ['', ''],
      rows.filter(([, value]) => value !== undefined && value.length > 0),
    ),
  ];
}

function triggerWords(trigger: PlanTrigger): Words {
  switch (trigger.kind) {
    case 'event':
      return ['with each event ', code(trigger.event), ...(trigger.when === null ? [] : [' if ', code(trigger.when.source)])]; // prettier-ignore
    case 'every':
      return `every ${formatDuration(trigger.every)}`;
    case 'cron':
      return ['at ', code(trigger.cron)];
  }
}

function stateTable(states: readonly PlanState[]): Block {
  return table(
    ['State', 'Title', 'Does', 'Goes to'],
    states.map((state) => [[code(state.id)], state.title ?? '', actionWords(state.action), destinations(state)]),
  );
}

function destinations({ action, next }: PlanState): Words {
  const answers =
    action.kind === 'human'
      ? action.on.flatMap(({ outcome, transitions }) => transitions.map((each) => led(outcome, transitionWords(each))))
      : [];
  const late = action.kind === 'listen' ? action.onTimeout.map((each) => led('timeout', transitionWords(each))) : [];
  const heard = listenersOf(action).flatMap(listenerWords);
  return joined([...answers, ...heard, ...late, ...next.map(transitionWords)], '; ');
}

function led(name: string, words: Words): Words {
  return joined([[code(name)], words], ' → ');
}

function listenersOf(action: PlanState['action']): readonly PlanListener[] {
  return action.kind === 'listen' || action.kind === 'scope' ? action.on : [];
}

function listenerWords({ event, transitions }: PlanListener): Words[] {
  return transitions.map((each) => led(event, transitionWords(each)));
}

function people(states: readonly PlanState[]): readonly Block[] {
  const rows = states.flatMap(({ id, action }) => (action.kind === 'human' ? [taskRow(id, action)] : []));
  return section('Tasks for people', rows.length === 0 ? [] : [table(['State', 'Task', 'For', 'Answers', 'Form', 'Due', 'Escalation'], rows)]); // prettier-ignore
}

function taskRow(id: string, action: HumanAction): readonly Words[] {
  const { title, assignee, candidates, assign, outcomes, form, due, escalate } = action;
  const whom = codes([assignee, ...candidates].filter((name) => name !== null));
  const steps = escalate.map(({ after, to, notify, outcome }) =>
    joined(
      [
        `after ${formatDuration(after)}`,
        to === null ? '' : ['to ', code(to)],
        notify === null ? '' : ['tell ', code(notify)],
        outcome === null ? '' : ['answer ', code(outcome)],
      ],
      ' ',
    ),
  );
  return [
    [code(id)],
    title === null ? '' : title.kind === 'literal' ? literalText(title) : [code(templateText(title))],
    joined([whom, assign === null ? '' : assign], ', '),
    codes(outcomes),
    schemaWords(form),
    due === null ? '' : formatDuration(due),
    joined(steps, '; '),
  ];
}

function events(plan: Plan, states: readonly PlanState[]): readonly Block[] {
  const sent = (type: string) => states.filter(({ action }) => action.kind === 'emit' && action.event === type);
  const taken = (type: string) =>
    states.filter(({ action }) => listenersOf(action).some(({ event }) => event === type));
  const types = new Set([
    ...plan.events.map(({ type }) => type),
    ...states.flatMap(({ action }) => (action.kind === 'emit' ? [action.event] : listenersOf(action).map(({ event }) => event))),
    ...plan.root.on.map(({ event }) => event),
    ...plan.triggers.flatMap((trigger) => (trigger.kind === 'event' ? [trigger.event] : [])),
  ]); // prettier-ignore
  const rows = [...types].map((type): readonly Words[] => {
    const declared = plan.events.find((event) => event.type === type);
    const anywhere = plan.root.on.some(({ event }) => event === type) ? 'anywhere' : '';
    const begins = plan.triggers.some((trigger) => trigger.kind === 'event' && trigger.event === type);
    return [
      [code(type)],
      codes(sent(type).map(({ id }) => id)),
      joined([begins ? 'begins a run' : '', anywhere, codes(taken(type).map(({ id }) => id))]),
      declared?.key == null ? '' : [code(declared.key.source)],
      declared === undefined ? '' : formatDuration(declared.ttl),
      schemaWords(declared?.data ?? null),
    ];
  });
  return section('Events', rows.length === 0 ? [] : [table(['Event', 'Sent by', 'Taken by', 'Key', 'Kept for', 'Data'], rows)]); // prettier-ignore
}

function errors(plan: Plan, states: readonly PlanState[]): readonly Block[] {
  const declared = plan.errors.map(({ type, description }): readonly Words[] => [[code(type)], description ?? '']);
  const handled = states
    .filter(({ retry, catch: handlers, warn }) => retry !== null || handlers.length > 0 || warn)
    .map((state): readonly Words[] => [
      [code(state.id)],
      retryWords(state.retry),
      state.warn ? 'any error is recorded, and the run goes on' : joined(state.catch.map(handlerWords), '; '),
    ]);
  const around = plan.root.catch.map((handler): Words => ['Anywhere: ', ...[handlerWords(handler)].flat(), '.']);
  const rest = {
    compensate: 'What nothing takes fails the run, and everything that was done is undone.',
    suspend: 'What nothing takes suspends the run, which then waits for a person.',
    fail: 'What nothing takes fails the run, and nothing is undone.',
  }[plan.recovery];
  return section('Errors and their handling', [
    ...(declared.length === 0 ? [] : [table(['Error', 'Means'], declared)]),
    ...(handled.length === 0 ? [] : [table(['State', 'Tried again', 'Then'], handled)]),
    ...(around.length === 0 ? [] : [bullets(around)]),
    paragraph(rest),
  ]);
}

function times(plan: Plan, states: readonly PlanState[]): readonly Block[] {
  const rows = states.flatMap((state): (readonly Words[])[] => {
    const { id, action, timeout, heartbeat, maxVisits } = state;
    const waits = action.kind === 'wait' ? actionWords(action) : '';
    const listens = action.kind === 'listen' && action.timeout !== null ? formatDuration(action.timeout) : '';
    const due = action.kind === 'human' && action.due !== null ? formatDuration(action.due) : '';
    const cells = [timeoutWords(timeout), heartbeat === null ? '' : formatDuration(heartbeat), joined([waits, listens]), due, maxVisits === null ? '' : String(maxVisits)]; // prettier-ignore
    return cells.every((cell) => cell.length === 0) ? [] : [[[code(id)], ...cells]];
  });
  const whole = plan.timeout === null ? 'A run may take as long as it needs.' : `A run may take ${formatDuration(plan.timeout)}.`; // prettier-ignore
  return section('Timeouts and service levels', [
    paragraph(`${whole} It may make ${String(plan.limits.transitions)} transitions.`),
    ...(rows.length === 0 ? [] : [table(['State', 'At most', 'Silent at most', 'Waits', 'Due', 'Visits'], rows)]),
  ]);
}
