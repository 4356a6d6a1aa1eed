/** The reference in docs/ says what the language does: its tables are made from the language's own, and its examples hold. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  analyse,
  type Analysis,
  type DiagnosticCode,
  DIAGNOSTICS,
  type Node,
  readRules,
  shapeNamed,
  type ShapeName,
} from '../../language/index.ts';
import { CODE_EXAMPLES } from '../../scripts/reference-examples/diagnostics.ts';
import { SHAPE_EXAMPLES } from '../../scripts/reference-examples/keys.ts';
import { referencePages } from '../../scripts/reference-pages.ts';
import { contextOf, readMarkers } from '../support/markers.ts';

describe('the reference', () => {
  it.each(referencePages().map((page) => [page.path, page.text]))('%s is up to date', (path, text) => {
    expect(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')).toBe(text);
  });
});

describe('the example of a finding', () => {
  const read = (source: string): Analysis => {
    const document = readMarkers(`${source}\n`);
    const context = contextOf(document);
    // Where an example is about no other file, those that it names are somewhere.
    const known = document.others.length > 0 || source.includes('main.workflow.yaml');
    const resource = known ? context.resource : undefined;
    return analyse(document.main.text, { file: document.main.path, ...(resource === undefined ? {} : { resource }) });
  };

  it.each(Object.keys(DIAGNOSTICS) as DiagnosticCode[])('%s raises it, and put right it does not', (code) => {
    const { wrong, right } = CODE_EXAMPLES[code];
    expect(read(wrong).diagnostics.map((one) => one.code)).toContain(code);
    const left = read(right).diagnostics.filter((one) => one.code === code || one.severity === 'error');
    expect(left.map((one) => one.message)).toEqual([]);
  });
});

describe('the example of a shape', () => {
  const keysBelow = (node: Node | null): readonly string[] => {
    if (node === null || node.kind === 'scalar') return [];
    if (node.kind === 'sequence') return node.items.flatMap(keysBelow);
    return node.entries.flatMap(({ key, value }) => [key.text, ...keysBelow(value)]);
  };
  const shapes = Object.keys(SHAPE_EXAMPLES) as ShapeName[];

  it.each(shapes.filter((name) => name !== 'settings'))('%s is right and has every key', (name) => {
    const { tree, diagnostics } = analyse(SHAPE_EXAMPLES[name]);
    expect(diagnostics.filter((one) => one.severity === 'error').map((one) => one.message)).toEqual([]);
    const written = new Set(keysBelow(tree.root));
    expect(shapeNamed(name).keys.filter((key) => !written.has(key.name))).toEqual([]);
  });

  it('settings is right', () => {
    const { rules, diagnostics } = readRules(SHAPE_EXAMPLES.settings);
    expect(diagnostics).toEqual([]);
    expect(Object.keys(rules)).toHaveLength(2);
  });
});
