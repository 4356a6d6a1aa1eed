/** The workflows of the crash tests: eight calls in a row, each with its compensation. */

const STEPS = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'] as const;

/** All eight complete, with a switch and a variable between them that perform nothing. */
export const FORWARD = workflow(`
${STEPS.map((name, at) => call(name, STEPS[at + 1] ?? 'end')).join('')}`);

/** The eighth is refused, so that the seven before it are undone. */
export const BACKWARD = workflow(`
${STEPS.map((name, at) => (name === 'eight' ? '  eight: { call: service.refuse, next: end }\n' : call(name, STEPS[at + 1] ?? 'end'))).join('')}`);

/** Two of the steps are a child run's; a later refusal rolls it back. */
export const WITH_CHILD = workflow(`
${call('one', 'sub')}  sub: { run: ./child.workflow.yaml, with: {}, next: two }
${call('two', 'three')}  three: { call: service.refuse, next: end }
`);

/** Four child runs at once, which share commits. */
export const SIDE_BY_SIDE = workflow(`
  subs:
    foreach:
      in: [1, 2, 3, 4]
      concurrency: 4
      start: one
      states: { one: { run: ./child.workflow.yaml, with: {}, next: end } }
    next: end
`);

export const CHILD = workflow(`${call('inner_one', 'inner_two')}${call('inner_two', 'end')}`).replace(
  'workflow: crash',
  'workflow: child',
);

function call(name: string, next: string): string {
  return `  ${name}:
    call: service.do
    with: { step: ${name}, count: "\${ vars.count }" }
    assign: { count: "\${ vars.count + 1 }" }
    compensate: { call: service.undo, with: { step: ${name}, count: "\${ vars.count }" } }
    next: ${next === 'four' ? '[ { when: "${ vars.count > 0 }", next: four }, { next: end } ]' : next}
`;
}

function workflow(states: string): string {
  return `workflow: crash
version: 1.0.0
vars: { count: 0 }
participants:
  service:
    baseUrl: "\${ env.SERVICE_URL }"
    operations:
      do: { http: POST /do }
      undo: { http: POST /undo }
      refuse: { http: POST /refuse }
states:
${states}`;
}
