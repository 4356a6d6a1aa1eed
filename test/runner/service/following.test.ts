// A front end that follows runs with an EventSource of its own.
import { EventSource } from 'eventsource';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../../language/index.ts';
import { JournalError } from '../../../runner/journal/journal.ts';
import type { Journal } from '../../../runner/journal/journal.ts';
import { createFollowers, updatesOf } from '../../../runner/service/updates.ts';
import { expectFits } from './documented.ts';
import { makeServedPlace, readUpdates, TOKEN } from './support.ts';
import type { ServedPlace } from './support.ts';

let place: ServedPlace;
beforeEach(() => {
  place = makeServedPlace();
});
afterEach(() => place.close());

const ASK = `
workflow: ask
participants: { office: { role: office } }
states:
  approve: { human: { title: May it?, assignee: office }, on: { yes: again } }
  again: { human: { title: Really?, assignee: office }, on: { yes: end } }
`;

interface Followed {
  readonly source: EventSource;
  /** What came, and the statuses of the answers that it got. */
  readonly seen: { readonly event: string; readonly id: string; readonly data: Json }[];
  readonly statuses: number[];
  /** Resolves when it is told this, and when it has given up. */
  readonly until: (is: (seen: Followed['seen']) => boolean) => Promise<void>;
  readonly closed: Promise<void>;
}

/** `reach` gives the address to ask at that moment. */
function follow(reach: () => string, path: string): Followed {
  const seen: Followed['seen'] = [];
  const statuses: number[] = [];
  const waiting = new Set<() => void>();
  const source = new EventSource(`http://service${path}`, {
    async fetch(input, init) {
      const url = `${reach()}${String(input).slice('http://service'.length)}`;
      const response = await fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${TOKEN}` } });
      statuses.push(response.status);
      return response;
    },
  });
  for (const event of ['record', 'end', 'problem'])
    source.addEventListener(event, ({ data, lastEventId }) => {
      seen.push({ event, id: lastEventId, data: JSON.parse(String(data)) as Json });
      for (const look of [...waiting]) look();
    });
  return {
    ...{ source, seen, statuses },
    until: (is) =>
      new Promise((resolve) => {
        const look = () => {
          if (is(seen)) resolve();
        };
        waiting.add(look);
        look();
      }),
    closed: new Promise((resolve) => {
      source.addEventListener('error', () => {
        if (source.readyState === source.CLOSED) resolve();
      });
    }),
  };
}

const numbers = (seen: Followed['seen']) => seen.flatMap(({ event, id }) => (event === 'record' ? [Number(id)] : []));
const upTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1);

describe('an event source', () => {
  it('sees each record once over restarts of the service, then the end, and asks no more', async () => {
    place.write('ask.workflow.yaml', ASK);
    const first = await place.serve();
    let url = first.url;
    await first.ask('PUT', '/v1/runs/r', { workflow: 'ask' });
    const followed = follow(() => url, '/v1/runs/r/updates');
    await followed.until((seen) => JSON.stringify(seen).includes('task.created'));
    await first.end();
    const second = await place.serve();
    url = second.url;
    await second.status('r', 'waiting');
    await second.ask('POST', '/v1/runs/r/tasks/approve/complete', { by: 'ada', outcome: 'yes' });
    await followed.until((seen) => JSON.stringify(seen).includes('"again"'));
    await second.ask('POST', '/v1/runs/r/tasks/again/complete', { by: 'ada', outcome: 'yes' });
    await followed.closed;
    const { records } = (await second.ask('GET', '/v1/runs/r/history?limit=1000')).body as { records: Json[] };
    expect(followed.seen.filter(({ event }) => event === 'record').map(({ data }) => data)).toEqual(records);
    expect(numbers(followed.seen)).toEqual(upTo(records.length));
    expect(followed.seen.at(-1)).toMatchObject({
      event: 'end',
      id: `${records.length}.end`,
      data: { status: 'completed' },
    });
    expect(followed.seen.filter(({ event }) => event === 'end')).toHaveLength(1);
    expect(followed.statuses.at(-1)).toBe(204);
    for (const { event, data } of followed.seen)
      expectFits(`#/components/schemas/${event === 'end' ? 'Summary' : 'Record'}`, data);
  });

  it('that broke off between the last record and the end is told the end', async () => {
    place.write('ask.workflow.yaml', ASK);
    const { ask, url, status } = await place.serve();
    await ask('PUT', '/v1/runs/r', { workflow: 'ask' });
    await ask('POST', '/v1/runs/r/cancel', {});
    await status('r', 'cancelled');
    const last = ((await ask('GET', '/v1/runs/r')).body['records'] ?? 0) as number;
    const path = `${url}/v1/runs/r/updates`;
    const told = async (id: string) => (await readUpdates(path, { 'last-event-id': id }, () => false)).map(({ event }) => event); // prettier-ignore
    expect(await told(String(last))).toEqual(['end']);
    expect(await told(String(last - 1))).toEqual(['record', 'end']);
    // An end that was none, since the run went on: nothing of what came after it is missing.
    expect(await told(`${last - 2}.end`)).toEqual(['record', 'record', 'end']);
    expect(await told(`${last}.end`)).toEqual([]);
    expect((await readUpdates(`${path}?after=${last - 1}`, {}, () => false)).map(({ id }) => id)).toEqual([last, last]);
    for (const id of ['x', '-1', '1.5', '1e1', `${last + 1}`])
      expect([id, (await ask('GET', '/v1/runs/r/updates', undefined, { 'last-event-id': id })).status]).toEqual([id, 400]); // prettier-ignore
  });

  it('is told of runs that another process drives', async () => {
    place.write('ask.workflow.yaml', ASK);
    const driving = await place.serve();
    await driving.ask('PUT', '/v1/runs/r', { workflow: 'ask' });
    await driving.status('r', 'waiting');
    const { url } = await place.serve();
    const followed = follow(() => url, '/v1/runs/r/updates');
    await followed.until((seen) => JSON.stringify(seen).includes('task.created'));
    await driving.ask('POST', '/v1/runs/r/cancel', { by: 'ada' });
    await followed.closed;
    expect(followed.seen.at(-1)).toMatchObject({ event: 'end', data: { status: 'cancelled' } });
    expect(numbers(followed.seen)).toEqual(upTo(followed.seen.length - 1));
  });
});

describe('a stream of updates', () => {
  it('ends with the problem when the journal cannot be read any more, so that nobody waits for nothing', async () => {
    place.write('ask.workflow.yaml', ASK);
    const { ask, journal, status } = await place.serve();
    await ask('PUT', '/v1/runs/r', { workflow: 'ask' });
    await status('r', 'waiting');
    const followers = createFollowers();
    let broken = false;
    const failing: Journal = {
      ...journal,
      read(...which) {
        if (broken) throw new JournalError('journal-damaged', 'The records are damaged.');
        return journal.read(...which);
      },
    };
    const told = { type: 'urn:backstep:problem:unavailable' };
    const stream = updatesOf(failing, 'r', 0, followers, new AbortController().signal, () => told);
    let text = '';
    const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
    while (!text.includes('task.created')) text += (await reader.read()).value ?? '';
    broken = true;
    const rest = reader.read();
    // A word about another run is none about this one; a word about any may be.
    followers.wake('other');
    followers.wake();
    expect((await rest).value).toBe(`event: problem\ndata: ${JSON.stringify(told)}\n\n`);
    expect((await reader.read()).done).toBe(true);
  });

  it('wakes those who follow a run, and those of other runs only when it may be about any', async () => {
    const followers = createFollowers();
    const { signal } = new AbortController();
    const woken: string[] = [];
    const day = 86_400_000;
    for (const run of ['a', 'b']) void followers.next(run, day, signal).then((how) => woken.push(`${run} ${how}`));
    followers.wake('a');
    await Promise.resolve();
    expect(woken).toEqual(['a woken']);
    followers.wake('a');
    followers.wake();
    await Promise.resolve();
    expect(woken).toEqual(['a woken', 'b woken']);
    expect(await followers.next('a', 1, signal)).toBe('quiet');
    expect(await followers.next('a', day, AbortSignal.abort())).toBe('quiet');
  });
});
