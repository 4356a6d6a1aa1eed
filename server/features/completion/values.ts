/** Suggestions for values: choices, names, patterns of errors, files, and the beginning of an expression. */
import { type Analysis, membersOf, type ValueType } from '../../../language/index.ts';
import type { Expected } from './expected.ts';
import { literalsOf, pathsTo, valueTypeAt } from './fields.ts';
import { asSnippet, type Suggestion } from './item.ts';
import { namesOf } from './names.ts';
import { scenarioValues } from './scenario-names.ts';
import { SCHEMA_TYPES } from './schema-words.ts';
import type { Spot } from './spot.ts';

/** Lists the names in a folder beside the workflow, folders with a `/` behind; empty where it cannot be read. */
export type ListFolder = (folder: string) => readonly string[];

const DURATIONS = ['10s', '30s', '1m', '5m', '1h', '1d'] as const;

/** Error types that the runner raises (section 7), and the usual patterns of them. */
const ERRORS: readonly (readonly [pattern: string, meaning: string])[] = [
  ['any', 'every error'],
  ['timeout', 'a limit of time was reached'],
  ['network', 'no answer came'],
  ['http', 'every answer of HTTP that is an error'],
  ['http.4xx', 'the service refused the request'],
  ['http.5xx', 'the service failed'],
  ['http.404', 'not found'],
  ['http.409', 'a conflict'],
  ['http.429', 'too many requests'],
  ['exit', 'a program ended with another code than 0'],
  ['validation', 'a value does not fit its schema'],
  ['expression', 'an expression failed'],
  ['no-transition', 'no transition held'],
  ['limit', 'a bound on transitions, depth or visits was reached'],
  ['cancelled', 'the run was cancelled'],
  ['circuit-open', 'the circuit breaker is open'],
  ['compensation', 'a compensation failed'],
];

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'] as const;

const FILES = { openapi: /\.(?:ya?ml|json)$/, workflow: /\.workflow\.ya?ml$/, module: /\.(?:[cm]?[jt]s)$/ } as const;

/** The values that may be written at `spot`. */
export function valueSuggestions(
  analysis: Analysis,
  spot: Spot,
  expected: Expected,
  listFolder: ListFolder,
): readonly Suggestion[] {
  const replace = { start: spot.typed.start, end: endOfValue(analysis.text, spot) };
  const add = (label: string, rank: number, more: Partial<Suggestion> & Pick<Suggestion, 'kind'>): Suggestion => ({
    label,
    insert: before(spot) + quotedFor(spot, label),
    replace,
    rank,
    ...more,
  });
  const typed = analysis.text.slice(spot.typed.start, spot.typed.end);
  return expected.types.flatMap((type, order): Suggestion[] => {
    const rank = order * 100;
    switch (type.is) {
      case 'choice':
        return type.options.map((option, index) =>
          add(option.value, rank + index, { kind: 'value', documentation: option.documentation }),
        );
      case 'boolean':
        return [add('true', rank, { kind: 'value' }), add('false', rank + 1, { kind: 'value' })];
      case 'duration':
        return DURATIONS.map((duration, index) => add(duration, rank + index, { kind: 'value' }));
      case 'version':
        return [add('1.0.0', rank, { kind: 'value' })];
      case 'reference':
        return namesOf(analysis, type.to, expected, typed).map(({ name, ...about }, index) =>
          add(name, rank + index, about),
        );
      case 'pattern':
        return [
          ...mentioned(analysis, spot, expected, rank, add),
          ...patterns(analysis).map(([pattern, meaning], index) =>
            add(pattern, rank + AFTER_MENTIONED + index, { kind: 'error', detail: meaning }),
          ),
        ];
      case 'http':
        return METHODS.map((method, index) =>
          add(method, rank + index, {
            kind: 'value',
            insert: `${asSnippet(before(spot))}${method} /\${0:path}`,
            snippet: true,
          }),
        );
      case 'file':
        return files(typed, type.of, listFolder).map((path, index) =>
          add(path, rank + index, path.endsWith('/') ? { kind: 'folder', more: true } : { kind: 'file' }),
        );
      case 'text':
        return [...mentioned(analysis, spot, expected, rank, add)];
      case 'json':
        return [...mentioned(analysis, spot, expected, rank, add), ...knownValues(analysis, spot, expected, rank, add)];
      case 'value':
        return [
          ...knownValues(analysis, spot, expected, rank, add),
          ...knownPaths(analysis, spot, expected, replace, rank),
          ...expressionSuggestions(analysis.text, spot, replace, rank, type),
        ];
      case 'template':
      case 'expression':
      case 'condition':
        return expressionSuggestions(analysis.text, spot, replace, rank, type);
      case 'schema':
        return expected.inside.at(-1) === 'type'
          ? SCHEMA_TYPES.map((name, index) => add(name, rank + index, { kind: 'value' }))
          : [];
      default:
        return [];
    }
  });
}

/** Patterns of errors come behind the errors that the workflow of scenarios declares. */
const AFTER_MENTIONED = 50;

/** What scenarios mention of the workflow that they are about. */
function mentioned(
  analysis: Analysis,
  spot: Spot,
  expected: Expected,
  rank: number,
  add: (label: string, rank: number, more: Pick<Suggestion, 'kind'>) => Suggestion,
): readonly Suggestion[] {
  return scenarioValues(analysis, expected, spot.valueOf ?? []).map(({ name, ...about }, index) =>
    add(name, rank + index, about),
  );
}

/** The single values that the field may have. */
function knownValues(
  analysis: Analysis,
  spot: Spot,
  expected: Expected,
  rank: number,
  add: (label: string, rank: number, more: Pick<Suggestion, 'kind' | 'insert'>) => Suggestion,
): readonly Suggestion[] {
  if (expected.inside.length === 0) return [];
  const type = valueTypeAt(analysis, spot.typed.end, expected, spot.valueOf ?? []);
  return literalsOf(type).map((value, index) => {
    const isText = membersOf(type).some((member) => member.kind === 'literal' && member.value === value);
    const text = isText && /^(?:true|false|null|~|[-+.\d].*)$/i.test(value) && spot.quote === null;
    return add(value, rank + index, {
      kind: 'value',
      insert: before(spot) + (text ? JSON.stringify(value) : quotedFor(spot, value)),
    });
  });
}

/** Expressions that read a field of the same name. */
function knownPaths(
  analysis: Analysis,
  spot: Spot,
  expected: Expected,
  replace: Suggestion['replace'],
  rank: number,
): readonly Suggestion[] {
  const name = expected.inside.at(-1);
  const written = analysis.text.slice(spot.typed.start, spot.typed.end).trim();
  if (typeof name !== 'string' || (written !== '' && written !== '$')) return [];
  const wanted = valueTypeAt(analysis, spot.typed.end, expected, spot.valueOf ?? []);
  const quote = spot.quote === null ? '"' : '';
  return pathsTo(analysis, spot.typed.end, expected, name, wanted).map((path, index) => ({
    label: `\${ ${path} }`,
    kind: 'expression',
    insert: `${before(spot)}${quote}\${ ${path} }${quote}`,
    replace,
    rank: rank + 20 + index,
  }));
}

function patterns(analysis: Analysis): readonly (readonly [string, string])[] {
  const declared = analysis.workflow.errors.map((error) => [error.name, 'declared under errors'] as const);
  return [...declared, ...ERRORS];
}

/**
 * `${ … }` with its quotes, where an expression may stand: as the whole value, or inside a text in quotes in place of the
 * `$` that was typed for it. Nothing is offered within a text that goes on without one.
 */
function expressionSuggestions(
  text: string,
  spot: Spot,
  replace: Suggestion['replace'],
  rank: number,
  type: ValueType,
): Suggestion[] {
  const written = text.slice(spot.typed.start, spot.typed.end);
  const begun = /\$?$/.exec(written)?.[0].length ?? 0;
  const whole = written.trim().length === begun;
  if (!whole && (begun === 0 || spot.quote === null || type.is === 'condition' || type.is === 'expression')) return [];
  const expression = spot.quote === null ? '"\\${ $1 }"' : '\\${ $1 }';
  return [
    {
      label: '${ … }',
      kind: 'expression',
      detail: type.is === 'condition' ? 'an expression that gives true or false' : 'an expression',
      insert: asSnippet(before(spot)) + expression,
      snippet: true,
      replace: whole ? replace : { start: spot.typed.end - begun, end: spot.typed.end },
      rank: rank + 50,
      more: true,
    },
  ];
}

/** Paths that begin like `typed`: the entries of the folder that it names so far. */
function files(typed: string, kind: keyof typeof FILES, listFolder: ListFolder): readonly string[] {
  const folder = typed.includes('/') ? typed.slice(0, typed.lastIndexOf('/') + 1) : './';
  return listFolder(folder)
    .filter((name) => name.endsWith('/') || FILES[kind].test(name))
    .map((name) => folder + name);
}

function before(spot: Spot): string {
  return (spot.needsSpace ? ' ' : '') + (spot.needsDash ? '- ' : '');
}

/** A value that YAML would not read as this text gets quotes, unless it is inside some already. */
function quotedFor(spot: Spot, text: string): string {
  if (spot.quote !== null || !/^[\s#&*!|>%@`"'{[\]},?:-]|: | #|\{/.test(text)) return text;
  return JSON.stringify(text);
}

/** Where the value ends that is being replaced: behind what is left of it on this line. */
function endOfValue(text: string, spot: Spot): number {
  const line = /^[^\r\n]*/.exec(text.slice(spot.typed.end))?.[0] ?? '';
  const stop = spot.quote !== null ? spot.quote : spot.flow ? /[,\]}]|\s#/ : /\s#/;
  const found = typeof stop === 'string' ? line.indexOf(stop) : line.search(stop);
  const rest = (found < 0 ? line : line.slice(0, found)).trimEnd();
  return spot.typed.end + rest.length;
}
