/** Requests that lead from one place to others: definition, references, symbols of the workspace, call hierarchy. */
import {
  type CallHierarchyItem,
  type Location,
  type LocationLink,
  SymbolKind,
  type SymbolInformation,
  type WorkspaceSymbol,
} from 'vscode-languageserver/node';
import { lineIndex } from '../../language/index.ts';
import { toLspRange } from '../convert.ts';
import { type File, meaningAt, usesOf } from '../features/across.ts';
import { runBy, runnersOf, type WorkflowItem, workflowAt, workflowIn } from '../features/hierarchy.ts';
import { definitionAt, type Place } from '../features/navigation.ts';
import type { OutlineKind } from '../features/outline.ts';
import { typeDefinitionAt } from '../features/type-definition.ts';
import { pathBeside, pathOf } from '../uri.ts';
import { matches } from '../features/matching.ts';
import { fileOf, projectAtOnce, projectOf } from './project.ts';
import { about, aboutMany, pausing, type Session } from './session.ts';

/** Answers on the session's connection. */
export function navigating(session: Session): void {
  const { connection, documents, client } = session;

  connection.onDefinition(
    about(session, null, (document, _, offset) => {
      const found = definitionAt(projectAtOnce(session), fileOf(document), offset);
      if (found === null) return null;
      const target = locationOf(session, found.from, found.target, document.uri);
      const name = locationOf(session, found.from, { ...found.target, range: found.nameRange }, document.uri);
      if (target === null || name === null) return null;
      if (!client().locationLinks) return [name];
      const originSelectionRange = toLspRange(document.analysis.lines, found.origin);
      return [linkTo(originSelectionRange, target, name)];
    }),
  );

  connection.onTypeDefinition(
    about(session, null, (document, _, offset) => {
      const found = typeDefinitionAt(document.analysis, document.file ?? undefined, offset);
      if (found === null) return null;
      const targets = found.targets.flatMap(
        (place) => locationOf(session, fileOf(document), place, document.uri) ?? [],
      );
      if (!client().typeLinks) return targets;
      const origin = toLspRange(document.analysis.lines, found.origin);
      return targets.map((target) => linkTo(origin, target, target));
    }),
  );

  connection.onReferences(
    aboutMany(session, [], async (document, params, offset, pause) => {
      const project = projectOf(session, pause);
      const meaning = meaningAt(project, fileOf(document), offset);
      if (meaning === null) return [];
      const { declaration, home } = meaning;
      const elsewhere =
        declaration.file === null
          ? null
          : locationOf(session, home, { file: declaration.file, range: declaration.range }, document.uri);
      const wanted = params.context.includeDeclaration;
      const uses = (await usesOf(project, meaning)).filter(({ declares }) => wanted || !declares);
      const found = uses.map((use) => ownLocation(session, use.file, use.range, document.uri));
      return wanted && elsewhere !== null ? [elsewhere, ...found] : found;
    }),
  );

  connection.onWorkspaceSymbol(async ({ query }, token) => {
    const { pause, end } = pausing(token, () => true);
    const found: (SymbolInformation | WorkspaceSymbol)[] = [];
    for (const path of await session.workspace.files()) {
      const facts = session.workspace.factsOf(path);
      const uri = documents.uriOf(path);
      for (const { name, kind, range, container } of facts?.symbols ?? []) {
        if (found.length >= MAX_SYMBOLS) break;
        if (!matches(query, name)) continue;
        const containerName = container === '' ? {} : { containerName: container };
        found.push({ name, kind: SYMBOL[kind], location: { uri, range }, ...containerName });
      }
      if (!(await pause())) break;
    }
    return end() ?? found;
  });

  connection.languages.callHierarchy.onPrepare(
    about(session, null, (document, _, offset) => {
      const item = workflowAt(projectAtOnce(session), fileOf(document), offset);
      return item === null ? null : [hierarchyItem(session, item)];
    }),
  );
  connection.languages.callHierarchy.onIncomingCalls(async ({ item }, token) => {
    const path = pathOf(item.uri);
    if (path === null) return null;
    const { pause, end } = pausing(token, () => true);
    const calls = await runnersOf(projectOf(session, pause), path);
    const given = calls.map((call) => ({
      from: hierarchyItem(session, call.item),
      fromRanges: call.ranges.map((range) => toLspRange(call.item.analysis.lines, range)),
    }));
    return end() ?? given;
  });
  connection.languages.callHierarchy.onOutgoingCalls(({ item }) => {
    const path = pathOf(item.uri);
    const project = projectAtOnce(session);
    const from = path === null ? null : workflowIn(project, path);
    if (path === null || from === null) return null;
    return runBy(project, path).map((call) => ({
      to: hierarchyItem(session, call.item),
      fromRanges: call.ranges.map((range) => toLspRange(from.analysis.lines, range)),
    }));
  });
}

/** More symbols than this are more than anybody reads; the next letter of the query finds fewer. */
const MAX_SYMBOLS = 1_000;

/** What each part of a file is in the protocol's words. */
export const SYMBOL: Record<OutlineKind | 'workflow', SymbolKind> = {
  workflow: SymbolKind.File,
  participant: SymbolKind.Module,
  role: SymbolKind.Interface,
  operation: SymbolKind.Method,
  event: SymbolKind.Event,
  error: SymbolKind.EnumMember,
  policy: SymbolKind.Constant,
  variable: SymbolKind.Variable,
  scope: SymbolKind.Namespace,
  state: SymbolKind.Class,
  undo: SymbolKind.Function,
};

/** `uri` is that of the document that was asked about, in the client's spelling, for places in one that is no file. */
function locationOf(session: Session, from: File, place: Place, uri: string): Location | null {
  if (place.file === null) return ownLocation(session, from, place.range, uri);
  const path = pathBeside(from.path, place.file);
  const text = path === null ? null : session.documents.textOf(path);
  if (path === null || text === null) return null;
  return { uri: session.documents.uriOf(path), range: toLspRange(lineIndex(text), place.range) };
}

function ownLocation(session: Session, file: File, range: Place['range'], uri: string): Location {
  const own = file.path === null ? uri : session.documents.uriOf(file.path);
  return { uri: own, range: toLspRange(file.analysis.lines, range) };
}

function linkTo(
  originSelectionRange: LocationLink['originSelectionRange'],
  target: Location,
  name: Location,
): LocationLink {
  return {
    ...(originSelectionRange === undefined ? {} : { originSelectionRange }),
    targetUri: target.uri,
    targetRange: target.range,
    targetSelectionRange: name.range,
  };
}

function hierarchyItem({ documents }: Session, item: WorkflowItem): CallHierarchyItem {
  const range = toLspRange(item.analysis.lines, item.range);
  return {
    name: item.name,
    kind: SymbolKind.Function,
    detail: item.detail,
    uri: documents.uriOf(item.path),
    range,
    selectionRange: range,
  };
}
