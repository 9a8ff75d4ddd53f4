import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "../../../kernel-ext/client/client.js";
import { result, sleep, startKernel } from "../support/kernel.js";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await startKernel();
  await kernel.execute(`import { readFile, stat } from "node:fs/promises"; import { EventEmitter, on } from "node:events";
    let n = 0; const emitter = new EventEmitter(); undefined`);
});
afterAll(() => kernel.shutdown());

const value = async (code: string) => result(await kernel.execute(code));

describe("of an interrupted cell, written as users write it, nothing goes on:", () => {
  // No timers in these: a timer that is cleared ends the loop behind it by itself.
  it.each([
    ["a loop of awaits", "while (true) { await stat('.'); n++; }"],
    ["a loop that catches", "while (true) { try { await stat('.'); throw 0; } catch { n++; } }"],
    ["a finally block", "try { while (true) { await stat('.'); n++; } } finally { n = -1; }"],
    ["a loop of a function", "const loop = async () => { while (true) { await stat('.'); n++; } }; await loop()"],
    [
      "a loop that nobody awaits",
      "const apart = async () => { while (true) { await stat('.'); n++; } }; apart(); await new Promise(() => {})",
    ],
    [
      "a chain of thens",
      "const chain = (): Promise<unknown> => stat('.').then(() => { n++; return chain(); }); await chain()",
    ],
    [
      "a chain of catches",
      "const bad = (): Promise<unknown> => readFile('/no/such').catch(() => { n++; return bad(); }); await bad()",
    ],
    [
      "an async generator",
      "async function* numbers() { while (true) { await stat('.'); yield 1; } } for await (const one of numbers()) n += one",
    ],
    ["an iterated emitter", "for await (const _ of on(emitter, 'ring')) n++"],
    [
      "await using",
      "{ await using _ = { async [Symbol.asyncDispose]() { n = -1; } }; while (true) { await stat('.'); n++; } }",
    ],
    // The main thread is blocked for a second, so its code is paused: nearly always in the promise hook of the await.
    [
      "work in native code before each await",
      `{
        const ready = Promise.resolve(), numbers = new Float64Array(1e6);
        for (let blocked = 1000; ; n++) {
          for (const end = Date.now() + blocked; Date.now() < end; await ready) {
            numbers.includes(1);
            for (let i = 0; i < 1; i++);
          }
          blocked = 0;
          await stat(".");
        }
      }`,
    ],
  ])("%s", async (_, code) => {
    await value("n = 0");
    const running = kernel.execute(`console.log("go"); ${code}`);
    await sleep(200);
    await kernel.interrupt();
    expect((await running).reply.ename).toBe("Interrupted");
    await value("emitter.emit('ring')");
    const before = await value("n");
    await sleep(100);
    expect(await value("n")).toBe(before);
    expect(before).not.toBe("-1");
  });
});
