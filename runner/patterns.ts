/**
 * Stops regular expressions that take too long, in expressions and in schemas: an unlucky text may need a pattern for ever.
 *
 * V8 ends a script when its time is up, whatever it does, a pattern included; nothing else in this process could.
 */
import { Script, createContext } from 'node:vm';
import { guardPatterns } from '../language/index.ts';

let stopped = false;

/** From now on patterns are stopped in this process. */
export function stopEndlessPatterns(): void {
  if (stopped) return;
  stopped = true;
  const box = createContext(Object.assign(Object.create(null) as { work: () => void }, { work: () => undefined }));
  const script = new Script('work()');
  guardPatterns((work, ms) => {
    box['work'] = work;
    const began = performance.now();
    script.runInContext(box, { timeout: ms });
    return performance.now() - began;
  });
}
