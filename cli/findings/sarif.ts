/** Findings as SARIF 2.1.0 (OASIS standard), for the code scanning of forges and for viewers. */
import { isAbsolute, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DIAGNOSTICS, type DiagnosticCode } from '../../language/index.ts';
import { versionOfBackstep } from '../version.ts';
import type { Finding } from './finding.ts';

const LEVELS = { error: 'error', warning: 'warning', info: 'note', hint: 'note' } as const;

/** A log with one run; paths below `root` are relative to it, as forges expect. */
export function sarifLog(findings: readonly Finding[], root: string): unknown {
  const codes = [...new Set(findings.map(({ code }) => code))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Backstep', version: versionOfBackstep(), rules: codes.map(ruleFor) } },
        originalUriBaseIds: { ROOT: { uri: `${pathToFileURL(root).href}/` } },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => resultFor(finding, codes.indexOf(finding.code), root)),
      },
    ],
  };
}

function ruleFor(code: DiagnosticCode): unknown {
  const { severity, summary, documentation, family } = DIAGNOSTICS[code];
  return {
    id: code,
    shortDescription: { text: summary },
    fullDescription: { text: documentation },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: { tags: [family] },
  };
}

function resultFor(finding: Finding, ruleIndex: number, root: string): unknown {
  const { file, line, column, endLine, endColumn, severity, code, message } = finding;
  return {
    ruleId: code,
    ruleIndex,
    level: LEVELS[severity],
    message: { text: message },
    locations: [
      {
        physicalLocation: {
          artifactLocation: artifact(file, root),
          region: { startLine: line, startColumn: column, endLine, endColumn },
        },
      },
    ],
  };
}

function artifact(file: string, root: string): unknown {
  const below = isAbsolute(file) ? relative(root, file) : file;
  if (isAbsolute(below) || below.startsWith(`..${sep}`)) return { uri: pathToFileURL(file).href };
  return { uri: below.split(sep).map(encodeURIComponent).join('/'), uriBaseId: 'ROOT' };
}
