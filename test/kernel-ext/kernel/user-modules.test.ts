import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "../../../kernel-ext/client/client.js";
import { interruptOnceStarted } from "../support/interrupt.js";
import { failure, result, startKernel, written } from "../support/kernel.js";

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
