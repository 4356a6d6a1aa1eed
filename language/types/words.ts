/** Types in words, for messages, hovers and completion. */
import { membersOf, type Type } from './type.ts';

/** More alternatives than this are not named. */
const MAX_NAMED = 8;
const MAX_FIELDS = 6;

/**
 * The type in words: `string`, `number or null`, `list of string`, `"open" or "paid"`, `{ id: string, note?: string }`;
 * `any` where nothing is known.
 *
 * @param depth how many levels of objects are written out; below it says `object`
 */
export function typeInWords(type: Type, depth = 1): string {
  const words = alternatives(type, depth);
  if (words.length <= MAX_NAMED) return words.join(' or ');
  return `${words.slice(0, MAX_NAMED).join(' or ')} or …`;
}

function alternatives(type: Type, depth: number): readonly string[] {
  if (type.kind === 'unknown') return type.likely === null ? ['any'] : alternatives(type.likely, depth);
  const members = type.kind === 'union' ? type.members : [type];
  const words: string[] = [];
  const listed = [...members.filter((one) => one.kind !== 'null'), ...members.filter((one) => one.kind === 'null')];
  for (const member of listed) {
    if (member.kind === 'nothing' && members.length > 1) continue;
    const word = single(member, depth);
    if (!words.includes(word)) words.push(word);
  }
  return words.includes('any') ? ['any'] : words;
}

function single(type: Type, depth: number): string {
  switch (type.kind) {
    case 'literal':
      return JSON.stringify(type.value);
    case 'number':
      return type.integer ? 'integer' : 'number';
    case 'list': {
      const items = alternatives(type.items(), depth);
      if (items.includes('any')) return 'list';
      const inner = items.slice(0, MAX_NAMED).join(' or ') + (items.length > MAX_NAMED ? ' or …' : '');
      return items.length > 1 ? `list of (${inner})` : `list of ${inner}`;
    }
    case 'object': {
      const names = [...type.fields.keys()];
      if (depth <= 0 || names.length === 0) return 'object';
      const fields = names.slice(0, MAX_FIELDS).map((name) => {
        const found = type.fields.get(name);
        if (found === undefined) return name;
        return `${name}${found.required ? '' : '?'}: ${typeInWords(found.type(), depth - 1)}`;
      });
      if (names.length > MAX_FIELDS || type.rest !== null) fields.push('…');
      return `{ ${fields.join(', ')} }`;
    }
    case 'union':
      return typeInWords(type, depth);
    case 'unknown':
      return 'any';
    default:
      return type.kind;
  }
}

/** The type as it stands in a sentence: `a string`, `a number or null`, `one of "open", "paid"`. */
export function typeInSentence(type: Type): string {
  const members = membersOf(type).filter((member) => member.kind !== 'nothing');
  const literals = members.flatMap((member) => (member.kind === 'literal' ? [JSON.stringify(member.value)] : []));
  const words: string[] = [];
  if (literals.length > 0) {
    const shown = literals.slice(0, MAX_NAMED).join(', ');
    words.push(literals.length === 1 ? shown : `one of ${shown}${literals.length > MAX_NAMED ? ', …' : ''}`);
  }
  for (const member of members) {
    if (member.kind === 'literal') continue;
    const name = member.kind === 'number' ? (member.integer ? 'integer' : 'number') : member.kind;
    const word =
      name === 'null' ? 'null' : name === 'unknown' ? 'anything' : `${/^[aeio]/.test(name) ? 'an' : 'a'} ${name}`;
    if (!words.includes(word)) words.push(word);
  }
  return words.length === 0 ? 'nothing' : words.join(' or ');
}
