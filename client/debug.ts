/** Debugging: how a session is started, configured and followed. */
import type { DebugConfiguration, DebugSession, ExtensionContext, WorkspaceFolder } from 'vscode';
import { DebugAdapterExecutable, EventEmitter, Uri, commands, debug, window, workspace } from 'vscode';
import type { PositionEvent } from '../debugger/protocol.ts';
import { POSITION } from '../debugger/protocol.ts';
import type { ScenarioChoice } from '../server/protocol.ts';
import { COMMANDS } from '../server/protocol.ts';
import { askForInput, askForInputAgain } from './input.ts';
import type { LanguageServer } from './language.ts';
import type { Secrets } from './secrets.ts';
import type { Runs } from './sessions.ts';
import { DEBUG_TYPE as TYPE, sessionOrMessage } from './sessions.ts';
import { trusted } from './trust.ts';

/** Registers the debugger, and the commands that run and debug a file. */
export function registerDebugging(context: ExtensionContext, server: LanguageServer, secrets: Secrets): Runs {
  const position = new EventEmitter<{ session: DebugSession; position: PositionEvent }>();
  const start = new EventEmitter<DebugSession>();
  const end = new EventEmitter<DebugSession>();
  const positions = new Map<string, PositionEvent>();
  const ours = (session: DebugSession): boolean => session.type === TYPE;
  context.subscriptions.push(
    position,
    start,
    end,
    debug.onDidStartDebugSession((session) => ours(session) && start.fire(session)),
    debug.onDidTerminateDebugSession((session) => {
      if (!ours(session)) return;
      positions.delete(session.id);
      end.fire(session);
    }),
    debug.onDidReceiveDebugSessionCustomEvent(({ session, event, body }) => {
      if (!ours(session) || event !== POSITION) return;
      positions.set(session.id, body as PositionEvent);
      position.fire({ session, position: body as PositionEvent });
    }),
    debug.registerDebugAdapterDescriptorFactory(TYPE, {
      createDebugAdapterDescriptor: async (session) => adapter(context, session, secrets),
    }),
    debug.registerDebugConfigurationProvider(TYPE, {
      provideDebugConfigurations: () => [launchOf('${file}', 'Debug this workflow')],
      resolveDebugConfiguration: (_folder, configuration) => complete(configuration),
      resolveDebugConfigurationWithSubstitutedVariables: async (_folder, configuration) =>
        configuration.request === 'attach' ? withRun(configuration) : withInput(configuration, server),
    }),
    commands.registerCommand(COMMANDS.run, (target?: unknown, scenario?: unknown) => launch(target, scenario, true)),
    commands.registerCommand(COMMANDS.debug, (target?: unknown, scenario?: unknown) => launch(target, scenario, false)),
    commands.registerCommand('backstep.restartWithInput', () => restartWithInput(server)),
  );
  return {
    onPosition: position.event,
    onStart: start.event,
    onEnd: end.event,
    positionOf: ({ id }) => positions.get(id) ?? null,
  };
}

/** The adapter is a Node process of its own, run by the very program that runs this extension. */
async function adapter(
  context: ExtensionContext,
  session: DebugSession,
  secrets: Secrets,
): Promise<DebugAdapterExecutable> {
  const module = Uri.joinPath(context.extensionUri, 'dist', 'debugger.js').fsPath;
  const cwd = session.workspaceFolder?.uri.fsPath;
  return new DebugAdapterExecutable(process.execPath, [module], {
    // On a desktop that program is Electron, which is Node when it is told so.
    env: { ...(await secrets.environment()), ELECTRON_RUN_AS_NODE: '1' },
    ...(cwd === undefined ? {} : { cwd }),
  });
}

function launchOf(program: string, name: string): DebugConfiguration {
  return { type: TYPE, request: 'launch', name, program };
}

/** Fills in what a configuration leaves open; for F5 without any, the file in the editor is the program. */
function complete(configuration: DebugConfiguration): DebugConfiguration | undefined {
  if (!trusted()) return undefined;
  const empty = !configuration.type && !configuration.request && !configuration.name;
  const filled: DebugConfiguration = { ...configuration, type: TYPE };
  if (empty || (filled.request === 'launch' && !filled['program'])) {
    const document = window.activeTextEditor?.document;
    if (document?.languageId !== 'backstep' || document.uri.scheme !== 'file') {
      void window.showErrorMessage(
        'Backstep: there is no workflow to debug. Open a *.workflow.yaml file of this workspace, or name it as "program" in launch.json.',
      );
      return undefined;
    }
    filled['program'] = document.uri.fsPath;
    filled.name ||= `Debug ${workspace.asRelativePath(document.uri)}`;
    filled.request ||= 'launch';
  }
  return filled;
}

/** Asks for the run to attach to where the configuration names neither one nor a file. */
async function withRun(configuration: DebugConfiguration): Promise<DebugConfiguration | undefined> {
  if (configuration['runId'] || configuration['history']) return configuration;
  const runId = await commands.executeCommand<string | undefined>('backstep.pickRun', configuration);
  return runId === undefined ? undefined : { ...configuration, runId };
}

/** Asks for the input where the workflow demands one and the configuration has none. */
async function withInput(
  configuration: DebugConfiguration,
  server: LanguageServer,
): Promise<DebugConfiguration | undefined> {
  const program: unknown = configuration['program'];
  const given = configuration['input'] !== undefined || configuration['scenario'] !== undefined;
  if (given || typeof program !== 'string') return configuration;
  const uri = Uri.file(program);
  try {
    await workspace.openTextDocument(uri);
  } catch {
    // The debugger says what is wrong with a file that cannot be read.
    return configuration;
  }
  const schema = (await server.plan(uri))?.plan?.input ?? null;
  const answer = await askForInput(uri, schema);
  if (answer === undefined) return undefined;
  return answer.input === undefined ? configuration : { ...configuration, input: answer.input };
}

/** Begins a session anew with another input: what it was begun with is there to be changed. */
async function restartWithInput(server: LanguageServer): Promise<void> {
  const session = sessionOrMessage();
  if (!session) return;
  const { input: before, scenario: _, runId: __, ...configuration } = session.configuration;
  if (configuration.request !== 'launch') {
    void window.showErrorMessage('Backstep: only a run that was launched here can be started again.');
    return;
  }
  const uri = Uri.file(String(configuration['program']));
  const schema = (await server.plan(uri))?.plan?.input ?? null;
  const answer = await askForInputAgain(uri, schema, before);
  if (!answer) return;
  await debug.stopDebugging(session);
  await debug.startDebugging(session.workspaceFolder, { ...configuration, input: answer.input });
}

/**
 * `target` is a URI, or a URI's text (from a CodeLens), or nothing for the file in the editor; `scenario` is one of the
 * workflow's own, from a CodeLens, or anything else for none.
 */
async function launch(target: unknown, scenario: unknown, noDebug: boolean): Promise<void> {
  const uri = uriOf(target);
  if (!uri) {
    void window.showErrorMessage('Backstep: open a *.workflow.yaml file first.');
    return;
  }
  const folder: WorkspaceFolder | undefined = workspace.getWorkspaceFolder(uri);
  const verb = noDebug ? 'Run' : 'Debug';
  if (isScenario(scenario)) {
    const launched = { ...launchOf(uri.fsPath, `${verb} ${scenario.name}`), scenario };
    await debug.startDebugging(folder, launched, { noDebug });
    return;
  }
  await debug.startDebugging(folder, launchOf(uri.fsPath, `${verb} ${workspace.asRelativePath(uri)}`), { noDebug });
}

function isScenario(given: unknown): given is ScenarioChoice {
  const { file, name } = (given ?? {}) as Partial<ScenarioChoice>;
  return typeof file === 'string' && typeof name === 'string';
}

/** The file that a command is about. */
export function uriOf(target: unknown): Uri | undefined {
  if (target instanceof Uri) return target;
  if (typeof target === 'string') return Uri.parse(target);
  const document = window.activeTextEditor?.document;
  return document?.languageId === 'backstep' ? document.uri : undefined;
}
