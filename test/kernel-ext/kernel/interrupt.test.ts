import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "../../../kernel-ext/client/client.js";
import { interruptOnceStarted } from "../support/interrupt.js";
import { comparedMasks, failure, recordMessages, result, sleep, startKernel, written } from "../support/kernel.js";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await startKernel();
  await kernel.execute("let kept = 'kept';");
});
afterAll(() => kernel.shutdown());

describe("an interrupt", () => {
  it("says so, and nothing else", async () => {
    const { ran, answer } = await interruptOnceStarted(kernel, "console.log('go'); await new Promise(() => {})");
    expect(answer).toEqual({ status: "ok" });
    expect(ran.reply).toMatchObject({ status: "error", ename: "Interrupted" });
    expect(failure(ran)?.traceback).toBe("Interrupted: The cell was interrupted.");
  });

  it("in one of several immediates leaves those of earlier cells and Node's list of them whole", async () => {
    await kernel.execute(
      `let others = 0; const bell = new (require("events"))(); bell.on("ring", () => setImmediate(() => { others++; }));`,
    );
    await interruptOnceStarted(
      kernel,
      `bell.emit("ring");
      setImmediate(() => { console.log("go"); while (true) {} });
      bell.emit("ring"); await new Promise(() => {})`,
    );
    expect(result(await kernel.execute("await new Promise((done) => setImmediate(done)); others"))).toBe("2");
  });

  it("does not end what a widget still has to send that the cell has changed", async () => {
    await kernel.execute(comparedMasks);
    const loop = "console.log('go'); for (let n = 0; ; n++) compared.goTo(n % 4);";
    await interruptOnceStarted(kernel, loop);
    const messages = recordMessages(kernel);
    await kernel.execute("compared.goTo(2); compared.goTo(3);");
    const types = () => new Set(messages.map(({ header }) => header.msg_type));
    await expect.poll(types).toContain("comm_msg");
    await expect.poll(types).toContain("update_display_data");
  });

  it("aborts what is queued", async () => {
    const running = interruptOnceStarted(kernel, "console.log('go'); while (true) {}");
    const queued = [kernel.execute("1"), kernel.execute("2")];
    expect((await running).ran.reply.status).toBe("error");
    expect((await Promise.all(queued)).map(({ reply }) => reply.status)).toEqual(["aborted", "aborted"]);
    expect(result(await kernel.execute("3"))).toBe("3");
  });

  it("keeps the output of later cells apart from that of terminated ones", async () => {
    await interruptOnceStarted(kernel, "await null; console.log('go'); while (true) {}");
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
    await interruptOnceStarted(kernel, code);
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

  it("may come twice in quick succession, and fifty times in a row", async () => {
    const twice = kernel.execute("console.log('go'); while (true) {}");
    await sleep(100);
    await Promise.all([kernel.interrupt(), kernel.interrupt()]);
    expect((await twice).reply.ename).toBe("Interrupted");
    for (let i = 0; i < 50; i++) {
      const wait = i % 5 === 0 ? "while (true) {}" : "await new Promise(() => {})";
      const { ran } = await interruptOnceStarted(
        kernel,
        `kept = "kept"; let n${i} = ${i}; console.log("go"); ${wait}`,
        5,
      );
      expect(ran.reply.ename).toBe("Interrupted");
    }
    expect(result(await kernel.execute("[kept, n0, n49].join()"))).toBe("'kept,0,49'");
  }, 90_000);

  it("at the very start of a cell, before it has said anything, ends it", async () => {
    for (let i = 0; i < 10; i++) {
      const running = kernel.execute("await new Promise(() => {})");
      await sleep(2 * i);
      await kernel.interrupt();
      // One that overtakes its cell finds nothing to interrupt.
      const late = setTimeout(() => void kernel.interrupt(), 300);
      expect((await running).reply.ename).toBe("Interrupted");
      clearTimeout(late);
    }
  });

  it("that cannot be carried out says so after a second, under the cell and in its reply, and ends the cell later", async () => {
    const code = "console.log('go'); require('crypto').pbkdf2Sync('a', 'b', 2.5e6, 64, 'sha512'); console.log('after')";
    const { ran, answer } = await interruptOnceStarted(kernel, code);
    if (answer.status === "ok") throw new Error("This machine derives the key in less than a second: make it harder.");
    expect(answer).toMatchObject({
      status: "error",
      evalue: expect.stringMatching(/cannot be interrupted.*restart the kernel/),
    });
    expect(written(ran, "stderr")).toBe(`${answer.evalue}\n`);
    expect(ran.reply.ename).toBe("Interrupted");
    expect(written(ran)).toBe("go\n");
  });

  it("spares a callback of an earlier cell that happens to run", async () => {
    await kernel.execute(`let spared = 0;
      const slow = setInterval(() => { const end = Date.now() + 80; while (Date.now() < end); spared++; }, 90);`);
    for (let i = 0; i < 4; i++) {
      const { ran } = await interruptOnceStarted(kernel, "console.log('go'); await new Promise(() => {})", 20 * i);
      expect(ran.reply.ename).toBe("Interrupted");
    }
    const before = Number(result(await kernel.execute("spared")));
    await sleep(200);
    expect(Number(result(await kernel.execute("clearInterval(slow); spared")))).toBeGreaterThan(before);
  });

  it("through the signal of execute()", async () => {
    const { reply } = await kernel.execute("await new Promise(() => {})", { signal: AbortSignal.timeout(50) });
    expect(reply.ename).toBe("Interrupted");
  });
});
