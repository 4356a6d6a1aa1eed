/** What expressions are evaluated with. */
import type { Json } from '../json.ts';

/** The roots by name. A plain object, with or without a prototype; only its own fields are read. */
export interface Bindings {
  readonly [root: string]: Json | undefined;
}

/** What makes an evaluation repeatable: the run's recorded clock and the seed of its random numbers. */
export interface Moment {
  /** Milliseconds since 1970: what `$now()` and `$millis()` give. */
  readonly now: number;
  /** Fixes what `$random()` and `$shuffle()` give. */
  readonly seed: string;
}
