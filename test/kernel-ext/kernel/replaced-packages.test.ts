import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "../../../kernel-ext/client/client.js";
import { failure, result, startKernel, written } from "../support/kernel.js";

let folder: string;
let kernel: KernelClient;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "samlab-replaced-"));
  kernel = await startKernel({ cwd: folder });
});
afterAll(async () => {
  await kernel.shutdown();
  rmSync(folder, { recursive: true });
});

/** Installs a package whose `one` is 1; from version 2.0.0 on, `one` and `two` are 2. */
function install(name: string, version: "1.0.0" | "2.0.0"): void {
  const isFirst = version === "1.0.0";
  const home = join(folder, "node_modules", name);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "package.json"), JSON.stringify({ name, version, types: "lib.d.ts" }));
  writeFileSync(join(home, "index.js"), isFirst ? "exports.one = 1;" : "exports.one = exports.two = 2;");
  writeFileSync(join(home, "sub.js"), "exports.sub = 3;");
  const types = isFirst ? "export declare const one: number;" : "export declare const one: number, two: number;";
  writeFileSync(join(home, "lib.d.ts"), types);
}

/** The result of a cell, or its error, and what it wrote to stderr. */
async function run(code: string): Promise<[result: unknown, told: string]> {
  const ran = await kernel.execute(code);
  return [failure(ran)?.evalue ?? result(ran), written(ran, "stderr")];
}

const stays = (name: string) =>
  `${name} 1.0.0 was imported before 2.0.0 was installed, and stays until the kernel is restarted.\n`;

describe("a package that another version has replaced", () => {
  it("is said to stay, once under each cell that imports it, and no other", async () => {
    install("renewed", "1.0.0");
    expect(await run(`import { one } from "renewed"; one`)).toEqual(["1", ""]);
    install("renewed", "2.0.0");
    const again = `import { one } from "renewed"; import * as sub from "renewed/sub.js"; await import("renewed"); one + 0`;
    expect(await run(again)).toEqual(["1", stays("renewed")]);
    expect(await run(again)).toEqual(["1", stays("renewed")]);
    await kernel.complete('import { o } from "renewed"');
    await kernel.inspect('import { one } from "renewed"; one');
    expect(await run("1 + 1")).toEqual(["2", ""]);
    install("renewed", "1.0.0");
    expect(await run(again)).toEqual(["1", ""]);
  });

  it("is said to have its former types under a cell that they refuse", async () => {
    install("typed", "1.0.0");
    await run(`import { one } from "typed"; one`);
    install("typed", "2.0.0");
    const refused = failure(await kernel.execute(`import { two } from "typed"; two`))!;
    expect(refused.evalue).toContain("has no exported member 'two'");
    const told =
      "→ The types are those of typed 1.0.0 until the kernel is restarted; 2.0.0 was installed after they were read.";
    expect(stripVTControlCharacters(refused.traceback).split("\n").at(-1)).toBe(told);
    const another = failure(await kernel.execute(`import { basename } from "node:path"; basename(1)`))!;
    expect(another.traceback).not.toContain("typed");
  });

  it("is not said to stay if it was completed and inspected alone; its types are said to", async () => {
    install("seen", "1.0.0");
    await kernel.complete('import { o } from "seen"', 10);
    await kernel.inspect('import { one } from "seen"; one');
    install("seen", "2.0.0");
    await kernel.complete('import { o } from "seen"', 10);
    expect(await run("1 + 2")).toEqual(["3", ""]);
    expect(await run('import { one } from "seen"; one')).toEqual(["2", ""]);
    const refused = failure(await kernel.execute('import { two } from "seen"; two'))!;
    expect(refused.traceback).toContain("The types are those of seen 1.0.0 until the kernel is restarted");
  });

  it("is said to stay under the cell that imports it at run time, or through a module that is loaded anew", async () => {
    for (const name of ["dynamic", "inner"]) install(name, "1.0.0");
    expect(await run('const named = "dynamic"; (await import(named)).one')).toEqual(["1", ""]);
    writeFileSync(join(folder, "lib.ts"), 'import { one } from "inner"; export const times = one;');
    expect(await run('import { times } from "./lib"; times')).toEqual(["1", ""]);
    for (const name of ["dynamic", "inner"]) install(name, "2.0.0");
    expect(await run("(await import(named)).one")).toEqual(["1", stays("dynamic")]);
    expect(await run("3 + 3")).toEqual(["6", ""]);
    expect(await run('import { times } from "./lib"; times + 0')).toEqual(["1", ""]);
    writeFileSync(join(folder, "lib.ts"), 'import { one } from "inner"; export const times = one * 10;');
    expect(await run('import { times } from "./lib"; times + 1')).toEqual(["11", stays("inner")]);
    expect(await run("4 + 4")).toEqual(["8", ""]);
  });
});
