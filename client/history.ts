/**
 * The history of a run that is debugged, in the Run and Debug container: its records page by page, the one at which the
 * view stands marked; choosing one moves the session there. Nothing is executed or undone by looking.
 */
import type { DebugSession, ExtensionContext, TreeDataProvider, TreeView } from 'vscode';
import {
  EventEmitter,
  ThemeColor,
  ThemeIcon,
  TreeItem,
  TreeItemCollapsibleState,
  commands,
  debug,
  window,
} from 'vscode';
import type { GoToArguments, HistoryAnswer, HistoryArguments, HistoryLine } from '../debugger/protocol.ts';
import { GO_TO, HISTORY } from '../debugger/protocol.ts';
import { PAGE, pageOf, pagesOf, signOf } from './history-lines.ts';
import type { Sign } from './history-lines.ts';
import type { Runs } from './sessions.ts';
import { activeSession, ask, sessionOrMessage } from './sessions.ts';

const VIEW = 'backstep.history';
const GO = 'backstep.goToRecord';

/** A run of the session, a page of its records, or one of them. */
export type HistoryNode =
  | { readonly kind: 'run'; readonly run: string }
  | { readonly kind: 'page'; readonly run: string; readonly from: number; readonly to: number }
  | { readonly kind: 'record'; readonly run: string; readonly line: HistoryLine; readonly here: boolean };

/** Registers the view, and what a click in it does. */
export function registerHistory(context: ExtensionContext, runs: Runs): void {
  const changed = new EventEmitter<undefined>();
  /** By session: the runs in which it has stood, in order. */
  const seen = new Map<string, string[]>();
  const provider = historyOf(changed, seen, runs);
  const view = window.createTreeView(VIEW, { treeDataProvider: provider });

  const refresh = (): void => {
    const session = activeSession();
    const position = session && runs.positionOf(session);
    view.description = position ? `${position.run} · ${position.status}` : '';
    changed.fire(undefined);
    if (!view.visible) return;
    void reveal(view, provider);
    void provider.drift().then((seq) => {
      view.message = seq === null ? undefined : `The edited workflow decides otherwise from record ${seq} on.`;
    });
  };

  context.subscriptions.push(
    changed,
    view,
    view.onDidChangeVisibility(({ visible }) => visible && refresh()),
    runs.onPosition(({ session, position }) => {
      const known = seen.get(session.id) ?? [];
      if (!known.includes(position.run)) seen.set(session.id, [...known, position.run]);
      refresh();
    }),
    runs.onEnd(({ id }) => {
      seen.delete(id);
      refresh();
    }),
    debug.onDidChangeActiveDebugSession(refresh),
    commands.registerCommand(GO, async (node?: HistoryNode) => {
      const session = sessionOrMessage();
      if (!session || node?.kind !== 'record') return;
      await goTo(session, node.run, node.line.seq);
    }),
  );
}

/** Moves the view of a session to right after a record; gives whether that could be done. */
export async function goTo(session: DebugSession, run: string, seq: number): Promise<boolean> {
  return (await ask(session, GO_TO, { run, seq } satisfies GoToArguments)) !== undefined;
}

interface Provider extends TreeDataProvider<HistoryNode> {
  /** The record at which the view stands, if it is known. */
  current(): Promise<HistoryNode | null>;
  /** The first record that an edited workflow would have made otherwise. */
  drift(): Promise<number | null>;
}

function historyOf(
  changed: EventEmitter<undefined>,
  seen: ReadonlyMap<string, readonly string[]>,
  runs: Runs,
): Provider {
  const read = async (run: string, start: number, count: number): Promise<HistoryAnswer | null> => {
    const session = activeSession();
    if (!session) return null;
    try {
      const wish = { run, start, count } satisfies HistoryArguments;
      return (await session.customRequest(HISTORY, wish)) as HistoryAnswer;
    } catch {
      // The session ended, or went on in a fork, while the view was asking.
      return null;
    }
  };
  const records = async (run: string, from: number, to: number): Promise<HistoryNode[]> => {
    const answer = await read(run, from, to - from + 1);
    return (answer?.records ?? []).map((line) => ({ kind: 'record', run, line, here: line.seq === answer?.seq }));
  };
  const inRun = async (run: string): Promise<HistoryNode[]> => {
    const total = (await read(run, 1, 1))?.total ?? 0;
    if (total <= PAGE) return records(run, 1, total);
    return pagesOf(total).map((page) => ({ kind: 'page', run, ...page }));
  };
  /** The runs of the session; what it has left for a fork is none of them any more. */
  const known = async (): Promise<readonly string[]> => {
    const session = activeSession();
    const all = session ? (seen.get(session.id) ?? []) : [];
    if (all.length < 2) return all;
    const there = await Promise.all(all.map((run) => read(run, 1, 1)));
    return all.filter((_, at) => there[at] !== null);
  };
  return {
    onDidChangeTreeData: changed.event,
    getTreeItem: itemOf,
    getChildren: async (node) => {
      if (node?.kind === 'page') return records(node.run, node.from, node.to);
      if (node?.kind === 'run') return inRun(node.run);
      if (node) return [];
      const all = await known();
      if (all.length > 1) return all.map((run) => ({ kind: 'run', run }));
      return all[0] === undefined ? [] : inRun(all[0]);
    },
    getParent: async (node) => {
      if (node.kind === 'run') return null;
      const run: HistoryNode | null = (await known()).length > 1 ? { kind: 'run', run: node.run } : null;
      if (node.kind === 'page') return run;
      const total = (await read(node.run, 1, 1))?.total ?? 0;
      return total <= PAGE ? run : { kind: 'page', run: node.run, ...pageOf(node.line.seq, total) };
    },
    drift: async () => {
      const session = activeSession();
      const run = session && runs.positionOf(session)?.run;
      return run == null ? null : ((await read(run, 1, 1))?.drift ?? null);
    },
    current: async () => {
      const session = activeSession();
      const run = session && runs.positionOf(session)?.run;
      const seq = run == null ? undefined : (await read(run, 1, 1))?.seq;
      if (run == null || seq === undefined || seq < 1) return null;
      return (await records(run, seq, seq))[0] ?? null;
    },
  };
}

async function reveal(view: TreeView<HistoryNode>, provider: Provider): Promise<void> {
  const node = await provider.current();
  if (!node || !view.visible) return;
  try {
    await view.reveal(node, { select: true, focus: false });
  } catch {
    // The view has changed since it was asked for: the next position reveals its own record.
  }
}

function itemOf(node: HistoryNode): TreeItem {
  if (node.kind === 'run') {
    const item = new TreeItem(node.run, TreeItemCollapsibleState.Expanded);
    return Object.assign(item, { id: `run ${node.run}`, iconPath: new ThemeIcon('circuit-board') });
  }
  if (node.kind === 'page') {
    const item = new TreeItem(`Records ${node.from} to ${node.to}`, TreeItemCollapsibleState.Collapsed);
    return Object.assign(item, { id: `page ${node.run} ${node.from}`, iconPath: new ThemeIcon('history') });
  }
  const { run, line, here } = node;
  const sign = signOf(line, here);
  const words = line.state === '' ? line.text : `${line.state}: ${line.text}`;
  const item = new TreeItem({ label: `${line.seq}  ${words}`, highlights: here ? [[0, String(line.seq).length]] : [] });
  return Object.assign(item, {
    id: `record ${run} ${line.seq}`,
    description: [here ? '◂ the view' : '', line.drift === undefined ? '' : `now: ${line.drift}`]
      .filter((part) => part !== '')
      .join(' · '),
    tooltip: [
      line.type,
      new Date(line.at).toISOString(),
      words,
      ...(line.drift === undefined ? [] : [`The edited workflow decides otherwise from here on: ${line.drift}`]),
    ].join('\n'),
    iconPath: ICONS[sign],
    contextValue: 'record',
    command: { command: GO, title: 'Move the View Here', arguments: [node] },
    accessibilityInformation: { label: `Record ${line.seq}, ${words}${here ? ', where the view stands' : ''}` },
  });
}

const ICONS: Readonly<Record<Sign, ThemeIcon>> = {
  here: new ThemeIcon('debug-stackframe', new ThemeColor('debugIcon.breakpointCurrentStackframeForeground')),
  drift: new ThemeIcon('git-compare', new ThemeColor('list.warningForeground')),
  failed: new ThemeIcon('error', new ThemeColor('list.errorForeground')),
  undoing: new ThemeIcon('discard', new ThemeColor('list.warningForeground')),
  done: new ThemeIcon('pass'),
  person: new ThemeIcon('person'),
  event: new ThemeIcon('radio-tower'),
  moved: new ThemeIcon('arrow-right'),
  plain: new ThemeIcon('circle-small'),
};
