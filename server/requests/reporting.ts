/** Requests for what is known of a document as a whole: its diagnostics and its plan. */
import {
  type DiagnosticServerCancellationData,
  type DocumentDiagnosticReport,
  DocumentDiagnosticReportKind,
  LSPErrorCodes,
  ResponseError,
} from 'vscode-languageserver/node';
import { lspDiagnostics } from '../features/diagnostics.ts';
import { planOf } from '../features/plan.ts';
import { PLAN_REQUEST, type PlanParams, type PlanResult } from '../protocol.ts';
import { documentFor, type Session } from './session.ts';

/** Answers on the session's connection. */
export function reporting(session: Session): void {
  const { connection, documents, publisher } = session;
  connection.languages.diagnostics.on(
    async (params, token): Promise<DocumentDiagnosticReport | ResponseError<DiagnosticServerCancellationData>> => {
      const document = await documentFor(session, params.textDocument.uri, token);
      if (document instanceof ResponseError) return token.isCancellationRequested ? document : askAgain();
      if (document === undefined) return { kind: DocumentDiagnosticReportKind.Full, items: [] };
      const resultId = String(document.revision);
      if (params.previousResultId === resultId) return { kind: DocumentDiagnosticReportKind.Unchanged, resultId };
      return { kind: DocumentDiagnosticReportKind.Full, resultId, items: lspDiagnostics(document) };
    },
  );

  connection.onRequest(PLAN_REQUEST, async ({ uri }: PlanParams): Promise<PlanResult> => {
    let document = await documents.soon(uri);
    // The plan of the newest text is as good an answer as any.
    while (document === null) document = await documents.soon(uri);
    if (document === undefined) return { version: null, plan: null, complete: false };
    publisher.planGiven(document);
    return { version: document.version, ...planOf(document.analysis) };
  });
}

/** Clients take any other error for a document without findings. */
function askAgain(): ResponseError<DiagnosticServerCancellationData> {
  return new ResponseError(LSPErrorCodes.ServerCancelled, 'The document has changed meanwhile.', {
    retriggerRequest: true,
  });
}
