/** The words in a diagram's boxes and on its edges, and how any text is made safe for Mermaid. */
import { formatDuration } from '../language/index.ts';
import type { Expression, PlanAction, PlanHandler, RollbackTarget, Template } from '../language/index.ts';

/** `text` on one line, without control characters, at most `length` characters long; what is cut off shows as `…`. */
export function shorten(text: string, length: number): string {
  const line = text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029\s]+/gu, ' ')
    .replace(/\p{Cs}/gu, '\uFFFD')
    .trim();
  const characters = Array.from(line);
  return characters.length <= length ? line : `${characters.slice(0, length - 1).join('')}…`;
}

/**
 * Makes `text` safe as a Mermaid label: everything but letters, digits, spaces and a few harmless signs becomes a
 * character reference, which Mermaid turns back when it has drawn; so neither its grammar (`"`, `:`, `;`, `{`, `--`,
 * `%%`, `<<choice>>`), nor Markdown (`*`, `_`, a backquote), nor HTML is ever in the text. Never gives an empty text.
 */
export function escapeLabel(text: string): string {
  const safe = shorten(text, Number.MAX_SAFE_INTEGER)
    .replace(/[^\p{L}\p{N}\p{M} .,…·⟲↶→]/gu, (sign) => `#${sign.codePointAt(0)};`)
    // "direction TB" is a statement wherever it stands in a line; a list's or a heading's beginning is Markdown.
    .replace(/(d)(?=irection\s)/gi, (letter) => `#${letter.codePointAt(0)};`)
    .replace(/^(\d+)(?=\.)/, (digits) => Array.from(digits, (digit) => `#${digit.codePointAt(0)};`).join(''));
  return safe === '' ? '#160;' : safe;
}

/** The condition of a transition, shortened. */
export function guardLabel(when: Expression): string {
  return shorten(when.source, 40);
}

/** The errors that a handler takes, its condition, and whether it rolls back. */
export function handlerLabel(handler: PlanHandler): string {
  const errors = handler.errors.length === 0 ? 'any error' : shorten(handler.errors.join(', '), 40);
  return [errors, handler.when === null ? '' : guardLabel(handler.when), rollbackLabel(handler.rollback)]
    .filter((part) => part !== '')
    .join(' · ');
}

/** How far a transition rolls back, or nothing. */
export function rollbackLabel(target: RollbackTarget | null): string {
  if (target === null) return '';
  return typeof target === 'string' ? `rollback ${target}` : `rollback to ${target.to}`;
}

/** What an action does in one short line; empty where the box says it by its shape. */
export function actionLine(action: PlanAction): string {
  switch (action.kind) {
    case 'call':
      return action.participant === null ? action.operation : `${action.participant}.${action.operation}`;
    case 'run':
      return `${action.detached ? 'start' : 'run'} ${shorten(action.file, 50)}`;
    case 'wait':
      return action.until === null
        ? `wait ${formatDuration(action.for ?? 0)}`
        : `wait until ${guardLabel(action.until)}`;
    case 'human':
      return `person: ${action.assignee ?? (action.candidates.join(', ') || 'anyone')}`;
    case 'emit':
      return `emit ${action.event}`;
    case 'rollback':
      return rollbackLabel(action.to);
    case 'fail':
      return `fail ${templateText(action.error)}`;
    case 'listen':
      return action.timeout === null ? 'listen' : `listen for ${formatDuration(action.timeout)}`;
    case 'foreach':
      return action.call === null ? `each ${action.as}` : `each ${action.as}: ${actionLine(action.call)}`;
    case 'parallel':
      return action.join === 'all' ? '' : `join ${action.join === 'any' ? 'any' : `at least ${action.join.atLeast}`}`;
    case 'switch':
    case 'set':
      return action.kind;
    case 'scope':
      return '';
  }
}

function templateText(template: Template): string {
  if (template.kind === 'literal') {
    return shorten(typeof template.value === 'string' ? template.value : JSON.stringify(template.value), 40);
  }
  if (template.kind === 'expression') return guardLabel(template.expression);
  return '…';
}
