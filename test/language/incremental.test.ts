/** An analysis that follows a text comes to what a fresh one says of it, whatever was typed. */
import { describe, expect, it } from 'vitest';
import {
  type Analysis,
  analyse,
  analyseAgain,
  analyseAgainInSteps,
  analyseInSteps,
  type LanguageContext,
} from '../../language/index.ts';
import { toEnd } from '../../language/steps.ts';
import { edited, exampleTexts, randomOf, said } from '../support/edits.ts';

/** How many edits each text gets; `BACKSTEP_EDITS` asks for more. */
const EDITS = Number(process.env['BACKSTEP_EDITS'] ?? 25);

const CONTEXT: LanguageContext = {};

/** Edits the text again and again, and goes back to where it began now and then, so that it stays a workflow. */
function follow(base: string, seed: number): void {
  const random = randomOf(seed);
  let text = base;
  let analysis: Analysis = analyseAgain(null, text, CONTEXT);
  for (let edit = 0; edit < EDITS; edit++) {
    const last = text;
    text = random(5) === 0 ? base : edited(text, random);
    analysis = analyseAgain(analysis, text, CONTEXT);
    expect(said(analysis), `seed ${seed}, edit ${edit}, from\n${last}\nto\n${text}`).toEqual(
      said(analyse(text, CONTEXT)),
    );
    // A text that can’t be read tells nothing more about the next one.
    if (analysis.tree.problems.length > 0) text = last;
  }
}

describe('an analysis that follows a text', () => {
  it.each(exampleTexts().map((text, at) => [/^workflow: (\S+)/m.exec(text)?.[1] ?? String(at), text, at] as const))(
    'says of %s what a fresh one says',
    (_, text, at) => follow(text, at + 1),
    120_000,
  );
});

describe('an analysis in slices', () => {
  const [base = ''] = exampleTexts();

  it.each([
    ['that is taken to units', `\n${base}`],
    ['that is not', `# &anchors\nx: &anchor 1\n${base}`],
    ['that can’t be read', `${base}"`],
  ])('says of a file %s what one at once says', (_, text) => {
    expect(said(toEnd(analyseAgainInSteps(null, text, CONTEXT)))).toEqual(said(analyse(text, CONTEXT)));
    expect(said(toEnd(analyseInSteps(text, CONTEXT)))).toEqual(said(analyse(text, CONTEXT)));
  });

  it('can be left at any slice, and the one before it goes on as if nothing had been', () => {
    let before = analyseAgain(null, base, CONTEXT);
    const anew = base.replace(/^/, '# one\n\n');
    for (let slices = 0; ; slices++) {
      const steps = analyseAgainInSteps(before, anew, CONTEXT);
      let isDone = false;
      for (let slice = 0; slice < slices && !isDone; slice++) isDone = steps.next().done === true;
      if (isDone) break;
      const text = base.replace('next: end', `next: end # ${String(slices)}`);
      before = analyseAgain(before, text, CONTEXT);
      expect(before.text).toBe(text);
      if (slices % 7 === 0) expect(said(before)).toEqual(said(analyse(text, CONTEXT)));
    }
  });
});

describe('a declaration that was not edited', () => {
  const text = `workflow: w
participants:
  one: { baseUrl: https://one.example, operations: { get: { http: GET /x } } }
  two:
    baseUrl: https://two.example
    operations: { get: { http: GET /x, retry: often } }
  three: { role: clerk }
events:
  order.paid: { data: { type: object } }
  order.sent: { ttl: 1h }
policies:
  retry:
    often: { attempts: 9 }
    once: { attempts: 2 }
states:
  a: { call: two.get, retry: once, timeout: 10s, next: b }
  b: { listen: { on: { order.paid: end }, timeout: 1h }, next: end }
`;
  const declaredIn = ({ workflow }: Analysis): ReadonlyMap<string, unknown> =>
    new Map<string, unknown>(
      [...workflow.participants, ...workflow.events, ...workflow.policies.retry].flatMap((one) => [
        [one.name, one],
        [`the node of ${one.name}`, one.node],
      ]),
    );

  it.each([
    ['another participant', (now: string) => now.replace('two.example', 'second.example'), ['two']],
    ['the space between events', (now: string) => now.replace('  order.sent', '\n  # Sent.\n  order.sent'), []],
    ['the input', (now: string) => now.replace('states:', 'input: { type: object }\nstates:'), []],
    ['another event', (now: string) => now.replace('type: object', 'type: array'), ['order.paid']],
    ['another policy', (now: string) => now.replace('attempts: 9', 'attempts: 10'), ['often']],
    ['a participant in front of it', (now: string) => now.replace('  one:', '  zero: { role: boss }\n  one:'), []],
    ['an event that is gone', (now: string) => now.replace(/ {2}order.sent.*\n/, ''), ['order.sent']],
  ] as const)('stays the same object after an edit of %s', (_, edit, edited) => {
    const before = analyseAgain(null, text, CONTEXT);
    const declared = declaredIn(before);
    const after = analyseAgain(before, edit(text), CONTEXT);
    expect(said(after)).toEqual(said(analyse(edit(text), CONTEXT)));
    const now = declaredIn(after);
    const isEdited = (name: string): boolean => edited.some((one) => name.endsWith(one));
    for (const [name, one] of declared) if (!isEdited(name)) expect(now.get(name) === one, name).toBe(true);
    for (const name of edited) if (now.has(name)) expect(now.get(name) === declared.get(name), name).toBe(false);
  });
});

describe('what was not edited', () => {
  const text = `workflow: w
version: 1.0.0
participants:
  one: { baseUrl: https://one.example, operations: { get: { http: GET /x } } }
vars: { n: 0 }
states:
  a: { call: one.get, timeout: 10s, next: b }
  b: { set: { n: "\${ vars.n + 1 }" }, next: c }
  c: { set: { n: 2 }, next: end }
`;
  const stateOf = (analysis: Analysis, name: string): Analysis['workflow']['states'][number] | undefined =>
    analysis.workflow.states.find((state) => state.name === name);

  it.each([
    ['an argument of another state', (now: string) => now.replace('n: 2', 'n: 3'), ['a', 'b']],
    ['two other states', (now: string) => now.replace('timeout: 10s', 'timeout: 20s').replace('+ 1', '+ 2'), ['c']],
    ['a new state', (now: string) => now.replace('  b:', '  more: { set: {}, next: b }\n  b:'), ['a', 'b', 'c']],
    ['a state that is gone', (now: string) => now.replace(/ {2}b:.*\n/, ''), ['a', 'c']],
    ['a participant', (now: string) => now.replace('GET /x', 'GET /y'), ['a', 'b', 'c']],
    ['a title', (now: string) => now.replace('version', 'title: more\nversion'), ['a', 'b', 'c']],
  ] as const)('stays the same object after an edit of %s', (_, edit, names) => {
    const before = analyseAgain(null, text, CONTEXT);
    const states = names.map((name) => stateOf(before, name));
    const nodes = states.map((state) => state?.node);
    const after = analyseAgain(before, edit(text), CONTEXT);
    expect(said(after)).toEqual(said(analyse(edit(text), CONTEXT)));
    for (const [at, name] of names.entries()) {
      expect(stateOf(after, name), name).toBe(states[at]);
      expect(stateOf(after, name)?.node, name).toBe(nodes[at]);
    }
  });
});
