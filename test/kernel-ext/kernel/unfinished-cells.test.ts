import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "../../../kernel-ext/client/client.js";
import { failure, result, sleep, startKernel } from "../support/kernel.js";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await startKernel();
});
afterAll(() => kernel.shutdown());

/** Takes the compiler most of a minute. */
const SLOW = `type L = "a" | "b" | "c" | "d" | "e" | "f" | "g" | "h" | "i" | "j"; type X = \`\${L}\${L}\${L}\${L}\`;
  type Y<T> = T extends \`\${infer A}\${infer R}\` ? [A, ...Y2<R>] : [];
  type Y2<T> = T extends \`\${infer A}\${infer R}\` ? \`\${A}\${L}\${L}\${L}\` : never; declare const q: Y<X>;
  declare const q2: { [K in X]: { [K2 in X]: \`\${K}\${K2}\` } };
  const zz: { [K in X]: { [K2 in X]: \`\${K2}\${K}\` } } = q2;`;

async function interruptCompiling(code: string): Promise<void> {
  const running = kernel.execute(code);
  await sleep(1_000);
  await kernel.interrupt();
  expect((await running).reply.ename).toBe("Interrupted");
}

describe("after an interrupt while a cell is compiled", () => {
  it("variables keep their types, also those that the code alone does not tell", async () => {
    await kernel.execute("let arr = []; arr.push('s'); let top1 = null; let count1 = 1;");
    await interruptCompiling(`${SLOW} let count1 = "text";`);
    await sleep(500);
    expect(result(await kernel.execute("arr.push('t'); arr[0].length + arr.length + count1"))).toBe("4");
    expect(failure(await kernel.execute("const wrong: number = arr[0];"))?.evalue).toContain("'string'");
    expect(result(await kernel.execute("top1 = 5; top1"))).toBe("5");
  });

  it("a cell that is run at once does not wait for the one before", async () => {
    await interruptCompiling(SLOW);
    const start = performance.now();
    expect(result(await kernel.execute("6 * 7", { signal: AbortSignal.timeout(15_000) }))).toBe("42");
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
