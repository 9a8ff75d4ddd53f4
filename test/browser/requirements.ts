import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { samlabPackage } from "../../src/io/files/package.js";
import { checkBuilt } from "../support/built.js";
import { saySkipped } from "../support/skipped.js";

const { root } = samlabPackage;

/** What the browser tests run with, and where it is. */
export const tools = {
  chromium: process.env.SAMLAB_CHROMIUM ?? "/usr/bin/chromium",
  jupyter: join(root, ".venv", process.platform === "win32" ? "Scripts/jupyter-lab.exe" : "bin/jupyter-lab"),
  kernel: join(root, "dist", "kernel-ext", "main.js"),
  labextension: join(root, "widgets", "labextension"),
  themes: join(root, ".venv", "share", "jupyter", "lab", "themes", "@jupyterlab"),
};

const remedies: Record<keyof typeof tools, string> = {
  chromium: "install Chromium, or name one in SAMLAB_CHROMIUM",
  jupyter: "run npm run setup",
  kernel: "run npm run build",
  labextension: "run npm run build",
  themes: "run npm run setup",
};

/**
 * True if everything is installed. Otherwise prints what is missing and how to get it. With CI=true that is an error,
 * since a skipped test would look like a passed one there.
 */
export function browserTestsCanRun(): boolean {
  return haveAll("browser tests", ["chromium", "jupyter", "kernel", "labextension"]);
}

/** The same for tests of views without JupyterLab, which need only a browser and JupyterLab's themes. */
export function viewTestsCanRun(): boolean {
  return haveAll("view tests", ["chromium", "themes"]);
}

function haveAll(what: string, needed: readonly (keyof typeof tools)[]): boolean {
  const missing = needed.filter((tool) => !existsSync(tools[tool]));
  if (missing.length === 0) {
    checkBuilt(...needed.flatMap((tool) => (tool === "kernel" ? "dist" : tool === "labextension" ? tool : [])));
    return true;
  }
  const list = missing.map((tool) => `${tools[tool]} (${remedies[tool]})`).join(", ");
  const text = `${what}: there is no ${list}`;
  if (process.env.CI === "true") throw new Error(text);
  saySkipped(text);
  return false;
}

/** JupyterLab, and Notebook 7 where it is in the environment: the set-up does not install it. Otherwise says so. */
export function frontEnds(): readonly ("lab" | "notebook")[] {
  const name = process.platform === "win32" ? "jupyter-notebook.exe" : "jupyter-notebook";
  const program = join(dirname(tools.jupyter), name);
  if (existsSync(program)) return ["lab", "notebook"];
  saySkipped(`the tests in Notebook 7: there is no ${program} (pip install notebook)`);
  return ["lab"];
}
