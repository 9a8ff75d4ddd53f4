import { join } from "node:path";
import { expect } from "vitest";
import { phantomCell } from "./cells.js";
import { type Lab, writeNotebook } from "./lab.js";
import { WidgetOnPage } from "./widget.js";

/** Patient: other tests may be using the machine. */
export const until = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 60_000 });

/**
 * A notebook whose first cell makes the phantom, and whose second shows a prompter on it; both are run.
 * @param cells what follows the first cell
 */
export async function openPhantom(lab: Lab, name: string, cells: readonly string[]) {
  writeNotebook(join(lab.folder, name), [phantomCell, ...cells]);
  const lp = await lab.open(name, { viewport: { width: 1400, height: 1200 } });
  for (const cell of [0, 1]) await lp.runCell(cell);
  const widget = new WidgetOnPage(lp.page, { width: 64, height: 48, spacing: [1, 1] });
  await widget.shown();
  /** Runs a cell and parses the JSON that it prints. */
  const output = async (cell: number) => {
    await lp.runCell(cell);
    const place = lp.page.locator(".jp-CodeCell").nth(cell).locator(".jp-OutputArea-output");
    await until(() => place.count()).toBe(1);
    return JSON.parse((await place.innerText()).trim());
  };
  return { lp, widget, root: widget.root, output };
}

export type PhantomPage = Awaited<ReturnType<typeof openPhantom>>;
