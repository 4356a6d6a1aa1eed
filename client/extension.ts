/**
 * The extension's entry: registers what a person can start, and starts nothing that is not asked for. The language
 * server is a process of its own, so is each debug session; nothing is parsed and nothing runs here.
 */
import type { ExtensionContext } from 'vscode';
import { registerDebugging } from './debug.ts';
import { registerDiagrams } from './diagram.ts';
import { registerFork } from './fork.ts';
import { registerHand } from './hand.ts';
import { registerHistory } from './history.ts';
import { registerInlineValues } from './inline-values.ts';
import { languageServer } from './language.ts';
import { registerRuns } from './runs.ts';
import { registerScenario } from './scenario.ts';
import { registerSecrets } from './secrets.ts';
import { registerTasks } from './tasks.ts';
import { registerTests } from './tests.ts';

/** Called by VS Code when a workflow is opened, debugged or its diagram restored. */
export function activate(context: ExtensionContext): void {
  const server = languageServer(context);
  const secrets = registerSecrets(context);
  const runs = registerDebugging(context, server, secrets);
  registerDiagrams(context, server, runs);
  registerTasks(context, server, runs);
  registerHand(context, server, runs);
  registerHistory(context, runs);
  registerFork(context, runs);
  registerInlineValues(context);
  registerRuns(context);
  registerScenario(context, runs);
  registerTests(context);
  // Not awaited: the editor goes on while the server starts.
  void server.client();
}
