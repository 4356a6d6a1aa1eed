/** Whether one breakpoint stops: its condition, then its hit count, then its message. */
import type { Breakpoint } from './breakpoints.ts';
import { evaluateAt, holds } from './expressions.ts';
import type { Evaluated, Ground } from './expressions.ts';

export interface Test {
  /** Counts a hit and gives the number of hits with it. */
  count(): number;
  /** Tells the message of a log point, or what is wrong with the breakpoint. */
  log(text: string, category: 'console' | 'stderr'): void;
}

/** Whether `breakpoint` stops at the place that `ground` is; at once where its expressions are simple. */
export function testBreakpoint(breakpoint: Breakpoint, ground: Ground, test: Test): boolean | Promise<boolean> {
  if (breakpoint.condition === null) return counted(breakpoint, ground, test);
  const evaluated = evaluateAt(breakpoint.condition, ground);
  const decide = (condition: Evaluated): boolean | Promise<boolean> => {
    if (condition.ok) return holds(condition.value) && counted(breakpoint, ground, test);
    test.log(`The condition of a breakpoint failed, so the run stops here: ${condition.message}`, 'stderr');
    return true;
  };
  return evaluated instanceof Promise ? evaluated.then(decide) : decide(evaluated);
}

function counted({ hitTest, log }: Breakpoint, ground: Ground, test: Test): boolean | Promise<boolean> {
  const hits = test.count();
  if (hitTest !== null && !hitTest(hits)) return false;
  if (log === null) return true;
  const tell = (message: Evaluated): false => {
    if (!message.ok) test.log(`The message of a log point failed: ${message.message}`, 'stderr');
    else test.log(typeof message.value === 'string' ? message.value : JSON.stringify(message.value), 'console');
    return false;
  };
  const evaluated = evaluateAt(log, ground);
  return evaluated instanceof Promise ? evaluated.then(tell) : tell(evaluated);
}
