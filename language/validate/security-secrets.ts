/**
 * Secrets that stand in the file: `inline-secret`.
 *
 * Rule: sections 3 and 13 of the language reference. Looked at is every value in which expressions may stand. A text is a
 * secret when it has the form of a known kind of key, or when the name that it stands under says so and it is no
 * placeholder. Names that only may mean a secret, such as token, need a text that looks random.
 * Complexity: linear in the text of the values.
 */
import { type Diagnostic, finding, type FixData } from '../diagnostics.ts';
import { isVisible, rootNamed, SECRETS } from '../expressions/roots.ts';
import { hasExpression } from '../expressions/template.ts';
import type { TemplateSite } from '../sites.ts';
import type { Range } from '../text.ts';
import { innerRange, type Node, type ScalarNode, type Tree } from '../tree.ts';

/** Texts that are secrets by their form alone, as their issuers describe it; the first group is the secret part. */
const FORMS: readonly RegExp[] = [
  /\b((?:AKIA|ASIA)[0-9A-Z]{16})\b/,
  /\b(gh[pousr]_[A-Za-z0-9]{30,})\b/,
  /\b(github_pat_[A-Za-z0-9_]{40,})\b/,
  /\b(glpat-[A-Za-z0-9_-]{16,})/,
  /\b(xox[abeoprs]-[A-Za-z0-9-]{10,})/,
  /\b((?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{8,})/,
  /\b(sk-[A-Za-z0-9_-]{20,})/,
  /\b(SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,})/,
  /\b(AIza[0-9A-Za-z_-]{30,})/,
  /\b(npm_[A-Za-z0-9]{30,})\b/,
  /\b(eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})/,
  /(-----BEGIN [A-Z ]*PRIVATE KEY-----)/,
  /\b(?:Bearer|Basic|Token)\s+([A-Za-z0-9+/_.=~-]{8,})/i,
  /^[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:([^\s/@]+)@/i,
];

/** Names that say that a secret stands under them, and those that only may. */
const SURE =
  /(^|[-_.])(password|passwd|passphrase|pwd|secret|(api|access|private|client|shared|signing|encryption|master|account)[-_]?(key|secret)|credentials?)$/;
const PERHAPS = /(^|[-_.])(token|auth|authorization|api[-_]?token|bearer|key|pin)$/;

/** What stands where a secret will be. */
const PLACEHOLDER =
  /^(|[x*.•_-]+|<.*>|\{\{.*\}\}|\[.*\]|(your|my|the|some|example|change|todo|none|null|dummy|fake|redacted|secret|password|token|test)\b.*)$/i;

/** The findings about all values of a file. */
export function inlineSecrets(tree: Tree, sites: readonly TemplateSite[]): readonly Diagnostic[] {
  const siteOf = new Map(sites.map((site) => [site.node, site]));
  const found: Diagnostic[] = [];
  const visit = (node: Node, key: string, around: TemplateSite | null): void => {
    const site = siteOf.get(node) ?? around;
    if (node.kind === 'sequence') for (const item of node.items) visit(item, key, site);
    else if (node.kind === 'map') for (const entry of node.entries) visit(entry.value, entry.key.text, site);
    else if (site !== null) found.push(...checkScalar(node, key, site));
  };
  if (tree.root !== null) visit(tree.root, '', null);
  return found;
}

function checkScalar(node: ScalarNode, key: string, site: TemplateSite): readonly Diagnostic[] {
  if (typeof node.value !== 'string') return [];
  const secret = secretIn(node.value, key);
  if (secret === null) return [];
  const message = `This looks like a secret${secret.why}. Keep it in the editor’s secret storage or the environment, and read it with an expression.`;
  const text = withReference(node.value, secret, key, site);
  const fixes: FixData[] = [
    { kind: 'rewrite', title: `Read it from ‘${text.from}’`, range: node.range, text: text.yaml },
  ];
  return [finding('inline-secret', placeOf(node, secret), message, { fixes })];
}

interface Secret {
  /** The part of the text that is the secret. */
  readonly start: number;
  readonly end: number;
  readonly why: string;
}

function secretIn(text: string, key: string): Secret | null {
  for (const form of FORMS) {
    const match = form.exec(text);
    const part = match?.[1];
    if (match === null || part === undefined || part.includes('${') || PLACEHOLDER.test(part)) continue;
    const whole = part.startsWith('-----BEGIN');
    const start = whole ? 0 : match.index + match[0].lastIndexOf(part);
    return { start, end: whole ? text.length : start + part.length, why: '' };
  }
  if (hasExpression(text)) return null;
  const name = key.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
  const why = `, because it stands under ‘${key}’`;
  const isSecret = SURE.test(name)
    ? !PLACEHOLDER.test(text) && !/\s/.test(text)
    : PERHAPS.test(name) && looksRandom(text);
  return isSecret ? { start: 0, end: text.length, why } : null;
}

/** Long, in one piece, with letters and digits: what a person would hardly write. */
function looksRandom(text: string): boolean {
  if (!/^[A-Za-z0-9+/_.=~-]{16,}$/.test(text) || PLACEHOLDER.test(text)) return false;
  // Identifiers such as UUIDs are no secrets by themselves.
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return false;
  return /\d/.test(text) && /[A-Za-z]/.test(text) && new Set(text).size >= 8;
}

/** The secret alone where the file shows it letter by letter, else the whole value. */
function placeOf(node: ScalarNode, { start, end }: Secret): Range {
  const inner = innerRange(node);
  const plain = inner.end - inner.start === node.text.length && node.style !== 'literal' && node.style !== 'folded';
  return plain ? { start: inner.start + start, end: inner.start + end } : node.range;
}

/** The value with a reference in the place of the secret. Where secrets can’t be read, the environment can. */
function withReference(
  text: string,
  { start, end }: Secret,
  key: string,
  site: TemplateSite,
): { readonly yaml: string; readonly from: string } {
  const root = rootNamed(SECRETS);
  const from = `${root !== null && isVisible(root, site.contexts) ? SECRETS : 'env'}.${variableName(key)}`;
  const value = `${text.slice(0, start)}\${ ${from} }${text.slice(end)}`;
  return { yaml: JSON.stringify(value), from };
}

function variableName(key: string): string {
  const name = key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toUpperCase();
  return /^[A-Z]/.test(name) ? name : 'SECRET';
}
