/** Events: the bus, what it keeps, whom it gives them to and in which order. Long, as all use the same listener. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../language/index.ts';
import { virtualClock } from '../../runner/clock.ts';
import type { Host, RunHandle } from '../../runner/host.ts';
import { JournalError } from '../../runner/journal/journal.ts';
import type { Journal } from '../../runner/journal/journal.ts';
import { memoryJournal } from '../../runner/journal/memory.ts';
import { openJournal } from '../../runner/journal/sqlite.ts';
import { begin, ended, makePlace, wrapped } from './support/hosting.ts';
import type { Place } from './support/hosting.ts';

const MINUTE = 60_000;

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.close());

let sent = 0;

/** An event of the shop, with an id of its own unless one is given. */
function paid(data: Json, id = `e${++sent}`) {
  return { id, source: '/shop', type: 'order.paid', time: '2026-01-01T00:00:00Z', data, attributes: {} };
}

/** A workflow that waits `first`, then listens; `keys` stand in `listen`, `top` at the top. */
function listener(keys = '', { match = '', first = '', top = '', event = '' } = {}): string {
  return `
workflow: listener
events:
  order.paid: { ${event || 'data: { type: object, required: [order], properties: { order: { type: string } } }'} }
vars: { seen: [] }
${top}
states:
${first === '' ? '' : `  pause: { wait: ${first}, next: hear }`}
  hear:
    listen:
      on: { order.paid: { ${match === '' ? '' : `match: "\${ ${match} }",`} next: end } }
      ${keys}
    output: "\${ event.data.order ? event.data.order : 'nothing' }"
    next: end
`;
}

function start(host: Host, text: string, id = 'r', input: Json = {}): Promise<RunHandle> {
  return begin(host, { file: place.write(`${id}.workflow.yaml`, text), id, input });
}

const outputOf = (run: RunHandle): Json => run.view().state.output;

describe('an event', () => {
  it('reaches a run that listens, with its attributes, and each run once', async () => {
    const host = place.host();
    const text = listener('timeout: 1h').replace("event.data.order ? event.data.order : 'nothing'", 'event');
    const run = await start(host, text);
    await run.settled('waiting');
    host.publish({ ...paid({ order: 'o1' }, 'e1'), attributes: { subject: 'o1' } });
    expect(await run.settled('ended')).toBe('completed');
    expect(outputOf(run)).toEqual({
      id: 'e1',
      source: '/shop',
      type: 'order.paid',
      time: '2026-01-01T00:00:00Z',
      subject: 'o1',
      data: { order: 'o1' },
    });
  });

  it('is dropped when its source and id were seen before', async () => {
    const journal = memoryJournal();
    const host = place.host({ journal });
    expect(host.publish(paid({ order: 'o1' }, 'same'))).not.toBeNull();
    expect(host.publish(paid({ order: 'o2' }, 'same'))).toBeNull();
    expect(host.publish({ ...paid({ order: 'o3' }, 'same'), source: '/other' })).not.toBeNull();
    expect(journal.bus.events().map(({ data }) => data)).toEqual([{ order: 'o1' }, { order: 'o3' }]);
  });

  it('goes past a listener whose match does not hold, and to the one whose does', async () => {
    const host = place.host();
    const text = listener('', { match: 'event.data.order = input.order' });
    const one = await start(host, text, 'one', { order: 'o1' });
    const two = await start(host, text, 'two', { order: 'o2' });
    host.publish(paid({ order: 'o2' }));
    expect(await two.settled('ended')).toBe('completed');
    expect(await one.settled('waiting')).toBe('waiting');
    host.publish(paid({ order: 'o1' }));
    expect(await one.settled('ended')).toBe('completed');
  });

  it('is kept for a `listen` that is entered later, unless that does not buffer', async () => {
    const journal = memoryJournal();
    const host = place.host({ journal });
    const buffers = await start(host, listener('timeout: 1h', { first: '5m' }), 'buffers');
    const not = await start(host, listener('timeout: 1h\n      buffer: false', { first: '5m' }), 'not');
    host.publish(paid({ order: 'early' }));
    expect(await buffers.settled('ended')).toBe('completed');
    expect(await not.settled('ended')).toBe('completed');
    expect([outputOf(buffers), outputOf(not)]).toEqual(['early', 'nothing']);
  });

  it('that came before a run began goes to the first that awaits it, and not to those after', async () => {
    const journal = memoryJournal();
    const host = place.host({ journal });
    host.publish(paid({ order: 'before' }));
    const first = await start(host, listener('timeout: 1h'), 'first');
    expect(await first.settled('ended')).toBe('completed');
    const second = await start(host, listener('timeout: 1h'), 'second');
    expect(await second.settled('ended')).toBe('completed');
    expect([outputOf(first), outputOf(second)]).toEqual(['before', 'nothing']);
    expect(journal.bus.takers(1)).toEqual(['first']);
  });

  it('goes to every run that was there when it came', async () => {
    const host = place.host();
    const one = await start(host, listener(), 'one');
    const two = await start(host, listener('', { first: '5m' }), 'two');
    host.publish(paid({ order: 'o1' }));
    await one.settled('ended');
    await two.settled('ended');
    expect([outputOf(one), outputOf(two)]).toEqual(['o1', 'o1']);
  });

  it('is given in the order received, each one once, through a loop', async () => {
    const text = `
workflow: gather
events: { order.paid: { data: { type: object }, key: "\${ event.data.order }" } }
vars: { seen: [] }
states:
  hear:
    listen: { on: { order.paid: { assign: { seen: "\${ $append(vars.seen, event.data.n) }" } } } }
    next: [ { when: "\${ $count(vars.seen) = 4 }", next: end }, { next: hear } ]
    output: "\${ vars.seen }"
`;
    const host = place.host();
    host.publish(paid({ order: 'a', n: 1 }));
    host.publish(paid({ order: 'a', n: 2 }));
    const run = await start(host, text);
    await run.settled('waiting');
    host.publish(paid({ order: 'b', n: 3 }));
    host.publish(paid({ order: 'a', n: 4 }));
    expect(await run.settled('ended')).toBe('completed');
    expect(outputOf(run)).toEqual([1, 2, 3, 4]);
  });

  it('whose data does not fit what a workflow declares becomes a dead letter for it, and reaches the others', async () => {
    const journal = memoryJournal();
    const host = place.host({ journal });
    const strict = await start(host, listener('timeout: 1h'), 'strict');
    const lax = await start(host, listener('', { event: 'ttl: 1h' }).replace('listener', 'lax'), 'lax');
    host.publish(paid({ order: 5 }));
    expect(await lax.settled('ended')).toBe('completed');
    expect(await strict.settled('ended')).toBe('completed');
    expect([outputOf(strict), outputOf(lax)]).toEqual(['nothing', 5]);
    expect(journal.bus.deadLetters()).toMatchObject([
      {
        workflow: 'listener',
        reason: expect.stringMatching(/declares for order\.paid: .*\/order must be a string/) as string,
        event: { data: { order: 5 } },
      },
    ]);
  });

  it('is not given to a `listen` that is entered when its time to live is over', async () => {
    const host = place.host();
    const run = await start(host, listener('timeout: 1h', { first: '6m', event: 'ttl: 5m' }), 'r');
    host.publish(paid({ order: 'old' }));
    expect(await run.settled('ended')).toBe('completed');
    expect(outputOf(run)).toBe('nothing');
  });

  it('that nothing awaits becomes a dead letter, and can be sent again', async () => {
    const journal = memoryJournal();
    const host = place.host({ journal });
    host.publish(paid({ order: 'lost' }), { ttl: 90 * MINUTE });
    expect(journal.bus.expire(90 * MINUTE)).toBe(0);
    expect(journal.bus.expire(90 * MINUTE + 1)).toBe(1);
    expect(journal.bus.expire(90 * MINUTE + 2)).toBe(0);
    const [letter] = journal.bus.deadLetters();
    expect(letter).toMatchObject({ workflow: null, reason: 'Nothing awaited it within 90 minutes.' });
    const run = await start(host, listener('', { match: "event.data.order != 'lost'" }));
    await run.settled('waiting');
    expect(journal.bus.resend(letter?.number ?? 0, 5)).toMatchObject({ at: 5, until: 5 + 90 * MINUTE });
    expect(journal.bus.deadLetters()).toEqual([]);
    const other = await start(host, listener(), 'other');
    expect(await other.settled('ended')).toBe('completed');
    expect(journal.bus.resend(99, 5)).toBeNull();
  });

  it('is received together with others in one commit, each once, or none of them', async () => {
    const memory = memoryJournal();
    const commits: number[] = [];
    const receive: Journal['bus']['receive'] = (events) => {
      commits.push(events.length);
      if (events.some(({ id }) => id === 'full')) throw new JournalError('journal-full', 'The disk is full.');
      return memory.bus.receive(events);
    };
    const journal = wrapped(memory, { bus: { ...memory.bus, receive } });
    const host = place.host({ journal });
    const run = await start(host, listener('timeout: 1h'), 'r');
    const event = (id: string) => ({ event: { ...paid({ order: id }), id }, ttl: 1000 });
    expect(() => host.publishAll([event('a'), event('full')])).toThrow('The disk is full.');
    expect(memory.bus.events()).toEqual([]);
    const kept = host.publishAll([event('a'), event('b'), event('a')]);
    expect(kept.map((each) => each?.id ?? null)).toEqual(['a', 'b', null]);
    expect(commits).toEqual([2, 3]);
    expect(await run.settled('ended')).toBe('completed');
    expect(outputOf(run)).toBe('a');
  });

  it('that a run publishes reaches another, once for each completion', async () => {
    const journal = memoryJournal();
    const host = place.host({ journal });
    const shared = `events: { order.paid: { data: { type: object } } }`;
    const inner = `workflow: inner\n${shared}\nstates:\n  hear: { listen: { on: { order.paid: { next: end } } }, output: "\${ event }" }\n`;
    place.write('inner.workflow.yaml', inner);
    const text = `workflow: outer\n${shared}\nstates:\n  both:\n    parallel:\n      branches:\n        a: { states: { tell: { emit: order.paid, data: { n: 1 }, next: end } } }\n        b: { states: { sub: { run: ./inner.workflow.yaml, next: end } } }\n    next: end\n`;
    const run = await start(host, text, 'p');
    expect(await run.settled('ended')).toBe('completed');
    expect(outputOf(run)).toMatchObject({
      b: { id: 'p/both/a/tell/1', source: '/workflows/outer/runs/p', type: 'order.paid', data: { n: 1 } },
    });
    expect(journal.bus.events()).toHaveLength(1);
  });

  it('that a run publishes as it goes, as it undoes and as it confirms comes in that order', async () => {
    const journal = memoryJournal();
    const host = place.host({ journal });
    const text = `
workflow: seats
events: { seat.taken: { data: { type: object } }, seat.freed: { data: { type: object } }, seat.kept: { data: { type: object } } }
states:
  first: { emit: seat.taken, data: { n: 1 }, compensate: { emit: seat.freed, data: { n: 1 } }, next: back }
  back: { rollback: all, next: second }
  second: { emit: seat.taken, data: { n: 2 }, next: deal }
  deal:
    scope:
      states:
        a: { emit: seat.taken, data: { n: 3 }, compensate: { emit: seat.freed, data: { n: 3 } }, confirm: { emit: seat.kept, data: { n: 3 } }, next: end }
    next: third
  third: { emit: seat.taken, data: { n: 4 }, next: end }
`;
    expect(await (await start(host, text, 'r')).settled('ended')).toBe('completed');
    expect(journal.bus.events().map(({ id, type }) => `${type} ${id}`)).toEqual([
      'seat.taken r/first/1',
      'seat.freed r/first/1/compensate',
      'seat.taken r/second/1',
      'seat.taken r/deal/a/1',
      'seat.kept r/deal/a/1/confirm',
      'seat.taken r/third/1',
    ]);
  });

  it('stays in the family of a run on a virtual clock', async () => {
    const journal = memoryJournal();
    const host = place.host({ journal });
    const tell = `workflow: tell\nevents: { order.paid: {} }\nstates:\n  tell: { emit: order.paid, data: { order: o }, next: end }\n`;
    await (await start(host, tell, 'teller')).settled('ended');
    const run = await start(host, listener('timeout: 1h'), 'stranger');
    expect(await run.settled('ended')).toBe('completed');
    expect(outputOf(run)).toBe('nothing');
    const shared = place.host({ journal, events: 'family' });
    shared.publish(paid({ order: 'outside' }));
    const alone = await start(shared, listener('timeout: 1h'), 'alone');
    shared.publish(paid({ order: 'inside' }), { family: 'alone' });
    expect(await alone.settled('ended')).toBe('completed');
    expect(outputOf(alone)).toBe('inside');
  });
});

describe('what listens in a scope or at the top', () => {
  const on = 'on: { order.paid: { match: "${ event.data.order = \'x\' }", assign: { seen: "${ [event.data.order] }" }, next: done } }'; // prettier-ignore
  const scoped = (top: string, scope: string) => `
workflow: scoped
events: { order.paid: { data: { type: object, properties: { order: { type: string } } } } }
vars: { seen: [] }
${top}
states:
  first: { wait: 1m, next: work }
  work: { scope: { states: { long: { wait: 10m, next: end } } }, ${scope} next: missed }
  missed: { set: { seen: "\${ ['missed'] }" }, next: done }
  done: { set: { seen: "\${ $append(vars.seen, 'end') }" }, next: end, output: "\${ vars.seen }" }
`;

  it('fires while it lasts, with what it assigns', async () => {
    const host = place.host();
    const clock = virtualClock(0);
    const timed = place.host({ clock });
    void host;
    const run = await start(timed, scoped('', `${on},`));
    clock.at(5 * MINUTE, () => void timed.publish(paid({ order: 'x' })));
    expect(await run.settled('ended')).toBe('completed');
    expect(outputOf(run)).toEqual(['x', 'end']);
    expect(run.view().state.endedAt).toBe(5 * MINUTE);
  });

  it('does not fire for what came before it was entered', async () => {
    const clock = virtualClock(0);
    const host = place.host({ clock });
    const run = await start(host, scoped('', `${on},`));
    clock.at(30_000, () => void host.publish(paid({ order: 'x' })));
    expect(await run.settled('ended')).toBe('completed');
    expect(outputOf(run)).toEqual(['missed', 'end']);
  });

  it('fires at the top at any time of the run', async () => {
    const clock = virtualClock(0);
    const host = place.host({ clock });
    const run = await start(host, scoped(on, ''));
    clock.at(30_000, () => void host.publish(paid({ order: 'x' })));
    expect(await run.settled('ended')).toBe('completed');
    expect(outputOf(run)).toEqual(['x', 'end']);
  });

  it('raises the fault of its match as an error of the run', async () => {
    const clock = virtualClock(0);
    const host = place.host({ clock });
    const run = await start(host, scoped(on.replace("event.data.order = 'x'", '$number(event.data.order) = 1'), ''));
    clock.at(30_000, () => void host.publish(paid({ order: 'x' })));
    expect(await run.settled('ended')).toBe('failed');
    expect(run.view().state.error).toMatchObject({ type: 'expression', state: '' });
  });
});

describe('events and processes', () => {
  it.each([
    ['an event before it', 9 * MINUTE, 'o1'],
    ['an event after it', 11 * MINUTE, 'nothing'],
  ])('let %s and an overdue timeout take their turn', async (_, at, output) => {
    const journal = memoryJournal();
    const first = place.host({ journal, clock: frozenClock(0) });
    const run = await start(first, listener('timeout: 10m'));
    expect(await run.settled('waiting')).toBe('waiting');
    await first.close();
    journal.bus.receive([{ ...paid({ order: 'o1' }), at, until: at + MINUTE, run: null, family: null }]);
    journal.bus.expire(60 * MINUTE);
    expect(journal.bus.deadLetters()).toHaveLength(1);
    const second = place.host({ journal, clock: frozenClock(60 * MINUTE) });
    const resumed = await second.resume('r');
    if (!resumed.ok) throw new Error(resumed.error.message);
    expect(await ended(resumed.run, journal)).toMatchObject({ status: 'completed' });
    expect(outputOf(resumed.run)).toBe(output);
    expect(journal.bus.deadLetters()).toHaveLength(output === 'o1' ? 0 : 1);
  });

  it('bring an event that another process received to a live run', async () => {
    const file = join(place.folder, 'runs.db');
    const mine = openJournal(file);
    const other = openJournal(file);
    try {
      const host = place.host({ journal: mine, clock: frozenClock(0) });
      const run = await start(host, listener('timeout: 10m'));
      await run.settled('waiting');
      other.bus.receive([{ ...paid({ order: 'o9' }), at: 1, until: MINUTE, run: null, family: null }]);
      expect(await run.settled('ended')).toBe('completed');
      expect(outputOf(run)).toBe('o9');
      expect(other.bus.takers(1)).toEqual(['r']);
      await host.close();
    } finally {
      mine.close();
      other.close();
    }
  });

  it('keep the order of those with one key, whatever was passed over, kept for later or sent again', async () => {
    const journal = memoryJournal();
    const text = `
workflow: gather
events:
  order.paid: { data: { type: object }, key: "\${ event.data.order }" }
  order.shipped: { data: { type: object }, key: "\${ event.data.order }", ttl: 1h }
vars: { seen: [], turn: b }
states:
  hear:
    listen:
      on:
        order.paid: { match: "\${ event.data.order = vars.turn }", assign: { seen: "\${ $append(vars.seen, event.data.n) }" }, next: after }
        order.shipped: { assign: { seen: "\${ $append(vars.seen, event.data.n) }" }, next: after }
  after:
    switch:
      - { when: "\${ $count(vars.seen) = 3 }", assign: { turn: a }, next: hear }
      - { when: "\${ $count(vars.seen) = 7 }", next: end }
      - { next: hear }
    output: "\${ vars.seen }"
output: "\${ vars.seen }"
`;
    const before = { at: 0, until: 60 * MINUTE, run: null, family: null };
    journal.bus.receive([{ ...paid({ order: 'a', n: 'shipped' }), type: 'order.shipped', ...before }]);
    const letters = (): number => journal.bus.expire(60 * MINUTE + 1);
    expect(letters()).toBe(1);
    const now = 61 * MINUTE;
    const event = (order: string, n: number) => ({
      ...{ ...paid({ order, n }), at: now, until: now + 60 * MINUTE, run: null, family: null },
    });
    const first = place.host({ journal, clock: frozenClock(now) });
    const run = await start(first, text);
    await run.settled('waiting');
    // Those of `a` are passed over for now; the process ends between two of `b`.
    for (const each of [event('a', 1), event('b', 2), event('a', 3)]) first.publish(each);
    while ((run.view().state.scopes.get(0)?.vars['seen'] as Json[]).length < 1)
      await new Promise((resolve) => setImmediate(resolve));
    await first.close();
    journal.bus.receive([event('b', 4), event('a', 5)]);
    // Sent again it comes after all of those.
    expect(journal.bus.resend(journal.bus.deadLetters()[0]?.number ?? 0, now)).toMatchObject({ type: 'order.shipped' });
    journal.bus.receive([event('a', 6)]);
    const resumed = await place.host({ journal, clock: frozenClock(now) }).resume('r');
    if (!resumed.ok) throw new Error(resumed.error.message);
    expect(await resumed.run.settled('ended')).toBe('completed');
    expect(outputOf(resumed.run)).toEqual([2, 4, 'shipped', 1, 3, 5, 6]);
  });

  it('lose and double nothing, wherever the process ends', async () => {
    const text = `
workflow: relay
events: { order.paid: {}, order.shipped: {} }
states:
  tell: { emit: order.paid, data: { n: 1 }, next: hear }
  hear: { listen: { on: { order.paid: { next: again } } }, next: end }
  again: { emit: order.shipped, data: { n: 2 }, next: last }
  last: { listen: { on: { order.shipped: { next: end } }, timeout: 1h }, next: end, output: "\${ event.data.n }" }
`;
    const whole = await relayed(text, Infinity);
    expect(whole.output).toBe(2);
    for (let crash = 1; crash < whole.commits; crash++) {
      const { commits: _, ...outcome } = await relayed(text, crash);
      expect({ crash, ...outcome }).toEqual({ crash, output: 2, events: ['order.paid', 'order.shipped'] });
    }
  });

  /** Runs `text`; the process ends after commit number `crash`, and another takes the run up. */
  async function relayed(text: string, crash: number) {
    const journal = memoryJournal();
    let commits = 0;
    const dying: Journal = {
      ...journal,
      append(lease, append) {
        if (commits >= crash) throw new Error('the process is gone');
        journal.append(lease, append);
        commits++;
      },
    };
    const first = place.host({ journal: dying });
    let run = await start(first, text, 'r');
    const status = await run.settled('ended').catch(() => null);
    await first.close();
    if (status === null) {
      journal.release(leaseOf(journal));
      const resumed = await place.host({ journal }).resume('r');
      if (!resumed.ok) throw new Error(resumed.error.message);
      run = resumed.run;
      await run.settled('ended');
    }
    return { output: outputOf(run), events: journal.bus.events().map(({ type }) => type), commits };
  }

  function leaseOf(journal: Journal) {
    const holder = journal.holder('r');
    const lease = holder === null ? null : journal.acquire('r', holder, 1000);
    if (lease === null || 'heldBy' in lease) return { run: 'r', holder: holder ?? me, token: 0, until: 0 };
    return lease;
  }
  const me = { id: 'x', pid: 1, host: 'h', name: 'n', start: null };
});

/** A clock that stands at `now`; timers that are due fire, others never. */
function frozenClock(now: number) {
  return {
    kind: 'real' as const,
    now: () => now,
    shifted: () => 0,
    after: () => () => undefined,
    at(instant: number, fire: () => void) {
      if (instant <= now) setImmediate(fire);
      return () => undefined;
    },
    busy: () => () => undefined,
  };
}
