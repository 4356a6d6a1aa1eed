/** What a frame shows: State, Data, Compensation stack, History and Next, each worked out when it is opened. */
import type { Expression, Json, PlanState, PlanTransition } from '../language/index.ts';
import { pendingStack, scopesAbove } from '../runner/host.ts';
import type { Activation, RunError, RunView, ValueTarget } from '../runner/host.ts';
import { placesOf, stateOf } from './places.ts';
import type { FrameSpot } from './stack.ts';
import type { Trace } from './trace.ts';
import { memberName, preview, type Shown } from './values.ts';

/** A value of a run that a person may set. */
export interface SetTarget {
  readonly run: string;
  readonly target: ValueTarget;
}

export interface FrameScope {
  readonly name: 'State' | 'Data' | 'Compensation stack' | 'History' | 'Next';
  /** Whether it is costly enough to be opened only when it is asked for. */
  readonly expensive: boolean;
  readonly lines: () => readonly Shown<SetTarget>[];
}

/** The scopes of a frame. `trace` and `drift` are those of the frame's run. */
export function scopesOf(spot: FrameSpot, trace: Trace, drift: Mark | null = null): readonly FrameScope[] {
  return [
    { name: 'State', expensive: false, lines: () => stateLines(spot) },
    { name: 'Data', expensive: false, lines: () => dataLines(spot) },
    { name: 'Compensation stack', expensive: false, lines: () => stackLines(spot.view) },
    { name: 'History', expensive: true, lines: () => historyLines(trace, spot.view.state.seq, drift) },
    { name: 'Next', expensive: false, lines: () => nextLines(spot) },
  ];
}

/** What the roots `result` and `error` stand for in a frame, besides those that are everywhere. */
export function ownRoots({ view, standing }: FrameSpot): { readonly [root: string]: Json } {
  const activation = activationOf(view, standing.activation);
  const error = standing.error ?? activation?.error ?? null;
  return {
    ...(activation !== null && (activation.succeeded || activation.result !== null)
      ? { result: activation.result }
      : {}),
    ...(error === null ? {} : { error: errorValue(error) }),
    ...(activation?.input == null ? {} : { args: activation.input.value }),
  };
}

function activationOf(view: RunView, id: number | null): Activation | null {
  return id === null ? null : (view.state.activations.get(id) ?? null);
}

function stateLines({ view, standing }: FrameSpot): readonly Shown<SetTarget>[] {
  const { state } = view;
  const activation = activationOf(view, standing.activation);
  const settable = (kind: 'input' | 'result', at: string): Pick<Shown<SetTarget>, 'place'> =>
    activation !== null && standing.doing === at
      ? { place: { target: { run: state.run, target: { kind, activation: activation.id } }, path: [] } }
      : {};
  const scope = state.scopes.get(standing.scope);
  const name = stateOf(placesOf(view.plan, view.text), standing.plan)?.state.name ?? '';
  const ended = standing.doing === 'ended' && scope !== undefined && Object.hasOwn(scope.results, name);
  const entry = activation?.entry == null ? undefined : state.entries.get(activation.entry);
  const error =
    standing.error ?? activation?.error ?? entry?.error ?? (standing.doing === 'ended' ? state.error : null);
  return [
    { name: 'visit', value: activation?.visit ?? state.visits.get(standing.way) ?? null },
    { name: 'attempt', value: activation?.attempt ?? 0 },
    { name: 'input', value: activation?.input?.value ?? null, evaluateName: 'args', ...settable('input', 'call') },
    {
      name: 'result',
      value: activation?.result ?? entry?.result ?? (ended ? (scope.results[name] ?? null) : null),
      evaluateName: 'result',
      ...settable('result', 'return'),
    },
    { name: 'error', value: error === null ? null : errorValue(error), evaluateName: 'error' },
  ];
}

function dataLines({ view, standing }: FrameSpot): readonly Shown<SetTarget>[] {
  const { state } = view;
  const chain = scopesAbove(state, standing.scope);
  const scopes = chain.length > 0 ? chain : scopesAbove(state, 0);
  const vars = (): readonly Shown<SetTarget>[] => {
    const shown = new Map<string, Shown<SetTarget>>();
    for (const scope of scopes) {
      for (const [name, value] of Object.entries(scope.vars)) {
        // The innermost variable of a name hides the others.
        if (shown.has(name)) continue;
        const target: SetTarget = { run: state.run, target: { kind: 'variable', scope: scope.id, name } };
        shown.set(name, { name, value, evaluateName: memberName('vars', name), place: { target, path: [] } });
      }
    }
    return [...shown.values()];
  };
  const results = (): readonly Shown<SetTarget>[] => {
    const shown = new Map<string, Json>();
    for (const scope of scopes)
      for (const [name, value] of Object.entries(scope.results)) if (!shown.has(name)) shown.set(name, value);
    return [...shown].map(([name, value]) => ({ name, value, evaluateName: memberName('results', name) }));
  };
  const items = scopes.flatMap(({ item }): Shown<SetTarget>[] =>
    item === null
      ? []
      : [
          { name: item.as, value: item.value, evaluateName: item.as },
          { name: 'index', value: item.index, evaluateName: 'index' },
        ],
  );
  return [
    { name: 'input', value: state.input, evaluateName: 'input' },
    group('vars', vars),
    group('results', results),
    ...items,
  ];
}

function stackLines(view: RunView, among = (_status: string): boolean => true): readonly Shown<SetTarget>[] {
  const stack = pendingStack(view.plan, view.state).filter(({ status }) => among(status));
  return stack.map((pending) => ({
    name: `${pending.state} → ${pending.action}`,
    value: pending.with,
  }));
}

/** A sentence at a record of the history. */
export interface Mark {
  readonly seq: number;
  readonly sentence: string;
}

function historyLines(trace: Trace, seq: number, drift: Mark | null): readonly Shown<SetTarget>[] {
  const stays = trace.history(seq);
  const lines = stays.map(({ way, undoing, outcome }, at): Shown<SetTarget> => ({
    name: String(at + 1),
    value: null,
    text: `${undoing ? `undo ${way}` : way}: ${outcome}`,
    type: 'state',
  }));
  if (drift === null || drift.seq > seq) return lines;
  const after = stays.findIndex((stay) => stay.seq > drift.seq);
  const mark: Shown<SetTarget> = { name: 'drift', value: null, text: drift.sentence, type: 'drift' };
  return lines.toSpliced(after < 0 ? lines.length : after, 0, mark);
}

/** Where the run may go from here: the transition that was chosen, else all that may be, with their conditions. */
function nextLines({ view, standing }: FrameSpot): readonly Shown<SetTarget>[] {
  const activation = activationOf(view, standing.activation);
  if (activation?.leave?.kind === 'transition') {
    return [{ name: activation.leave.transition.to, value: null, text: 'chosen', type: 'transition' }];
  }
  if (activation?.leave?.kind === 'end') {
    return [{ name: 'end', value: null, text: activation.leave.status, type: 'transition' }];
  }
  if (standing.undoing) return stackLines(view, (status) => status === 'pending').slice(0, 1);
  const found = stateOf(placesOf(view.plan, view.text), standing.plan);
  if (found === null || view.state.endedAt !== null) return [];
  return possible(found.state);
}

function possible(state: PlanState): readonly Shown<SetTarget>[] {
  const line = (name: string, text: string): Shown<SetTarget> => ({ name, value: null, text, type: 'transition' });
  const each = (transitions: readonly PlanTransition[], why: string): readonly Shown<SetTarget>[] =>
    transitions.map(({ next, when }) =>
      line(next, `${why}${why !== '' && when !== null ? ', ' : ''}${condition(when)}`.trim() || 'always'),
    );
  const { action } = state;
  return [
    ...each(state.next, ''),
    ...(action.kind === 'human' ? action.on.flatMap((on) => each(on.transitions, `on ${on.outcome}`)) : []),
    ...(action.kind === 'listen' ? action.on.flatMap((on) => each(on.transitions, `on ${on.event}`)) : []),
    ...(action.kind === 'listen' ? each(action.onTimeout, 'on timeout') : []),
    ...state.catch.map(({ errors, next, when }) => {
      const types = errors.length === 0 ? 'any error' : errors.join(', ');
      return line(next, `catch ${types}${when === null ? '' : `, ${condition(when)}`}`);
    }),
  ];
}

function condition(when: Expression | null): string {
  return when === null ? '' : `when ${when.source.trim()}`;
}

function group(name: string, below: () => readonly Shown<SetTarget>[]): Shown<SetTarget> {
  const lines = below();
  const whole = Object.fromEntries(lines.map((line) => [line.name, line.value ?? null]));
  const text = preview(whole, 160);
  return lines.length === 0
    ? { name, value: {}, evaluateName: name }
    : { name, value: null, text, type: 'object', evaluateName: name, below: () => lines };
}

function errorValue(error: RunError): Json {
  return { ...error };
}
