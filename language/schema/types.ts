/** What a key of the language may hold, as data: checks, completion, hover, the JSON Schema and the reference walk it. */
import type { ExpressionContext } from '../expressions/roots.ts';

/** Which names are allowed as keys of a mapping that the author names. See `names.ts`. */
export type NameRule = 'name' | 'state' | 'type' | 'label' | 'any';

/** What a name in the file may refer to. */
export type ReferenceKind =
  | 'state'
  | 'operation'
  | 'event'
  | 'role'
  | 'retry-policy'
  | 'timeout-policy'
  | 'breaker-policy'
  | 'variable'
  | 'outcome';

export interface Choice {
  readonly value: string;
  readonly documentation: string;
}

export type ValueType =
  /** Text for people, or any other string that is taken as it is. */
  | { readonly is: 'text' }
  | { readonly is: 'boolean' }
  | { readonly is: 'integer'; readonly minimum: number }
  | { readonly is: 'number'; readonly minimum: number }
  | { readonly is: 'duration' }
  | { readonly is: 'version' }
  | { readonly is: 'version-range' }
  | { readonly is: 'workflow-id' }
  | { readonly is: 'choice'; readonly options: readonly Choice[] }
  /** A JSON Schema 2020-12. */
  | { readonly is: 'schema' }
  /** Any JSON; expressions may stand in its strings. */
  | { readonly is: 'value' }
  /** A string in which expressions may stand. */
  | { readonly is: 'template' }
  /** Exactly one expression. */
  | { readonly is: 'expression' }
  /** Exactly one expression that gives true or false. */
  | { readonly is: 'condition' }
  /** Any JSON, taken as it is. */
  | { readonly is: 'json' }
  /** A name that is made up here. */
  | { readonly is: 'name'; readonly rule: NameRule }
  | { readonly is: 'reference'; readonly to: ReferenceKind }
  /** An error type or a pattern of them. */
  | { readonly is: 'pattern' }
  /** An error type that is raised; expressions may stand in it. */
  | { readonly is: 'error-type' }
  /** `METHOD /path/{param}`. */
  | { readonly is: 'http' }
  | { readonly is: 'cron' }
  | { readonly is: 'file'; readonly of: 'openapi' | 'workflow' | 'module' }
  | { readonly is: 'list'; readonly of: ValueType }
  /** A mapping whose keys the author chooses, or takes from among names that exist. */
  | { readonly is: 'map'; readonly names: NameRule; readonly of: ValueType; readonly keys?: ReferenceKind }
  | { readonly is: 'shape'; readonly shape: ShapeName }
  /** One of several, told apart by what is written. */
  | { readonly is: 'either'; readonly options: readonly ValueType[] };

export interface Key {
  readonly name: string;
  readonly type: ValueType;
  /** One or two sentences in Markdown. */
  readonly documentation: string;
  readonly required?: boolean;
  /** What counts when the key is absent, as it would be written. */
  readonly default?: string;
  /** The version of the language that the key came with. */
  readonly since: string;
  /** Whether the key makes what it stands in one kind of thing; see `Shape.kinds`. */
  readonly kind?: boolean;
  /** The kinds beside which alone the key may stand. A name may stand in several keys with different kinds. */
  readonly with?: readonly string[];
  /** What expressions below this key may read beyond the roots that are visible everywhere. */
  readonly contexts?: readonly ExpressionContext[];
  /** What completion puts behind the key, in the snippet syntax of editors; without it what the type suggests. */
  readonly snippet?: string;
}

export interface Shape {
  readonly name: ShapeName;
  readonly title: string;
  readonly documentation: string;
  /** Where it is described in the language reference. */
  readonly section: string;
  /** How many of the keys marked as kinds must stand in it. */
  readonly kinds?: 'one' | 'at-most-one';
  readonly keys: readonly Key[];
}

export const SHAPE_NAMES = [
  'workflow',
  'participant',
  'operation',
  'circuitBreaker',
  'policies',
  'retry',
  'timeout',
  'event',
  'error',
  'trigger',
  'limits',
  'migration',
  'state',
  'transition',
  'handler',
  'rollback',
  'listener',
  'compensate',
  'confirm',
  'parallel',
  'join',
  'branch',
  'foreach',
  'scope',
  'listen',
  'wait',
  'human',
  'escalation',
  'fail',
  'http arguments',
  'shell arguments',
  'script arguments',
  'log arguments',
  'scenarios',
  'scenario',
  'mock',
  'failure',
  'incident',
  'decision',
  'crash',
  'expectation',
  'settings',
] as const;

export type ShapeName = (typeof SHAPE_NAMES)[number];

/** Short ways to write the types, for the tables of this folder. */
export const text: ValueType = { is: 'text' };
export const boolean: ValueType = { is: 'boolean' };
export const count: ValueType = { is: 'integer', minimum: 1 };
export const duration: ValueType = { is: 'duration' };
export const schema: ValueType = { is: 'schema' };
export const value: ValueType = { is: 'value' };
export const template: ValueType = { is: 'template' };
export const expression: ValueType = { is: 'expression' };
export const condition: ValueType = { is: 'condition' };
export const json: ValueType = { is: 'json' };
export const pattern: ValueType = { is: 'pattern' };

export const reference = (to: ReferenceKind): ValueType => ({ is: 'reference', to });
export const shape = (name: ShapeName): ValueType => ({ is: 'shape', shape: name });
export const list = (of: ValueType): ValueType => ({ is: 'list', of });
export const either = (...options: readonly ValueType[]): ValueType => ({ is: 'either', options });
export const map = (names: NameRule, of: ValueType): ValueType => ({ is: 'map', names, of });
export const choice = (...options: readonly (readonly [value: string, documentation: string])[]): ValueType => ({
  is: 'choice',
  options: options.map(([option, documentation]) => ({ value: option, documentation })),
});
export const file = (of: 'openapi' | 'workflow' | 'module'): ValueType => ({ is: 'file', of });

/** Variables and the values that they take. */
export const assignments: ValueType = { is: 'map', names: 'name', of: value, keys: 'variable' };
export const patterns: ValueType = either(pattern, list(pattern));
export const transition: ValueType = either(reference('state'), shape('transition'));
export const transitions: ValueType = either(transition, list(transition));
export const retry: ValueType = either(reference('retry-policy'), shape('retry'));
export const timeout: ValueType = either(duration, reference('timeout-policy'), shape('timeout'));
export const listeners: ValueType = {
  is: 'map',
  names: 'type',
  keys: 'event',
  of: either(reference('state'), shape('listener'), list(shape('listener'))),
};

/** The version of the language that every key of the first release came with. */
export const FIRST = '1';
