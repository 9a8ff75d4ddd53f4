import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "../../../kernel-ext/client/client.js";
import { failure, result, startKernel } from "../support/kernel.js";

/** The kernel of this file works in a folder of its own, without node_modules, far from the package. */
let folder: string;
let kernel: KernelClient;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "samlab-notes-"));
  kernel = await startKernel({ cwd: folder });
});
afterAll(async () => {
  await kernel.shutdown();
  rmSync(folder, { recursive: true });
});

const matches = async (code: string, cursor?: number) => (await kernel.complete(code, cursor)).matches as string[];

describe('import … from "samlab", from any folder,', () => {
  it("gives the library and the very context that the kernel has", async () => {
    const ran = await kernel.execute(
      `import { SamlabError, display } from "samlab"; display(1).id.length > 0 && SamlabError.name`,
    );
    expect(result(ran)).toBe("'SamlabError'");
  });

  it("gives the types", async () => {
    const ran = await kernel.execute(
      `import { isSamlabError } from "samlab"; const code: boolean = isSamlabError(1, "file-missing"); code`,
    );
    expect(result(ran)).toBe("false");
    const wrong = await kernel.execute(`import { isSamlabError } from "samlab"; isSamlabError(1, "no-such-code")`);
    expect(failure(wrong)).toMatchObject({
      ename: "TypeScript error",
      evalue: expect.stringContaining('"no-such-code"'),
    });
    const handle = await kernel.execute(`import { display } from "samlab"; const h: number = display(1)`);
    expect(failure(handle)?.evalue).toBe("Type 'DisplayHandle' is not assignable to type 'number'.");
  });

  it("refuses names that it does not have", async () => {
    const wrong = await kernel.execute(`import { segmentEverything } from "samlab"`);
    expect(failure(wrong)?.evalue).toContain("has no exported member 'segmentEverything'");
  });

  it("completes its members and explains them", async () => {
    expect(await matches(`import * as lab from "samlab"; lab.isSam`)).toEqual(["isSamlabError"]);
    const { data } = await kernel.inspect(`import { display } from "samlab"; display`);
    expect((data as Record<string, string>)["text/plain"]).toContain("DisplayHandle");
    expect((data as Record<string, string>)["text/markdown"]).toMatch(/^```typescript\n/);
  });
});

describe("other modules", () => {
  it("beside the notebook are compiled, with their own lines in stack traces", async () => {
    writeFileSync(
      join(folder, "util.ts"),
      "type Gone = 1;\n\nexport function fail(): never {\n  throw new Error('in util');\n}\n",
    );
    const ran = await kernel.execute(`import { fail } from "./util"; fail()`);
    expect(failure(ran)?.traceback).toContain("at fail (util.ts:4:9)");
    expect(failure(ran)?.traceback).toContain("4   throw new Error('in util');");
  });

  it("that are installed after they were missed are found", async () => {
    const uses = [`import { seven } from "late-package"; seven`, `(await import("late-package")).seven`];
    for (const use of uses) {
      const missing = failure(await kernel.execute(use));
      expect(missing?.traceback).toContain("→ Install it beside the notebook: npm install late-package");
    }
    const home = join(folder, "node_modules", "late-package");
    mkdirSync(home, { recursive: true });
    // As many packages do today, it says where it is with `exports` alone.
    const exports = { ".": { types: "./lib.d.ts", default: "./lib.mjs" } };
    writeFileSync(join(home, "package.json"), JSON.stringify({ name: "late-package", version: "1.0.0", exports }));
    writeFileSync(join(home, "lib.mjs"), "export const seven = 7;");
    writeFileSync(join(home, "lib.d.ts"), "export declare const seven: number;");
    for (const use of uses.toReversed()) expect(result(await kernel.execute(use))).toBe("7");
    expect(failure(await kernel.execute(`import { seven } from "late-package"; seven.length`))?.ename).toBe(
      "TypeScript error",
    );
  });

  it("beside the notebook, imported as a package would be, are named by their path", async () => {
    writeFileSync(join(folder, "beside.ts"), "export const six = 6;");
    await kernel.execute("/** @module cubes */\nexport const six = 6;");
    for (const name of ["beside", "cubes"]) {
      for (const use of [`import { six } from "${name}"; six`, `(await import("${name}" as string)).six`]) {
        const { traceback } = failure(await kernel.execute(use))!;
        expect(traceback).toContain(`There is a file or cell of this name: import it as "./${name}".`);
        expect(traceback).not.toContain("npm install");
      }
      expect(result(await kernel.execute(`import { six } from "./${name}"; six`))).toBe("6");
    }
  });

  it("of Node are there, types included", async () => {
    expect(result(await kernel.execute(`import { basename } from "node:path"; basename("/a/b")`))).toBe("'b'");
    expect(failure(await kernel.execute(`import { basename } from "node:path"; basename(1)`))?.ename).toBe(
      "TypeScript error",
    );
    expect(result(await kernel.execute("[1, 2, 3].findLast((n) => n < 3)"))).toBe("2");
  });

  it("of samlab's own development do not become global", async () => {
    expect(failure(await kernel.execute("type Query = JQuery"))?.evalue).toContain("Cannot find name 'JQuery'");
  });
});

describe("completion", () => {
  it("counts in code points", async () => {
    const code = 'const s = "😀😀"; console.lo';
    expect(await kernel.complete(code)).toMatchObject({
      status: "ok",
      matches: ["log"],
      cursor_start: 24,
      cursor_end: 26,
    });
  });

  it("offers only what begins with the text before the cursor, by case if it can", async () => {
    expect(await matches("console.ti")).toEqual(["time", "timeEnd", "timeLog", "timeStamp"]);
    expect(await matches("Math.MAX_")).toEqual([]);
    expect(await matches("math.".replace("m", "M"), 5)).toContain("max");
    expect(await matches('"".in')).toEqual(["includes", "indexOf"]);
    expect(await matches("console.LOG")).toEqual(["log"]);
  });

  it("works in the middle of a word and after a dot", async () => {
    const inside = await kernel.complete("console.lost", 10);
    expect(inside).toMatchObject({ matches: ["log"], cursor_start: 8, cursor_end: 12 });
    await kernel.execute("const body = { height: 1, weight: 2 };");
    expect(await matches("body.")).toEqual(["height", "weight"]);
  });

  describe("in a string", () => {
    /** What a match makes of the code. */
    async function completed(code: string, cursor?: number): Promise<string[]> {
      const found = await kernel.complete(code, cursor);
      const [start, end] = [Number(found.cursor_start), Number(found.cursor_end)];
      return (found.matches as string[]).map((text) => code.slice(0, start) + text + code.slice(end));
    }

    it("offers what may stand there, and no names", async () => {
      await kernel.execute('const slowly = 1; function conf(o: { mode: "fast" | "slow-er" }) { return o }');
      expect(await completed('conf({ mode: "')).toEqual(['conf({ mode: "fast', 'conf({ mode: "slow-er']);
      expect(await completed('conf({ mode: "slow-" })', 19)).toEqual(['conf({ mode: "slow-er" })']);
      expect(await matches('console.log("slow")', 17)).toEqual([]);
      expect(await matches("console.log(`slow")).toEqual([]);
      expect(await matches("console.log(`${slow")).toEqual(["slowly"]);
      expect(await matches('"a" + slow')).toEqual(["slowly"]);
    });

    it("offers the files of a folder, and the cells that are modules in it", async () => {
      mkdirSync(join(folder, "lib"));
      for (const name of ["helper.ts", "my-file.mjs"]) writeFileSync(join(folder, "lib", name), "export {};");
      await kernel.execute("/** @module shapes */\nexport const side = 1;");
      expect(await completed('import {} from "./lib/')).toEqual([
        'import {} from "./lib/helper',
        'import {} from "./lib/my-file.mjs',
      ]);
      expect(await completed('import {} from "./lib/my-')).toEqual(['import {} from "./lib/my-file.mjs']);
      expect(await completed('import {} from "./lib/help"', 24)).toEqual(['import {} from "./lib/helper"']);
      expect(await completed('await import("./sha")', 18)).toEqual(['await import("./shapes")']);
    });

    it("offers modules of Node and the packages that the kernel brings along", async () => {
      expect(await completed('import fs from "node:f')).toEqual([
        'import fs from "node:fs',
        'import fs from "node:fs/promises',
      ]);
      expect(await completed('import {} from "sam"', 19)).toEqual(['import {} from "samlab"']);
    });
  });

  it("offers types of earlier cells", async () => {
    await kernel.execute('type SideOfBody = "left" | "right";');
    expect(await matches("let side: SideOf")).toEqual(["SideOfBody"]);
  });

  it("says what kind each name is", async () => {
    const { metadata } = await kernel.complete("console.lo");
    expect(metadata).toEqual({ _jupyter_types_experimental: [{ text: "log", type: "method", start: 8, end: 10 }] });
  });

  it("and inspection answer while a cell awaits", async () => {
    const cell = kernel.execute("await new Promise(() => {})");
    expect(await matches("console.lo")).toEqual(["log"]);
    expect(await kernel.inspect("console.log")).toMatchObject({ found: true });
    await kernel.interrupt();
    expect((await cell).reply.ename).toBe("Interrupted");
  });
});

describe("inspection", () => {
  it("shows what the comment above a variable of an earlier cell says", async () => {
    await kernel.execute(`
      /** The width of the kernel, in whole pixels of the picture. */
      const kernelWidth = 5;
      /** Doubles a number of voxels. */
      const twiceAsMany = (n: number) => 2 * n;
      const documented = {
        /** Of all slices. */
        count: 3,
      };
    `);
    const text = async (code: string) => JSON.stringify((await kernel.inspect(code)).data);
    expect(await text("kernelWidth")).toContain("in whole pixels of the picture");
    expect(await text("twiceAsMany")).toContain("Doubles a number of voxels");
    expect(await text("documented.count")).toContain("Of all slices");
  });

  it("finds the name at the cursor or just before it", async () => {
    for (const cursor of [2, 8, 11]) {
      expect(await kernel.inspect("console.log(", cursor)).toMatchObject({ status: "ok", found: true });
    }
    expect(await kernel.inspect("console.log(")).toMatchObject({
      data: { "text/plain": expect.stringContaining("log(") },
    });
  });

  it("explains a type whose name stands alone", async () => {
    await kernel.execute(`import { type Sam, Volume as Scan } from "samlab";
      /** What may be chosen. */
      type Choice<T> = { a: T };
      namespace Inside {
        export interface Shape { m: number }
      }`);
    const text = async (code: string, cursor?: number) =>
      ((await kernel.inspect(code, cursor)).data as Record<string, string>)["text/plain"];
    expect(await text("Sam")).toMatch(/^interface Sam\n\nA promptable segmentation model/);
    expect(await text("Choice")).toMatch(/^type Choice<T> = [\s\S]*What may be chosen/);
    expect(await text("const x = 1;\nChoice;\nx", 15)).toContain("What may be chosen");
    expect(await text("Inside.Shape")).toBe("interface Inside.Shape");
    expect(await text("Partial")).toContain("Make all properties in T optional");
    expect(await text("Scan.nothing")).toBeUndefined();
    for (const code of ["// Choice", '"Choice"']) expect(await text(code, 6)).toBeUndefined();
    expect((await kernel.execute("Choice?")).reply.status).toBe("ok");
  });

  it("says when nothing is known", async () => {
    expect(await kernel.inspect("nobodyKnowsThis")).toMatchObject({ status: "ok", found: false, data: {} });
    expect(await kernel.inspect("")).toMatchObject({ found: false });
  });
});

describe("a shorthand property", () => {
  it("finds variables of earlier cells, its own cell's and a function's own", async () => {
    await kernel.execute("const early = [1]; let changing = 2;");
    const ran = await kernel.execute(
      "const own = 3;\nfunction both(early: number) { return { early, changing }; }\nJSON.stringify([{ early, own }, both(4)])",
    );
    expect(result(ran)).toBe(`'[{"early":[1],"own":3},{"early":4,"changing":2}]'`);
  });

  it("can be assigned to, with a default", async () => {
    await kernel.execute("let width = 0; let height = 0;");
    await kernel.execute("({ width, height = 7 } = { width: 5 } as { width: number; height?: number });");
    expect(result(await kernel.execute("width * 10 + height"))).toBe("57");
  });
});

describe("a variable of an earlier cell", () => {
  const declared = `let low = 1; let { a, more: [b] } = { a: 1, more: [2] };
var plain = 3, typed: number | undefined;
const fixed = () => "fixed";
function all() { return [low, a, b, plain, typed, fixed()].join(); }
function raise() { low += 10; a++; }`;

  it("is seen by that cell's functions as later cells leave it", async () => {
    await kernel.execute(declared);
    expect(result(await kernel.execute("all()"))).toBe("'1,1,2,3,,fixed'");
    await kernel.execute("low = 5; a = 6; [b] = [7]; plain += 1; typed = 9;");
    expect(result(await kernel.execute("all()"))).toBe("'5,6,7,4,9,fixed'");
  });

  it("is changed by them for later cells", async () => {
    await kernel.execute(`${declared}\nraise();`);
    expect(result(await kernel.execute("[low, a].join()"))).toBe("'11,2'");
    await kernel.execute("low = 20; raise();");
    expect(result(await kernel.execute("low"))).toBe("30");
  });

  it("can be made anew with another type", async () => {
    await kernel.execute("let again = 1; const text = () => String(again);");
    await kernel.execute('let again = "two";');
    expect(result(await kernel.execute("again.length + text()"))).toBe("'3two'");
  });

  it("still has its place in stack traces", async () => {
    const ran = await kernel.execute('let fine = 1; let wrong = JSON.parse("{");');
    expect(failure(ran)?.traceback).toMatch(/at Cell \[\d+\]:1:32/);
  });
});
