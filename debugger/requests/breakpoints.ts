/** Requests that say where to stop. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { positionAt } from '../../language/index.ts';
import { RequestError } from '../arguments.ts';
import type { Arguments } from '../arguments.ts';
import { describePlacement, fileKey, type Placed } from '../breakpoints.ts';
import { FILTERS } from '../exceptions.ts';
import { placesBetween, placesOf } from '../places.ts';
import type { Session } from '../state.ts';
import { planOfFile } from '../workflows.ts';

export async function setBreakpoints(session: Session, args: Arguments): Promise<object> {
  const file = fileOf(args);
  const wanted = (args.raw('breakpoints') === undefined ? linesOf(args) : args.list('breakpoints')).map((each) => {
    const column = each.optionalNumber('column');
    return {
      line: each.number('line'),
      line0: each.number('line') - session.base.line,
      character0: column === null ? null : column - session.base.column,
      ...options(each),
    };
  });
  const placements = session.breakpoints.setLines(file, wanted, await placedOf(session, file));
  return {
    breakpoints: placements.map((placement, at): DebugProtocol.Breakpoint => {
      const described = describePlacement(placement, session.base, { path: file });
      return described.verified ? described : { ...described, line: wanted[at]?.line ?? 0, source: { path: file } };
    }),
  };
}

export function setFunctionBreakpoints(session: Session, args: Arguments): object {
  const wanted = args.list('breakpoints').map((each) => ({ name: each.text('name'), ...options(each) }));
  const views = session.debuggee === null ? [] : [...session.debuggee.views()];
  const placements = session.breakpoints.setFunctions(wanted, views);
  return {
    breakpoints: placements.map((placement) => {
      const view = views.find((each) => placesOf(each.plan, each.text) === placement.lines);
      return describePlacement(placement, session.base, view === undefined ? undefined : session.sources.of(view));
    }),
  };
}

export function setExceptionBreakpoints(session: Session, args: Arguments): object {
  const named = args.texts('filters');
  const withOptions = args.list('filterOptions').map((each) => {
    const condition = each.optionalText('condition');
    return { filterId: each.text('filterId'), ...(condition !== null && { condition }) };
  });
  const answers = session.filters.set(named, withOptions);
  const known = new Set<string>(FILTERS.map(({ filter }) => filter));
  const unknown = [...named, ...withOptions.map(({ filterId }) => filterId)].find((filter) => !known.has(filter));
  if (unknown !== undefined) {
    throw new RequestError(`There is no exception filter \`${unknown}\`. The filters are ${[...known].join(', ')}.`);
  }
  return { breakpoints: answers };
}

/** Every place on the lines that can be stopped at. */
export async function breakpointLocations(session: Session, args: Arguments): Promise<object> {
  const placed = await placedOf(session, fileOf(args));
  if ('reason' in placed) return { breakpoints: [] };
  const map = placesOf(placed.plan, placed.text);
  const from = args.number('line') - session.base.line;
  const to = (args.optionalNumber('endLine') ?? args.number('line')) - session.base.line;
  const locations = placesBetween(map, from, to).map(({ range }) => {
    const start = positionAt(map.lines, range.start);
    const end = positionAt(map.lines, range.end);
    const { line, column } = session.base;
    return {
      line: start.line + line,
      column: start.character + column,
      endLine: end.line + line,
      endColumn: end.character + column,
    };
  });
  // `enter` and a transition may stand at the very same spot.
  const seen = new Set<string>();
  return {
    breakpoints: locations.filter(({ line, column }) => {
      const key = `${line}:${column}`;
      return !seen.has(key) && seen.add(key);
    }),
  };
}

function options(each: Arguments): { condition?: string; hitCondition?: string; logMessage?: string } {
  const condition = each.optionalText('condition');
  const hitCondition = each.optionalText('hitCondition');
  const logMessage = each.optionalText('logMessage');
  return {
    ...(condition !== null && { condition }),
    ...(hitCondition !== null && { hitCondition }),
    ...(logMessage !== null && { logMessage }),
  };
}

/** The older form of the request: numbers of lines alone. */
function linesOf(args: Arguments): readonly Arguments[] {
  const lines = args.raw('lines');
  if (!Array.isArray(lines)) return [];
  return lines.map((line: unknown) => args.with({ line }));
}

function fileOf(args: Arguments): string {
  const path = args.object('source')?.optionalText('path') ?? null;
  if (path === null) throw new RequestError('A breakpoint needs a source with a path.');
  return path;
}

/** The plan that lines of `file` count in: that of a run of this session, else the file's own. */
async function placedOf(session: Session, file: string): Promise<Placed> {
  const key = fileKey(file);
  for (const view of session.debuggee?.views() ?? []) {
    if (fileKey(view.state.file) === key) return { plan: view.plan, text: view.text };
  }
  return planOfFile(file);
}
