import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freeAddress } from '../../../runner/attach/address.ts';
import { openDoor } from '../../../runner/attach/door.ts';
import { HELLO_LIMIT, PROTOCOL, readReply } from '../../../runner/attach/protocol.ts';
import type { Reply } from '../../../runner/attach/protocol.ts';
import { visitHolder } from '../../../runner/attach/visit.ts';
import { realClock, virtualClock } from '../../../runner/clock.ts';
import type { Host, HostOptions, RunHandle } from '../../../runner/host.ts';
import { thisHolder } from '../../../runner/journal/holders.ts';
import type { Holder, Journal } from '../../../runner/journal/journal.ts';
import { memoryJournal } from '../../../runner/journal/memory.ts';
import { begin, makePlace, type Place } from '../support/hosting.ts';

const ASK = `workflow: ask
version: 1.0.0
participants: { boss: { role: boss } }
vars: { n: 0 }
states:
  ask:
    human: { title: Sure?, assignee: boss }
    on: { yes: count }
  count: { set: { n: "\${ vars.n + 1 }" }, next: sleep }
  sleep: { wait: 1d, next: end }
`;

const YES = { type: 'decision', state: 'ask', by: { name: 'ada' }, outcome: 'yes', form: null } as const;

const DAY = 24 * 60 * 60 * 1000;

/** Looks again until it is so; the test's own limit of time bounds it. */
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 20_000, interval: 10 });

let place: Place;
const sockets: Socket[] = [];
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await place.close();
});

interface Asked {
  readonly host: Host;
  readonly journal: Journal;
  readonly run: RunHandle;
  readonly holder: Holder;
  readonly address: string;
}

/** The run `r` that waits for a person, in a host that lets debuggers attach. */
async function asked(options: Partial<Omit<HostOptions, 'mocks'>> = {}): Promise<Asked> {
  const journal = memoryJournal();
  const host = place.host({ journal, attach: true, clock: realClock(), ...options });
  const run = await begin(host, { file: place.write('ask.workflow.yaml', ASK), id: 'r' });
  await run.settled('waiting');
  const holder = journal.holder('r');
  if (holder?.attach === undefined) throw new Error('The run has no door.');
  return { host, journal, run, holder, address: holder.attach };
}

/** The ways of what the run is in. */
function standsAt(run: RunHandle): readonly string[] {
  return [...run.view().state.activations.values()].map(({ way }) => way);
}

interface Raw {
  readonly socket: Socket;
  say(...words: readonly unknown[]): void;
  /** The next message of the holder; null when the connection has ended. */
  next(): Promise<Reply | null>;
  /** The next message of this type; says that it has seen the commits before it, and lets the steps go. */
  passTo<T extends Reply['type']>(type: T): Promise<Extract<Reply, { type: T }>>;
}

async function connected(address: string): Promise<Raw> {
  const socket = createConnection(address);
  sockets.push(socket);
  const replies: (Reply | null)[] = [];
  let told = (): void => undefined;
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) replies.push(readReply(line));
    told();
  });
  // The other side may end it while this one still writes.
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    replies.push(null);
    told();
  });
  await once(socket, 'connect');
  const raw: Raw = {
    socket,
    say: (...words) => void socket.write(words.map((word) => `${JSON.stringify(word)}\n`).join('')),
    async next() {
      while (replies.length === 0) await new Promise<void>((resolve) => (told = resolve));
      return replies.shift() ?? null;
    },
    async passTo<T extends Reply['type']>(type: T) {
      for (;;) {
        const reply = await raw.next();
        if (reply === null) throw new Error(`The connection ended before ${type}.`);
        if (reply.type === type) return reply as Extract<Reply, { type: T }>;
        if (reply.type === 'committed') raw.say({ type: 'seen', id: reply.id });
        if (reply.type === 'step') raw.say({ type: 'go', id: reply.id });
      }
    },
  };
  return raw;
}

function hello({ holder }: Asked, changed: object = {}): object {
  const visitor = { name: 'tester', pid: 7, host: 'here' };
  return { type: 'hello', protocol: PROTOCOL, holder: holder.id, run: 'r', visitor, ...changed };
}

/** A visitor that was let in. */
async function inside(at: Asked): Promise<Raw> {
  const raw = await connected(at.address);
  raw.say(hello(at));
  expect(await raw.next()).toMatchObject({ type: 'welcome', runs: [{ run: 'r' }] });
  return raw;
}

describe('the door', () => {
  it('is a socket in a folder that only the user may enter', async () => {
    const { address } = await asked();
    expect(lstatSync(address).isSocket()).toBe(true);
    expect(lstatSync(dirname(address)).mode & 0o777).toBe(0o700);
    expect(Buffer.byteLength(address)).toBeLessThanOrEqual(100);
  });

  it('is not there unless it is asked for, and is gone with its host', async () => {
    const journal = memoryJournal();
    const host = place.host({ journal, clock: realClock() });
    await begin(host, { file: place.write('ask.workflow.yaml', ASK), id: 'shut' });
    expect(journal.holder('shut')).not.toHaveProperty('attach');

    const other = place.host({ journal, clock: realClock(), attach: true });
    await begin(other, { file: place.write('ask.workflow.yaml', ASK), id: 'open' });
    const address = journal.holder('open')?.attach ?? '';
    expect(existsSync(address)).toBe(true);
    await other.close();
    expect(existsSync(address)).toBe(false);
  });

  it('sweeps away what a process left that is no more, and nothing else', async () => {
    const { address } = await asked();
    const dead = spawnSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }).stdout.trim();
    const left = join(dirname(address), `${dead}-0123456789ab.sock`);
    writeFileSync(left, '');
    expect(freeAddress()).not.toBeNull();
    expect([left, address].map((file) => existsSync(file))).toEqual([false, true]);
  });

  it('changes nothing of the observer while nobody is there', async () => {
    const about = { runs: () => [], driven: () => null, parentOf: () => null, committedSeq: () => 0 };
    const door = openDoor({ holder: thisHolder('test'), clock: realClock(), ...about });
    const observer = door?.observing(null);
    expect([observer?.before, observer?.wants, observer?.hold?.('r')]).toEqual([undefined, undefined, null]);
    await door?.close();
  });

  it.each<readonly [string, object, object]>([
    ['does not know the holder', { holder: 'somebody' }, { type: 'refused', code: 'not-driven' }],
    ['comes for another run', { run: 'other' }, { type: 'refused', code: 'not-driven' }],
    ['speaks another version', { protocol: PROTOCOL + 1 }, { type: 'refused', code: 'protocol' }],
  ])('lets nobody in who %s', async (_, changed, reply) => {
    const at = await asked();
    const raw = await connected(at.address);
    raw.say(hello(at, changed));
    expect(await raw.next()).toMatchObject(reply);
    expect(await raw.next()).toBeNull();
    expect(await at.run.send(YES)).toBeNull();
    await eventually(() => standsAt(at.run)).toEqual(['sleep']);
  });

  it.each<readonly [string, string | Buffer]>([
    ['what is no JSON', 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['bytes', Buffer.from([0, 255, 10, 254, 10])],
    ['a word before hello', '{"type":"free"}\n'],
    ['a hello that is too long', `{"type":"hello","run":"${'r'.repeat(HELLO_LIMIT)}"}\n`],
    ['a line without an end', 'x'.repeat(2 * HELLO_LIMIT)],
  ])('ends a connection that begins with %s, and the run goes on', async (_, bytes) => {
    const at = await asked();
    const raw = await connected(at.address);
    raw.socket.write(bytes);
    expect(await raw.next()).toBeNull();
    expect(await at.run.send(YES)).toBeNull();
    await eventually(() => standsAt(at.run)).toEqual(['sleep']);
    await inside(at);
  });

  it.each<readonly [string, (at: Asked) => unknown]>([
    ['hello again', (at) => hello(at)],
    ['what is no word', () => ({ type: 'outcome' })],
    ['a wish that is not for debuggers', () => ({ type: 'send', id: 1, run: 'r', stimulus: { type: 'timer' } })],
  ])('frees the run of a visitor that says %s', async (_, word) => {
    const at = await asked();
    const raw = await inside(at);
    raw.say(word(at));
    expect(await raw.next()).toBeNull();
    expect(await at.run.send(YES)).toBeNull();
    await eventually(() => standsAt(at.run)).toEqual(['sleep']);
  });

  it('passes over answers to questions that were not asked', async () => {
    const at = await asked();
    const raw = await inside(at);
    raw.say({ type: 'go', id: 999 }, { type: 'seen', id: 999 }, { type: 'free' }, { type: 'hold', id: 4 });
    expect(await raw.next()).toEqual({ type: 'held', id: 4 });
  });

  it('holds the run from the beginning, tells each commit, and asks before each step', async () => {
    const at = await asked();
    const raw = await inside(at);
    raw.say({ type: 'send', id: 1, run: 'r', stimulus: YES });
    // What is sent is decided at once, also while the run stands.
    const committed = await raw.next();
    expect(committed).toMatchObject({ type: 'committed', run: 'r', seq: at.run.view().state.seq });
    expect(await raw.next()).toEqual({ type: 'sent', id: 1, refused: null });
    const { seq } = at.run.view().state;
    // It is let go, but the visitor has not seen the commit.
    raw.say({ type: 'free' }, { type: 'hold', id: 2 });
    expect(await raw.next()).toEqual({ type: 'held', id: 2 });
    expect(at.run.view().state.seq).toBe(seq);

    if (committed?.type !== 'committed') throw new Error('No commit.');
    raw.say({ type: 'seen', id: committed.id }, { type: 'free' });
    const step = await raw.next();
    expect(step).toMatchObject({ type: 'step', run: 'r', step: { way: 'ask' } });
    expect(at.run.view().state.seq).toBe(seq);
    if (step?.type !== 'step') throw new Error('No step.');
    raw.say({ type: 'go', id: step.id });
    expect(await raw.next()).toMatchObject({ type: 'committed' });
  });

  it('asks only for the steps that are watched', async () => {
    const at = await asked();
    const raw = await inside(at);
    raw.say({ type: 'watch', watch: { steps: ['enter sleep'], errors: false }, single: 0 });
    raw.say({ type: 'send', id: 1, run: 'r', stimulus: YES }, { type: 'free' });
    expect(await raw.passTo('step')).toMatchObject({ step: { place: 'enter', way: 'sleep' } });
    expect(at.run.view().state.scopes.get(0)?.vars).toEqual({ n: 1 });
  });

  it('decides what a visitor wishes as anybody else, and says why not', async () => {
    const at = await asked();
    const raw = await inside(at);
    raw.say({ type: 'send', id: 1, run: 'r', stimulus: { ...YES, outcome: 'perhaps' } });
    expect((await raw.passTo('sent')).refused).toMatch(/perhaps/);
    raw.say({ type: 'send', id: 2, run: 'q', stimulus: YES });
    expect(await raw.passTo('sent')).toEqual({ type: 'sent', id: 2, refused: 'The run q is not driven here.' });
  });

  it('refuses a second visitor by the name of the first, until that one has left', async () => {
    const at = await asked();
    const first = await inside(at);
    expect(await visitHolder(at.holder, 'r', 'second')).toEqual({
      ok: false,
      code: 'refused',
      message: 'The run r is debugged already: by tester (process 7 on here).',
    });
    first.socket.destroy();
    await eventually(async () => (await visitHolder(at.holder, 'r', 'third')).ok).toBe(true);
  });

  it('frees the run when the connection breaks, whatever was open', async () => {
    const at = await asked();
    const raw = await inside(at);
    raw.say({ type: 'send', id: 1, run: 'r', stimulus: YES }, { type: 'free' });
    // A commit that nobody has seen, a word that nobody has read.
    await raw.next();
    raw.socket.destroy();
    await eventually(() => standsAt(at.run)).toEqual(['sleep']);
  });

  it('shows a visitor out when the run that goes on is let go for another process', async () => {
    const at = await asked({ letsGo: true });
    const raw = await inside(at);
    raw.say({ type: 'free' }, { type: 'send', id: 1, run: 'q', stimulus: YES });
    expect(await raw.next()).toMatchObject({ type: 'sent', id: 1 });
    at.journal.post('r', { type: 'let-go' });
    expect(await raw.next()).toBeNull();
    await eventually(() => at.journal.holder('r')).toBeNull();
  });

  it('holds a virtual clock still while the run is held', async () => {
    const clock = virtualClock(0);
    const at = await asked({ clock });
    const raw = await inside(at);
    raw.say({ type: 'watch', watch: { steps: ['enter sleep'], errors: false }, single: 0 });
    raw.say({ type: 'send', id: 1, run: 'r', stimulus: YES }, { type: 'free' });
    const step = await raw.passTo('step');
    raw.say({ type: 'hold', id: 2 }, { type: 'go', id: step.id });
    expect(await raw.passTo('held')).toEqual({ type: 'held', id: 2 });
    expect([standsAt(at.run), clock.now()]).toEqual([['sleep'], 0]);
    raw.say({ type: 'free' });
    expect(await raw.passTo('settled')).toEqual({ type: 'settled', run: 'r', status: 'completed', fault: null });
    expect(clock.now()).toBe(DAY);
  });

  it('leaves other runs of the process alone', async () => {
    const at = await asked();
    await inside(at);
    const free = await begin(at.host, { file: join(place.folder, 'ask.workflow.yaml'), id: 'free' });
    await free.settled('waiting');
    expect(await free.send(YES)).toBeNull();
    await eventually(() => standsAt(free)).toEqual(['sleep']);
    expect(standsAt(at.run)).toEqual(['ask']);
  });
});

describe('a visit', () => {
  const holder: Holder = { id: 'h', pid: 1, host: thisHolder('x').host, name: 'backstep run', start: null };
  const who = `The run r is driven by backstep run (process 1 on ${holder.host})`;

  it.each<readonly [string, Partial<Holder>, string]>([
    ['lets nobody attach', {}, `${who}, which lets no debugger attach.`],
    [
      'is on another machine',
      { host: 'elsewhere', attach: '/tmp/none.sock' },
      'The run r is driven by backstep run (process 1 on elsewhere); only a run of this machine can be attached to.',
    ],
    [
      'does not answer',
      { attach: '/tmp/backstep-none/none.sock' },
      `${who}; nobody answers at /tmp/backstep-none/none.sock (ENOENT).`,
    ],
  ])('is refused with a sentence where the holder %s', async (_, changed, message) => {
    expect(await visitHolder({ ...holder, ...changed }, 'r', 'test')).toEqual({ ok: false, code: 'refused', message });
  });
});
