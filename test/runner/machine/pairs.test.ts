/** Each kind of state in each thing that holds states: when it completes and is undone later, fails, or is stopped. */
import { FRAGMENTS, HOLDERS, pairOf } from '../../support/pairs.ts';
import type { Ending } from '../../support/pairs.ts';
import { scenarios } from '../../support/scenarios.ts';
import type { Scenario } from '../../support/scenarios.ts';

const ENDINGS: readonly Ending[] = ['completes', 'fails', 'stopped'];
const SAID: Readonly<Record<Ending, string>> = {
  completes: 'completes, and is undone later',
  fails: 'fails',
  stopped: 'is stopped',
};

const table: Record<string, Scenario> = {};
for (const holder of HOLDERS) {
  for (const fragment of FRAGMENTS) {
    for (const ending of ENDINGS) {
      const scenario = pairOf(holder, fragment, ending);
      if (scenario !== null) table[`${fragment.kind} in ${holder.name} ${SAID[ending]}`] = scenario;
    }
  }
}
scenarios(table);
