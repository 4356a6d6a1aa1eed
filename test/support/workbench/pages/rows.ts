import type { Locator } from 'playwright-core';

/** The texts of a list's rows as a person reads them, each with its label for screen readers after a `|`. */
export async function rowTexts(rows: Locator): Promise<string[]> {
  return rows.evaluateAll((elements) =>
    elements.map((row) =>
      `${row.textContent} | ${row.getAttribute('aria-label') ?? ''}`.replaceAll('\u00a0', ' ').trim(),
    ),
  );
}
