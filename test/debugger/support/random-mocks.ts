/** Random services for a debug session or a host. */
import type { Json } from '../../../language/index.ts';
import { readMocks } from '../../../runner/host.ts';
import type { Mocks } from '../../../runner/host.ts';
import type { RandomCase } from '../../support/random-workflow.ts';

/** The random services as mocks. */
export function mocksOf({ services }: RandomCase): Mocks {
  const mocks = Object.fromEntries(
    Object.entries(services).map(([name, answers]) => [
      name,
      answers.map(({ return: result = {}, fail, delay = 0 }): Json => {
        const after = { delay: `${delay}ms` };
        return fail === undefined ? { return: result, ...after } : { fail: { error: fail }, ...after };
      }),
    ]),
  );
  const read = readMocks(mocks);
  if (!read.ok) throw new Error(read.message);
  return read.mocks;
}
