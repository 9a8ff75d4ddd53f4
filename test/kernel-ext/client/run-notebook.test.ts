import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Output } from "../../../kernel-ext/client/output.js";
import { readCodeCells, runNotebook } from "../../../kernel-ext/client/run-notebook.js";
import { temporaryFolders } from "../../support/temporary.js";
import { kernelArgv } from "../support/kernel.js";

const makeFolder = temporaryFolders();

async function notebook(...cells: { cell_type: string; source: string | string[] }[]): Promise<string> {
  const path = join(await makeFolder(), "test.ipynb");
  await writeFile(path, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells }));
  return path;
}
const code = (source: string | string[]) => ({ cell_type: "code", source });

describe("a notebook", () => {
  it("has code cells among others", async () => {
    const path = await notebook(code(["a\n", "b"]), { cell_type: "markdown", source: "# text" }, code(" "), code("c"));
    expect(readCodeCells(path)).toEqual([
      { index: 0, source: "a\nb" },
      { index: 3, source: "c" },
    ]);
  });

  it("that is none is refused by name", async () => {
    const path = join(await makeFolder(), "x.ipynb");
    expect(() => readCodeCells(path)).toThrow(`There is no notebook ${path}.`);
    await writeFile(path, "{");
    expect(() => readCodeCells(path)).toThrow("its JSON cannot be read");
    await writeFile(path, "{}");
    expect(() => readCodeCells(path)).toThrow("it has no cells");
  });

  it("is run in order in its own folder, until a cell fails", async () => {
    const path = await notebook(
      code("import { existsSync } from 'node:fs'; console.log(existsSync('test.ipynb'))"),
      { cell_type: "markdown", source: "text" },
      code("const n = 20; n + 1"),
      code("throw new Error('stop here')"),
      code("'never'"),
    );
    const seen: number[] = [];
    const live: Output[] = [];
    const runs = await runNotebook(path, {
      argv: kernelArgv,
      onCell: ({ index }) => seen.push(index),
      onOutput: (output) => live.push(output),
    });
    expect(seen).toEqual([0, 2, 3]);
    expect(live).toHaveLength(3);
    expect(runs.map(({ index, status, executionCount }) => [index, status, executionCount])).toEqual([
      [0, "ok", 1],
      [2, "ok", 2],
      [3, "error", 3],
    ]);
    expect(runs.map(({ outputs }) => outputs)).toEqual([
      [{ output_type: "stream", name: "stdout", text: "true\n" }],
      [{ output_type: "execute_result", data: { "text/plain": "21" }, metadata: {}, execution_count: 2 }],
      [{ output_type: "error", ename: "Error", evalue: "stop here", traceback: expect.any(Array) }],
    ]);
  });
});
