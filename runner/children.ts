/**
 * Child runs: a state that is a `run` starts a run of its own, waits for its end unless it is detached, and has it rolled
 * back when it is to be undone (sections 6.6 and 8.5).
 *
 * 1. The child's id follows from the parent's state and attempt, so that starting it twice starts it once.
 * 2. A child that this process does not drive is taken up, or watched while another process drives it.
 */
import { dirname, resolve } from 'node:path';
import { prerelease, satisfies } from 'semver';
import { boundariesOf, placedIn } from './boundary.ts';
import { failed, succeeded } from './actions/action.ts';
import type { Journal } from './journal/journal.ts';
import { load, misfitOfInput } from './load.ts';
import type { Loaded } from './load.ts';
import { ENDED } from './machine/index.ts';
import type { Command, Outcome, ParentLink, RunState, RunStatus, StimulusBody } from './machine/index.ts';
import type { RunView } from './observe.ts';
import type { StartError } from './start-error.ts';

type Of<T extends Command['type']> = Extract<Command, { type: T }>;

/** What the host lends to its families. */
export interface FamilyHost {
  readonly journal: Journal;
  /** Begins a run with its first records; null when its id is taken. */
  begin(
    loaded: Loaded,
    input: Of<'start-child'>['input']['value'],
    id: string,
    parent: ParentLink,
  ): Promise<StartError | 'begun' | 'exists'>;
  /** Drives a run that exists, with `first` as its first stimulus; a run that is driven here already is given that instead. */
  takeUp(run: string, first: StimulusBody): Promise<StartError | 'driven'>;
  /** The run's end as its driver here sees it; null when it is not driven here (any more). `suspended` ends it too if asked. */
  endHere(run: string, orSuspended: boolean): Promise<RunStatus | null>;
  viewHere(run: string): RunView | null;
  send(run: string, stimulus: StimulusBody): Promise<void>;
  /** Resolves at the next change of the journal, false when the host is closed. */
  changed(): Promise<boolean>;
  /** The state of a run as the journal has it. */
  stateOf(run: string): RunState;
}

export interface Family {
  start(parent: RunView, command: Of<'start-child'>): Promise<Outcome | null>;
  rollBack(parent: RunView, command: Of<'rollback-child'>): Promise<Outcome | null>;
  cancel(parent: RunView, command: Of<'cancel-child'>): Promise<null>;
}

const PRERELEASES = 'A pre-release is in a range only where that names one of the same version.';

export function createFamily(host: FamilyHost): Family {
  /** Begins the child if there is none yet; gives why that cannot be. */
  async function begin(parent: RunView, command: Of<'start-child'>): Promise<Outcome | null> {
    const { depth, way, detached, child } = command;
    const most = parent.plan.limits.depth;
    if (depth > most) {
      return failed(
        'limit',
        `The workflow ${command.file} would run ${depth} levels deep; \`limits.depth\` is ${most}.`,
      );
    }
    if (command.input.sealed.length > 0) {
      const message = `The input of a run is recorded, so that no secret can be in it. Read the secret in ${command.file} itself.`;
      return failed('validation', message);
    }
    const place = resolve(dirname(parent.state.file), command.file);
    const placed = placedIn(boundariesOf(parent.state.file), place);
    // It may have become a link since the parent began.
    if ('refused' in placed && placed.refused === 'outside')
      return failed('validation', `${place} lies outside of the workspace; it was not run.`);
    const loaded = load(place);
    if ('error' in loaded) return failed('validation', loaded.error.message);
    const { plan, file } = loaded;
    if (command.version !== null && !satisfies(plan.version, command.version)) {
      const asked = `${file} has version ${plan.version}; the state ${way} asks for ${command.version}.`;
      return failed('validation', prerelease(plan.version) === null ? asked : `${asked} ${PRERELEASES}`);
    }
    const misfit = misfitOfInput(plan, command.input.value);
    if (misfit !== null) return failed('validation', misfit);
    const link = { run: parent.state.run, way, detached, depth };
    const begun = await host.begin(loaded, command.input.value, child, link);
    if (typeof begun === 'object') return failed('validation', begun.message);
    return begun === 'exists' ? takeUp(child) : null;
  }

  async function takeUp(child: string): Promise<Outcome | null> {
    const taken = await host.takeUp(child, { type: 'recover' });
    if (taken === 'driven' || taken.code === 'held') return null;
    return failed('error', `The run ${child} cannot be taken up: ${taken.message}`);
  }

  /** The child's status when it has ended; null when this host is closed before. */
  async function endOf(child: string, orSuspended: boolean): Promise<RunStatus | null> {
    for (;;) {
      const here = await host.endHere(child, orSuspended);
      if (here !== null) return here;
      const status = host.journal.summary(child)?.status ?? 'failed';
      if (ENDED.has(status) || (orSuspended && status === 'suspended')) return status;
      if (!(await host.changed())) return null;
      if (host.journal.holder(child) === null) await takeUp(child);
    }
  }

  return {
    async start(parent, command) {
      const { child } = command;
      const existing = host.journal.summary(child);
      const refused =
        existing === null ? await begin(parent, command) : ENDED.has(existing.status) ? null : await takeUp(child);
      if (refused !== null) return refused;
      if (command.detached) return succeeded({ run: child });
      const status = await endOf(child, false);
      return status === null ? null : outcomeOf(host.viewHere(child)?.state ?? host.stateOf(child), status);
    },

    async rollBack(parent, { child }) {
      const { status } = host.journal.summary(child) ?? {};
      if (status === undefined) return failed('error', `The journal has no run ${child} that could be rolled back.`);
      if (status !== 'completed' && ENDED.has(status)) return succeeded(null);
      const by = { name: `run ${parent.state.run}` };
      const first: StimulusBody = status === 'completed' ? { type: 'rollback', by } : { type: 'recover' };
      const taken = await host.takeUp(child, first);
      if (taken !== 'driven' && taken.code !== 'held') return failed('error', taken.message);
      const end = await endOf(child, true);
      if (end === null) return null;
      if (end !== 'suspended') return succeeded(null);
      return failed(
        'compensation',
        `The run ${child} could not be rolled back whole: it is suspended with what is left.`,
      );
    },

    async cancel(parent, { child, compensate, force }) {
      const by = { name: `run ${parent.state.run}` };
      await host.send(child, { type: 'cancel', by, compensate, force });
      return null;
    },
  };
}

/** What a child's end means for the state that ran it. */
function outcomeOf(state: RunState, status: RunStatus): Outcome {
  if (status === 'completed') return succeeded(state.output);
  const { error } = state;
  if (status === 'cancelled' || error === null) {
    return failed(
      status === 'cancelled' ? 'cancelled' : 'error',
      `The run ${state.run} was ${status === 'cancelled' ? 'cancelled' : 'undone'}.`,
    );
  }
  const { type, message, code, status: httpStatus, data } = error;
  return { ok: false, error: { type, message, code, status: httpStatus, data } };
}
