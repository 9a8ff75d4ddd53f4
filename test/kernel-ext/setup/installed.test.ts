import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { pythonEnvironment } from "../../../kernel-ext/setup/environment.js";
import { saySkipped } from "../../support/skipped.js";
import { temporaryFolders } from "../../support/temporary.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const environment = pythonEnvironment(root);
const folder = temporaryFolders();
const isInstalled = existsSync(environment.bin("jupyter"));
if (!isInstalled) saySkipped("the installed environment: .venv is not there (npm run setup makes it)");

const jupyter = (args: readonly string[], cwd = root) =>
  promisify(execFile)(environment.bin("jupyter"), args, { cwd, timeout: 90_000 });

const notebook = {
  cells: [
    {
      cell_type: "code",
      execution_count: null,
      metadata: {},
      outputs: [],
      source:
        'import { dice } from "samlab";\nconst m = { width: 2, height: 1, data: Uint8Array.of(1, 0) };\ndice(m, m)',
    },
  ],
  metadata: { kernelspec: { name: "samlab", display_name: "TypeScript (samlab)", language: "typescript" } },
  nbformat: 4,
  nbformat_minor: 4,
};

describe.skipIf(!isInstalled && process.env.CI !== "true")("the installed environment", () => {
  it("shows the kernel under its name", async () => {
    const { stdout } = await jupyter(["kernelspec", "list", "--json"]);
    expect(JSON.parse(stdout).kernelspecs.samlab.spec).toMatchObject({
      display_name: "TypeScript (samlab)",
      language: "typescript",
      interrupt_mode: "message",
    });
  });

  it("has the widgets enabled in JupyterLab", async () => {
    const { stdout, stderr } = await jupyter(["labextension", "list"]);
    expect(stdout + stderr).toMatch(/samlab-widgets v\d+\.\d+\.\d+.*enabled.*OK/);
  }, 120_000);

  it("lets JupyterLab run its own yarn, which node would take for a module below this project's package.json", async () => {
    const code =
      "import jupyter_builder, os; print(os.path.join(os.path.dirname(jupyter_builder.__file__), 'yarn.js'))";
    const run = promisify(execFile);
    const { stdout: yarn } = await run(environment.bin("python"), ["-c", code]);
    const { stdout } = await run(process.execPath, [yarn.trim(), "--version"]);
    expect(stdout).toMatch(/^\d+\.\d+/);
  }, 60_000);

  it("runs notebooks of any folder with jupyter execute and nbconvert", async () => {
    const place = await folder();
    await writeFile(join(place, "any.ipynb"), JSON.stringify(notebook));
    await jupyter(["execute", "--inplace", "any.ipynb"], place);
    const executed = JSON.parse(await readFile(join(place, "any.ipynb"), "utf8"));
    expect(executed.cells[0].outputs[0].data["text/plain"].toString()).toBe("1");
    await jupyter(["nbconvert", "--to", "html", "--execute", "any.ipynb"], place);
    expect(await readFile(join(place, "any.html"), "utf8")).toContain("samlab");
  }, 120_000);
});
