/** Findings as workflow commands of GitHub Actions, which show them beside the lines of a change. */
import type { Finding } from './finding.ts';

const COMMANDS = { error: 'error', warning: 'warning', info: 'notice', hint: 'notice' } as const;

/** One command for a finding. */
export function githubCommand(finding: Finding): string {
  const { file, line, column, endLine, endColumn, severity, code, message } = finding;
  const properties = { file, line, endLine, col: column, endColumn, title: code };
  const list = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
  return `::${COMMANDS[severity]} ${list.join(',')}::${escapeData(message)}`;
}

// A command is one line, and its properties end at commas and colons: so GitHub reads these escapes.
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
