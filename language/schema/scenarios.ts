/** The shapes of scenario files and of a workspace's settings: sections 12 and 13 of the language reference. */
import {
  boolean,
  choice,
  count,
  duration,
  either,
  file,
  FIRST,
  type Key,
  json,
  list,
  map,
  pattern,
  shape,
  type Shape,
  text,
} from './types.ts';

const since = FIRST;
const key = (name: string, type: Key['type'], documentation: string, more: Partial<Key> = {}): Key => ({
  name,
  type,
  documentation,
  since,
  ...more,
});

const STATUSES = choice(
  ['completed', 'It came to its end.'],
  ['compensated', 'An error, and what was done is undone.'],
  ['failed', 'An error, and nothing was undone.'],
  ['cancelled', 'It was cancelled.'],
  ['suspended', 'A person has to decide.'],
  ['waiting', 'It waits for something that never comes.'],
);

export const SCENARIO_SHAPES: readonly Shape[] = [
  {
    name: 'scenarios',
    title: 'A scenario file',
    section: '12',
    documentation: 'Runs of a workflow with mocks on a virtual clock, and what is expected of them.',
    keys: [
      key('workflow', file('workflow'), 'The workflow that the scenarios run.', { required: true }),
      key('description', text, 'What the scenarios show, for people.'),
      key('mocks', map('any', either(shape('mock'), list(shape('mock')))), 'Mocks that all scenarios share.'),
      key('scenarios', map('any', shape('scenario')), 'The scenarios; each is named by what it shows.', {
        required: true,
      }),
    ],
  },
  {
    name: 'scenario',
    title: 'A scenario',
    section: '12',
    documentation: 'One run and what is expected of it.',
    keys: [
      key('input', json, 'The run’s input.'),
      key('description', text, 'What the scenario shows, for people.'),
      key('env', map('any', text), 'Environment variables of the run.'),
      key('secrets', map('any', text), 'Secrets of the run.'),
      key(
        'mocks',
        map('any', either(shape('mock'), list(shape('mock')))),
        'Answers of operations (`participant.operation`) or states (`state:name`); a list is used up one a call.',
      ),
      key('events', list(shape('incident')), 'Events that arrive during the run.'),
      key('decisions', map('any', either(shape('decision'), list(shape('decision')))), 'What people decide, by state.'),
      key('crash', shape('crash'), 'Where the process dies; the run is then taken up again.'),
      key('expect', shape('expectation'), 'What is expected of the run.'),
    ],
  },
  {
    name: 'mock',
    title: 'An answer',
    section: '12',
    documentation: 'What one call answers.',
    keys: [
      key('return', json, 'The result.'),
      key('fail', shape('failure'), 'The error that is raised instead.'),
      key('delay', duration, 'How long the call takes.'),
    ],
  },
  {
    name: 'failure',
    title: 'An error that a mock raises',
    section: '12',
    documentation: 'The error of a failed call.',
    keys: [
      key('error', pattern, 'The error’s type.', { required: true }),
      key('message', text, 'What went wrong.'),
      key('data', json, 'The error’s data.'),
      key('code', json, 'The service’s own code.'),
      key('status', count, 'The HTTP status.'),
    ],
  },
  {
    name: 'incident',
    title: 'An event of a scenario',
    section: '12',
    documentation: 'An event that arrives during the run.',
    keys: [
      key('at', duration, 'When it arrives, counted from the run’s beginning.', { default: '0s' }),
      key('type', text, 'The event’s type.', { required: true }),
      key('data', json, 'The event’s data.'),
      key('id', text, 'The event’s id.'),
      key('source', text, 'Where it comes from.'),
    ],
  },
  {
    name: 'decision',
    title: 'A decision of a scenario',
    section: '12',
    documentation: 'What a person decides.',
    keys: [
      key('after', duration, 'How long after the task’s beginning.', { default: '0s' }),
      key('outcome', text, 'The outcome.', { required: true }),
      key('form', json, 'The answer.'),
      key('actor', text, 'Who decides.'),
    ],
  },
  {
    name: 'crash',
    title: 'A crash of a scenario',
    section: '12',
    documentation: 'Where the process dies.',
    keys: [
      key('after', text, 'The state after whose completion the process dies.'),
      key('before', text, 'The state before whose completion the process dies.'),
    ],
  },
  {
    name: 'expectation',
    title: 'What is expected',
    section: '12',
    documentation: 'Only what is named is compared.',
    keys: [
      key('status', STATUSES, 'The run’s status at the end.'),
      key('error', either(pattern, shape('failure')), 'The type of the error that began it all.'),
      key('path', list(text), 'The states entered, in order.'),
      key('compensated', list(text), 'The states whose compensation ran, in order.'),
      key('calls', map('any', { is: 'integer', minimum: 0 }), 'How often each operation was called.'),
      key('output', json, 'The run’s output.'),
      key('vars', json, 'Variables at the end.'),
      key('emitted', json, 'The events that were emitted.'),
      key('suspended', either(list(json), boolean, text), 'What is left unresolved.'),
      key('duration', duration, 'How long the run took on the virtual clock.'),
    ],
  },
  {
    name: 'settings',
    title: 'Settings of a workspace',
    section: '13',
    documentation: 'The file `.backstep.yaml` at the workspace’s root.',
    keys: [key('rules', map('any', text), 'Severities by code: `off`, `hint`, `info`, `warning` or `error`.')],
  },
];
