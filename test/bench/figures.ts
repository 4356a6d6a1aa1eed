/** What the benches of the runner share: figures, how they are printed, and the workflow of durable transitions. */

/** One measured figure; `spread` is the smallest and the largest of several runs, `value` their median. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly spread?: readonly [number, number];
}

/** A call with its compensation, an assignment and a guard: each completion, entry and transition is one commit. */
export const CALLS = `
workflow: calls
limits: { transitions: 1000000 }
vars: { n: 0 }
participants:
  service: { baseUrl: "http://localhost", operations: { do: { http: POST /do }, undo: { http: POST /undo } } }
states:
  step:
    call: service.do
    with: { n: "\${ vars.n }" }
    compensate: { call: service.undo, with: { n: "\${ vars.n }" } }
    assign: { n: "\${ vars.n + 1 }" }
    next: [ { when: "\${ vars.n < input.n }", next: step }, { next: end } ]
`;

/** The median of several runs of one measurement, with their spread. */
export function median(name: string, values: readonly number[], unit: string): Figure {
  const sorted = values.toSorted((a, b) => a - b);
  return { name, value: sorted[sorted.length >> 1] ?? 0, unit, spread: [sorted[0] ?? 0, sorted.at(-1) ?? 0] };
}

export function printFigures(figures: readonly Figure[]): void {
  for (const { name, value, unit, spread } of figures) {
    const digits = value < 10 ? 2 : 0;
    const range = spread === undefined ? '' : `  (${spread.map((each) => each.toFixed(digits)).join(' to ')})`;
    console.log(`${name.padEnd(64)} ${value.toFixed(digits).padStart(9)} ${unit}${range}`);
  }
}
