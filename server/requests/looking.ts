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
  SemanticTokensBuilder,
} from 'vscode-languageserver/node';
import { offsetAt, positionAt, type Range } from '../../language/index.ts';
import { toLspRange } from '../convert.ts';
import type { OpenDocument } from '../documents.ts';
import { environmentOf } from '../environment.ts';
import { createSpots } from '../features/completion/spots.ts';
import { folds } from '../features/folding.ts';
import { hintsIn } from '../features/hints.ts';
import { hoverAt } from '../features/hover.ts';
import { lenses } from '../features/lenses.ts';
import { fileLinks, highlightsAt } from '../features/navigation.ts';
import { outline, type OutlineItem } from '../features/outline.ts';
import { selectionsAt } from '../features/selection.ts';
import { signatureAt } from '../features/signature.ts';
import { type Token, TOKEN_MODIFIERS, TOKEN_TYPES, tokens } from '../features/tokens.ts';
import { pathBeside, uriOf } from '../uri.ts';
import { SYMBOL } from './navigating.ts';
import { about, type Session } from './session.ts';

/** Answers on the session's connection. */
export function looking(session: Session): void {
  const { connection, client, settings } = session;
  const findSpot = createSpots();

  connection.onHover(
    about(session, null, (document, _, offset) => {
      const surroundings = { environment: environmentOf(document.file) };
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
    about(session, [], (document) => {
      const { lines } = document.analysis;
      const show = client().showPlacesCommand;
      return lenses(document.analysis, settings.options().stateLenses).map(({ range, title, command, places }) => {
        const own = toLspRange(lines, range);
        if (command !== null) return { range: own, command: { title, command, arguments: [document.uri] } };
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

function semanticTokens(session: Session): void {
  const { languages } = session.connection;
  /** What the client was given last for each document; changes are told from there. */
  const given = new Map<string, SemanticTokensBuilder>();
  const none: SemanticTokens = { data: [] };
  const build = (builder: SemanticTokensBuilder, document: OpenDocument, within?: Range): void => {
    for (const token of tokens(document.analysis, document.file ?? undefined, within)) push(builder, document, token);
  };
  const builderOf = (uri: string): SemanticTokensBuilder => {
    for (const known of given.keys()) if (session.documents.versionOf(known) === undefined) given.delete(known);
    const builder = given.get(uri) ?? new SemanticTokensBuilder();
    given.set(uri, builder);
    return builder;
  };
  languages.semanticTokens.on(
    about(session, none, (document) => {
      given.delete(document.uri);
      const builder = builderOf(document.uri);
      build(builder, document);
      return builder.build();
    }),
  );
  languages.semanticTokens.onDelta(
    about(session, none, (document, params) => {
      const builder = builderOf(document.uri);
      builder.previousResult(params.previousResultId);
      build(builder, document);
      return builder.buildEdits();
    }),
  );
  languages.semanticTokens.onRange(
    about(session, none, (document, { range }) => {
      const { lines } = document.analysis;
      const builder = new SemanticTokensBuilder();
      build(builder, document, { start: offsetAt(lines, range.start), end: offsetAt(lines, range.end) });
      return { data: builder.build().data };
    }),
  );
}

function push(builder: SemanticTokensBuilder, { analysis }: OpenDocument, { range, type, modifiers }: Token): void {
  const { line, character } = positionAt(analysis.lines, range.start);
  const bits = modifiers.reduce((sum, modifier) => sum | (1 << TOKEN_MODIFIERS.indexOf(modifier)), 0);
  builder.push(line, character, range.end - range.start, TOKEN_TYPES.indexOf(type), bits);
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
