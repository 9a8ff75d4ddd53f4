import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "../../../kernel-ext/client/client.js";
import { interruptOnceStarted, SLOW_TYPES } from "../support/interrupt.js";
import { failure, result, sleep, startKernel } from "../support/kernel.js";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await startKernel();
});
afterAll(() => kernel.shutdown());

async function interruptCompiling(code: string): Promise<void> {
  const running = kernel.execute(code);
  await sleep(1_000);
  await kernel.interrupt();
  expect((await running).reply.ename).toBe("Interrupted");
}

describe("after an interrupt while a cell is compiled", () => {
  it("variables keep their types, also those that the code alone does not tell", async () => {
    await kernel.execute("let arr = []; arr.push('s'); let top1 = null; let count1 = 1;");
    await interruptCompiling(`${SLOW_TYPES} let count1 = "text";`);
    await sleep(500);
    expect(result(await kernel.execute("arr.push('t'); arr[0].length + arr.length + count1"))).toBe("4");
    expect(failure(await kernel.execute("const wrong: number = arr[0];"))?.evalue).toContain("'string'");
    expect(result(await kernel.execute("top1 = 5; top1"))).toBe("5");
  });

  it("a cell that is run at once does not wait for the one before", async () => {
    await interruptCompiling(SLOW_TYPES);
    const start = performance.now();
    expect(result(await kernel.execute("6 * 7", { signal: AbortSignal.timeout(15_000) }))).toBe("42");
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe("a cell that ends half way", () => {
  const scan = "const scan = { id: 1, spacing: [1, 1, 5] };";

  it("by an error leaves names that it has not reached as they were, with value and type", async () => {
    await kernel.execute(scan);
    await kernel.execute("const made = 'text'; throw new Error('stop'); const scan = { id: 2, voxel: 3 };");
    expect(result(await kernel.execute("[scan.id, scan.spacing.length, made.length]"))).toBe("[ 1, 3, 4 ]");
    expect(failure(await kernel.execute("scan.voxel"))?.evalue).toContain("'voxel' does not exist");
  });

  it("by an interrupt does so too", async () => {
    await kernel.execute(scan);
    const { ran } = await interruptOnceStarted(
      kernel,
      "console.log('go'); await new Promise(() => {}); const scan = { id: 2, voxel: 3 };",
    );
    expect(ran.reply.ename).toBe("Interrupted");
    expect(result(await kernel.execute("[scan.id, scan.spacing.length]"))).toBe("[ 1, 3 ]");
  });

  it("by an error beside its own code does so too", async () => {
    await kernel.execute(scan);
    await kernel.execute(`setTimeout(() => { throw new Error("beside") }, 20);
      await new Promise(() => {}); const scan = { id: 2, voxel: 3 };`);
    expect(result(await kernel.execute("[scan.id, scan.spacing.length]"))).toBe("[ 1, 3 ]");
  });

  it("leaves names that it has reached with their new value and type, even if the value is equal", async () => {
    await kernel.execute("let width = 1; class Shape { sides = 3; } import { join as path } from 'node:path';");
    await kernel.execute(
      `import { basename as path } from "node:path"; let width: number | string = 1; throw new Error("stop");
      class Shape { corners = 3; }`,
    );
    expect(result(await kernel.execute("width = 'wide'; [width, path('/a/b'), new Shape().sides]"))).toBe(
      "[ 'wide', 'b', 3 ]",
    );
  });

  it("whose import fails leaves the name as it was", async () => {
    await kernel.execute("let tool = { size: 1 };");
    await kernel.execute("// @ts-ignore\nimport tool from 'no-such-package';");
    expect(result(await kernel.execute("tool.size"))).toBe("1");
  });

  it("keeps its old value where the new one is made of it", async () => {
    await kernel.execute("var runs = 1; function old() { return runs }");
    expect(result(await kernel.execute("var runs = old() + 1; runs"))).toBe("2");
    await kernel.execute("throw new Error('stop'); var runs = 'text';");
    expect(result(await kernel.execute("runs.toFixed(1) + old()"))).toBe("'2.02'");
  });

  it("is remembered like that by a compiler that starts again", async () => {
    await kernel.execute(scan);
    await kernel.execute("throw new Error('stop'); const scan = { id: 2, voxel: 3 };");
    await interruptCompiling(SLOW_TYPES);
    await sleep(500);
    expect(result(await kernel.execute("[scan.id, scan.spacing.length]"))).toBe("[ 1, 3 ]");
  });

  it("before it has run leaves none of its names", async () => {
    await kernel.execute("let kept1 = { a: 1 };");
    await interruptCompiling(`${SLOW_TYPES} let kept1 = "text"; const structuredClone = 1;`);
    expect(result(await kernel.execute("kept1.a + structuredClone({ b: 2 }).b"))).toBe("3");
  });
});
