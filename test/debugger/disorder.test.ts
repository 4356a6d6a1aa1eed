/** Any request, with any arguments, in any order: each is answered once, and the session can always be left. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAILING, FILES } from './support/order.ts';
import { client as connected, workspace } from './support/workspace.ts';

const NAME = 'order.workflow.yaml';
const EVENTS = ['initialized', 'output', 'stopped', 'exited', 'terminated', 'breakpoint', 'backstep/position'];

const COMMANDS = [
  ...['initialize', 'launch', 'attach', 'configurationDone', 'restart', 'terminate', 'setBreakpoints'],
  ...[
    'setFunctionBreakpoints',
    'setExceptionBreakpoints',
    'breakpointLocations',
    'continue',
    'next',
    'stepIn',
    'stepOut',
  ],
  ...['pause', 'threads', 'stackTrace', 'scopes', 'variables', 'source', 'loadedSources', 'exceptionInfo', 'evaluate'],
  ...['completions', 'setVariable', 'setExpression', 'backstep/fail', 'backstep/completeTask', 'goto', '', '__proto__'],
];

const odd = fc.oneof(fc.constantFrom(null, true, -1, 1e99, '', 'x', [], {}), fc.jsonValue({ maxDepth: 2 }));
const rarely = <T>(usual: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ arbitrary: usual, weight: 6 }, { arbitrary: odd, weight: 1 });

describe('disorder', () => {
  it('answers every request exactly once', async () => {
    const fields = fc.record(
      {
        threadId: rarely(fc.constantFrom(1, 1, 2)),
        frameId: rarely(fc.integer({ min: 1, max: 8 })),
        variablesReference: rarely(fc.integer({ min: 1, max: 30 })),
        name: rarely(fc.constantFrom('note', 'input', 'cart', '0')),
        expression: rarely(
          fc.constantFrom('vars', 'vars.note', 'input.amount >', ':fail network', ':help', ':set vars.note = 1'),
        ),
        value: rarely(fc.constantFrom('1', '"x"', '{')),
        context: rarely(fc.constantFrom('repl', 'watch', 'hover')),
        filters: rarely(fc.subarray(['uncaught', 'caught', 'compensation', 'none'])),
        line: rarely(fc.integer({ min: 0, max: 60 })),
        column: rarely(fc.integer({ min: 0, max: 9 })),
        text: rarely(fc.constantFrom('vars.', 'in', ':')),
        error: rarely(fc.constantFrom('network', 'no type')),
        state: rarely(fc.constantFrom('charge', 'approve')),
        outcome: rarely(fc.constant('approved')),
        runId: rarely(fc.constantFrom('run-1', 'run-9')),
      },
      { requiredKeys: ['threadId', 'frameId', 'variablesReference', 'expression'] },
    );
    const requests = fc.array(fc.record({ command: fc.constantFrom(...COMMANDS), args: rarely(fields) }), {
      maxLength: 25,
    });
    await fc.assert(
      fc.asyncProperty(requests, fc.boolean(), async (list, inOrder) => {
        const space = workspace(FILES);
        const client = connected(space, { passing: EVENTS });
        const launch = {
          ...FAILING,
          program: space.path(NAME),
          journal: space.path('runs.db'),
          clock: 'virtual',
          stopOnEntry: true,
        };
        const ask = (command: string, args: unknown) => client.answer(command, args);
        if (inOrder) {
          await ask('initialize', { adapterID: 'backstep' });
          await ask('launch', launch);
          await ask('configurationDone', undefined);
        }
        for (const { command, args } of list) {
          const usual = typeof args === 'object' && args !== null && !Array.isArray(args) ? args : null;
          const source = { path: space.path(NAME) };
          const full =
            usual === null ? args : { ...usual, ...(command === 'launch' ? launch : {}), source, breakpoints: [usual] };
          const answer = await ask(command, full);
          expect(answer).toMatchObject({ command });
          if (answer['success'] !== true) expect(answer['message']).not.toMatch(/fault of its own/);
        }
        await client.end();
      }),
      { numRuns: 60 },
    );
  });
});
