/** Findings for people: `FILE:LINE:COLUMN severity code: message`, and how many there are. */
import { paint, type Style } from '../terminal.ts';
import type { Finding } from './finding.ts';

const STYLES: Readonly<Record<Finding['severity'], Style>> = {
  error: 'red',
  warning: 'yellow',
  info: 'blue',
  hint: 'gray',
};

/** One line for a finding. */
export function formatFinding({ file, line, column, severity, code, message }: Finding): string {
  return `${file}:${line}:${column} ${paint(STYLES[severity], severity)} ${code}: ${message}`;
}

/** The last line: how many files were checked and what was found. */
export function formatSummary(files: number, findings: readonly Finding[]): string {
  const checked = `${files} file${files === 1 ? '' : 's'} checked`;
  const counts = (['error', 'warning', 'info', 'hint'] as const)
    .map((severity) => ({ severity, count: findings.filter((finding) => finding.severity === severity).length }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => paint(STYLES[severity], plural(severity, count)));
  return counts.length === 0 ? `${checked}, ${paint('green', 'nothing found')}` : `${checked}: ${counts.join(', ')}`;
}

function plural(severity: Finding['severity'], count: number): string {
  if (severity === 'info') return `${count} for information`;
  return `${count} ${severity}${count === 1 ? '' : 's'}`;
}
