/** The settings file of a workspace, `.backstep.yaml`: severities of single codes (section 13). */
import { isDiagnosticCode, type Severity } from './codes.ts';
import { type Diagnostic, finding, type FixData, type Rules } from './diagnostics.ts';
import { didYouMean, nearest } from './names.ts';
import { DIAGNOSTICS } from './codes.ts';
import { parse } from './parse.ts';
import { entryOf, isMissing } from './tree.ts';

const SEVERITIES: readonly (Severity | 'off')[] = ['off', 'hint', 'info', 'warning', 'error'];

/**
 * Reads the settings.
 *
 * @param text the file's text
 * @returns the rules that could be read, and what is wrong with the others
 */
export function readRules(text: string): { readonly rules: Rules; readonly diagnostics: readonly Diagnostic[] } {
  const tree = parse(text);
  const found: Diagnostic[] = tree.problems.map(({ message, range }) => finding('yaml-syntax', range, message));
  const rules: Record<string, Severity | 'off'> = {};
  const { root } = tree;
  if (root !== null && root.kind !== 'map')
    found.push(finding('wrong-type', root.range, 'The file must hold ‘rules:’.'));
  for (const { key, range } of root?.kind === 'map' ? root.entries : []) {
    if (key.text === 'rules') continue;
    const fixes: FixData[] = [{ kind: 'remove-entry', entry: range }];
    if (entryOf(root, 'rules') === undefined) fixes.unshift({ kind: 'replace', range: key.range, with: ['rules'] });
    const message = `The settings have no key ‘${key.text}’. They have ‘rules’.`;
    found.push(finding('unknown-key', key.range, message, { fixes }));
  }
  const section = entryOf(root, 'rules');
  if (section === undefined || isMissing(section.value)) return { rules, diagnostics: found };
  if (section.value.kind !== 'map') {
    found.push(
      finding('wrong-type', section.key.range, '‘rules’ must map codes to severities, such as unbounded-loop: off.'),
    );
    return { rules, diagnostics: found };
  }
  const { entries } = section.value;
  for (const { key, value, range } of entries) {
    if (!isDiagnosticCode(key.text)) {
      const codes = Object.keys(DIAGNOSTICS).filter((code) => !entries.some((other) => other.key.text === code));
      const meant = nearest(key.text, codes);
      const fixes: FixData[] = meant.length === 0 ? [] : [{ kind: 'replace', range: key.range, with: meant }];
      fixes.push({ kind: 'remove-entry', entry: range });
      const message = `There is no diagnostic ‘${key.text}’.${didYouMean(meant)}`;
      found.push(finding('unknown-key', key.range, message, { fixes }));
      continue;
    }
    const severity = value.kind === 'scalar' ? SEVERITIES.find((one) => one === value.text) : undefined;
    if (severity !== undefined) rules[key.text] = severity;
    else
      found.push(
        finding(
          'wrong-type',
          isMissing(value) ? key.range : value.range,
          `A severity is one of ${SEVERITIES.join(', ')}.`,
        ),
      );
  }
  return { rules, diagnostics: found };
}
