import { readFileSync } from "node:fs";

/** A module of the tests as a cell, without its imports of samlab: what it exports is then there for all cells. */
function cellOf(module: string): string {
  const text = readFileSync(new URL(module, import.meta.url), "utf8");
  return text.replace(/^import .*\n/gm, "").replace(/^export /gm, "");
}

/** `phantom`, `discMask`, and `discs` with its `counts` and `faults`: a volume, and a model without weights. */
export const phantomCell = `import { type Mask2d, type PromptSet, promptSlices, type Sam, Volume } from "samlab";
${cellOf("../support/phantom.ts")}
const { discs, counts, faults } = discModel();`;

/** `rows` of an evaluation, and one that `failed`. */
export const rowsCell = cellOf("../support/evaluation-rows.ts");
