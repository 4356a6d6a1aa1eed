/**
 * What is known of the runs of workflows. The server reads no journal itself: whoever starts it hands this in, and
 * without it nothing is known of any run.
 */
import type { KnownVersion } from '../language/index.ts';

export interface History {
  /**
   * The versions of the workflow with this id that runs in the journal of `file` are bound to. The list is the same
   * object until it changes. It is asked for while somebody types, so looking must cost next to nothing.
   */
  versions(file: string, workflow: string): readonly KnownVersion[];
}
