import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "../../../kernel-ext/client/client.js";
import { failure, recordMessages, result, sleep, startKernel } from "../support/kernel.js";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await startKernel();
  await kernel.execute("let kept = 'kept';");
});
afterAll(() => kernel.shutdown());

/** Runs a cell and interrupts it once it has said "go" and had a moment more. */
async function interruptOnceStarted(code: string) {
  let start = () => {};
  const started = new Promise<void>((resolve) => {
    start = resolve;
  });
  const running = kernel.execute(code, { onOutput: start });
  await started;
  await sleep(60);
  const answer = await kernel.interrupt();
  return { ran: await running, answer };
}

describe("an interrupt", () => {
  it.each([
    ["a loop", "console.log('go'); while (true) {}"],
    ["a loop after an await", "await null; console.log('go'); while (true) {}"],
    ["a loop in a timer", "await new Promise(() => setTimeout(() => { console.log('go'); while (true) {} }, 5))"],
    [
      "a loop in an interval",
      "setInterval(() => { console.log('go'); while (true) {} }, 5); await new Promise(() => {})",
    ],
    ["a loop in a tick", "await new Promise(() => process.nextTick(() => { console.log('go'); while (true) {} }))"],
    ["a loop in an immediate", "await new Promise(() => setImmediate(() => { console.log('go'); while (true) {} }))"],
    ["a loop of microtasks", "console.log('go'); while (true) await null"],
    [
      "a loop that catches everything",
      "console.log('go'); while (true) { try { while (true) {} } catch {} finally { while (true) {} } }",
    ],
    ["a loop that prints", "while (true) console.log('x'.repeat(80))"],
    [
      "a loop in a callback of Node",
      "await new Promise(() => require('fs').readFile('.', () => { console.log('go'); while (true) {} }))",
    ],
    [
      "a loop while a value shows itself",
      "({ [Symbol.for('Jupyter.display')]() { console.log('go'); while (true) {} } })",
    ],
    ["what never settles", "console.log('go'); await new Promise(() => {})"],
  ])("ends %s; names are kept and later cells run", async (_, code) => {
    const { ran, answer } = await interruptOnceStarted(code);
    expect(answer).toEqual({ status: "ok" });
    expect(ran.reply).toMatchObject({ status: "error", ename: "Interrupted" });
    expect(failure(ran)?.traceback).toBe("Interrupted: The cell was interrupted.");
    const after = await kernel.execute("await new Promise((done) => setTimeout(done, 1)); kept");
    expect(result(after)).toBe("'kept'");
  });

  it("in one of several immediates leaves the others and Node's list of them whole", async () => {
    const messages = recordMessages(kernel);
    await interruptOnceStarted(`setImmediate(() => console.log("first"));
      setImmediate(() => { console.log("go"); while (true) {} });
      setImmediate(() => console.log("third")); await new Promise(() => {})`);
    expect(result(await kernel.execute("await new Promise((done) => setImmediate(done)); kept"))).toBe("'kept'");
    expect(messages.flatMap(({ content }) => content.text ?? []).join("")).toBe("first\ngo\nthird\n");
  });

  it("aborts what is queued", async () => {
    const running = interruptOnceStarted("console.log('go'); while (true) {}");
    const queued = [kernel.execute("1"), kernel.execute("2")];
    expect((await running).ran.reply.status).toBe("error");
    expect((await Promise.all(queued)).map(({ reply }) => reply.status)).toEqual(["aborted", "aborted"]);
    expect(result(await kernel.execute("3"))).toBe("3");
  });

  it("keeps the output of later cells apart from that of terminated ones", async () => {
    await interruptOnceStarted("await null; console.log('go'); while (true) {}");
    const messages = recordMessages(kernel);
    await kernel.execute("await null; console.log('mine')");
    const of = (type: string) => messages.find(({ header }) => header.msg_type === type)?.parent.msg_id;
    expect(of("stream")).toBe(of("execute_input"));
  });

  it("while the kernel compiles ends the cell once it runs, and does not harm the compiler", async () => {
    const rows = Array.from({ length: 3_000 }, (_, i) => `{ a: ${i}, b: "${i}" }`).join(", ");
    const running = kernel.execute(`const rows = [${rows}]; while (true) {}`);
    await sleep(30);
    await kernel.interrupt();
    const ran = await running;
    expect(ran.reply.ename).toBe("Interrupted");
    expect(failure(await kernel.execute("const n: number = 'x'"))?.ename).toBe("TypeScript error");
  });

  it("aborts the signal that long work listens to", async () => {
    const code = `import { kernelContext } from "CONTEXT";
      const { signal } = kernelContext("test");
      signal.addEventListener("abort", () => console.log("told to stop"));
      console.log("go"); await new Promise(() => {})`.replace(
      "CONTEXT",
      new URL("../../../dist/kernel-ext/context.js", import.meta.url).pathname,
    );
    const messages = recordMessages(kernel);
    await interruptOnceStarted(code);
    await expect.poll(() => messages.map(({ content }) => content.text)).toContain("told to stop\n");
  });

  it("has no effect when nothing runs", async () => {
    expect(await kernel.interrupt()).toEqual({ status: "ok" });
    expect(result(await kernel.execute("kept"))).toBe("'kept'");
  });

  it("just after or just before the end of a cell harms nothing", async () => {
    for (let i = 0; i < 10; i++) {
      await kernel.execute("for (let i = 0; i < 1e6; i++);");
      await kernel.interrupt();
    }
    for (let i = 0; i < 8; i++) {
      const running = kernel.execute(`const until${i} = Date.now() + ${110 + 15 * i}; while (Date.now() < until${i});`);
      await sleep(10);
      await kernel.interrupt();
      expect((await running).reply.status).toMatch(/ok|error/);
    }
    expect(result(await kernel.execute("kept"))).toBe("'kept'");
  });

  it("through the signal of execute()", async () => {
    const { reply } = await kernel.execute("await new Promise(() => {})", { signal: AbortSignal.timeout(50) });
    expect(reply.ename).toBe("Interrupted");
  });
});
