/** Suggestions for keys: those of the shape at the cursor that are not written yet, the required ones first. */
import {
  type Analysis,
  entryOf,
  fitsKinds,
  type Key,
  kindKeys,
  kindsIn,
  optionsOf,
  type Shape,
  shapeNamed,
  typeInWords,
  type ValueType,
} from '../../../language/index.ts';
import type { Expected } from './expected.ts';
import { fieldsAt, pathsTo } from './fields.ts';
import { asSnippet, type Suggestion } from './item.ts';
import { namesOf } from './names.ts';
import { scenarioKeys } from './scenario-names.ts';
import { schemaKeys } from './schema-words.ts';
import type { Spot } from './spot.ts';

/** The keys that may be written at `spot`, where a mapping of what `expected` says is being written. */
export function keySuggestions(analysis: Analysis, spot: Spot, expected: Expected): readonly Suggestion[] {
  const place = placeOf(analysis.text, spot);
  const typed = analysis.text.slice(spot.typed.start, spot.typed.end);
  const suggestions: Suggestion[] = [];
  for (const type of expected.types) {
    if (type.is === 'shape') suggestions.push(...keysOfShape(shapeNamed(type.shape), spot, expected, place));
    if (type.is === 'map' || type.is === 'json') {
      const keys = type.is === 'map' ? type.keys : undefined;
      const names = keys === undefined ? scenarioKeys(analysis, expected) : namesOf(analysis, keys, expected, typed);
      for (const name of names) {
        if (present(spot, expected, name.name)) continue;
        suggestions.push({
          label: name.name,
          kind: name.kind,
          ...(name.detail === undefined ? {} : { detail: name.detail }),
          ...inserted(name.name, type.is === 'map' ? optionsOf(type.of) : [], undefined, place),
          replace: place.replace,
          rank: 1,
        });
      }
    }
    if (type.is === 'value' || type.is === 'json') suggestions.push(...fieldKeys(analysis, spot, expected, place));
    if (type.is === 'schema') {
      for (const key of schemaKeys(expected.inside)) {
        if (present(spot, expected, key.name)) continue;
        suggestions.push({
          label: key.name,
          kind: 'key',
          documentation: key.documentation,
          ...inserted(key.name, [], place.hasColon ? undefined : key.snippet, place),
          replace: place.replace,
          rank: 1,
        });
      }
    }
  }
  return suggestions;
}

/** The fields that the value is known to have; and where several must be there, all of those at once. */
function fieldKeys(analysis: Analysis, spot: Spot, expected: Expected, place: Place): readonly Suggestion[] {
  const offset = spot.typed.end;
  const choices = fieldsAt(analysis, offset, expected, spot.keyOf ?? []);
  const values = new Map(
    choices.map(({ name, field }) => {
      const [path] = pathsTo(analysis, offset, expected, name, field.type());
      return [name, path === undefined ? null : path] as const;
    }),
  );
  const suggestions = choices.flatMap(({ name, field }, index): Suggestion[] => {
    if (present(spot, expected, name)) return [];
    const path = values.get(name) ?? null;
    const snippet = path === null ? undefined : `"\\\${ \${1:${path}} }"`;
    return [
      {
        label: name,
        kind: 'property',
        detail: `${typeInWords(field.type(), 0)}${field.required ? ', required' : ''}`,
        ...(field.documentation === null ? {} : { documentation: field.documentation }),
        ...inserted(written(name), [], snippet, place),
        replace: place.replace,
        rank: index,
      },
    ];
  });
  const required = choices.filter(({ field }) => field.required).map(({ name }) => name);
  const isEmpty = suggestions.length === choices.length && spot.keysBefore.length === 0;
  if (required.length < 2 || !isEmpty || place.hasColon) return suggestions;
  const lines = required.map((name, at) => {
    const path = values.get(name) ?? null;
    return `${asSnippet(written(name))}: ${path === null ? `\${${at + 1}}` : `"\\\${ \${${at + 1}:${path}} }"`}`;
  });
  const all: Suggestion = {
    label: required.join(', '),
    kind: 'property',
    detail: 'all that are required',
    insert: asSnippet(place.before) + lines.join(place.flow ? ', ' : `\n${place.deeper}`),
    snippet: true,
    replace: place.replace,
    rank: -1,
  };
  return [all, ...suggestions];
}

/** A field's name as a key of YAML. */
function written(name: string): string {
  return /^[A-Za-z_][\w.-]*$/.test(name) ? name : JSON.stringify(name);
}

/** How what is inserted has to be written at the cursor. */
interface Place {
  readonly replace: { readonly start: number; readonly end: number };
  readonly flow: boolean;
  readonly before: string;
  /** Spaces that further lines need beyond the indentation of the cursor's line. */
  readonly deeper: string;
  /** A colon follows already, so only the name is replaced. */
  readonly hasColon: boolean;
}

function placeOf(text: string, spot: Spot): Place {
  const rest = /^[\w.-]*/.exec(text.slice(spot.typed.end))?.[0].length ?? 0;
  const end = spot.typed.end + rest;
  const lineStart =
    Math.max(text.lastIndexOf('\n', spot.typed.start - 1), text.lastIndexOf('\r', spot.typed.start - 1)) + 1;
  const indent = /^[ \t]*/.exec(text.slice(lineStart, spot.typed.start))?.[0].length ?? 0;
  return {
    replace: { start: spot.typed.start, end },
    flow: spot.flow,
    before: (spot.needsSpace ? ' ' : '') + (spot.needsDash ? '- ' : ''),
    deeper: ' '.repeat(Math.max(0, spot.column - indent)),
    hasColon: /^["']?[ \t]*:/.test(text.slice(end, end + 20)) || spot.quote !== null,
  };
}

function keysOfShape(shape: Shape, spot: Spot, expected: Expected, place: Place): readonly Suggestion[] {
  const kinds = kindsIn(shape, expected.node);
  const written = kindKeys(shape).filter((kind) => kinds.includes(kind) || spot.keysBefore.includes(kind));
  return shape.keys.flatMap((key, index): Suggestion[] => {
    if (present(spot, expected, key.name)) return [];
    if (key.kind === true && written.length > 0) return [];
    if (!fitsKinds(key, written)) return [];
    return [
      {
        label: key.name,
        kind: key.kind === true ? 'kind' : 'key',
        ...(key.required === true ? { detail: 'required' } : {}),
        documentation: documentationOf(key),
        ...inserted(key.name, optionsOf(key.type), key.snippet, place),
        replace: place.replace,
        rank: rankOf(key, shape, index),
      },
    ];
  });
}

/** Required keys come first, then what the thing is, then the rest in the order of the schema. */
function rankOf(key: Key, shape: Shape, index: number): number {
  if (key.required === true) return index;
  if (key.kind === true && shape.kinds === 'one') return 100 + index;
  return 200 + index;
}

/** What a key means, in Markdown, for completion and hover. */
export function documentationOf(key: Key): string {
  return key.default === undefined ? key.documentation : `${key.documentation}\n\nDefault: ${quoted(key.default)}`;
}

/** A default that is a value is shown as code; one that is a phrase stays one. */
function quoted(text: string): string {
  return /[` ]/.test(text) ? text : `\`${text}\``;
}

function present(spot: Spot, expected: Expected, name: string): boolean {
  return (
    spot.keysBefore.includes(name) || (entryOf(expected.node, name) !== undefined && !isTyped(spot, expected, name))
  );
}

/** Whether the entry called `name` is the one that is being typed just now. */
function isTyped(spot: Spot, expected: Expected, name: string): boolean {
  const entry = entryOf(expected.node, name);
  return entry !== undefined && entry.key.range.start <= spot.typed.end && spot.typed.start <= entry.key.range.end;
}

function inserted(
  name: string,
  types: readonly ValueType[],
  snippet: string | undefined,
  place: Place,
): Pick<Suggestion, 'insert' | 'snippet' | 'more'> {
  if (place.hasColon) return { insert: place.before + name };
  const value = snippet ?? suggestedValue(types);
  const written = place.flow ? inFlow(value) : value.replaceAll('\n', `\n${place.deeper}`);
  const gap = written.startsWith('\n') ? '' : ' ';
  return {
    insert: `${asSnippet(place.before + name)}:${gap}${written}`,
    snippet: true,
    more: value === '$0' || snippet === undefined,
  };
}

/** What stands behind a key of these types when the schema names no snippet. */
function suggestedValue(types: readonly ValueType[]): string {
  const first = types[0];
  if (types.length > 1 && types.some(isScalar)) return '$0';
  if (first === undefined || isScalar(first)) return '$0';
  if (first.is === 'list') return '\n  - $0';
  return '\n  $0';
}

function isScalar(type: ValueType): boolean {
  return (
    !['shape', 'map', 'list', 'schema', 'value', 'json'].includes(type.is) || type.is === 'value' || type.is === 'json'
  );
}

function inFlow(value: string): string {
  if (!value.startsWith('\n')) return value;
  return value.trimStart().startsWith('-') ? '[$0]' : '{ $0 }';
}
