/** Workflows and small helpers that tests of the host share. */
import type { Clock } from '../../../runner/clock.ts';
import { virtualClock } from '../../../runner/clock.ts';

/** Two calls of a service at `SHOP_URL`, with secrets in a header and an argument, and a compensation. */
export const SHOP = `
workflow: shop
version: 1.2.0
participants:
  stock:
    baseUrl: "\${ env.SHOP_URL }"
    headers: { Authorization: "Bearer \${ secrets.TOKEN }" }
    operations:
      reserve: { http: POST /reserve }
      release: { http: POST /release }
      charge: { http: "POST /orders/{id}/charge", output: { type: object, required: [charge] } }
states:
  reserve:
    call: stock.reserve
    with: { id: "\${ input.id }" }
    compensate: { call: stock.release, with: { id: "\${ input.id }", r: "\${ result.r }" } }
    next: charge
  charge:
    call: stock.charge
    with: { id: "\${ input.id }", card: "\${ secrets.CARD }" }
    timeout: 1s
    next: end
`;

/** Its secrets. */
export const ENV = { BACKSTEP_SECRET_TOKEN: 'hush-hush', BACKSTEP_SECRET_CARD: '4111-2222' };

/** States, two spaces in, with a participant `s` that needs no declaration of paths. */
export function simple(states: string, top = ''): string {
  const operations = ['a', 'b', 'c', 'undo'].map((name) => `      ${name}: { http: POST /${name} }`).join('\n');
  return `workflow: simple\nparticipants:\n  s:\n    baseUrl: http://localhost\n    operations:\n${operations}\n${top}\nstates:\n${states}`;
}

/** Answers to all of the operations of `simple`. */
export const SIMPLE_MOCKS = {
  's.a': { return: 1 },
  's.b': { return: 2 },
  's.c': { return: 3 },
  's.undo': { return: null },
};

/** A clock that stands still: only what is due at once ever is. */
export function still(): Clock {
  const clock = virtualClock(0);
  return { ...clock, at: (instant, fire) => (instant > clock.now() ? () => undefined : clock.at(instant, fire)) };
}

/** Looks again after each turn of the event loop until `look` gives something. */
export async function until<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
