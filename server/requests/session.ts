/**
 * What every request needs, and the way in which all of them are answered.
 *
 * 1. A request about a document that is not open is answered empty; one that was cancelled, with the error that says so.
 * 2. The answer is about one state of the text: the one that the client had sent when it asked. While that is analysed
 *    others go first, and if the text is another one by then, the error says so. The answer itself is given at once.
 * 3. A request about the workspace may take long. It lets others go first between one file and the next, and ends when
 *    it is cancelled or when the document that it is about has moved on.
 */
import { type CancellationToken, type Connection, LSPErrorCodes, ResponseError } from 'vscode-languageserver/node';
import { offsetAt } from '../../language/index.ts';
import type { Client } from '../client.ts';
import type { Documents, OpenDocument } from '../documents.ts';
import type { History } from '../history.ts';
import type { Publisher } from '../publisher.ts';
import type { Settings } from '../settings.ts';
import { ownTurn, turn } from '../slices.ts';
import type { Workspace } from '../workspace.ts';

export interface Session {
  readonly connection: Connection;
  readonly documents: Documents;
  readonly workspace: Workspace;
  readonly settings: Settings;
  readonly publisher: Publisher;
  readonly client: () => Client;
  /** What is known of runs, if anything is. */
  readonly history: History | null;
}

/** A request about a place in a document, or about the whole of it. */
export interface DocumentParams {
  readonly textDocument: { readonly uri: string };
  readonly position?: { readonly line: number; readonly character: number };
}

/** Answers with `answer`, or with `empty` where there is no such document. */
export function about<P extends DocumentParams, R>(
  session: Session,
  empty: R,
  answer: (document: OpenDocument, params: P, offset: number) => R,
): (params: P, token: CancellationToken) => Promise<R | ResponseError<never>> {
  return async (params, token) => {
    const document = await documentFor(session, params.textDocument.uri, token);
    if (document === undefined) return empty;
    if (document instanceof ResponseError) return document;
    const offset = params.position === undefined ? 0 : offsetAt(document.analysis.lines, params.position);
    return answer(document, params, offset);
  };
}

/** The document as it was when it was asked for, undefined where it is not open; or why nobody needs it any more. */
export async function documentFor(
  { documents }: Session,
  uri: string,
  token: CancellationToken,
): Promise<OpenDocument | ResponseError<never> | undefined> {
  if (token.isCancellationRequested) return cancelled();
  const found = documents.soon(uri);
  if (!(found instanceof Promise)) return found;
  const given = await Promise.race([found, whenCancelled(token)]);
  // Several requests may have waited for the same analysis, and each of them may take long.
  if (given !== null) await ownTurn();
  if (token.isCancellationRequested) return cancelled();
  return given !== null && documents.versionOf(uri) === given.version ? given : modified();
}

function whenCancelled(token: CancellationToken): Promise<null> {
  return new Promise((resolve) => {
    token.onCancellationRequested(() => resolve(null));
  });
}

function cancelled(): ResponseError<never> {
  return new ResponseError(LSPErrorCodes.RequestCancelled, 'Cancelled.');
}

function modified(): ResponseError<never> {
  return new ResponseError(LSPErrorCodes.ContentModified, 'The document has changed meanwhile.');
}

/** Lets other messages be handled; false when there is no use in going on. */
export type Pause = () => Promise<boolean>;

/** As `about`, for an answer that looks at other files too. `pause` is awaited between one and the next. */
export function aboutMany<P extends DocumentParams, R, E = never>(
  session: Session,
  empty: R,
  answer: (document: OpenDocument, params: P, offset: number, pause: Pause) => Promise<R | ResponseError<E>>,
): (params: P, token: CancellationToken) => Promise<R | ResponseError<E>> {
  return async (params, token) => {
    const document = await documentFor(session, params.textDocument.uri, token);
    if (document === undefined) return empty;
    if (document instanceof ResponseError) return document;
    const offset = params.position === undefined ? 0 : offsetAt(document.analysis.lines, params.position);
    const { pause, end } = pausing(token, () => session.documents.versionOf(document.uri) === document.version);
    const given = await answer(document, params, offset, pause);
    return end() ?? given;
  };
}

/** Pauses for one request, and why it ended early, if it did. */
export function pausing(
  token: CancellationToken,
  isCurrent: () => boolean,
): { readonly pause: Pause; readonly end: () => ResponseError<never> | null } {
  const end = (): ResponseError<never> | null => {
    if (token.isCancellationRequested) return cancelled();
    return isCurrent() ? null : modified();
  };
  const pause = async (): Promise<boolean> => {
    await turn();
    return end() === null;
  };
  return { pause, end };
}
