/** Evaluating and setting values where the run stands. */
import type { Json } from '../language/index.ts';
import { scopesAbove } from '../runner/host.ts';
import { RequestError } from './arguments.ts';
import { evaluateAt, readExpression } from './expressions.ts';
import type { SetTarget } from './scopes.ts';
import { forkHere } from './forking.ts';
import type { FrameSpot } from './stack.ts';
import type { Session } from './state.ts';
import { withPart } from './values.ts';
import { readPath } from './variable-path.ts';

/** The innermost frame of the stop; while the run goes on, where it is now. */
export function topSpot(session: Session): FrameSpot {
  const debuggee = session.running();
  return debuggee.stop?.spot ?? debuggee.here();
}

/**
 * Sets `vars.NAME`, `args` before the call of the state where the run stands, or `result` after it, or a part of one, as
 * seen from `spot`. Raises a RequestError where that cannot be.
 */
export async function setPath(session: Session, spot: FrameSpot, text: string, value: Json): Promise<void> {
  const read = readPath(text, ['vars', 'args', 'result']);
  if (read === null || (read.root === 'vars' && read.path.length === 0))
    throw new RequestError(
      `\`${text}\` cannot be set. Write a variable or a part of one, such as \`vars.total\`, \`args\` before a call, or \`result\` after it.`,
    );
  const { root, path } = read;
  const { view, standing } = spot;
  const { run } = view.state;
  if (root === 'vars') {
    const [name, ...rest] = path;
    const scope = scopesAbove(view.state, standing.scope).find((each) => Object.hasOwn(each.vars, String(name)));
    if (scope === undefined) throw new RequestError(`There is no variable \`vars.${String(name)}\` here.`);
    await store(session, { run, target: { kind: 'variable', scope: scope.id, name: String(name) } }, rest, value);
    return;
  }
  const { activation, doing, way } = standing;
  const there = root === 'args' ? 'call' : 'return';
  if (activation === null || doing !== there || (root === 'result' && !hasResult(spot, activation)))
    throw new RequestError(
      root === 'args'
        ? `The input of a state can be set where the run stands before its call; here it is ${placeName(way, doing)}.`
        : `The result of a state can be set where the run stands after its call; here it is ${placeName(way, doing)}.`,
    );
  await store(session, { run, target: { kind: root === 'args' ? 'input' : 'result', activation } }, path, value);
}

function hasResult({ view }: FrameSpot, activation: number): boolean {
  return view.state.activations.get(activation)?.succeeded === true;
}

function placeName(way: string, doing: string): string {
  return way === '' ? 'at no state' : `at \`${doing}\` of ${way}`;
}

/** Sets the part at `path` of a value of a run; in the past, that of a fork from there. Raises a RequestError when the run refuses it. */
export async function store(
  session: Session,
  target: SetTarget,
  path: readonly (string | number)[],
  value: Json,
): Promise<void> {
  const debuggee = session.running();
  const changed = withPart(currentValue(debuggee.find(target.run), target), path, value);
  if (changed === null) throw new RequestError('That part of the value is not there any more.');
  if (debuggee.travel.at !== null) {
    await forkHere(session, { run: target.run, set: [{ target: target.target, value: changed.value }] });
    return;
  }
  const refused = await debuggee.send(target.run, { type: 'set', target: target.target, value: changed.value });
  if (refused !== null) throw new RequestError(refused);
}

function currentValue(view: FrameSpot['view'] | null, { target }: SetTarget): Json {
  if (view === null) throw new RequestError('The run is not there any more.');
  if (target.kind === 'variable') return view.state.scopes.get(target.scope)?.vars[target.name] ?? null;
  const activation = view.state.activations.get(target.activation);
  return (target.kind === 'input' ? activation?.input?.value : activation?.result) ?? null;
}

/** The value of what a person typed, at `spot`. Raises a RequestError when it is wrong or fails. */
export async function valueOf(session: Session, spot: FrameSpot, text: string): Promise<Json> {
  const template = readExpression(text);
  if ('error' in template) throw new RequestError(template.error);
  const evaluated = await evaluateAt(template, session.running().ground(spot));
  if (!evaluated.ok) throw new RequestError(evaluated.message);
  return evaluated.value;
}
