/** The reference in docs/ says what the language does: its tables are made from the language's own. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { referencePages } from '../../scripts/reference-pages.ts';

describe('the reference', () => {
  it.each(referencePages().map((page) => [page.path, page.text]))('%s is up to date', (path, text) => {
    expect(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')).toBe(text);
  });
});
