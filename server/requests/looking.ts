/** Requests that show what stands in a document: hover, colours, folds, the outline, lenses and the like. */
import {
  DocumentHighlightKind,
  type DocumentSymbol,
  FoldingRangeKind,
  InlayHintKind,
  MarkupKind,
  type Range as LspRange,
  type SelectionRange,
  type SemanticTokens,
  type SemanticTokensDeltaParams,
} from 'vscode-languageserver/node';
import { offsetAt, positionAt, workflowOf } from '../../language/index.ts';
import { toLspRange } from '../convert.ts';
import type { OpenDocument } from '../documents.ts';
import { environmentOf } from '../environment.ts';
import { createSpots } from '../features/completion/spots.ts';
import { folds } from '../features/folding.ts';
import { hintsIn } from '../features/hints.ts';
import { hoverAt } from '../features/hover.ts';
import { type Lens, lenses, scenarioLenses } from '../features/lenses.ts';
import { fileLinks, highlightsAt } from '../features/navigation.ts';
import { outline, type OutlineItem } from '../features/outline.ts';
import { selectionsAt } from '../features/selection.ts';
import { signatureAt } from '../features/signature.ts';
import { type KnownTokens, noTokens, tokenData, tokenDataAgain, tokenEdits } from '../features/token-data.ts';
import type { LastRun } from '../history.ts';
import { COMMANDS, type ScenarioChoice } from '../protocol.ts';
import { pathBeside, uriOf } from '../uri.ts';
import { SYMBOL } from './navigating.ts';
import { about, aboutMany, type Session } from './session.ts';

/** Answers on the session's connection. */
export function looking(session: Session): void {
  const { connection, client, settings } = session;
  const findSpot = createSpots();

  connection.onHover(
    about(session, null, (document, _, offset) => {
      const { file } = document;
      const lastRun = (workflow: string, text: string): LastRun | null =>
        file === null ? null : (session.history?.lastRun(file, workflow, text) ?? null);
      const surroundings = { environment: environmentOf(file), lastRun };
      const hover = hoverAt(document.analysis, document.file ?? undefined, offset, surroundings);
      if (hover === null) return null;
      const contents = { kind: MarkupKind.Markdown, value: hover.text };
      return { contents, range: toLspRange(document.analysis.lines, hover.range) };
    }),
  );

  connection.onSignatureHelp(
    about(session, null, (document, _, offset) => {
      const signature = signatureAt(document.analysis, offset, findSpot);
      if (signature === null) return null;
      const { label, documentation, parameters, active } = signature;
      const about =
        documentation === null ? {} : { documentation: { kind: MarkupKind.Markdown, value: documentation } };
      const places = parameters.map(([start, end]) => ({ label: [start, end] as [number, number] }));
      return { signatures: [{ label, ...about, parameters: places }], activeSignature: 0, activeParameter: active };
    }),
  );

  connection.onDocumentHighlight(
    about(session, [], (document, _, offset) =>
      highlightsAt(document.analysis, offset).map(({ range, writes }) => ({
        range: toLspRange(document.analysis.lines, range),
        kind: writes ? DocumentHighlightKind.Write : DocumentHighlightKind.Read,
      })),
    ),
  );

  connection.onDocumentSymbol(
    about(session, [], (document) => outline(document.analysis).map((item) => symbolOf(document, item))),
  );

  connection.onFoldingRanges(
    about(session, [], (document) =>
      folds(document.analysis).map(({ startLine, endLine, kind }) => ({
        startLine,
        endLine,
        ...(kind === undefined
          ? {}
          : { kind: kind === 'comment' ? FoldingRangeKind.Comment : FoldingRangeKind.Region }),
      })),
    ),
  );

  connection.onSelectionRanges(
    about(session, null, (document, { positions }) => {
      const { lines } = document.analysis;
      return positions.map((position) => {
        const ranges = selectionsAt(document.analysis, offsetAt(lines, position));
        return nested(ranges.map((range) => toLspRange(lines, range))) ?? { range: { start: position, end: position } };
      });
    }),
  );

  connection.onCodeLens(
    aboutMany(session, [], async (document, _, __, pause) => {
      const { analysis, file } = document;
      const { lines } = analysis;
      const show = client().showPlacesCommand;
      const isScenarios = analysis.shape === 'scenarios';
      const tests = isScenarios || file === null ? [] : await session.workspace.scenariosOf(file, pause);
      const found = isScenarios
        ? scenarioLenses(analysis)
        : lenses(analysis, settings.options().stateLenses, tests.length > 0);
      return found.map((lens) => {
        const { range, title, command, places } = lens;
        const own = toLspRange(lines, range);
        if (command !== null) {
          return { range: own, command: { title, command, arguments: lensArguments(session, document, lens, tests) } };
        }
        // A command without a name is shown as a text that nothing happens at.
        if (show === null || places.length === 0) return { range: own, command: { title, command: '' } };
        const locations = places.map((place) => ({ uri: document.uri, range: toLspRange(lines, place) }));
        return { range: own, command: { title, command: show, arguments: [document.uri, own.start, locations] } };
      });
    }),
  );

  connection.languages.inlayHint.on(
    about(session, [], (document, { range }) => {
      const { lines } = document.analysis;
      const within = { start: offsetAt(lines, range.start), end: offsetAt(lines, range.end) };
      return hintsIn(document.analysis, within, settings.options()).map(({ offset, label, kind, about }) => ({
        position: positionAt(lines, offset),
        label: kind === 'type' ? `: ${label}` : label,
        ...(kind === 'type' ? { kind: InlayHintKind.Type } : { paddingLeft: true }),
        tooltip: { kind: MarkupKind.Markdown, value: about },
      }));
    }),
  );

  connection.onDocumentLinks(
    about(session, [], (document) =>
      fileLinks(document.analysis).flatMap(({ range, path }) => {
        const target = pathBeside(document.file, path);
        return target === null ? [] : [{ range: toLspRange(document.analysis.lines, range), target: uriOf(target) }];
      }),
    ),
  );

  semanticTokens(session);
}

interface Given {
  readonly known: KnownTokens;
  readonly data: readonly number[];
  readonly resultId: string;
}

/** What the command of a lens is given: a workflow, one with a scenario, or files of scenarios. */
function lensArguments(
  { documents }: Session,
  { analysis, file, uri }: OpenDocument,
  { command, scenario }: Lens,
  tests: readonly string[],
): unknown[] {
  if (command === COMMANDS.test) return tests.length === 0 ? [uri] : tests.map((path) => documents.uriOf(path));
  const about = scenario === null ? null : pathBeside(file, workflowOf(analysis) ?? '');
  if (about === null || scenario === null || file === null) return [uri];
  return [documents.uriOf(about), { file, name: scenario } satisfies ScenarioChoice];
}

function semanticTokens(session: Session): void {
  const { languages } = session.connection;
  /** What the client was given last for each document; changes are told from there. */
  const given = new Map<string, Given>();
  let results = 0;
  const none: SemanticTokens = { data: [] };
  const giveAgain = (document: OpenDocument): { readonly before: Given | null; readonly now: SemanticTokens } => {
    for (const uri of given.keys()) if (session.documents.versionOf(uri) === undefined) given.delete(uri);
    const last = given.get(document.uri);
    const known = last?.known ?? noTokens();
    const data = tokenDataAgain(document.analysis, document.file ?? undefined, known);
    const resultId = String(++results);
    given.set(document.uri, { known, data, resultId });
    return { before: last ?? null, now: { resultId, data } };
  };
  languages.semanticTokens.on(about(session, none, (document) => giveAgain(document).now));
  languages.semanticTokens.onDelta(
    about(session, none, (document, { previousResultId }: SemanticTokensDeltaParams) => {
      const { before, now } = giveAgain(document);
      if (before === null || before.resultId !== previousResultId) return now;
      return { resultId: now.resultId, edits: tokenEdits(before.data, now.data) };
    }),
  );
  languages.semanticTokens.onRange(
    about(session, none, ({ analysis, file }, { range }) => {
      const { lines } = analysis;
      const within = { start: offsetAt(lines, range.start), end: offsetAt(lines, range.end) };
      return { data: tokenData(analysis, file ?? undefined, within) };
    }),
  );
}

/** Ranges from the smallest to the largest, each with the next as its parent. */
function nested(ranges: readonly LspRange[]): SelectionRange | undefined {
  let around: SelectionRange | undefined;
  for (const range of [...ranges].reverse()) around = around === undefined ? { range } : { range, parent: around };
  return around;
}

function symbolOf(document: OpenDocument, item: OutlineItem): DocumentSymbol {
  const { lines } = document.analysis;
  return {
    name: item.name === '' ? '?' : item.name,
    detail: item.detail,
    kind: SYMBOL[item.kind],
    range: toLspRange(lines, item.range),
    selectionRange: toLspRange(lines, item.nameRange),
    children: item.children.map((child) => symbolOf(document, child)),
  };
}
