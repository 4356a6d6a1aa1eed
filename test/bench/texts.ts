/** The texts that language servers are measured with. */

/** A workflow of calls with arguments, compensations and branches, one after the other. */
export function workflowOf(states: number): string {
  const head = `workflow: large
version: 1.0.0
input: { type: object, properties: { id: { type: string }, amount: { type: number } } }
vars: { total: 0 }
participants:
  service:
    baseUrl: https://localhost
    operations:
      do: { http: POST /things, output: { type: object, properties: { id: { type: string } } } }
      undo: { http: "DELETE /things/{id}", effect: write }
policies:
  retry: { often: { on: [network, http.5xx], attempts: 4 } }
states:
`;
  const all = Array.from({ length: states }, (_, index) => {
    const next = index + 1 < states ? `step_${index + 1}` : 'end';
    if (index % 10 === 9) {
      return `  step_${index}:\n    title: Step\n    switch:\n      - when: "\${ vars.total > ${index} }"\n        next: ${next}\n      - next: end\n`;
    }
    return `  step_${index}:
    title: Step
    call: service.do
    with: { id: "\${ input.id }", amount: "\${ input.amount + ${index} }" }
    retry: often
    timeout: 10s
    compensate:
      call: service.undo
      with: { id: "\${ result.id }" }
      after: attempt
      retry: often
    assign: { total: "\${ vars.total + 1 }" }
    next: ${next}
`;
  });
  return head + all.join('');
}

/** A GitHub workflow of jobs with steps and expressions, each behind the one before. */
export function jobsOf(jobs: number): string {
  const all = Array.from({ length: jobs }, (_, index) => {
    const needs = index === 0 ? '' : `    needs: [step_${index - 1}]\n`;
    return `  step_${index}:
    name: Step
    runs-on: ubuntu-latest
${needs}    timeout-minutes: 10
    env: { TOTAL: "\${{ github.run_number }}" }
    steps:
      - run: echo "\${{ github.event_name }}" ${index}
`;
  });
  return `name: large\non: push\njobs:\n${all.join('')}`;
}
