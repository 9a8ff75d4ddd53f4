import type { Locator, Page } from "playwright-core";

/** A click in the middle of a mark; plotly hears it on a layer above. */
export async function clickMark(page: Page, mark: Locator): Promise<void> {
  await mark.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await mark.boundingBox())!;
  await page.mouse.move(x + width / 2 - 1, y + height / 2 - 1);
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.waitForTimeout(100);
  await page.mouse.click(x + width / 2, y + height / 2);
}
