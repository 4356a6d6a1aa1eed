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
import { readVariablePath } from './variable-path.ts';

/** The innermost frame of the stop; while the run goes on, where it is now. */
export function topSpot(session: Session): FrameSpot {
  const debuggee = session.running();
  return debuggee.stop?.spot ?? debuggee.here();
}

/** Sets `vars.NAME`, or a part of it, as seen from `spot`. */
export async function setPath(session: Session, spot: FrameSpot, text: string, value: Json): Promise<void> {
  const path = readVariablePath(text);
  if (path === null)
    throw new RequestError(`\`${text}\` cannot be set. Write a variable or a part of one, such as \`vars.total\`.`);
  const [name, ...rest] = path;
  const { state } = spot.view;
  const scope = scopesAbove(state, spot.standing.scope).find((each) => Object.hasOwn(each.vars, String(name)));
  if (name === undefined || scope === undefined)
    throw new RequestError(`There is no variable \`vars.${String(name ?? '')}\` here.`);
  await store(
    session,
    { run: state.run, target: { kind: 'variable', scope: scope.id, name: String(name) } },
    rest,
    value,
  );
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
