/** Findings of the language in the protocol's words. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  DiagnosticSeverity,
  DiagnosticTag,
  type Diagnostic as LspDiagnostic,
  type DiagnosticRelatedInformation,
} from 'vscode-languageserver/node';
import { type Diagnostic, type DiagnosticCode, lineIndex, type Severity } from '../../language/index.ts';
import { toLspRange } from '../convert.ts';
import { type OpenDocument, readText } from '../documents.ts';
import { uriOf } from '../uri.ts';

export const SOURCE = 'backstep';

const SEVERITY: Record<Severity, DiagnosticSeverity> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

/** Declarations and states that nothing uses are shown faded. */
const UNNECESSARY: ReadonlySet<DiagnosticCode> = new Set([
  'unused-declaration',
  'unreachable-state',
  'shadowed-transition',
]);

/** The page about diagnostics, where this installation has one: below the sources and below the bundle alike. */
const PAGE = ['../../docs/reference/diagnostics.md', '../docs/reference/diagnostics.md']
  .map((path) => resolve(dirname(fileURLToPath(import.meta.url)), path))
  .find((path) => existsSync(path));

/** A file with what was found in it, open or not. */
type Checked = Pick<OpenDocument, 'uri' | 'file' | 'analysis'>;

/** The findings about a file. */
export function lspDiagnostics(document: Checked): LspDiagnostic[] {
  return document.analysis.diagnostics.map((diagnostic) => lspDiagnostic(document, diagnostic));
}

function lspDiagnostic(document: Checked, diagnostic: Diagnostic): LspDiagnostic {
  const { lines } = document.analysis;
  const related = (diagnostic.related ?? []).flatMap((place) => relatedInformation(document, place));
  return {
    range: toLspRange(lines, diagnostic.range),
    severity: SEVERITY[diagnostic.severity],
    code: diagnostic.code,
    ...(PAGE === undefined ? {} : { codeDescription: { href: `${uriOf(PAGE)}#${diagnostic.code}` } }),
    source: SOURCE,
    message: diagnostic.message,
    ...(UNNECESSARY.has(diagnostic.code) ? { tags: [DiagnosticTag.Unnecessary] } : {}),
    ...(related.length > 0 ? { relatedInformation: related } : {}),
  };
}

function relatedInformation(
  document: Checked,
  place: NonNullable<Diagnostic['related']>[number],
): DiagnosticRelatedInformation[] {
  if (place.file === undefined) {
    const location = { uri: document.uri, range: toLspRange(document.analysis.lines, place.range) };
    return [{ location, message: place.message }];
  }
  if (document.file === null) return [];
  const path = resolve(dirname(document.file), place.file);
  const text = readText(path);
  if (text === null) return [];
  return [{ location: { uri: uriOf(path), range: toLspRange(lineIndex(text), place.range) }, message: place.message }];
}
