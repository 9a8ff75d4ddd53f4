import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { pythonEnvironment } from "../../../kernel-ext/setup/environment.js";
import { saySkipped } from "../../support/skipped.js";
import { temporaryFolders } from "../../support/temporary.js";
import { root } from "../support/kernel.js";

const environment = pythonEnvironment(root);
const folder = temporaryFolders();

/** Skipped with a word where the program is not there; with CI=true that is an error. */
function has(program: string): boolean {
  if (existsSync(environment.bin(program))) return true;
  saySkipped(`the test with ${program}: it is not in .venv (npm test installs it)`);
  return process.env.CI === "true";
}

/** Runs a program of the environment to its end, with what is typed into it. @returns what it wrote */
function run(program: string, args: readonly string[], cwd: string, typed = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(environment.bin(program), args, { cwd, timeout: 90_000 });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (part) => (text += part));
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(stripVTControlCharacters(text));
      else reject(new Error(`${program} ended with ${code}:\n${text}`));
    });
    child.stdin.end(typed);
  });
}

const header = `jupyter:
  kernelspec:
    display_name: TypeScript (samlab)
    language: typescript
    name: samlab`;

describe.skipIf(!has("jupytext"))("jupytext", { timeout: 120_000 }, () => {
  it.each([
    ["script.ts", `// ---\n${header.replace(/^/gm, "// ")}\n// ---\n\n// %%\nconst n: number = 20;\n\n// %%\nn + 1\n`],
    ["text.md", `---\n${header}\n---\n\n# Title\n\n\`\`\`typescript\nconst n: number = 20;\nn + 1\n\`\`\`\n`],
  ])("runs %s as a notebook", async (name, text) => {
    const place = await folder();
    await writeFile(join(place, name), text);
    await run("jupytext", ["--to", "ipynb", "--execute", name, "--output", "run.ipynb"], place);
    const { cells } = JSON.parse(await readFile(join(place, "run.ipynb"), "utf8"));
    expect(cells.at(-1).outputs).toMatchObject([{ output_type: "execute_result", data: { "text/plain": ["21"] } }]);
  });
});

describe.skipIf(!has("jupyter-console"))("jupyter console", { timeout: 120_000 }, () => {
  it("runs what is typed, and shows values, output and errors", async () => {
    const typed = 'const n: number = 20\nn + 1\nconsole.log("n is", n)\nnope\n';
    const said = await run("jupyter-console", ["--kernel", "samlab", "--simple-prompt"], await folder(), typed);
    expect(said).toMatch(/^samlab \d+\.\d+\.\d+, TypeScript \d/m);
    expect(said).toContain("Out[2]: 21");
    expect(said).toContain("In [3]: n is 20");
    expect(said).toContain("Cell [4]:1:1 - error TS2304: Cannot find name 'nope'.");
  });
});
