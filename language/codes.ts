/**
 * Every finding that Backstep can report, once: its family, how serious it is unless told otherwise, one line that says
 * what it is about, and the text that the reference shows. Section 13 of the language reference. This file is a table,
 * which is why it is long.
 */

export type Severity = 'error' | 'warning' | 'info' | 'hint';

export type Family =
  'form' | 'references' | 'graph' | 'data' | 'saga' | 'time and people' | 'events' | 'security' | 'versions';

export interface CodeDescription {
  readonly family: Family;
  readonly severity: Severity;
  readonly summary: string;
  readonly documentation: string;
  /** Whether a quick fix may be offered. */
  readonly fixable: boolean;
  /** Whether a workflow with this finding has no meaning that could run; such a finding can't be silenced for a run. */
  readonly blocking: boolean;
}

type Row = readonly [Severity, string, string, ('fixable' | 'blocking')[]?];

function family<const C extends string>(name: Family, rows: Record<C, Row>): Record<C, CodeDescription> {
  const described = {} as Record<C, CodeDescription>;
  for (const code of Object.keys(rows) as C[]) {
    const [severity, summary, documentation, marks = []] = rows[code];
    described[code] = {
      family: name,
      severity,
      summary,
      documentation,
      fixable: marks.includes('fixable'),
      blocking: marks.includes('blocking'),
    };
  }
  return described;
}

export const DIAGNOSTICS = {
  ...family('form', {
    'yaml-syntax': [
      'error',
      'The file is not one well-formed YAML 1.2 document.',
      'The text could not be read as YAML, or it holds more than one document. Everything behind the place may be ' +
        'misread until it is corrected.',
      ['blocking'],
    ],
    'duplicate-key': [
      'error',
      'A key stands twice in one mapping.',
      'YAML would keep only one of the two values without a word. Remove one, or rename it.',
      ['fixable', 'blocking'],
    ],
    'unknown-key': [
      'error',
      'The language has no such key here.',
      'The key is misspelt, belongs to another kind of state, or stands at the wrong depth. The message names the ' +
        'nearest key that exists.',
      ['fixable', 'blocking'],
    ],
    'missing-key': [
      'error',
      'A key that is required here is missing.',
      'Without the key the definition is incomplete and can’t run.',
      ['fixable', 'blocking'],
    ],
    'wrong-type': [
      'error',
      'The value has the wrong type or is not one of the allowed ones.',
      'The message says what is expected. Quote a text that YAML reads as a number or as true or false.',
      ['blocking'],
    ],
    'no-kind': [
      'error',
      'The state has no kind.',
      'A state has exactly one of the keys call, switch, parallel, foreach, scope, run, listen, wait, human, emit, set, ' +
        'rollback and fail. An action of compensate or confirm has one of call, run, emit, human and scope.',
      ['fixable', 'blocking'],
    ],
    'many-kinds': [
      'error',
      'The state has more than one kind.',
      'A state does one thing. Split it into several states, one after the other.',
      ['blocking'],
    ],
    'bad-duration': [
      'error',
      'The value is not a duration.',
      'Durations are written 250ms, 10s, 5m, 2h, 3d, as a combination such as 1h30m, or in ISO 8601 such as PT10S.',
      ['blocking'],
    ],
    'bad-name': [
      'error',
      'The name has a form that is not allowed.',
      'Names of states, variables, branches and participants begin with a letter or an underscore and go on with ' +
        'letters, digits and underscores; end is reserved. Types of events and errors may have dots.',
      ['blocking'],
    ],
    'bad-schema': [
      'error',
      'The value is not a valid JSON Schema.',
      'Schemas follow JSON Schema 2020-12. A $ref that begins with # counts from the schema’s own root.',
      ['blocking'],
    ],
    'bad-version': [
      'error',
      'The value is not a semantic version or not a version range.',
      'A definition’s version has three numbers, such as 1.0.0. A range is written ^1.2, 1.x or >=1.2 <2.',
      ['blocking'],
    ],
    'unquoted-expression': [
      'error',
      'An expression needs quotes here, because YAML reads it as something else.',
      'Inside braces and brackets, and where the expression holds a colon or a number sign with a space, YAML takes ' +
        'signs of the expression for its own. Put the whole value into double quotes.',
      ['fixable', 'blocking'],
    ],
  }),
  ...family('references', {
    'unknown-state': [
      'error',
      'No state of this name can be reached from here.',
      'A transition names a state of the same scope, or end. States inside a branch, an item or an embedded scope can ' +
        'be named only there.',
      ['fixable', 'blocking'],
    ],
    'unknown-participant': [
      'error',
      'No participant of this name is declared.',
      'Declare the participant under participants, or correct the name.',
      ['fixable', 'blocking'],
    ],
    'unknown-operation': [
      'error',
      'The participant has no such operation.',
      'The operation must stand under operations, be an operationId of the OpenAPI document, or be exported by the module.',
      ['fixable', 'blocking'],
    ],
    'unknown-event': [
      'error',
      'No event of this type is declared.',
      'Declare the type under events, or correct it.',
      ['fixable', 'blocking'],
    ],
    'unknown-policy': [
      'error',
      'No policy of this name is declared.',
      'Declare it under policies, in the section retry, timeout or circuitBreaker that fits, or correct the name.',
      ['fixable', 'blocking'],
    ],
    'unknown-role': [
      'error',
      'No participant with a role has this name.',
      'assignee, candidates, to and notify name participants that have a role.',
      ['fixable', 'blocking'],
    ],
    'unknown-variable': [
      'error',
      'No variable of this name is declared in this scope or around it.',
      'A variable that is assigned or read anywhere is declared under vars, with its initial value.',
      ['fixable', 'blocking'],
    ],
    'unknown-outcome': [
      'error',
      'The task has no such outcome.',
      'An outcome is one of those in outcomes, or, where that is absent, one of the keys of on.',
      ['blocking'],
    ],
    'missing-file': [
      'error',
      'The file that is referred to does not exist.',
      'Paths count from the folder of the file that names them.',
      ['blocking'],
    ],
    'unused-declaration': [
      'hint',
      'Nothing refers to this declaration.',
      'A declaration that nothing uses is often what a misspelt name leaves behind.',
      ['fixable'],
    ],
    'recursive-run': [
      'error',
      'The workflow runs itself, directly or by way of another.',
      'Each run would start the next one without an end. Break the circle, or loop inside one workflow.',
    ],
  }),
  ...family('graph', {
    'unreachable-state': [
      'warning',
      'No path from the start leads to this state.',
      'Every kind of edge counts: next, switch, on, catch, an outcome that escalation decides, onTimeout and where a ' +
        'rollback goes on. A cycle that nothing enters is unreachable too.',
    ],
    'no-way-out': [
      'error',
      'From here no end can be reached.',
      'Every path from this state leads back into the same states. Give one of them a transition to end, to fail or to ' +
        'a state that leads there.',
    ],
    'missing-next': [
      'error',
      'The state can end normally, but nothing says where to go then.',
      'Every state that can end normally has a next; end completes the scope.',
      ['fixable', 'blocking'],
    ],
    'missing-default': [
      'warning',
      'No transition is certain to hold.',
      'When none of the conditions holds, the error no-transition is raised. Let the last transition have no when.',
      ['fixable'],
    ],
    'shadowed-transition': [
      'warning',
      'The transition can never be taken, because an earlier one always holds.',
      'The first transition that holds is taken. Move the unconditional one to the end, or remove this one.',
      ['fixable'],
    ],
    'unbounded-loop': [
      'warning',
      'Nothing bounds this loop.',
      'The cycle has no wait, no person and no maxVisits, so a condition that never changes keeps it going until the ' +
        'limit on transitions stops the run.',
      ['fixable'],
    ],
  }),
  ...family('data', {
    'expression-syntax': [
      'error',
      'The expression is not valid JSONata.',
      'The message and the range show where reading it failed.',
      ['blocking'],
    ],
    'unknown-root': [
      'error',
      'The expression begins with a name that is not visible here.',
      'The reference of expressions lists the roots and where each is visible.',
      ['fixable'],
    ],
    'unknown-property': [
      'error',
      'The schema has no such property.',
      'A property that an object’s schema does not list is unknown, unless additionalProperties is true or a schema, or ' +
        'the schema lists none.',
      ['fixable'],
    ],
    'unknown-function': [
      'error',
      'There is no such function.',
      'Expressions have the functions of JSONata 2 without $eval.',
      ['fixable'],
    ],
    'type-mismatch': [
      'error',
      'The value can’t have the type that is needed here.',
      'What is written can have none of the types that the operation, the function or the operator takes. The schemas on ' +
        'both sides decide; where one of them says nothing, nothing is reported.',
    ],
    'missing-argument': [
      'error',
      'An argument that the operation requires is missing.',
      'The operation’s schema or its OpenAPI document lists what it requires.',
      ['fixable'],
    ],
    'unknown-argument': [
      'warning',
      'The operation has no such argument.',
      'The operation’s schema or its OpenAPI document lists what it takes.',
      ['fixable'],
    ],
    'constant-condition': [
      'warning',
      'The condition always gives the same.',
      'The types of both sides leave only one answer: a word that is not in an enum, a number compared with a text, or ' +
        'a guard that is written as a value.',
    ],
    'not-boolean': [
      'error',
      'A condition does not give true or false.',
      'The expression of a guard certainly gives a text, a number, a list or an object. Compare it with something, or ask ' +
        'with $exists whether it is there.',
    ],
    'result-not-certain': [
      'warning',
      'On some path to this place the result was not set.',
      'Every path that leads here must have completed the state whose result is read. A path leaves a state without ' +
        'completing it by its catch, by a handler of the scope, or by an event. Ask with $exists whether the result is ' +
        'there, or read it only behind the state.',
    ],
    'outer-assignment': [
      'error',
      'A branch or an item assigns a variable that is not its own.',
      'Branches and items run side by side; they see the variables around them, but may assign only their own.',
    ],
    'no-contract': [
      'hint',
      'Nothing describes what the operation takes and gives.',
      'A field of its result is read, but no schema says which fields there are. Add input and output schemas.',
    ],
  }),
  ...family('saga', {
    'missing-compensation': [
      'warning',
      'A completed write would be left as it is by a later error.',
      'After this call something may still run whose error undoes its scope, or that rolls it back: a state, another ' +
        'branch or another item. Say how it is undone with compensate, or compensate: none. Errors that a handler takes ' +
        'without rolling back undo nothing, and neither does recovery: suspend or fail.',
      ['fixable'],
    ],
    'compensation-never-used': [
      'info',
      'This compensation can never run.',
      'At or after a pivot there is no way back, so the entry is discarded. With after: attempt a pivot’s own ' +
        'compensation may still be needed, as may those of a scope whose errors are caught.',
    ],
    'compensation-not-idempotent': [
      'warning',
      'The compensation may run more than once, but its operation is not idempotent.',
      'An entry runs at least once. Use an operation that heeds the idempotency key.',
    ],
    'compensation-without-retry': [
      'hint',
      'The compensation is tried only once.',
      'A compensation that fails suspends the run until a person decides. Give it a retry policy.',
      ['fixable'],
    ],
    'unknown-outcome-on-timeout': [
      'warning',
      'After a timeout it is unknown whether the write took effect, and nothing undoes it.',
      'Let the compensation count from the attempt with after: attempt.',
      ['fixable'],
    ],
    'retry-not-idempotent': [
      'warning',
      'A call that is not idempotent is retried.',
      'A retry after a lost answer does the work twice. Retries only after errors that say that nothing was done, such as ' +
        'circuit-open or http.429, are fine.',
      ['fixable'],
    ],
    'pivot-not-last-risk': [
      'warning',
      'After the pivot a step can fail with neither retry nor catch.',
      'Behind a pivot there is only forward; a failing step suspends the run. A handler of the scope, or of one around ' +
        'it, is enough; fail itself is taken as meant.',
    ],
    'many-pivots': ['error', 'A path has more than one pivot.', 'After the first pivot there is no way back already.'],
    'pivot-in-branch': [
      'error',
      'A pivot stands in a branch or an item.',
      'What runs side by side has no common point of no return. Put the pivot behind the join.',
    ],
    'rollback-past-pivot': [
      'error',
      'The rollback goes back past a pivot.',
      'The entries up to a pivot are discarded when it completes. Some path that passes the pivot is enough for this ' +
        'finding, unless it is a handler of the whole scope that rolls back.',
    ],
    'rollback-target': [
      'error',
      'The rollback goes back to a state that is not certainly done by then.',
      'Name a state that every path to this place has completed.',
    ],
    'confirm-without-compensate': [
      'warning',
      'A confirm has no compensate beside it.',
      'Try, confirm, cancel needs both halves: compensate is the cancel.',
      ['fixable'],
    ],
  }),
  ...family('time and people', {
    'call-without-timeout': [
      'hint',
      'The call may wait without end.',
      'Give the state a timeout. A heartbeat, the operation’s timeout or that of a scope around the call count too; the ' +
        'timeout of the whole run does not.',
      ['fixable'],
    ],
    'timeout-contradiction': [
      'warning',
      'The limits contradict each other.',
      'All attempts at their full length, with the delays between them, must fit into the total; and no limit can be ' +
        'reached that is longer than one around it, that of the run included.',
    ],
    'human-without-due': [
      'warning',
      'The task has no due time.',
      'Say with due until when a person must answer.',
      ['fixable'],
    ],
    'escalation-order': [
      'warning',
      'The steps of the escalation are not in the order of time.',
      'Steps follow one another, and one behind the deciding step is never reached.',
    ],
    'listen-without-timeout': [
      'hint',
      'The state may wait without end.',
      'Give listen a timeout and onTimeout.',
      ['fixable'],
    ],
  }),
  ...family('events', {
    'event-not-a-fact': [
      'hint',
      'The event is not named as a fact.',
      'Name what has happened, in the past tense: order.cancelled, not order.cancel. One word in the past is enough.',
      ['fixable'],
    ],
    'event-data': ['error', 'The event’s data does not fit its schema.', 'The schema under events decides.'],
    'event-without-schema': ['hint', 'The event has no data schema.', 'Give it a schema under events.'],
    'event-never-sent': [
      'info',
      'Nothing in this workflow sends the event.',
      'It is awaited here, but neither this workflow nor one that it runs emits it. Events that start runs are left out.',
    ],
  }),
  ...family('security', {
    'inline-secret': [
      'warning',
      'A secret seems to stand in the file.',
      'It has the form of a known kind of key, or stands under a name such as password. Keep it in the editor’s secret ' +
        'storage or the environment and read it as secrets.NAME, or as env.NAME where secrets can’t be read.',
      ['fixable'],
    ],
    'secret-outside-with': [
      'error',
      'A secret is read where it would be recorded.',
      'secrets can be read inside with, headers and participants only, so that the value never reaches a record.',
      ['blocking'],
    ],
    'shell-interpolation': [
      'warning',
      'An expression is put into a command that a shell reads.',
      'What the expression gives would be run as commands. Hand it over as an argument of its own.',
    ],
    'plain-http': [
      'info',
      'The address is not encrypted.',
      'Use https, except on this machine. Looked at are the addresses of participants and of the built-in http.',
    ],
  }),
  ...family('versions', {
    'migration-gap': [
      'warning',
      'A state of the older version has no place in this one.',
      'Map it under states of the migration. Which states an older version had is known where runs of it are.',
    ],
  }),
} as const satisfies Record<string, CodeDescription>;

export type DiagnosticCode = keyof typeof DIAGNOSTICS;

/** Whether `text` is the code of a diagnostic. */
export function isDiagnosticCode(text: string): text is DiagnosticCode {
  return Object.hasOwn(DIAGNOSTICS, text);
}
