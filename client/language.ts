/** The language server: started once, when it is first needed, over Node's IPC. */
import type { ExtensionContext } from 'vscode';
import { commands, EventEmitter, Uri, window } from 'vscode';
import type { Event } from 'vscode';
import type { LanguageClient, LanguageClientOptions, ServerOptions } from 'vscode-languageclient/node';
import type { InitializationOptions, PlanChangedParams, PlanParams, PlanResult } from '../server/protocol.ts';
import { CONFIGURATION_SECTION, PLAN_CHANGED, PLAN_REQUEST } from '../server/protocol.ts';

export interface LanguageServer {
  /** The running client, or null if it cannot be started; the user has then been told why. */
  client(): Promise<LanguageClient | null>;
  /** The plan of a document that is open, or null if the server does not answer. */
  plan(uri: Uri): Promise<PlanResult | null>;
  /** The plan of that document may be another one now; of every document when the server has begun anew. */
  readonly onPlanChanged: Event<Uri | null>;
}

/** Gives access to the language server, and stops it with the extension. */
export function languageServer(context: ExtensionContext): LanguageServer {
  const changed = new EventEmitter<Uri | null>();
  context.subscriptions.push(changed);
  let starting: Promise<LanguageClient | null> | null = null;
  const client = (): Promise<LanguageClient | null> => (starting ??= start(context, changed));
  return {
    client,
    onPlanChanged: changed.event,
    plan: async (uri) => {
      const running = await client();
      if (!running) return null;
      try {
        return await running.sendRequest<PlanResult>(PLAN_REQUEST, { uri: uri.toString() } satisfies PlanParams);
      } catch (error) {
        running.warn(`No plan of ${uri.toString()}: ${messageOf(error)}`, undefined, false);
        return null;
      }
    },
  };
}

async function start(context: ExtensionContext, changed: EventEmitter<Uri | null>): Promise<LanguageClient | null> {
  const { LanguageClient, State, TransportKind } = await import('vscode-languageclient/node');
  const module = Uri.joinPath(context.extensionUri, 'dist', 'server.js').fsPath;
  const server: ServerOptions = {
    run: { module, transport: TransportKind.ipc },
    debug: { module, transport: TransportKind.ipc, options: { execArgv: ['--nolazy', '--inspect=6009'] } },
  };
  const options: LanguageClientOptions = {
    documentSelector: [
      { language: 'backstep', scheme: 'file' },
      { language: 'backstep', scheme: 'untitled' },
    ],
    // The server itself asks to be told of the files that it reads.
    initializationOptions: {
      suggestCommand: 'editor.action.triggerSuggest',
      showPlacesCommand: SHOW_PLACES,
    } satisfies InitializationOptions,
    synchronize: { configurationSection: CONFIGURATION_SECTION },
  };
  const client = new LanguageClient('backstep', 'Backstep', server, options);
  context.subscriptions.push(
    client,
    commands.registerCommand(SHOW_PLACES, (uri: string, at: PlainPosition, places: readonly PlainLocation[]) =>
      showPlaces(client, uri, at, places),
    ),
  );
  client.onNotification(PLAN_CHANGED, ({ uri }: PlanChangedParams) => changed.fire(Uri.parse(uri)));
  client.onDidChangeState(({ newState }) => {
    if (newState === State.Running) changed.fire(null);
  });
  try {
    await client.start();
    return client;
  } catch (error) {
    void window.showErrorMessage(`Backstep's language server did not start: ${messageOf(error)}`);
    return null;
  }
}

/** The command behind a lens that leads to places; its arguments come from the server, as plain JSON. */
const SHOW_PLACES = 'backstep.showPlaces';

type PlainPosition = Parameters<LanguageClient['protocol2CodeConverter']['asPosition']>[0] & object;
type PlainLocation = Parameters<LanguageClient['protocol2CodeConverter']['asLocation']>[0] & object;

function showPlaces(
  { protocol2CodeConverter: convert }: LanguageClient,
  uri: string,
  at: PlainPosition,
  places: readonly PlainLocation[],
): Thenable<unknown> {
  const locations = places.map((place) => convert.asLocation(place));
  return commands.executeCommand('editor.action.showReferences', Uri.parse(uri), convert.asPosition(at), locations);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
