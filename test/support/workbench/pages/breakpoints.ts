import type { Page } from 'playwright-core';
import { until } from '../wait.ts';

/** What a glyph in the margin says: `set` before a session knows better, `verified` or `unverified` in one. */
export type BreakpointKind = 'breakpoint' | 'breakpoint-unverified' | 'breakpoint-conditional' | 'breakpoint-log';

export interface Breakpoints {
  /** Clicks in the margin left of a line number that is on screen, and waits until a breakpoint is shown there. */
  setInGutter: (line: number) => Promise<void>;
  /** Clicks an existing breakpoint away. */
  removeInGutter: (line: number) => Promise<void>;
  /** Sets or removes one with F9 on the cursor's line. */
  toggleAtCursor: () => Promise<void>;
  /** Waits until the glyphs in the active editor are so many of this kind. */
  waitForCount: (count: number, kind?: BreakpointKind) => Promise<void>;
}

/** The glyph margin ends a few pixels left of the line numbers. */
const INTO_THE_MARGIN = 6;

export function breakpoints(page: Page): Breakpoints {
  const root = page.locator('.editor-group-container.active .editor-instance');
  const all = root.locator('[class*="codicon-debug-breakpoint"]:not([class*="breakpoint-hint"])');
  const ofKind = (kind: BreakpointKind) => root.locator(`.codicon-debug-${kind}`);

  const click = async (line: number): Promise<void> => {
    const number = root.locator('.margin-view-overlays .line-numbers', { hasText: new RegExp(`^${line}$`) }).first();
    const box = await until(`line number ${line}`, async () => (await number.boundingBox()) ?? undefined);
    await page.mouse.click(box.x - INTO_THE_MARGIN, box.y + box.height / 2);
    await page.mouse.move(box.x + 200, box.y); // away from the hint that follows the pointer
  };
  const counted = async (change: number, act: () => Promise<void>): Promise<void> => {
    const before = await all.count();
    await act();
    await until(`${before + change} breakpoints`, async () => (await all.count()) === before + change);
  };

  return {
    setInGutter: (line) => counted(1, () => click(line)),
    removeInGutter: (line) => counted(-1, () => click(line)),
    toggleAtCursor: () => page.keyboard.press('F9'),
    waitForCount: async (count, kind = 'breakpoint') => {
      await until(`${count} glyphs of kind ${kind}`, async () => (await ofKind(kind).count()) === count);
    },
  };
}
