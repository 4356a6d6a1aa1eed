/** The roots of expressions: what an expression may read, where, and what is known about it beforehand (section 3). */
import type { JsonObject } from '../json.ts';

/**
 * What surrounds an expression; several may hold at once, such as `with` inside a `compensate`.
 *
 * - `with`: arguments of an action, and its headers
 * - `participant`: a participant's `baseUrl` and `headers`
 * - `operation`: a participant's operation (`shell`, `headers`)
 * - `completion`: `assign`, `output`, `compensate`, `confirm` and the guards of `next`
 * - `catch`: a handler of errors
 * - `event`: `listen`, `on`, `triggers` and the `key` of an event
 * - `human`: `on`, `assign` and `output` of a `human` state
 */
export type ExpressionContext = 'with' | 'participant' | 'operation' | 'completion' | 'catch' | 'event' | 'human';

export interface Root {
  readonly name: string;
  /** One or two sentences in Markdown, for completion, hover and the reference. */
  readonly documentation: string;
  readonly visible: 'everywhere' | readonly ExpressionContext[];
  /** The schema of its value where the language itself fixes it; otherwise it comes from the file. */
  readonly schema: JsonObject | null;
}

const text = (description: string): JsonObject => ({ type: 'string', description });

const RUN: JsonObject = {
  type: 'object',
  properties: {
    id: text("The run's id."),
    workflow: text("The workflow's id."),
    version: text('The version of the definition that the run began with.'),
    startedAt: text('When the run began, as an ISO 8601 timestamp.'),
    attempt: { type: 'integer', description: 'The number of the current attempt of the state, from 1.' },
  },
};

const ERROR: JsonObject = {
  type: 'object',
  properties: {
    type: text('The dotted type, such as `http.503` or `timeout`.'),
    message: text('What went wrong, for people.'),
    code: { type: ['string', 'null'], description: "The service's own code, when it gave one." },
    status: { type: ['integer', 'null'], description: 'The HTTP status, when there was one.' },
    data: { description: 'What came with the error, such as the body of the answer.' },
    state: text('The way of the state where the error arose.'),
    attempt: { type: 'integer', description: 'The number of the attempt that failed, from 1.' },
  },
};

const EVENT: JsonObject = {
  type: 'object',
  properties: {
    id: text("The event's id; unique together with `source`."),
    type: text("The event's type."),
    source: text('Where the event comes from.'),
    time: text('When it happened, as an ISO 8601 timestamp.'),
    data: { description: 'What the event carries.' },
  },
};

/** Every root, in the order in which completion lists them. Names of `foreach` items come on top of these. */
export const ROOTS: readonly Root[] = [
  {
    name: 'input',
    documentation: "The run's input, or that of the sub-workflow.",
    visible: 'everywhere',
    schema: null,
  },
  {
    name: 'vars',
    documentation: 'The variables of this scope and of those around it.',
    visible: 'everywhere',
    schema: null,
  },
  {
    name: 'results',
    documentation: 'The latest result of each completed state of this scope and of those around it: `results.STATE`.',
    visible: 'everywhere',
    schema: null,
  },
  {
    name: 'run',
    documentation: 'The run itself: `id`, `workflow`, `version`, `startedAt` and `attempt`.',
    visible: 'everywhere',
    schema: RUN,
  },
  {
    name: 'env',
    documentation:
      'Environment variables, `env.NAME`: from the launch, then the `.env` file beside the workflow, then the process.',
    visible: 'everywhere',
    schema: null,
  },
  {
    name: 'secrets',
    documentation:
      "Secrets, `secrets.NAME`: from the editor's secret storage or the variable `BACKSTEP_SECRET_NAME`. " +
      'The value never reaches the journal, a log, a view of variables or a hover.',
    visible: ['with', 'participant', 'operation'],
    schema: null,
  },
  {
    name: 'result',
    documentation: "What this state's action returned, before `output` reshapes it.",
    visible: ['completion'],
    schema: null,
  },
  {
    name: 'error',
    documentation: 'The error: `type`, `message`, `code`, `status`, `data`, `state` and `attempt`.',
    visible: ['catch'],
    schema: ERROR,
  },
  {
    name: 'args',
    documentation: 'The evaluated `with` of the call.',
    visible: ['operation'],
    schema: null,
  },
  {
    name: 'event',
    documentation: 'The event, a CloudEvents 1.0 object: `id`, `type`, `source`, `time` and `data`.',
    visible: ['event'],
    schema: EVENT,
  },
  {
    name: 'form',
    documentation: 'What the person filled in, as the `form` schema describes it.',
    visible: ['human'],
    schema: null,
  },
  {
    name: 'outcome',
    documentation: 'The outcome that the person chose.',
    visible: ['human'],
    schema: { type: 'string' },
  },
  {
    name: 'actor',
    documentation: 'Who decided.',
    visible: ['human'],
    schema: { type: 'string' },
  },
];

/** Stands among an expression's roots when it may read any of them: it uses `$$`, `$`, `*`, `**` or `%` at the top. */
export const ANY_ROOT = '*';

/** The root whose values never reach a record (section 3). */
export const SECRETS = 'secrets';

/** The root called `name`, or null. Names of `foreach` items are not roots of this table. */
export function rootNamed(name: string): Root | null {
  return ROOTS.find((root) => root.name === name) ?? null;
}

/** Whether `root` may be read in an expression that stands in `contexts`. */
export function isVisible(root: Root, contexts: readonly ExpressionContext[]): boolean {
  return root.visible === 'everywhere' || root.visible.some((context) => contexts.includes(context));
}
