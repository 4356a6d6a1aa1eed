/** Gates: what waits for one goes on when it is opened. */
import type { Clock } from './clock.ts';

export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

/** A gate that holds a virtual clock still until it is opened. */
export function closedGate(clock: Clock): Gate {
  const release = clock.busy();
  let resolve = (): void => undefined;
  const opened = new Promise<void>((done) => {
    resolve = done;
  });
  return {
    opened,
    open() {
      release();
      resolve();
    },
  };
}

/** A gate that is nobody's clock's business. */
export function plainGate(): Gate {
  let open = (): void => undefined;
  const opened = new Promise<void>((done) => {
    open = done;
  });
  return { opened, open: () => open() };
}
