/** Scenario files against the workflow that they run: each code on the right place, and right files without findings. */
import { describe, expect, it } from 'vitest';
import { analyse, fixesFor } from '../../../language/index.ts';
import { contextOf, readMarkers, shown } from '../../support/markers.ts';
import { apply } from '../diagnostics/cases.ts';

const WORKFLOW = `
#- order.workflow.yaml
workflow: order
input: { type: object, required: [id], properties: { id: { type: string } } }
vars: { note: null }
participants: { stock: { module: ./stock.ts }, boss: { role: boss } }
events: { order.cancelled: { data: { type: object, required: [why], properties: { why: { type: string } } } } }
states:
  reserve: { call: stock.reserve, next: ask }
  ask:
    human: { title: Ask, assignee: boss, form: { type: object, properties: { n: { type: integer } } } }
    on: { yes: both, no: end }
  both: { parallel: { branches: { left: { states: { pack: { wait: 1s, next: end } } } } }, next: each }
  each: { foreach: { in: "\${ [1] }", states: { wrap: { call: log, with: { message: x }, next: end } } }, next: ship }
  ship: { run: ./ship.workflow.yaml, next: end }
#- ship.workflow.yaml
workflow: ship
participants: { parcels: { module: ./parcels.ts } }
states: { book: { call: parcels.book, next: end } }
#- stock.ts
export function reserve() {}
#- parcels.ts
export function book() {}
`;

function analyseScenario(source: string) {
  const document = readMarkers(`${source.trim()}\n${WORKFLOW.trim()}\n`, 'order.workflow.test.yaml');
  const context = contextOf(document);
  return { document, context, analysis: analyse(document.main.text, context) };
}

const RIGHT = `
workflow: ./order.workflow.yaml
mocks: { parcels.book: { return: {} }, state:each/0/wrap: { return: {} } }
scenarios:
  all is well:
    input: { id: o-1 }
    mocks: { stock.reserve: [{ fail: { error: network } }, { return: {}, delay: 3s }], log: { return: null } }
    events: [{ at: 5m, type: order.cancelled, data: { why: late } }]
    decisions: { ask: [{ after: 1h, outcome: yes, form: { n: 3 } }] }
    crash: { after: book }
    expect:
      status: completed
      path: [reserve, ask, both, both/left/pack, each, each/0/wrap, ship]
      compensated: []
      calls: { stock.reserve: 2, "state:ask": 1 }
      vars: { note: null }
      emitted: [order.cancelled, { type: order.cancelled }]
      duration: 1h
`;

const FAULTY: Readonly<Record<string, string>> = {
  'a workflow that does not exist': `
workflow: ./odrer.workflow.yaml
#         ^^^^^^^^^^^^^^^^^^^^^ missing-file
scenarios: { s: { expect: { status: completed } } }
`,
  'names that the workflow does not have': `
workflow: ./order.workflow.yaml
mocks: { stok.reserve: { return: {} }, stock.resreve: { return: {} }, lgo: { return: {} } }
#        ^^^^ unknown-participant Did you mean ‘stock’?
#                                            ^^^^^^^ unknown-operation
#                                                                     ^^^ unknown-operation Did you mean ‘log’?
scenarios:
  s:
    events: [{ type: order.canceled, data: {} }]
#                    ^^^^^^^^^^^^^^ unknown-event
    decisions: { each/wrpa: { outcome: yes }, ask: { outcome: yse } }
#                     ^^^^ unknown-state
#                                                             ^^^ unknown-outcome
    crash: { after: reserv }
#                   ^^^^^^ unknown-state
    expect:
      status: complete
#             ^^^^^^^^ wrong-type Did you mean ‘completed’?
      path: [reserve, book, both/lef/pack, both/left/pakc]
#                     ^^^^ unknown-state
#                                ^^^ unknown-state at ‘both’
#                                                    ^^^^ unknown-state at ‘both/left’
      vars: { noet: 1 }
#             ^^^^ unknown-variable
      calls: { state:shp: 1 }
#                    ^^^ unknown-state
`,
  'values that do not fit': `
workflow: ./order.workflow.yaml
scenarios:
  s:
    input: { id: 7 }
#                ^ type-mismatch
    events: [{ type: order.cancelled, data: { wyh: late } }]
#                                     ^^^^ event-data
    decisions: { ask: { outcome: yes, form: { n: many } } }
#                                                ^^^^ type-mismatch
    mocks: { stock.reserve: { return: {}, fail: { error: network } }, parcels.book: [] }
#                                         ^^^^ many-kinds
#                                                                                   ^^ wrong-type
`,
};

describe('scenario files', () => {
  it('are without findings where they are right', () => {
    const { analysis } = analyseScenario(RIGHT);
    expect(analysis.diagnostics.map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
  });

  it.each(Object.entries(FAULTY))('raise exactly what is marked: %s', (_, source) => {
    const { document, analysis } = analyseScenario(source);
    const { text, marks } = document.main;
    const found = analysis.diagnostics.map((one) => shown(text, one.range, one.code));
    const expected = [...marks].sort((a, b) => a.range.start - b.range.start || a.range.end - b.range.end);
    expect(found).toEqual(expected.map((mark) => shown(text, mark.range, mark.code)));
    for (const mark of marks) {
      const at = analysis.diagnostics.find((one) => one.range.start === mark.range.start);
      expect(at?.message).toContain(mark.message);
    }
  });

  it.each(Object.entries(FAULTY))('are put right by each fix: %s', (_, source) => {
    const { analysis, context } = analyseScenario(source);
    const before = analysis.diagnostics.map(({ code }) => code);
    for (const diagnostic of analysis.diagnostics) {
      const expected = [...before];
      expected.splice(expected.indexOf(diagnostic.code), 1);
      for (const fix of fixesFor(analysis, diagnostic)) {
        const after = analyse(apply(analysis.text, fix), context).diagnostics.map(({ code }) => code);
        // A name that is right now may be held against a schema, and sorts elsewhere.
        const others = (codes: readonly string[]): readonly string[] =>
          codes.filter((code) => code !== 'event-data').sort();
        expect(others(after), fix.title).toEqual(others(expected));
      }
    }
  });

  it('are not judged while a workflow that is run is not known', () => {
    const text =
      'workflow: ./a.workflow.yaml\nmocks: { x.y: { return: 1 } }\nscenarios: { s: { crash: { after: z } } }\n';
    const parent = 'workflow: a\nstates: { b: { run: ./b.workflow.yaml, next: end } }\n';
    const found = analyse(text, {
      file: 'a.workflow.test.yaml',
      resource: (path) => (path.includes('b.workflow') ? undefined : { kind: 'text', text: parent }),
    });
    expect(found.diagnostics).toEqual([]);
    expect(analyse(text, { file: 'a.workflow.test.yaml' }).diagnostics).toEqual([]);
  });
});
