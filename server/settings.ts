/** Severities of diagnostics, as the client's settings and the workspace's `.backstep.yaml` set them. */
import { dirname, join } from 'node:path';
import type { Connection } from 'vscode-languageserver/node';
import { isDiagnosticCode, isJsonObject, readRules, type Rules, type Severity } from '../language/index.ts';
import { CONFIGURATION_SECTION } from './protocol.ts';

const SEVERITIES: readonly (Severity | 'off')[] = ['off', 'hint', 'info', 'warning', 'error'];

/** The rules in `value`, a mapping from codes to severities; what is neither is left out. */
function rulesFrom(value: unknown): Rules {
  const rules: Rules = {};
  if (!isJsonObject(value)) return rules;
  for (const [code, severity] of Object.entries(value)) {
    const known = SEVERITIES.find((one) => one === severity);
    if (known !== undefined && isDiagnosticCode(code)) rules[code] = known;
  }
  return rules;
}

/** What the client's settings switch on; all of it is off by default. */
export interface Options {
  /** Diagnostics of files that are not open. */
  readonly workspaceDiagnostics: boolean;
  /** Inlay hints of what a state gives. */
  readonly resultHints: boolean;
  /** Inlay hints of how long a retry takes altogether. */
  readonly retryHints: boolean;
  /** Lenses on each state: how often it is referred to, and what compensates it. */
  readonly stateLenses: boolean;
}

function optionsFrom(section: unknown): Options {
  const at = (group: string, key: string): boolean => {
    const held = isJsonObject(section) ? section[group] : undefined;
    return isJsonObject(held) && held[key] === true;
  };
  return {
    workspaceDiagnostics: at('diagnostics', 'workspace'),
    resultHints: at('inlayHints', 'results'),
    retryHints: at('inlayHints', 'retries'),
    stateLenses: at('codeLens', 'states'),
  };
}

/** The text of a file, or null where there is none. */
type TextOf = (path: string) => string | null;

export interface Settings {
  readonly options: () => Options;
  /** The rules for a file: those of the workspace's file, which `textOf` reads, and over them those of the client. */
  rulesFor(file: string | null, textOf: TextOf): Rules;
  /** Asks the client for its settings; whether they are others than before. */
  fetch(connection: Connection): Promise<boolean>;
  /** Takes settings that the client sent by itself; whether they are others than before. */
  set(sent: unknown): boolean;
}

/** Settings of one session. */
export function createSettings(): Settings {
  const workspace = createWorkspaceRules();
  let own: Rules = {};
  let options = optionsFrom(undefined);
  const take = (section: unknown): boolean => {
    const rules = rulesFrom(isJsonObject(section) ? section.rules : undefined);
    const switched = optionsFrom(section);
    if (JSON.stringify([rules, switched]) === JSON.stringify([own, options])) return false;
    own = rules;
    options = switched;
    return true;
  };
  return {
    options: () => options,
    rulesFor: (file, textOf) => ({ ...(file === null ? {} : workspace(file, textOf)), ...own }),
    fetch: async (connection) => take(await connection.workspace.getConfiguration(CONFIGURATION_SECTION)),
    set: (sent) => take(isJsonObject(sent) ? sent[CONFIGURATION_SECTION] : undefined),
  };
}

/** Gives for a file the rules of the nearest `.backstep.yaml` above it. A text is looked at again only when it is another. */
function createWorkspaceRules(): (file: string, textOf: TextOf) => Rules {
  const cache = new Map<string, { readonly text: string; readonly rules: Rules }>();
  return (file, textOf) => {
    for (let folder = dirname(file), up = dirname(folder); ; folder = up, up = dirname(folder)) {
      const path = join(folder, '.backstep.yaml');
      const text = textOf(path);
      if (text !== null) {
        const known = cache.get(path);
        if (known?.text === text) return known.rules;
        const { rules } = readRules(text);
        cache.set(path, { text, rules });
        return rules;
      }
      if (up === folder) return {};
    }
  };
}
