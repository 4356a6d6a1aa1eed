/**
 * What every request needs, and the way in which all of them are answered.
 *
 * 1. A request about a document that is not open, or that was cancelled before it began, is answered empty.
 * 2. A request about one document is answered at once, so the answer is about one state of the text: the one that the
 *    client had sent when it asked.
 * 3. A request about the workspace may take long. It lets others go first between one file and the next, and ends when
 *    it is cancelled or when the document that it is about has moved on.
 */
import { type CancellationToken, type Connection, LSPErrorCodes, ResponseError } from 'vscode-languageserver/node';
import { offsetAt } from '../../language/index.ts';
import type { Client } from '../client.ts';
import type { Documents, OpenDocument } from '../documents.ts';
import type { Publisher } from '../publisher.ts';
import type { Settings } from '../settings.ts';
import type { Workspace } from '../workspace.ts';

export interface Session {
  readonly connection: Connection;
  readonly documents: Documents;
  readonly workspace: Workspace;
  readonly settings: Settings;
  readonly publisher: Publisher;
  readonly client: () => Client;
}

/** A request about a place in a document, or about the whole of it. */
export interface DocumentParams {
  readonly textDocument: { readonly uri: string };
  readonly position?: { readonly line: number; readonly character: number };
}

/** Answers with `answer`, or with `empty` where there is no such document or nobody waits any more. */
export function about<P extends DocumentParams, R>(
  { documents }: Session,
  empty: R,
  answer: (document: OpenDocument, params: P, offset: number) => R,
): (params: P, token: CancellationToken) => R {
  return (params, token) => {
    if (token.isCancellationRequested) return empty;
    const document = documents.get(params.textDocument.uri);
    if (document === undefined) return empty;
    const offset = params.position === undefined ? 0 : offsetAt(document.analysis.lines, params.position);
    return answer(document, params, offset);
  };
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
    const document = token.isCancellationRequested ? undefined : session.documents.get(params.textDocument.uri);
    if (document === undefined) return empty;
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
    if (token.isCancellationRequested) return new ResponseError(LSPErrorCodes.RequestCancelled, 'Cancelled.');
    if (!isCurrent()) return new ResponseError(LSPErrorCodes.ContentModified, 'The document has changed meanwhile.');
    return null;
  };
  const pause = async (): Promise<boolean> => {
    await new Promise((resolve) => setImmediate(resolve));
    return end() === null;
  };
  return { pause, end };
}
