/** `backstep validate`: checks workflows and scenario files. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { analyse, type KnownVersion, type Resource } from '../../language/index.ts';
import { parseModule } from '../../server/module-parser.ts';
import { CommandError, EXIT_INPUT } from '../exit.ts';
import { findFiles } from '../find-files.ts';
import { findingsOf, type Finding } from '../findings/finding.ts';
import { githubCommand } from '../findings/github.ts';
import { sarifLog } from '../findings/sarif.ts';
import { formatFinding, formatSummary } from '../findings/text.ts';
import { createHistory } from '../history.ts';
import { readText } from '../json-option.ts';
import { complain, print, printJson } from '../terminal.ts';
import { createWorkspaceRules } from '../workspace-rules.ts';

export interface ValidateOptions {
  readonly format: 'text' | 'json' | 'sarif' | 'github';
  readonly strict?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Files that are larger are no workflows. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Checks the files at `paths` and prints what was found; gives the exit status. */
export async function validate(paths: readonly string[], options: ValidateOptions): Promise<number> {
  const files = findFiles(paths.length === 0 ? ['.'] : paths);
  if (files.length === 0) {
    throw new CommandError(`There is no workflow file (NAME.workflow.yaml) in ${paths.join(', ') || 'this folder'}.`);
  }
  const rules = createWorkspaceRules();
  const history = createHistory();
  const format = options.json === true ? 'json' : options.format;
  const found: Finding[] = [];
  for (const file of files) {
    const text = textOf(file);
    const resource = (path: string): Resource => resourceAt(resolve(dirname(file), path));
    const path = resolve(file);
    const versions = (workflow: string): readonly KnownVersion[] => history.versions(path, workflow);
    const { diagnostics } = analyse(text, { file: path, resource, rules: rules.for(file), parseModule, versions });
    const findings = findingsOf(file, text, diagnostics);
    printEach(findings, format);
    found.push(...findings);
  }
  const settings = rules.findings();
  printEach(settings, format);
  found.push(...settings);
  if (format === 'sarif') print(JSON.stringify(sarifLog(found, process.cwd()), null, 2));
  if (format === 'text') complain(formatSummary(files.length, found));
  const fails = (finding: Finding): boolean =>
    finding.severity === 'error' || (options.strict === true && finding.severity === 'warning');
  return found.some(fails) ? EXIT_INPUT : 0;
}

function printEach(findings: readonly Finding[], format: ValidateOptions['format']): void {
  for (const finding of findings) {
    if (format === 'json') printJson(finding);
    if (format === 'text') print(formatFinding(finding));
    if (format === 'github') print(githubCommand(finding));
  }
}

function textOf(file: string): string {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > MAX_BYTES) throw new CommandError(`${file}:1:1: The file has ${size} bytes, which is no workflow.`);
  return readText(file, 'to be checked');
}

/** A file that a workflow names, as far as it can be read. */
function resourceAt(path: string): Resource {
  try {
    return { kind: 'text', text: readFileSync(path, 'utf8') };
  } catch {
    // Whatever keeps it from being read, for the workflow it is not there; the finding names it.
    return { kind: 'missing' };
  }
}
