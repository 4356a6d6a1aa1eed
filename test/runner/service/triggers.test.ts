import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realClock, virtualClock } from '../../../runner/clock.ts';
import type { Clock } from '../../../runner/clock.ts';
import { JournalError } from '../../../runner/journal/journal.ts';
import type { Journal } from '../../../runner/journal/journal.ts';
import { memoryJournal } from '../../../runner/journal/memory.ts';
import { load } from '../../../runner/load.ts';
import { createTriggers } from '../../../runner/service/triggers.ts';
import type { Triggers } from '../../../runner/service/triggers.ts';
import { makePlace } from '../support/hosting.ts';
import type { Place } from '../support/hosting.ts';
import { makeServedPlace } from './support.ts';

const HOUR = 3_600_000;
const MIDNIGHT = new Date(2026, 0, 1).getTime();

let place: Place;
const opened: Triggers[] = [];
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => {
  for (const triggers of opened.splice(0)) triggers.close();
  await place.close();
});

const GOES = `
vars: {}
states: { go: { set: {}, next: end, output: "\${ input }" } }`;

/** A workflow whose runs take two hours. */
const STAYS = 'states: { go: { wait: 2h, next: end } }';

function served(journal: Journal, clock: Clock, trigger: string, rest = GOES) {
  const text = `
workflow: job
input: { type: object, properties: { n: { type: number } } }
events: { order.paid: { data: { type: object, properties: { n: { type: number }, kind: { type: string } } } } }
triggers: [ ${trigger} ]
${rest}
`;
  const loaded = load(place.write('job.workflow.yaml', text));
  if ('error' in loaded) throw new Error(JSON.stringify(loaded.error.findings));
  const host = place.host({ journal, clock });
  const log: string[] = [];
  const { file, plan } = loaded;
  const triggers = createTriggers({ journal, clock, host, workflows: () => [{ file, plan }], log: (line) => log.push(line) }); // prettier-ignore
  opened.push(triggers);
  return { host, triggers, log };
}

/** A clock that stands where it is put. */
function standing(at: number): Clock & { move(ms: number): void } {
  let now = at;
  return { ...realClock(), now: () => now, at: () => () => undefined, move: (ms) => void (now += ms) };
}

const ticksOf = (journal: Journal): readonly (string | undefined)[] =>
  journal.list().map(({ run }) => /^job-(.*)-[0-9a-f]{6}$/.exec(run)?.[1]);

function event(id: string, data: { readonly n?: unknown; readonly kind?: string }, at: number, until = at + HOUR) {
  const time = new Date(at).toISOString();
  const json = JSON.parse(JSON.stringify(data)) as Record<string, never>;
  return { ...{ id, source: '/shop', type: 'order.paid', time, data: json, attributes: {}, at, until }, run: null, family: null }; // prettier-ignore
}

describe('a trigger by interval', () => {
  it('fires at each tick from when it was first seen, by the clock itself', async () => {
    const journal = memoryJournal();
    const clock = virtualClock(0);
    const { triggers } = served(journal, clock, '{ every: 1h }');
    await triggers.look();
    await new Promise<void>((resolve) => clock.at(3.5 * HOUR, resolve));
    expect(ticksOf(journal)).toEqual(['19700101T010000.000Z', '19700101T020000.000Z', '19700101T030000.000Z']);
  });

  it('fires once for the ticks that passed while nothing served, and once for each tick', async () => {
    const journal = memoryJournal();
    const clock = standing(0);
    const { triggers } = served(journal, clock, '{ every: 1h, input: { n: 7 } }');
    await triggers.look();
    expect(journal.list()).toEqual([]);
    clock.move(4.5 * HOUR);
    const { triggers: other } = served(journal, clock, '{ every: 1h, input: { n: 7 } }');
    await Promise.all([triggers.look(), other.look(), triggers.look()]);
    expect(ticksOf(journal)).toEqual(['19700101T040000.000Z']);
    expect(journal.read(journal.list()[0]?.run ?? '')[0]).toMatchObject({ input: { n: 7 } });
  });
});

describe('a trigger when the clock is set back', () => {
  it('by interval is counted anew, and by cron fires for none of its times twice', async () => {
    const journal = memoryJournal();
    const clock = standing(MIDNIGHT + 24 * HOUR);
    const { triggers } = served(
      journal,
      clock,
      '{ every: 1h, input: { n: 1 } }, { cron: "30 * * * *", input: { n: 2 } }',
    );
    const fired = () => journal.list().flatMap(({ run }) => journal.read(run).flatMap((record) => (record.type === 'run.started' ? [record.input] : []))); // prettier-ignore
    await triggers.look();
    clock.move(HOUR);
    await triggers.look();
    expect(fired()).toEqual([{ n: 1 }, { n: 2 }]);
    clock.move(-24 * HOUR - 600_000);
    await triggers.look();
    await triggers.look();
    expect(fired()).toEqual([{ n: 1 }, { n: 2 }]);
    clock.move(HOUR);
    await triggers.look();
    expect(fired()).toEqual([{ n: 1 }, { n: 2 }, { n: 1 }]);
    clock.move(24 * HOUR);
    await triggers.look();
    expect(fired()).toEqual([{ n: 1 }, { n: 2 }, { n: 1 }, { n: 1 }, { n: 2 }]);
  });
});

describe('triggers of one workflow', () => {
  it('that differ in nothing but their input all fire, for each tick and each event', async () => {
    const journal = memoryJournal();
    const clock = standing(0);
    const each = (kind: string) => `{ ${kind}, input: { n: 1 } }, { ${kind}, input: { n: 2 } }`;
    const { triggers } = served(journal, clock, `${each('every: 1h')}, ${each('event: order.paid')}`);
    await triggers.look();
    clock.move(HOUR);
    journal.bus.receive([event('e', {}, HOUR)]);
    await triggers.look();
    await triggers.look();
    const inputs = journal.list().map(({ run }) => journal.read(run)[0]);
    expect(inputs).toMatchObject([{ input: { n: 1 } }, { input: { n: 2 } }, { input: { n: 1 } }, { input: { n: 2 } }]);
    expect(journal.bus.takers(1)).toHaveLength(2);
  });

  it('that are seen for the first time all take the events that waited, and nobody takes what a run was given', async () => {
    const journal = memoryJournal();
    journal.bus.receive([event('waited', {}, 0), event('given', {}, 0)]);
    journal.bus.claim(2, 'somebody');
    const each = (n: number) => `{ event: order.paid, input: { n: ${n} } }`;
    const { triggers } = served(journal, standing(0), `${each(1)}, ${each(2)}`);
    await triggers.look();
    await triggers.look();
    const begun = journal.list().map(({ run }) => journal.read(run)[0]);
    expect(begun).toMatchObject([
      { input: { n: 1 }, event: { id: 'waited' } },
      { input: { n: 2 }, event: { id: 'waited' } },
    ]);
    expect(journal.bus.takers(2)).toEqual(['somebody']);
  });

  it('that a fault stops when they are first seen take no more than what waits, either', async () => {
    const journal = memoryJournal();
    journal.bus.receive([event('waited', { n: 2 }, 0), event('given', { n: 1 }, 0)]);
    journal.bus.claim(2, 'somebody');
    let full = true;
    const filling: Journal = {
      ...journal,
      create(...run) {
        if (full) throw new JournalError('journal-full', 'The disk is full.');
        return journal.create(...run);
      },
    };
    const { triggers } = served(filling, standing(0), '{ event: order.paid }');
    await triggers.look();
    full = false;
    await triggers.look();
    expect(journal.list().map(({ run }) => journal.read(run)[0])).toMatchObject([{ input: { n: 2 } }]);
  });

  it('fire although another one meets a fault, which is asked again', async () => {
    const journal = memoryJournal();
    const clock = standing(0);
    let full = true;
    const filling: Journal = {
      ...journal,
      create(...run) {
        if (full && run[0].run.includes('1970')) throw new JournalError('journal-full', 'The disk is full.');
        return journal.create(...run);
      },
    };
    const rings: (() => void)[] = [];
    const ringing: Clock = { ...clock, at: (_, ring) => (rings.push(ring), () => undefined) };
    const { triggers, log } = served(filling, ringing, '{ every: 1h, input: { n: 1 } }, { event: order.paid }');
    await triggers.look();
    clock.move(HOUR);
    journal.bus.receive([event('e', { n: 2 }, HOUR)]);
    await triggers.look();
    const inputs = () => journal.list().map(({ run }) => journal.read(run)[0]);
    expect(inputs()).toMatchObject([{ input: { n: 2 } }]);
    expect(log).toContain('A trigger of job waits: The disk is full.');
    full = false;
    rings.at(-1)?.();
    await triggers.look();
    expect(inputs()).toMatchObject([{ input: { n: 2 } }, { input: { n: 1 } }]);
  });

  it('begin a run at each tick, whether the one before has ended or not, and a lock has them in turn', async () => {
    for (const [rest, atOnce] of [
      [STAYS, 3],
      [`lock: job\n${STAYS}`, 1],
    ] as const) {
      const journal = memoryJournal();
      const clock = standing(0);
      const { triggers, host } = served(journal, clock, '{ every: 30m }', rest);
      await triggers.look();
      for (let tick = 0; tick < 3; tick++) {
        clock.move(HOUR / 2);
        await triggers.look();
      }
      await Promise.all([...host.runs.values()].map((run) => run.settled('waiting')));
      expect(journal.list().map(({ status }) => status)).toEqual(['waiting', 'waiting', 'waiting']);
      const begun = journal.list().filter(({ run }) => journal.read(run).some(({ type }) => type === 'wait.started'));
      expect(begun).toHaveLength(atOnce);
    }
  });

  it('that cannot start their run at a tick say so once', async () => {
    const journal = memoryJournal();
    const clock = standing(0);
    const { triggers, log } = served(journal, clock, '{ every: 1h, input: { n: "${ $number(\'x\') }" } }');
    await triggers.look();
    clock.move(HOUR);
    await triggers.look();
    await triggers.look();
    expect(log).toEqual([expect.stringMatching(/^job is not started by the tick of 1970-01-01T01:00:00.000Z: .*x/)]);
  });

  it('tell a fault that the clock leads to, and are asked again', async () => {
    const journal = memoryJournal();
    const clock = standing(0);
    const rings: (() => void)[] = [];
    const ringing: Clock = { ...clock, at: (_, ring) => (rings.push(ring), () => undefined) };
    let gone = false;
    const dying: Journal = {
      ...journal,
      triggers: {
        ...journal.triggers,
        mark: (key) => {
          if (gone) throw new JournalError('journal-unreadable', 'The journal is gone.');
          return journal.triggers.mark(key);
        },
      },
    };
    const { triggers, log } = served(dying, ringing, '{ every: 1h }, { event: order.paid }');
    await triggers.look();
    gone = true;
    rings.at(-1)?.();
    await expect(triggers.look()).rejects.toThrow('The journal is gone.');
    expect(log).toContain('fault: The journal is gone.');
    // The clock leads there again, until the journal is back.
    gone = false;
    clock.move(HOUR);
    rings.at(-1)?.();
    await triggers.look();
    expect(ticksOf(journal)).toEqual(['19700101T010000.000Z']);
  });
});

describe('a crash of the service', () => {
  const EVERY = '{ every: 1h }';

  it('between the tick and the run loses no run, and between the run and the note of it begins no other', async () => {
    for (const dies of ['create', 'keep']) {
      const journal = memoryJournal();
      const clock = standing(0);
      await served(journal, clock, EVERY).triggers.look();
      clock.move(HOUR);
      const gone = (): never => {
        throw new Error('the process is gone');
      };
      const dying: Journal =
        dies === 'create'
          ? { ...journal, create: gone }
          : { ...journal, triggers: { ...journal.triggers, keep: gone } };
      await expect(served(dying, clock, EVERY).triggers.look()).rejects.toThrow('the process is gone');
      expect([dies, journal.list().length]).toEqual([dies, dies === 'create' ? 0 : 1]);
      const { triggers } = served(journal, clock, EVERY);
      await triggers.look();
      await triggers.look();
      expect([dies, ticksOf(journal)]).toEqual([dies, ['19700101T010000.000Z']]);
    }
  });

  it('between an event and the note of it begins no other run for it', async () => {
    const journal = memoryJournal();
    const clock = standing(0);
    const trigger = '{ event: order.paid }';
    await served(journal, clock, trigger).triggers.look();
    journal.bus.receive([event('e', { n: 1 }, 0), event('f', { n: 2 }, 0)]);
    const dying: Journal = {
      ...journal,
      triggers: {
        ...journal.triggers,
        keep() {
          throw new Error('the process is gone');
        },
      },
    };
    await expect(served(dying, clock, trigger).triggers.look()).rejects.toThrow('the process is gone');
    await served(journal, clock, trigger).triggers.look();
    expect(journal.list().map(({ run }) => journal.read(run)[0])).toMatchObject([
      { input: { n: 1 }, event: { id: 'e' } },
      { input: { n: 2 }, event: { id: 'f' } },
    ]);
  });
});

describe('a trigger by cron', () => {
  it('fires at the times of the day that it names, the latest missed one once', async () => {
    const journal = memoryJournal();
    const clock = standing(MIDNIGHT);
    const { triggers } = served(journal, clock, '{ cron: "30 6 * * *" }');
    await triggers.look();
    expect(journal.list()).toEqual([]);
    clock.move(6.5 * HOUR);
    await triggers.look();
    await triggers.look();
    expect(journal.list()).toHaveLength(1);
    clock.move(72 * HOUR);
    await triggers.look();
    const stamp = (at: number) => new Date(at).toISOString().replaceAll(/[-:]/g, '');
    expect(ticksOf(journal)).toEqual([stamp(MIDNIGHT + 6.5 * HOUR), stamp(MIDNIGHT + 78.5 * HOUR)]);
  });
});

describe('a trigger by cron in a time zone', () => {
  const zone = process.env['TZ'];
  afterEach(() => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });

  it.each([
    [
      'Europe/Berlin',
      '30 2 * * *',
      'an hour that is left out',
      '2026-03-28T20:00Z',
      ['2026-03-29T01:00', '2026-03-30T00:30'],
    ],
    [
      'Europe/Berlin',
      '30 2 * * *',
      'an hour that comes twice',
      '2026-10-24T20:00Z',
      ['2026-10-25T00:30', '2026-10-26T01:30'],
    ],
    ['Europe/Berlin', '0 6 * * *', 'the day after it', '2026-03-28T12:00Z', ['2026-03-29T04:00', '2026-03-30T04:00']],
    ['America/New_York', '0 6 * * *', 'another zone', '2026-03-07T12:00Z', ['2026-03-08T10:00', '2026-03-09T10:00']],
    [
      'Asia/Kolkata',
      '0 6 * * *',
      'a zone of half an hour',
      '2026-03-07T12:00Z',
      ['2026-03-08T00:30', '2026-03-09T00:30'],
    ],
  ])('fires by the local time of %s at %s: %s', async (zone, cron, _, from, ticks) => {
    process.env['TZ'] = zone;
    const journal = memoryJournal();
    const clock = standing(Date.parse(from));
    const { triggers } = served(journal, clock, `{ cron: "${cron}" }`);
    await triggers.look();
    for (let minutes = 0; minutes < 48 * 60; minutes += 10) {
      clock.move(600_000);
      await triggers.look();
    }
    expect(ticksOf(journal)).toEqual(ticks.map((tick) => `${tick.replaceAll(/[-:]/g, '')}00.000Z`));
  });
});

describe('a trigger by event', () => {
  const TRIGGER = '{ event: order.paid, when: "${ event.data.kind = \'big\' }", input: { n: "${ event.data.n }" } }';

  it('fires for each event once, also for those that waited, and gives the run its event', async () => {
    const journal = memoryJournal();
    const clock = standing(2 * HOUR);
    journal.bus.receive([event('old', { n: 0, kind: 'big' }, 0), event('waiting', { n: 1, kind: 'big' }, 1.5 * HOUR)]);
    const { triggers } = served(journal, clock, TRIGGER);
    await triggers.look();
    journal.bus.receive([
      event('small', { n: 2, kind: 'small' }, 2 * HOUR),
      event('next', { n: 3, kind: 'big' }, 2 * HOUR),
    ]);
    const { triggers: other } = served(journal, clock, TRIGGER);
    await Promise.all([triggers.look(), other.look()]);
    await triggers.look();
    const begun = journal.list().map(({ run }) => journal.read(run)[0]);
    expect(begun).toMatchObject([
      { type: 'run.started', input: { n: 1 }, event: { id: 'waiting' } },
      { type: 'run.started', input: { n: 3 }, event: { id: 'next' } },
    ]);
    expect(journal.bus.takers(2)).toEqual([journal.list()[0]?.run]);
  });

  it.each([
    ['an event that does not fit', '{ event: order.paid }', { n: 'x' }, /declares for order\.paid/],
    ['an input that does not fit', '{ event: order.paid, input: { n: "${ event.data.kind }" } }', { kind: 'k' }, /The input does not fit/], // prettier-ignore
    ['an expression that faults', '{ event: order.paid, input: { n: "${ $number(event.data.kind) }" } }', { kind: 'k' }, /number/], // prettier-ignore
  ])('makes %s a dead letter', async (_, trigger, data, reason) => {
    const journal = memoryJournal();
    const clock = standing(0);
    const { triggers } = served(journal, clock, trigger);
    journal.bus.receive([event('e', data, 0)]);
    await triggers.look();
    expect(journal.list()).toEqual([]);
    expect(journal.bus.deadLetters()).toMatchObject([
      { workflow: 'job', reason: expect.stringMatching(reason) as string },
    ]);
  });

  it('takes the data as the input where it says nothing else', async () => {
    const journal = memoryJournal();
    const { triggers } = served(journal, standing(0), '{ event: order.paid }');
    journal.bus.receive([event('e', { n: 9 }, 0)]);
    await triggers.look();
    expect(journal.read(journal.list()[0]?.run ?? '')[0]).toMatchObject({ input: { n: 9 } });
  });
});

describe('a service', () => {
  it('starts runs by events that runs publish, and by workflows that are written while it serves', async () => {
    const place = makeServedPlace();
    try {
      const events = 'events: { order.paid: { data: { type: object } } }';
      place.write('tell.workflow.yaml', `workflow: tell\n${events}\nstates:\n  tell: { emit: order.paid, data: { n: 1 }, next: end }\n`); // prettier-ignore
      const { ask, journal, log } = await place.serve();
      const text = `workflow: told\n${events}\ntriggers: [ { event: order.paid } ]\nstates:\n  go: { wait: 1ms, next: end }\n`;
      place.write('told.workflow.yaml', text);
      for (;;) {
        const { body } = await ask('GET', '/v1/workflows');
        if ((body['workflows'] as unknown[]).length === 2) break;
      }
      await ask('PUT', '/v1/runs/r', { workflow: 'tell' });
      const told = () => journal.list({ workflow: 'told' });
      while (told().length === 0) await new Promise((resolve) => setImmediate(resolve));
      expect(told()).toHaveLength(1);
      expect(log.join('\n')).toMatch(
        /told is started as run told-[0-9a-f]{16}-[0-9a-f]{6} by the event order\.paid r\/tell\/1\./,
      );
    } finally {
      await place.close();
    }
  });
});
