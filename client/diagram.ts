/** The diagram beside the text: one panel a workflow, alive as the text, the cursor and a debugged run move. */
import { randomBytes } from 'node:crypto';
import type { DebugSession, ExtensionContext, TextDocument, WebviewPanel } from 'vscode';
import { Disposable, Range, TextEditorRevealType, Uri, ViewColumn, commands, window, workspace } from 'vscode';
import { COMMANDS } from '../server/protocol.ts';
import type { FromView, RunMarks, ToView, ViewState } from '../webview/protocol.ts';
import { uriOf } from './debug.ts';
import type { LanguageServer } from './language.ts';
import { marksAt } from './marks.ts';
import { diagramPage } from './page.ts';
import type { Runs } from './sessions.ts';

const VIEW = 'backstep.diagram';

interface Panel {
  readonly uri: Uri;
  readonly panel: WebviewPanel;
  /** The view has started and takes messages. */
  ready: boolean;
}

/** Registers the command that opens a diagram, and the diagrams that come back with the window. */
export function registerDiagrams(context: ExtensionContext, server: LanguageServer, runs: Runs): void {
  const panels = new Map<string, Panel>();
  /** By file: what to mark of the run that was debugged last in it. */
  const marks = new Map<string, { session: DebugSession; marks: RunMarks }>();

  const send = ({ panel, ready }: Panel, message: ToView): void => {
    if (ready) void panel.webview.postMessage(message);
  };

  const refresh = async (panel: Panel): Promise<void> => {
    const document = await opened(panel.uri);
    const result = document && (await server.plan(panel.uri));
    if (result?.plan) send(panel, { type: 'plan', plan: result.plan, complete: result.complete });
    else send(panel, { type: 'stale' });
    sendCursor(panel);
  };

  const sendCursor = (panel: Panel): void => {
    const editor = window.visibleTextEditors.find(({ document }) => same(document.uri, panel.uri));
    if (editor) send(panel, { type: 'cursor', offset: editor.document.offsetAt(editor.selection.active) });
  };

  const sendRun = (panel: Panel): void => {
    send(panel, { type: 'run', marks: marks.get(panel.uri.fsPath)?.marks ?? null });
  };

  const forget = (file: string): void => {
    if (!marks.delete(file)) return;
    for (const panel of panels.values()) if (panel.uri.fsPath === file) sendRun(panel);
  };

  const receive = (panel: Panel, message: FromView): void => {
    switch (message.type) {
      case 'ready':
        panel.ready = true;
        void refresh(panel);
        sendRun(panel);
        break;
      case 'reveal':
        void reveal(panel, message.range);
        break;
      case 'failed':
        void window.showErrorMessage(
          `Backstep could not draw ${workspace.asRelativePath(panel.uri)}: ${message.message}`,
        );
        break;
      case 'drawn':
        break;
    }
  };

  const adopt = (uri: Uri, webviewPanel: WebviewPanel): void => {
    const panel: Panel = { uri, panel: webviewPanel, ready: false };
    const folder = Uri.joinPath(context.extensionUri, 'dist', 'webview');
    const { webview } = webviewPanel;
    panels.set(uri.toString(), panel);
    webviewPanel.title = `Diagram: ${uri.path.slice(uri.path.lastIndexOf('/') + 1)}`;
    webviewPanel.iconPath = {
      light: Uri.joinPath(context.extensionUri, 'media', 'diagram-light.svg'),
      dark: Uri.joinPath(context.extensionUri, 'media', 'diagram-dark.svg'),
    };
    webview.options = { enableScripts: true, localResourceRoots: [folder], enableForms: false };
    const listening = webview.onDidReceiveMessage((message: FromView) => receive(panel, message));
    webviewPanel.onDidDispose(() => {
      listening.dispose();
      panels.delete(uri.toString());
    });
    webview.html = diagramPage({
      cspSource: webview.cspSource,
      nonce: randomBytes(16).toString('base64url'),
      script: webview.asWebviewUri(Uri.joinPath(folder, 'view.js')).toString(),
      style: webview.asWebviewUri(Uri.joinPath(folder, 'view.css')).toString(),
      uri: uri.toString(),
    });
  };

  const open = (target?: unknown): void => {
    const uri = uriOf(target);
    if (!uri) {
      void window.showErrorMessage('Backstep: open a *.workflow.yaml file first, then its diagram.');
      return;
    }
    const there = panels.get(uri.toString());
    if (there) return there.panel.reveal(undefined, true);
    const column = { viewColumn: ViewColumn.Beside, preserveFocus: true };
    adopt(uri, window.createWebviewPanel(VIEW, 'Diagram', column, { retainContextWhenHidden: true }));
  };

  context.subscriptions.push(
    commands.registerCommand(COMMANDS.diagram, open),
    window.registerWebviewPanelSerializer(VIEW, {
      deserializeWebviewPanel: async (panel, state: ViewState | undefined) => {
        if (state?.uri) adopt(Uri.parse(state.uri), panel);
        else panel.dispose();
      },
    }),
    server.onPlanChanged((uri) => {
      for (const panel of panels.values()) if (uri === null || same(uri, panel.uri)) void refresh(panel);
    }),
    workspace.onDidOpenTextDocument(({ uri }) => {
      const panel = panels.get(uri.toString());
      if (panel) void refresh(panel);
    }),
    window.onDidChangeTextEditorSelection(({ textEditor }) => {
      const panel = panels.get(textEditor.document.uri.toString());
      if (panel) sendCursor(panel);
    }),
    workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      const session = marks.get(document.uri.fsPath)?.session;
      if (contentChanges.length > 0 && session && ended.has(session.id)) forget(document.uri.fsPath);
    }),
    runs.onPosition(({ session, position }) => {
      marks.set(position.file, { session, marks: marksAt(position) });
      for (const panel of panels.values()) if (panel.uri.fsPath === position.file) sendRun(panel);
    }),
    // What a run has done stays to be looked at until the next one begins or the text changes.
    runs.onEnd(({ id }) => ended.add(id)),
    runs.onStart(() => {
      for (const [file, { session }] of [...marks]) if (ended.has(session.id)) forget(file);
    }),
    new Disposable(() => {
      for (const { panel } of panels.values()) panel.dispose();
    }),
  );
  const ended = new Set<string>();
}

async function opened(uri: Uri): Promise<TextDocument | null> {
  try {
    return await workspace.openTextDocument(uri);
  } catch {
    // The file was deleted or renamed: the last diagram stays, marked as such.
    return null;
  }
}

/** Shows a stretch of the text in the editor that has it, or in a new one beside the diagram. */
async function reveal(panel: Panel, range: { readonly start: number; readonly end: number }): Promise<void> {
  const document = await opened(panel.uri);
  if (!document) return;
  const column = window.visibleTextEditors.find((editor) => editor.document === document)?.viewColumn ?? ViewColumn.One;
  const editor = await window.showTextDocument(document, {
    viewColumn: column,
    selection: new Range(document.positionAt(range.start), document.positionAt(range.start)),
  });
  editor.revealRange(
    new Range(document.positionAt(range.start), document.positionAt(range.end)),
    TextEditorRevealType.InCenterIfOutsideViewport,
  );
}

function same(a: Uri, b: Uri): boolean {
  return a.toString() === b.toString();
}
