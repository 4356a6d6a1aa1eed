/** `--inject STATE=ERROR`: a state that fails instead of acting, at each visit and each attempt. */
import type { RunHandle } from '../../runner/host.ts';
import type { Observer } from '../../runner/observe.ts';
import { CommandError, EXIT_USAGE } from '../exit.ts';

export interface Injection {
  /** The way of the state. */
  readonly state: string;
  /** The error's type, such as `http.503`. */
  readonly error: string;
}

const FORM = /^([^=\s]+)=([A-Za-z_][\w-]*(?:\.[\w-]+)*)$/;

/** Reads the values of `--inject`. Raises a CommandError for one that is not `STATE=ERROR`. */
export function readInjections(given: readonly string[]): readonly Injection[] {
  return given.map((text) => {
    const [, state, error] = FORM.exec(text) ?? [];
    if (state !== undefined && error !== undefined) return { state, error };
    throw new CommandError(
      `--inject takes the name of a state and the type of an error, such as charge=http.503, and not "${text}".`,
      EXIT_USAGE,
    );
  });
}

/** What an observer does before each step so that the named states of the outermost run fail. */
export function injecting(
  injections: readonly Injection[],
  handleOf: (run: string) => RunHandle | undefined,
): Required<Pick<Observer, 'before'>>['before'] {
  return async (step, { state }) => {
    if (step.activation === null || (step.place !== 'enter' && step.place !== 'call') || state.parent !== null) return;
    const injection = injections.find((each) => each.state === step.way);
    if (injection === undefined || state.activations.get(step.activation)?.injected !== null) return;
    const error = { type: injection.error, message: `The command line lets ${injection.state} fail.` };
    await handleOf(state.run)?.send({ type: 'inject', activation: step.activation, error });
  };
}
