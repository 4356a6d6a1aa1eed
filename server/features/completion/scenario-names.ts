/** Names of the workflow that a file of scenarios is about, where scenarios mention them (section 12). */
import {
  type Analysis,
  BUILT_IN_OPERATIONS,
  childOf,
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
  const file = aboutOf(analysis);
  if (file === undefined || expected.inside.length > 0) return [];
  switch (`${expected.holder?.shape.name ?? ''} ${expected.key?.name ?? ''}`) {
    case 'scenarios mocks':
    case 'scenario mocks':
      return [...operations(file), ...ways(file, (state) => state.action?.kind === 'call', 'state:')];
    case 'expectation calls':
      return operations(file);
    case 'scenario decisions':
      return ways(file, (state) => state.action?.kind === 'human');
    case 'expectation vars':
      return file.workflow.root.vars.map(({ name }) => ({ name, kind: 'variable' }));
    default:
      return [];
  }
}

/** The values that may be written where `expected` describes one, at `path` in the file. */
export function scenarioValues(analysis: Analysis, expected: Expected, path: SpotPath): readonly NameChoice[] {
  const file = aboutOf(analysis);
  if (file === undefined || expected.inside.length > 0) return [];
  switch (`${expected.holder?.shape.name ?? ''} ${expected.key?.name ?? ''}`) {
    case 'expectation status':
      return STATUSES.map(([name, detail]) => ({ name, kind: 'value', detail }));
    case 'expectation path':
      return ways(file, () => true);
    case 'expectation compensated':
      return ways(file, ({ compensate }) => compensate !== null && !compensate.none);
    case 'crash after':
    case 'crash before':
      return ways(file, () => true);
    case 'incident type':
      return file.workflow.events.map(({ name }) => ({ name, kind: 'event' }));
    case 'decision outcome': {
      const way = String(path[path.indexOf('decisions') + 1] ?? '');
      const action = stateAtWay(file.workflow, way.split('/'))?.action;
      if (action?.kind !== 'human') return [];
      const outcomes = action.outcomes ?? action.on.map(({ outcome }) => outcome);
      return outcomes.map(({ value }) => ({ name: value, kind: 'outcome' }));
    }
    default:
      return [];
  }
}

function aboutOf(analysis: Analysis): TypedFile | undefined {
  const about = workflowOf(analysis);
  return about === null ? undefined : childOf(worldOf(analysis), about)?.file;
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
