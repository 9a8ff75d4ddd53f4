import { readFileSync } from "node:fs";
import { join } from "node:path";
import { samlabPackage } from "../../src/io/files/package.js";

/** A module of the tests as a cell, without its imports of samlab: what it exports is then there for all cells. */
function cellOf(module: string): string {
  // Not beside this file: the benchmarks run it from dist, where no sources are.
  const text = readFileSync(join(samlabPackage.root, "test", "support", module), "utf8");
  return text.replace(/^import .*\n/gm, "").replace(/^export /gm, "");
}

/** `phantom`, `discMask`, and `discs` with its `counts` and `faults`: a volume, and a model without weights. */
export const phantomCell = `import { type Mask2d, type PromptSet, promptSlices, type Sam, Volume } from "samlab";
${cellOf("phantom.ts")}
const { discs, counts, faults } = discModel();`;

/** `rows` of an evaluation, and one that `failed`. */
export const rowsCell = cellOf("evaluation-rows.ts");
