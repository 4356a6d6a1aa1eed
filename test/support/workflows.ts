/** Workflows for scenario tables: a prelude with one participant, so that a table shows only its states. */

const OPERATIONS = [
  'a',
  'b',
  'c',
  'd',
  'x',
  'y',
  'z',
  'undo_a',
  'undo_b',
  'undo_c',
  'undo_x',
  'undo_y',
  'undo_z',
  'confirm_a',
  'confirm_b',
];

/** A workflow whose states are `states`, indented by two, with the participant `s` and further top-level keys in `top`. */
export function workflow(states: string, top = ''): string {
  const operations = OPERATIONS.map((name) => `      ${name}: { http: POST /${name} }`).join('\n');
  return `workflow: test
version: 1.0.0
participants:
  s:
    baseUrl: http://localhost
    operations:
${operations}
      declared: { http: POST /declared, errors: [stock.empty] }
  people: { role: people, members: [ann, bob] }
${top}
states:
${states}
`;
}
