/** The words of JSON Schema 2020-12 that authors use, for completion inside schemas. */
import type { SpotPath } from './spot.ts';

interface Word {
  readonly name: string;
  readonly documentation: string;
  readonly snippet: string;
}

export const SCHEMA_TYPES = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'] as const;

const WORDS: readonly Word[] = [
  { name: 'type', documentation: 'The type of the value.', snippet: `\${1|${SCHEMA_TYPES.join(',')}|}` },
  { name: 'properties', documentation: 'The properties of an object, each with its schema.', snippet: '\n  $0' },
  { name: 'required', documentation: 'Names of the properties that must be there.', snippet: '[$0]' },
  { name: 'items', documentation: 'The schema of every item of a list.', snippet: '{ type: $0 }' },
  { name: 'enum', documentation: 'The values that are allowed.', snippet: '[$0]' },
  { name: 'const', documentation: 'The one value that is allowed.', snippet: '$0' },
  { name: 'description', documentation: 'What the value means.', snippet: '$0' },
  { name: 'title', documentation: 'A short name for people.', snippet: '$0' },
  { name: 'default', documentation: 'What is assumed when the value is absent.', snippet: '$0' },
  { name: 'format', documentation: 'The form of a text, such as `date-time`, `email` or `uuid`.', snippet: '$0' },
  { name: 'minimum', documentation: 'The least number.', snippet: '${1:0}' },
  { name: 'maximum', documentation: 'The greatest number.', snippet: '$0' },
  { name: 'exclusiveMinimum', documentation: 'Numbers must be greater than this.', snippet: '${1:0}' },
  { name: 'exclusiveMaximum', documentation: 'Numbers must be less than this.', snippet: '$0' },
  { name: 'multipleOf', documentation: 'Numbers must be multiples of this.', snippet: '$0' },
  { name: 'minLength', documentation: 'The least number of characters.', snippet: '${1:1}' },
  { name: 'maxLength', documentation: 'The greatest number of characters.', snippet: '$0' },
  { name: 'pattern', documentation: 'A regular expression that the text must match.', snippet: "'$0'" },
  { name: 'minItems', documentation: 'The least number of items.', snippet: '${1:1}' },
  { name: 'maxItems', documentation: 'The greatest number of items.', snippet: '$0' },
  { name: 'uniqueItems', documentation: 'Whether no two items may be equal.', snippet: '${1|true,false|}' },
  {
    name: 'additionalProperties',
    documentation: 'Whether properties that are not listed are allowed, or their schema.',
    snippet: '${1|false,true|}',
  },
  { name: 'oneOf', documentation: 'Schemas of which exactly one must fit.', snippet: '\n  - $0' },
  { name: 'anyOf', documentation: 'Schemas of which at least one must fit.', snippet: '\n  - $0' },
  { name: 'allOf', documentation: 'Schemas that must all fit.', snippet: '\n  - $0' },
  { name: 'not', documentation: 'A schema that must not fit.', snippet: '\n  $0' },
  {
    name: '$ref',
    documentation: 'A reference to another part of this schema, counted from its own root.',
    snippet: "'#/\\$defs/$0'",
  },
  { name: '$defs', documentation: 'Schemas to refer to.', snippet: '\n  $0' },
];

/** The words for a mapping at `inside`, the way from a schema's root; none where the author chooses the names. */
export function schemaKeys(inside: SpotPath): readonly Word[] {
  const last = inside.at(-1);
  const parent = inside.at(-2);
  const named = ['properties', '$defs', 'patternProperties', 'dependentSchemas'];
  if (typeof last === 'string' && named.includes(last) && !(typeof parent === 'string' && named.includes(parent)))
    return [];
  if (typeof last === 'string' && ['enum', 'const', 'default', 'examples', 'required'].includes(last)) return [];
  return WORDS;
}
