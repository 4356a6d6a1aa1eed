/** What the YAML parser's faults mean to a person who writes a workflow, a sentence for each code. */
import type { ErrorCode } from 'yaml';

/** What is wrong and what to do, for one fault of the parser. */
export function sentenceFor(
  fault: { readonly code: ErrorCode; readonly message: string; readonly pos: readonly [number, number] },
  text: string,
): string {
  const seen = shown(text.slice(fault.pos[0], fault.pos[1]));
  switch (fault.code) {
    case 'BAD_INDENT':
      return fault.message.startsWith('Flow')
        ? 'What begins here is not closed before the indentation ends. Close it, and indent all of its lines.'
        : 'The line is indented differently from those that it belongs to. Give all entries of a mapping the same indentation.';
    case 'TAB_AS_INDENT':
      return 'A tab stands where YAML allows only spaces. Indent with spaces.';
    case 'MISSING_CHAR':
      return missingCharacter(fault.message);
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'A value and a mapping stand on one line. Put the value into quotes, or the mapping onto a line of its own.';
    case 'MULTILINE_IMPLICIT_KEY':
      return 'A colon is missing behind this text, or it should be one line. A key is one line and ends in a colon.';
    case 'KEY_OVER_1024_CHARS':
      return 'The key is too long: YAML allows 1024 characters.';
    case 'BLOCK_IN_FLOW':
      return 'A list or mapping of several lines can’t stand inside braces or brackets. Write it with braces too.';
    case 'BAD_SCALAR_START':
      return `A plain value can’t begin with ${seen}. Put the value into quotes.`;
    case 'BAD_DQ_ESCAPE':
      return `${seen} is no escape in double quotes. Write the backslash twice, or use single quotes.`;
    case 'BAD_ALIAS':
    case 'ALIAS_PROPS':
      return 'The alias is not well-formed: an asterisk and the name of an anchor, and nothing else.';
    case 'TAG_RESOLVE_FAILED':
      return `The tag ${seen} has no meaning in a workflow. Remove it.`;
    case 'BAD_DIRECTIVE':
      return `${seen} is no YAML directive that is known here. Remove the line.`;
    case 'MULTIPLE_ANCHORS':
    case 'MULTIPLE_TAGS':
    case 'BAD_PROP_ORDER':
      return 'A value can have one anchor and one tag, and both stand before it.';
    case 'UNEXPECTED_TOKEN':
      return `${seen} was not expected here. A colon, a comma or a quote before it may be missing.`;
    case 'BAD_COLLECTION_TYPE':
      return 'The tag does not fit the value. Remove the tag.';
    default:
      return 'The text can’t be read as YAML from here on.';
  }
}

function missingCharacter(message: string): string {
  if (message.includes('quote')) return 'The quote that begins here is never closed. Close it.';
  if (message.includes('between flow'))
    return 'A comma is missing between two items. Put one, or put the text into quotes.';
  if (message.includes('must end with a }')) return 'The brace that begins here is never closed. Close it with }.';
  if (message.includes('must end with a ]')) return 'The bracket that begins here is never closed. Close it with ].';
  if (message.includes('separat') || message.includes('space')) return 'A space is missing here. Put one.';
  return 'A character is missing here, a colon or a comma perhaps.';
}

function shown(text: string): string {
  const line = text.split(/[\r\n]/, 1)[0] ?? '';
  if (line === '') return 'The end of the line';
  return line.length > 30 ? `‘${line.slice(0, 30)}…’` : `‘${line}’`;
}
