/**
 * Names of the workflow that a file of scenarios is about, and of those that it runs, where scenarios mention them (section
 * 12). The path of a run, its variables and its crashes are its own; mocks, decisions and events may be for its children.
 */
import {
  type Analysis,
  BUILT_IN_OPERATIONS,
  childOf,
  referencedFiles,
  type Scope,
  scopesOf,
  type State,
  stateAtWay,
  type TypedFile,
  workflowOf,
  worldOf,
} from '../../../language/index.ts';
import type { Expected } from './expected.ts';
import type { NameChoice } from './names.ts';
import type { SpotPath } from './spot.ts';

const STATUSES: readonly (readonly [status: string, meaning: string])[] = [
  ['completed', 'The run came to its end.'],
  ['compensated', 'An error ended the run, and what was done has been undone.'],
  ['failed', 'An error ended the run, and nothing was undone.'],
  ['cancelled', 'The run was cancelled.'],
  ['suspended', 'The run is parked for a person.'],
  ['waiting', 'The run waits for a timer, an event, a person or a lock.'],
];

/** The keys that may be written in the mapping that `expected` describes. */
export function scenarioKeys(analysis: Analysis, expected: Expected): readonly NameChoice[] {
  const reached = reachedBy(analysis);
  const [file] = reached;
  if (file === undefined || expected.inside.length > 0) return [];
  const inAll = (names: (file: TypedFile) => readonly NameChoice[]): readonly NameChoice[] =>
    once(reached.flatMap(names));
  switch (`${expected.holder?.shape.name ?? ''} ${expected.key?.name ?? ''}`) {
    case 'scenarios mocks':
    case 'scenario mocks':
      return inAll((one) => [...operations(one), ...ways(one, calls, 'state:')]);
    case 'expectation calls':
      return inAll(operations);
    case 'scenario decisions':
      return inAll((one) => ways(one, (state) => state.action?.kind === 'human'));
    case 'expectation vars':
      return file.workflow.root.vars.map(({ name }) => ({ name, kind: 'variable' }));
    default:
      return [];
  }
}

/** The values that may be written where `expected` describes one, at `path` in the file. */
export function scenarioValues(analysis: Analysis, expected: Expected, path: SpotPath): readonly NameChoice[] {
  const reached = reachedBy(analysis);
  const [file] = reached;
  // In a list of which more than names may stand, each item is inside of it.
  const isItem = expected.inside.length === 1 && typeof expected.inside[0] === 'number';
  if (file === undefined || (expected.inside.length > 0 && !isItem)) return [];
  switch (`${expected.holder?.shape.name ?? ''} ${expected.key?.name ?? ''}`) {
    case 'expectation status':
      return STATUSES.map(([name, detail]) => ({ name, kind: 'value', detail }));
    case 'expectation path':
      return ways(file, () => true);
    case 'expectation compensated':
    case 'expectation suspended':
      return ways(file, ({ compensate }) => compensate !== null && !compensate.none);
    case 'expectation error':
    case 'failure error':
      return once(reached.flatMap(({ workflow }) => [...named(workflow.errors, 'error'), ...raised(workflow)]));
    case 'expectation emitted':
      return once(reached.flatMap(({ workflow }) => named(workflow.events, 'event')));
    case 'crash after':
    case 'crash before':
      return ways(file, () => true);
    case 'incident type':
      return once(reached.flatMap(({ workflow }) => named(workflow.events, 'event')));
    case 'decision outcome': {
      const way = String(path[path.indexOf('decisions') + 1] ?? '');
      const outcomes = reached.flatMap(({ workflow }) => {
        const action = stateAtWay(workflow, way.split('/'))?.action;
        return action?.kind === 'human' ? (action.outcomes ?? action.on.map(({ outcome }) => outcome)) : [];
      });
      return once(outcomes.map(({ value }) => ({ name: value, kind: 'outcome' })));
    }
    default:
      return [];
  }
}

/** The workflow that the scenarios are about, and those that it runs, however far they are known. */
function reachedBy(analysis: Analysis): readonly TypedFile[] {
  const about = workflowOf(analysis);
  const files: TypedFile[] = [];
  const follow = (world: ReturnType<typeof worldOf>, path: string): void => {
    const child = childOf(world, path);
    if (child === null || files.some(({ workflow }) => workflow === child.file.workflow)) return;
    files.push(child.file);
    for (const { kind, path: next } of referencedFiles(child.file.workflow))
      if (kind === 'workflow') follow(child, next);
  };
  if (about !== null) follow(worldOf(analysis), about);
  return files;
}

/** Whether a state calls something that a mock may answer in its place. */
function calls({ action }: State): boolean {
  return action?.kind === 'call' || (action?.kind === 'foreach' && action.call !== null);
}

function named(all: readonly { readonly name: string }[], kind: NameChoice['kind']): readonly NameChoice[] {
  return all.map(({ name }) => ({ name, kind }));
}

/** The errors that states raise without having declared them. */
function raised({ states }: TypedFile['workflow']): readonly NameChoice[] {
  return states.flatMap(({ action }) => {
    const error = action?.kind === 'fail' ? (action.error?.value ?? '') : '';
    return error === '' || error.includes('${') ? [] : [{ name: error, kind: 'error' as const }];
  });
}

/** Each name once, as it was first found. */
function once(names: readonly NameChoice[]): readonly NameChoice[] {
  const seen = new Set<string>();
  return names.filter(({ name }) => !seen.has(name) && seen.add(name));
}

function operations(file: TypedFile): readonly NameChoice[] {
  const own = [...file.operations].flatMap(([participant, known]) =>
    [...known.operations.keys()].map((name): NameChoice => ({ name: `${participant}.${name}`, kind: 'operation' })),
  );
  return [...own, ...BUILT_IN_OPERATIONS.map((name): NameChoice => ({ name, kind: 'operation' }))];
}

/** The states by their ways, those further in behind the one that they are in; of items the first stands for all. */
function ways(file: TypedFile, wanted: (state: State) => boolean, before = ''): readonly NameChoice[] {
  const found: NameChoice[] = [];
  const add = (scope: Scope, way: string): void => {
    for (const state of scope.states) {
      const own = `${way}${state.name}`;
      if (wanted(state)) found.push({ name: before + own, kind: 'state', detail: state.action?.kind ?? '' });
      for (const inner of scopesOf(state.action)) {
        if (inner.kind === 'branch') add(inner, `${own}/${inner.name?.value ?? ''}/`);
        else if (inner.kind === 'scope') add(inner, `${own}/`);
        else add(inner, `${own}/0/`);
      }
    }
  };
  add(file.workflow.root, '');
  return found;
}
