/** Requests for what is known of a document as a whole: its diagnostics and its plan. */
import { DocumentDiagnosticReportKind } from 'vscode-languageserver/node';
import { lspDiagnostics } from '../features/diagnostics.ts';
import { planOf } from '../features/plan.ts';
import { PLAN_REQUEST, type PlanParams, type PlanResult } from '../protocol.ts';
import type { Session } from './session.ts';

/** Answers on the session's connection. */
export function reporting({ connection, documents, publisher }: Session): void {
  connection.languages.diagnostics.on((params, token) => {
    const document = token.isCancellationRequested ? undefined : documents.get(params.textDocument.uri);
    if (document === undefined) return { kind: DocumentDiagnosticReportKind.Full, items: [] };
    const resultId = String(document.revision);
    if (params.previousResultId === resultId) return { kind: DocumentDiagnosticReportKind.Unchanged, resultId };
    return { kind: DocumentDiagnosticReportKind.Full, resultId, items: lspDiagnostics(document) };
  });

  connection.onRequest(PLAN_REQUEST, ({ uri }: PlanParams): PlanResult => {
    const document = documents.get(uri);
    if (document === undefined) return { version: null, plan: null, complete: false };
    publisher.planGiven(document);
    return { version: document.version, ...planOf(document.analysis) };
  });
}
