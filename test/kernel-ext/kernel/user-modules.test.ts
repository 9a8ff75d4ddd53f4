import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "../../../kernel-ext/client/client.js";
import { interruptOnceStarted, SLOW_TYPES } from "../support/interrupt.js";
import { failure, result, sleep, startKernel, written } from "../support/kernel.js";

let folder: string;
let kernel: KernelClient;
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "samlab-modules-")));
  kernel = await startKernel({ cwd: folder });
});
afterAll(async () => {
  await kernel.shutdown();
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

describe("a module cell that runs again", () => {
  it("is run anew by the next import, as are the modules that import it", async () => {
    write("prism.ts", 'import { area } from "./shapes"; export const volume = (a: number) => area(a) * 10;');
    const importing = "import { area } from './shapes'; import { volume } from './prism'; [area(3), volume(3)]";
    await kernel.execute("/** @module shapes */\nexport function area(a: number): number { return a * a }");
    expect(result(await kernel.execute(importing))).toBe("[ 9, 90 ]");
    await kernel.execute("/** @module shapes */\nexport function area(a: number): number { return a * 100 }");
    expect(result(await kernel.execute(importing))).toBe("[ 300, 3000 ]");
    expect(result(await kernel.execute("(await import('./prism')).volume(1)"))).toBe("1000");
  });

  it("is run anew even if its text is the same, like any cell", async () => {
    const counting = "/** @module counting */\nexport const made = Symbol(); export const all: symbol[] = [made];";
    await kernel.execute(counting);
    await kernel.execute("import { made } from './counting'; const first = made;");
    await kernel.execute(counting);
    expect(result(await kernel.execute("import { made } from './counting'; made === first"))).toBe("false");
  });
});

describe("a module cell", () => {
  it("may lie in a folder that is not there, name its ending, and go on with its comment", async () => {
    await kernel.execute("/** @module not-there/deep/inner */\nexport const inner = 1;");
    await kernel.execute("/** @module ending.ts */\nexport const ending = 2;");
    await kernel.execute("/** @module described\n * What it is for. */\nexport const described = 3;");
    const ran = await kernel.execute(`import { inner } from "./not-there/deep/inner"; import { ending } from "./ending";
      import { described } from "./described.ts"; [inner, ending, described]`);
    expect(failure(ran)?.traceback ?? result(ran)).toBe("[ 1, 2, 3 ]");
    const matches = async (path: string) => (await kernel.complete(`import {} from "${path}`)).matches;
    expect(await matches("./not-there/deep/")).toEqual(["inner"]);
    expect(await matches("./not-there/d")).toEqual(["deep"]);
    expect(await matches("./not-t")).toEqual(["not-there"]);
  });

  it("has the ending that it names", async () => {
    await kernel.execute(`/** @module comp.tsx */
      const React = { createElement: (kind: string) => kind };
      declare global { namespace JSX { interface IntrinsicElements { b: object } } }
      export const bold = String(<b />);`);
    await kernel.execute("/** @module esm.mts */\nexport const esm = 1;");
    await kernel.execute("/** @module common.cts */\nexport = { common: 2 };");
    const ran = await kernel.execute(`import { bold } from "./comp"; import { esm } from "./esm.mjs";
      import held from "./common.cts"; [bold, esm, held.common]`);
    expect(failure(ran)?.traceback ?? result(ran)).toBe("[ 'b', 1, 2 ]");
  });

  it("of a name that no import finds is refused", async () => {
    const refused = async (name: string) =>
      failure(await kernel.execute(`/** @module ${name} */\nexport const never = 1;`))?.evalue;
    for (const name of ["a.js", "a.ts.ts", "types.d.ts", "deep/table.json", "a.mjs"]) {
      const told = `A cell cannot be the module ${name}. Name it without an ending, or with one of .ts, .tsx, .mts, and .cts.`;
      expect(await refused(name)).toBe(told);
    }
    for (const name of ["__init__", "deep/__cell_1__.ts", "..", "deep/"]) {
      expect(await refused(name)).toBe(`A cell cannot be the module ${name}. Give it a name such as shapes.`);
    }
    await kernel.execute("/** @module shapes.v2 */\nexport const dotted = 1;");
    expect(result(await kernel.execute('import { dotted } from "./shapes.v2"; dotted'))).toBe("1");
  });
});

describe("a module cell that fails", () => {
  it("leaves the module as it was, in code and types", async () => {
    await kernel.execute("/** @module steady */\nexport const size: number = 1;");
    const importing = "import { size } from './steady'; size.toFixed(1)";
    const broken = await kernel.execute("/** @module steady */\nexport const size: string = 2;");
    expect(failure(broken)?.traceback).toContain("steady.ts:2:14 - error TS2322");
    expect(result(await kernel.execute(importing))).toBe("'1.0'");
    const running = kernel.execute(`/** @module steady */\nexport const size: string = "2"; ${SLOW_TYPES}`);
    await sleep(1_000);
    await kernel.interrupt();
    expect((await running).reply.ename).toBe("Interrupted");
    expect(result(await kernel.execute(importing))).toBe("'1.0'");
  });
});

describe("a module cell that fails the first time", () => {
  it("leaves the file of that name, also for the modules that import it", async () => {
    write("ahead.ts", "export const size = 1;");
    write("over-ahead.ts", 'import { size } from "./ahead"; export const twice = 2 * size;');
    const importing = "import { size } from './ahead'; import { twice } from './over-ahead'; [size, twice]";
    expect(result(await kernel.execute(importing))).toBe("[ 1, 2 ]");
    const broken = await kernel.execute("/** @module ahead */\nexport const size: string = 2;");
    expect(failure(broken)?.traceback).toContain("ahead.ts:2:14 - error TS2322");
    expect(result(await kernel.execute(importing))).toBe("[ 1, 2 ]");
    write("ahead.ts", "export const size = 30;");
    expect(result(await kernel.execute(importing))).toBe("[ 30, 60 ]");
  });

  it("leaves none where there was none", async () => {
    await kernel.execute("/** @module nowhere */\nexport const size: string = 2;");
    const missing = failure(await kernel.execute("import { size } from './nowhere'; size"));
    expect(missing?.evalue).toContain("Cannot find module './nowhere'");
    await kernel.execute("/** @module nowhere */\nexport const size = 3;");
    expect(result(await kernel.execute("import { size } from './nowhere'; size"))).toBe("3");
  });
});

describe("a module that an interrupt ends while it loads", () => {
  const hangs: Readonly<Record<string, string>> = {
    loop: "while (true) {}",
    await: "await new Promise(() => {});",
  };
  for (const [name, code] of Object.entries(hangs)) {
    it(`is loaded anew by the next import: ${name}`, async () => {
      write(
        `slow-${name}.ts`,
        `console.log("go"); if ((globalThis as any).slow !== false) { ${code} } export const v = 1;`,
      );
      write(`over-${name}.ts`, `import { v } from "./slow-${name}"; export const w = v + 1;`);
      await kernel.execute("delete (globalThis as any).slow;");
      const { ran } = await interruptOnceStarted(kernel, `import { w } from "./over-${name}"; w`);
      expect(ran.reply.ename).toBe("Interrupted");
      await kernel.execute("(globalThis as any).slow = false;");
      const again = await kernel.execute(`import { w } from "./over-${name}"; w`, {
        signal: AbortSignal.timeout(8_000),
      });
      expect(failure(again)?.evalue ?? result(again)).toBe("2");
      expect(written(again)).toBe("go\n");
      expect(result(await kernel.execute(`(await import("./slow-${name}")).v`))).toBe("1");
    });
  }
});

describe("a .cts file", () => {
  it("is imported and required by modules as any file of TypeScript is", async () => {
    write("named.cts", "export const inCts = 1;\nexport default function twice(n: number) { return 2 * n; }");
    write("assigned.cts", 'import path = require("node:path");\nexport = { base: path.basename("/a/b") };');
    write(
      "over-cts.ts",
      `import { inCts } from "./named.cjs"; import assigned = require("./assigned.cts");
       export const over = inCts + assigned.base;`,
    );
    const importing = `import twice, { inCts } from "./named.cts"; import assigned from "./assigned.cts";
      import { over } from "./over-cts"; [twice(inCts), assigned.base, over, (await import("./named.cts")).inCts]`;
    const ran = await kernel.execute(importing);
    expect(failure(ran)?.traceback ?? result(ran)).toBe("[ 2, 'b', '1b', 1 ]");
  });

  it("that fails names its own line", async () => {
    write("failing.cts", "\n\nexport const never: number = JSON.parse('{');");
    const ran = await kernel.execute('import { never } from "./failing.cts"; never');
    expect(failure(ran)?.traceback).toContain("failing.cts:3:35");
  });

  it("that assigns to exports, as any file of TypeScript, is refused with what to do instead", async () => {
    const remedy = "→ Export with `export` or `export =`; JavaScript that assigns to exports belongs in a .cjs file.";
    const texts = {
      "one.cts": ["exports.q = 1;", "one.cts:1:1 - error TS2304: Cannot find name 'exports'."],
      "whole.cts": ["\nmodule.exports = { q: 1 };", "whole.cts:2:1 - error TS2304: Cannot find name 'module'."],
      "part.ts": ['module.exports["q"] = 1;', "part.ts:1:1 - error TS2304: Cannot find name 'module'."],
    } as const;
    for (const [name, [text, error]] of Object.entries(texts)) {
      write(name, text);
      const imports = [`import * as all from "./${name}"; all`, `await import("./${name}" as string)`];
      for (const code of imports) {
        const { traceback } = failure(await kernel.execute(code))!;
        expect(stripVTControlCharacters(traceback)).toContain(error);
        expect(stripVTControlCharacters(traceback)).toContain(remedy);
      }
    }
  });

  it("may have names of its own such as these, or ask whether they are there", async () => {
    write("own.cts", "const exports: { q?: number } = {};\nexports.q = 1;\nexport const own = exports.q;");
    write(
      "asks.cts",
      "declare const module: any;\nif (typeof module === 'object') module.exports = 1;\nexport const a = 2;",
    );
    const ran = await kernel.execute('import { own } from "./own.cts"; import { a } from "./asks.cts"; [own, a]');
    expect(failure(ran)?.traceback ?? result(ran)).toBe("[ 1, 2 ]");
  });
});

describe("a CommonJS file", () => {
  it("is one by its ending, however it exports", async () => {
    write("computed.cjs", 'exports["one"] = 1; Object.assign(exports, { two: 2 });');
    const ran = await kernel.execute('import all, { one } from "./computed.cjs"; [one, (all as any).two]');
    expect(failure(ran)?.traceback ?? result(ran)).toBe("[ 1, 2 ]");
  });

  it("that imports or exports is refused with what to do instead", async () => {
    write("esm.cjs", "const one = 1;\nexport const q = one;");
    const ran = await kernel.execute('import { q } from "./esm.cjs"; q');
    const traceback = stripVTControlCharacters(failure(ran)!.traceback);
    expect(traceback).toContain("esm.cjs:2:1 - error TS1286: Imports and exports cannot be written in a .cjs file.");
    expect(traceback).toContain("→ Name the file .mjs or .ts, or use require and module.exports.");
    expect(written(ran, "stderr")).toBe("");
  });

  it("is loaded anew when a file that it requires has changed, at any depth", async () => {
    write("leaf.cjs", "exports.leaf = 1;");
    write("other.cjs", "exports.id = {};");
    write("mid.cjs", "exports.mid = require('./leaf.cjs').leaf * 10; exports.id = require('./other.cjs').id;");
    write("main1.cjs", "module.exports = require('./mid.cjs');");
    write("main2.cjs", "exports.two = require('./mid.cjs'); exports.mid = exports.two.mid;");
    write("over.ts", 'import { mid } from "./main1.cjs"; export const over: number = mid + 1;');
    const importing = `import { mid, id } from "./main1.cjs"; import * as second from "./main2.cjs";
      import { over } from "./over"; [mid, second.mid, over, second.two.id === id]`;
    expect(result(await kernel.execute(importing))).toBe("[ 10, 10, 11, true ]");
    write("leaf.cjs", "exports.leaf = 22;");
    expect(result(await kernel.execute(importing))).toBe("[ 220, 220, 221, true ]");
    write("mid.cjs", "exports.mid = require('./leaf.cjs').leaf * 3; exports.id = require('./other.cjs').id;");
    expect(result(await kernel.execute(importing))).toBe("[ 66, 66, 67, true ]");
  });

  it("is loaded anew after an interrupt ended it half way", async () => {
    write("half.cjs", `console.log("go"); while (globalThis.half !== false) {} exports.whole = 1;`);
    write("over-half.cjs", "exports.whole = require('./half.cjs').whole;");
    const { ran } = await interruptOnceStarted(kernel, 'import { whole } from "./over-half.cjs"; whole');
    expect(ran.reply.ename).toBe("Interrupted");
    await kernel.execute("(globalThis as any).half = false;");
    expect(result(await kernel.execute('import { whole } from "./over-half.cjs"; whole'))).toBe("1");
  });
});
