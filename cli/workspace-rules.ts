/** The severities that a workspace sets in `.backstep.yaml` at its root. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { readRules, type Rules } from '../language/index.ts';
import { settingsOf } from '../runner/journal/locate.ts';
import { findingsOf, type Finding } from './findings/finding.ts';
import { readText } from './json-option.ts';

export interface WorkspaceRules {
  /** The rules for a file: those at the root of the workspace that it lies in. */
  for(file: string): Rules;
  /** What is wrong in the settings that were read so far. */
  findings(): readonly Finding[];
}

/** Reads each workspace's settings once. */
export function createWorkspaceRules(): WorkspaceRules {
  const bySettings = new Map<string, { readonly rules: Rules; readonly findings: readonly Finding[] }>();
  const byFolder = new Map<string, Rules>();
  return {
    for(file) {
      const folder = dirname(resolve(file));
      const known = byFolder.get(folder);
      if (known !== undefined) return known;
      const settings = settingsOf(file);
      const read = bySettings.get(settings) ?? readSettings(settings);
      bySettings.set(settings, read);
      byFolder.set(folder, read.rules);
      return read.rules;
    },
    findings: () => [...bySettings.values()].flatMap(({ findings }) => findings),
  };
}

function readSettings(file: string): { readonly rules: Rules; readonly findings: readonly Finding[] } {
  if (!existsSync(file)) return { rules: {}, findings: [] };
  const text = readText(file, 'the settings of the workspace');
  const { rules, diagnostics } = readRules(text);
  return { rules, findings: findingsOf(file, text, diagnostics) };
}
