/** What the suites inside VS Code share: waiting for its events, never for a time. */
import assert from 'node:assert/strict';
import type { DebugSession, Disposable, Event, TextDocument } from 'vscode';
import { Range, Uri, debug, workspace } from 'vscode';

/** Resolves with what `look` gives as soon as it gives something; looks again at each of the events. */
export function seen<T>(look: () => T | undefined, ...events: Event<unknown>[]): Promise<T> {
  return new Promise((resolve, reject) => {
    const listening: Disposable[] = [];
    const check = (): void => {
      try {
        const found = look();
        if (found === undefined) return;
        resolve(found);
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
      for (const listener of listening) listener.dispose();
    };
    listening.push(...events.map((event) => event(check)));
    check();
  });
}

/** Opens a file of the workspace. */
export async function openDocument(name: string): Promise<TextDocument> {
  const folder = workspace.workspaceFolders?.[0];
  assert.ok(folder, 'a folder is open');
  return workspace.openTextDocument(Uri.joinPath(folder.uri, name));
}

/** The range of the first occurrence of `text` in a document. */
export function rangeOf(document: TextDocument, text: string): Range {
  const at = document.getText().indexOf(text);
  assert.ok(at >= 0, `the file has ${text}`);
  return new Range(document.positionAt(at), document.positionAt(at + text.length));
}

/** A message of the Debug Adapter Protocol, as far as the suites read it. */
interface Message {
  readonly type: string;
  readonly event?: string;
  readonly body?: { readonly threadId?: number; readonly reason?: string; readonly status?: string };
}

export interface Stop {
  readonly session: DebugSession;
  readonly reason: string;
  readonly threadId: number;
}

/** Follows the debug sessions that start from now on. */
export interface Followed extends Disposable {
  /** The next stop that was not taken yet. */
  stop(): Promise<Stop>;
  /** Resolves when a session has ended, with the last status that was told of its run. */
  end(): Promise<string>;
}

export function followDebugging(): Followed {
  const stops: Stop[] = [];
  const waiting: ((stop: Stop) => void)[] = [];
  let status = '';
  let ended: (status: string) => void = () => undefined;
  const end = new Promise<string>((resolve) => {
    ended = resolve;
  });
  const tracker = debug.registerDebugAdapterTrackerFactory('backstep', {
    createDebugAdapterTracker: (session) => ({
      onDidSendMessage: ({ type, event, body }: Message) => {
        if (type !== 'event') return;
        if (event === 'stopped') {
          const stop = { session, reason: body?.reason ?? '', threadId: body?.threadId ?? 0 };
          const next = waiting.shift();
          if (next) next(stop);
          else stops.push(stop);
        }
        if (event === 'backstep/position') status = body?.status ?? '';
      },
    }),
  });
  const ending = debug.onDidTerminateDebugSession(() => ended(status));
  return {
    stop: () => {
      const next = stops.shift();
      return next ? Promise.resolve(next) : new Promise((resolve) => waiting.push(resolve));
    },
    end: () => end,
    dispose: () => {
      tracker.dispose();
      ending.dispose();
    },
  };
}
