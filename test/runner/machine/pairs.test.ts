/** Each kind of state in each thing that holds states: when it completes and is undone later, fails, or is stopped. */
import { FRAGMENTS, HOLDERS, pairOf } from '../../support/pairs.ts';
import type { Case } from '../../support/pairs.ts';
import { scenarios } from '../../support/scenarios.ts';
import type { Scenario } from '../../support/scenarios.ts';

const CASES: readonly Case[] = ['completes', 'fails', 'caught', 'stopped'];
const SAID: Readonly<Record<Case, string>> = {
  completes: 'completes, and is undone later',
  fails: 'fails',
  caught: 'fails, and a handler takes the error',
  stopped: 'is stopped',
};

const table: Record<string, Scenario> = {};
for (const holder of HOLDERS) {
  for (const fragment of FRAGMENTS) {
    for (const ending of CASES) {
      const scenario = pairOf(holder, fragment, ending);
      if (scenario !== null) table[`${fragment.kind} in ${holder.name} ${SAID[ending]}`] = scenario;
    }
  }
}
scenarios(table);
