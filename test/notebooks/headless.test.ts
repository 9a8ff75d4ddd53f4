import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runHeadless } from "../../kernel-ext/setup/headless.js";
import { built } from "../support/built.js";
import { temporaryFolders } from "../support/temporary.js";

const folder = temporaryFolders();

/** A project whose kernel is the real one, with one notebook of these cells. */
async function projectWith(...sources: readonly string[]): Promise<string> {
  const project = await folder();
  await symlink(built(), join(project, "dist"));
  await mkdir(join(project, "notebooks"));
  const cells = sources.map((source) => ({
    cell_type: "code",
    execution_count: null,
    metadata: {},
    outputs: [],
    source,
  }));
  await writeFile(
    join(project, "notebooks", "n.ipynb"),
    JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 4 }),
  );
  return project;
}

it("gives the Dice value that the notebook printed last", async () => {
  const project = await projectWith(
    'console.log("Dice 0.500");',
    'console.log("one");\nconsole.log("slice 3: Dice 0.918");',
  );
  expect(await runHeadless(project, "notebooks/n.ipynb")).toBe("0.918");
});

it("names the cell that failed and its error", async () => {
  const project = await projectWith(
    "const a = 1;",
    'throw new RangeError("no such slice");',
    'console.log("Dice 0.5");',
  );
  await expect(runHeadless(project, "notebooks/n.ipynb")).rejects.toMatchObject({
    code: "run-failed",
    field: "cell 2",
    message: "notebooks/n.ipynb, cell 2 failed: RangeError: no such slice",
  });
});

it("names a cell with a type error", async () => {
  const project = await projectWith('const n: number = "x";');
  await expect(runHeadless(project, "notebooks/n.ipynb")).rejects.toMatchObject({
    code: "run-failed",
    field: "cell 1",
  });
});
