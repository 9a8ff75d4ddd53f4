import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { installKernelspec } from "../../../kernel-ext/setup/jupyter-files.js";
import { saySkipped } from "../../support/skipped.js";
import { root } from "../support/kernel.js";

const python = process.env.SAMLAB_TEST_PYTHON || join(root, ".venv", "bin", "python");
const hasPapermill = existsSync(python) && spawnSync(python, ["-c", "import papermill"]).status === 0;
const reason = `${python} has no papermill; npm test installs it, or name another one in SAMLAB_TEST_PYTHON.`;
if (!hasPapermill) saySkipped(`the test with papermill: ${reason}`);

const folder = mkdtempSync(join(tmpdir(), "samlab-papermill-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What pip makes of the package: the module, and its entry points. */
function installPackage(): string {
  const site = join(folder, "site");
  const info = join(site, "samlab_papermill-0.1.0.dist-info");
  mkdirSync(info, { recursive: true });
  const source = join(root, "kernel-ext", "setup", "papermill");
  writeFileSync(join(site, "samlab_papermill.py"), readFileSync(join(source, "samlab_papermill.py")));
  const [, entry] = /entry-points\."papermill\.engine"\]\n(\w+ = )"(.+)"/
    .exec(readFileSync(join(source, "pyproject.toml"), "utf8"))!
    .slice(1);
  writeFileSync(join(info, "entry_points.txt"), `[papermill.engine]\nsamlab = ${entry}\n`);
  writeFileSync(join(info, "METADATA"), "Metadata-Version: 2.1\nName: samlab-papermill\nVersion: 0.1.0\n");
  return site;
}

/** A cell in a notebook's file; texts may be lists of lines. */
interface SavedCell {
  readonly source: string | string[];
  readonly outputs: readonly { readonly text: string | string[] }[];
}

const cell = (source: string, tags: string[] = []) => ({
  cell_type: "code",
  id: `c${source.length}`,
  metadata: { tags },
  execution_count: null,
  outputs: [],
  source,
});

describe("papermill", () => {
  // Elsewhere a reason is given for what is skipped.
  if (process.env.CI) {
    it("is installed where the tests must be complete", () => {
      expect(hasPapermill, reason).toBe(true);
    });
  }

  /** Runs a notebook with parameters; `more` adds some in Python. Returns the cells that came out. */
  async function execute(cells: object[], parameters: object, more = ""): Promise<SavedCell[]> {
    await installKernelspec(root, folder);
    const kernelspec = { name: "samlab", display_name: "TypeScript (samlab)", language: "typescript" };
    const notebook = { nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells };
    writeFileSync(join(folder, "in.ipynb"), JSON.stringify(notebook));
    const script = `import json, papermill
papermill.execute_notebook("in.ipynb", "out.ipynb", dict(json.loads(${JSON.stringify(JSON.stringify(parameters))})${more}), progress_bar=False)`;
    const { status, stderr } = spawnSync(python, ["-c", script], {
      cwd: folder,
      env: { ...process.env, JUPYTER_PATH: folder, PYTHONPATH: installPackage() },
      encoding: "utf8",
      timeout: 110_000,
    });
    expect(status, stderr).toBe(0);
    return JSON.parse(readFileSync(join(folder, "out.ipynb"), "utf8")).cells;
  }

  it.runIf(hasPapermill)("gives its parameters to a notebook, which runs with them", { timeout: 120_000 }, async () => {
    const parameters = {
      n: 21,
      name: ["it's", '"é"', "\\", "`$", "{x}`\n"].join(""),
      list: [1, 2],
      nothing: null,
      deep: { a: [true, { b: 1.5 }] },
      ratio: 1e-7,
      on: false,
    };
    const cells = await execute(
      [
        cell('const n: number = 1; const name = "none"; let list: number[] = []; const nothing = 0; const deep = {};', [
          "parameters",
        ]),
        cell(
          "console.log(JSON.stringify([n * 2, name.length, list.map((x) => x + 1), nothing, deep, ratio, big === 2n ** 60n, on]))",
        ),
      ],
      parameters,
      ", big=2**60",
    );
    expect([cells[1]!.source].flat().join("")).toMatch(/^\/\/ Parameters\nlet n = 21;\n/);
    expect(JSON.parse([cells[2]!.outputs[0]!.text].flat().join(""))).toEqual([
      42,
      parameters.name.length,
      [2, 3],
      null,
      { a: [true, { b: 1.5 }] },
      1e-7,
      true,
      false,
    ]);
  });

  it.runIf(hasPapermill)("gives parameters that options of the library take", { timeout: 120_000 }, async () => {
    const given = {
      plane: "coronal",
      window: "lung",
      box: [1, 2, 3, 4],
      options: { plane: "sagittal", objects: ["liver", "spleen"] },
      many: Array.from({ length: 40 }, (_, n) => n),
      none: [],
    };
    const cells = await execute(
      [
        cell(
          `const plane = "axial"; const window = "abdomen"; const box = [88, 60, 230, 204] as const;
const options = {}; const many = [0]; const none: number[] = [];`,
          ["parameters"],
        ),
        cell(`import type { PromptSet, PromptSlicesOptions, WindowSpec } from "samlab";
const views: readonly PromptSlicesOptions[] = [{ plane }, options];
const prompt: PromptSet = { box };
const shown: WindowSpec = window;
const numbers: number[] = [...many, ...none];
const isAxial = plane === "axial";
console.log(JSON.stringify([views, prompt, shown, numbers.length, box.map((side) => side + 1), isAxial]));`),
      ],
      given,
    );
    expect(JSON.parse([cells[2]!.outputs[0]!.text].flat().join(""))).toEqual([
      [{ plane: "coronal" }, given.options],
      { box: given.box },
      "lung",
      40,
      [2, 3, 4, 5],
      false,
    ]);
  });
});
