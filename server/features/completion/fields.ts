/**
 * What is known of a value that an author writes field by field: the arguments of a call or of a child workflow, the data
 * of an event or an error; in scenarios the input, the answer of a mock, a person's form.
 */
import {
  type Analysis,
  childOf,
  fieldsIn,
  inputType,
  lookUp,
  membersOf,
  outputType,
  stateAtWay,
  stringOf,
  type Type,
  type TypedFile,
  type TypeField,
  typeOfPath,
  typeOfSchemaNode,
  type TypeSpot,
  UNKNOWN,
  valueOf,
  workflowOf,
  worldOf,
} from '../../../language/index.ts';
import { itemName, typeSpotAt } from '../roots.ts';
import type { Expected } from './expected.ts';
import { scopeOf } from './names.ts';
import type { SpotPath } from './spot.ts';

/** A field that may be written, with what is known of it. */
export interface FieldChoice {
  readonly name: string;
  readonly field: TypeField;
}

/** The fields of the mapping that `expected` describes, those that must be there first; none where nothing is known. */
export function fieldsAt(
  analysis: Analysis,
  offset: number,
  expected: Expected,
  path: SpotPath,
): readonly FieldChoice[] {
  const fields = [...fieldsIn(valueTypeAt(analysis, offset, expected, path))].map(([name, field]) => ({ name, field }));
  return [...fields.filter(({ field }) => field.required), ...fields.filter(({ field }) => !field.required)];
}

/** The type of the value that `expected` describes, which stands at `path` in the file; unknown where nothing says. */
export function valueTypeAt(analysis: Analysis, offset: number, expected: Expected, path: SpotPath): Type {
  let type =
    analysis.shape === 'scenarios' ? inScenario(analysis, expected, path) : inWorkflow(analysis, offset, expected);
  for (const step of expected.inside) {
    if (typeof step === 'string') type = lookUp(type, step).type;
    else type = itemsOf(type);
  }
  return type;
}

function itemsOf(type: Type): Type {
  const list = membersOf(type).find((member) => member.kind === 'list');
  return list?.kind === 'list' ? list.items() : UNKNOWN;
}

function inWorkflow(analysis: Analysis, offset: number, expected: Expected): Type {
  const { key, holder } = expected;
  if (holder?.shape.name === 'trigger' && key?.name === 'input') return typeOfSchemaNode(analysis.workflow.input);
  if (key?.name !== 'with' && key?.name !== 'data') return UNKNOWN;
  if (holder?.shape.name === 'fail') {
    const name = stringOf(valueOf(holder.node, 'error'));
    return typeOfSchemaNode(analysis.workflow.errors.find((one) => one.name === name)?.data);
  }
  const written = (kind: string): string | undefined => stringOf(valueOf(holder?.node, kind));
  const found = ['call', 'run', 'emit'].flatMap((kind): [string, string][] => {
    const name = written(kind);
    return name === undefined ? [] : [[kind, name]];
  })[0];
  const [kind, name] = found ?? typedBefore(analysis.text, offset);
  switch (kind) {
    case 'call':
      return argumentsOf(analysis, name);
    case 'run':
      return inputOf(childOf(worldOf(analysis), name)?.file);
    case 'emit':
      return typeOfSchemaNode(analysis.workflow.events.find((event) => event.name === name)?.data);
    default:
      return UNKNOWN;
  }
}

/** While the lines can't be read: what the last line before says that is called, run or emitted. */
function typedBefore(text: string, offset: number): readonly [kind: string, name: string] {
  const before = text.slice(Math.max(0, offset - 2_000), offset);
  const last = [...before.matchAll(/\b(call|run|emit):[ \t]*["']?([^\s,"'{}]+)/g)].at(-1);
  return [last?.[1] ?? '', last?.[2] ?? ''];
}

function inScenario(analysis: Analysis, { key, holder }: Expected, path: SpotPath): Type {
  const about = workflowOf(analysis);
  const file = about === null ? undefined : childOf(worldOf(analysis), about)?.file;
  if (file === undefined) return UNKNOWN;
  const { workflow } = file;
  switch (`${holder?.shape.name ?? ''} ${key?.name ?? ''}`) {
    case 'scenario input':
      return inputOf(file);
    case 'incident data': {
      const type = stringOf(valueOf(holder?.node, 'type'));
      return typeOfSchemaNode(workflow.events.find((event) => event.name === type)?.data);
    }
    case 'decision form': {
      const way = String(path[path.indexOf('decisions') + 1] ?? '').split('/');
      const action = stateAtWay(workflow, way)?.action;
      return action?.kind === 'human' ? typeOfSchemaNode(action.form) : UNKNOWN;
    }
    case 'mock return': {
      const target = String(path[path.indexOf('mocks') + 1] ?? '');
      const state = target.startsWith('state:') ? stateAtWay(workflow, target.slice(6).split('/')) : null;
      const name = state?.action?.kind === 'call' ? (state.action.operation?.value ?? '') : target;
      const operation = operationIn(file, name);
      return operation === undefined ? UNKNOWN : outputType(operation);
    }
    default:
      return UNKNOWN;
  }
}

function inputOf(file: TypedFile | undefined): Type {
  return typeOfSchemaNode(file?.workflow.input);
}

function argumentsOf(file: TypedFile, name: string): Type {
  const operation = operationIn(file, name);
  return operation === undefined ? UNKNOWN : inputType(operation);
}

function operationIn(file: TypedFile, name: string): Parameters<typeof inputType>[0] | undefined {
  const dot = name.indexOf('.');
  return file.operations.get(name.slice(0, Math.max(0, dot)))?.operations.get(name.slice(dot + 1));
}

/** States before the one at the cursor whose results are looked through for a field. */
const MAX_STATES = 40;

/** The paths at which expressions at the cursor find a field of this name that fits, the likeliest first. */
export function pathsTo(
  analysis: Analysis,
  offset: number,
  expected: Expected,
  name: string,
  wanted: Type,
): readonly string[] {
  const spot = typeSpotAt(analysis, offset, expected);
  const scope = scopeOf(analysis.workflow, expected.scope);
  const own = scope.states.findIndex((state) => state.name === expected.state.at(-1));
  const before = scope.states.slice(0, Math.max(0, own)).slice(-MAX_STATES).reverse();
  const item = itemName(analysis, expected);
  const places = [
    ...(item === null ? [] : [[item]]),
    ['input'],
    ['vars'],
    ...before.map((state) => ['results', state.name]),
  ];
  return places.flatMap((path) => (isThere(analysis, spot, path, name, wanted) ? [[...path, name].join('.')] : []));
}

function isThere(analysis: Analysis, spot: TypeSpot, path: readonly string[], name: string, wanted: Type): boolean {
  const field = /^[A-Za-z_]\w*$/.test(name) ? fieldsIn(typeOfPath(analysis, spot, path)).get(name) : undefined;
  if (field === undefined) return false;
  const given = kindsOf(field.type());
  const fitting = kindsOf(wanted);
  return given.length === 0 || fitting.length === 0 || given.some((kind) => fitting.includes(kind));
}

/** The kinds of value that a type allows; none where anything may be. */
function kindsOf(type: Type): readonly string[] {
  const kinds = membersOf(type).map((member) => (member.kind === 'literal' ? typeof member.value : member.kind));
  return kinds.includes('unknown') ? [] : kinds.filter((kind) => kind !== 'null' && kind !== 'nothing');
}

/** The single values that a type allows, as they are written; none where there are others. */
export function literalsOf(type: Type): readonly string[] {
  const members = membersOf(type).filter((member) => member.kind !== 'null' && member.kind !== 'nothing');
  if (members.length === 1 && members[0]?.kind === 'boolean') return ['true', 'false'];
  const values = members.flatMap((member) => (member.kind === 'literal' ? [member.value] : []));
  return values.length === members.length
    ? values.map((value) => (typeof value === 'string' ? value : String(value)))
    : [];
}
