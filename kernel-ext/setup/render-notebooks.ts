import { readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { didYouMean } from "../../src/core/did-you-mean.js";
import { SamlabError } from "../../src/core/errors.js";
import { runNotebook } from "../client/index.js";
import type { Output } from "../client/output.js";
import { kernelSpec } from "../kernelspec.js";
import { say } from "./steps.js";

interface NotebookFile {
  readonly cells: { cell_type: string; execution_count?: number | null; outputs?: readonly Output[] }[];
}

/** Without its kernel, a widget view shows an error where the still picture next to it would show the mask. */
const widgetView = "application/vnd.jupyter.widget-view+json";

/**
 * Runs the course notebooks and stores their outputs, so that GitHub's preview, and JupyterLab before the first run,
 * show pictures.
 * @param wanted notebook names, with or without folder and extension; none means all
 * @throws {SamlabError} `run-failed` naming the cell, `argument-invalid` for an unknown name
 */
export async function renderNotebooks(root: string, wanted: readonly string[] = []): Promise<void> {
  const folder = join(root, "notebooks");
  const { argv } = kernelSpec(process.execPath, join(root, "dist", "kernel-ext", "main.js"));
  for (const name of chosen(await readdir(folder), wanted)) {
    say(`Running ${name}`);
    const path = join(folder, name);
    const notebook = JSON.parse(await readFile(path, "utf8")) as NotebookFile;
    // Bars would differ from one run to the next.
    for (const run of await runNotebook(path, { argv, env: { SAMLAB_PROGRESS: "off" } })) {
      if (run.status !== "ok")
        throw new SamlabError("run-failed", `${name}, cell ${run.index + 1} failed.`, { file: path });
      Object.assign(notebook.cells[run.index], {
        execution_count: run.executionCount,
        outputs: run.outputs.map(still),
      });
    }
    await writeFile(path, `${JSON.stringify(notebook, null, 1)}\n`);
  }
}

function chosen(files: readonly string[], wanted: readonly string[]): readonly string[] {
  const notebooks = files.filter((file) => file.endsWith(".ipynb")).sort();
  const names = wanted.map((name) => `${basename(name, ".ipynb")}.ipynb`);
  const unknown = names.find((name) => !notebooks.includes(name));
  if (unknown === undefined) return names.length > 0 ? names : notebooks;
  throw new SamlabError("argument-invalid", `There is no notebook ${unknown}.${didYouMean(unknown, notebooks)}`, {
    field: "notebook",
    value: unknown,
    remedy: `Use one of ${notebooks.join(", ")}.`,
  });
}

function still(output: Output): Output {
  if (!("data" in output)) return output;
  const { [widgetView]: _, ...data } = output.data;
  return { ...output, data };
}
