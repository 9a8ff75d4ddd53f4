import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "../../../kernel-ext/client/client.js";
import { recordMessages, result, root, sleep, startKernel } from "../support/kernel.js";

const module = (...path: string[]) => JSON.stringify(join(root, "dist", ...path));

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await startKernel();
  const { reply } = await kernel.execute(`
    import { callback, dead, never } from ${module("kernel-ext", "execute", "cell-guard.js")};
    import { kernelContext } from ${module("kernel-ext", "context.js")};
    import { throwIfCanceled } from ${module("src", "core", "errors.js")};
    import { EventEmitter, on } from "node:events";
    import { setInterval as every, setTimeout as pause } from "node:timers/promises";
    import { spawn } from "node:child_process";
    import { Readable } from "node:stream";
    import { Worker } from "node:worker_threads";
    import { createServer } from "node:http";
    import { stat } from "node:fs/promises";
    import { promisify } from "node:util";
    import { readFile, watch, writeFileSync } from "node:fs";
    let n = 0;
    const nap = (ms: number) => new Promise((done) => setTimeout(done, ms));
    const shared = new EventEmitter();
    const target = new EventTarget();
    let heard = 0;
    shared.on("ring", () => heard++);`);
  expect(reply).toMatchObject({ status: "ok" });
});
afterAll(() => kernel.shutdown());

const value = async (code: string) => result(await kernel.execute(code));

/** Runs a cell that waits for ever after `code`, and interrupts it. */
async function interrupted(code: string): Promise<void> {
  let start = () => {};
  const started = new Promise<void>((resolve) => {
    start = resolve;
  });
  const running = kernel.execute(`${code}; console.log("go"); await new Promise(() => {})`, { onOutput: start });
  await started;
  await sleep(40);
  await kernel.interrupt();
  expect((await running).reply.ename).toBe("Interrupted");
}

describe("of an interrupted cell nothing goes on:", () => {
  it.each([
    ["an interval", "setInterval(() => n++, 2)"],
    ["timers that start each other", "const timer = () => { n++; setTimeout(timer, 2); }; timer()"],
    ["immediates that start each other", "const soon = () => { n++; setImmediate(soon); }; soon()"],
    ["promised timers", "(async () => { while (true) { await pause(2); n++; } })()"],
    [
      "promisified timers",
      "const later = promisify(setTimeout); (async () => { while (true) { await later(2); n++; } })()",
    ],
    ["an iterated interval", "(async () => { for await (const _ of every(2)) n++; })().catch(() => {})"],
    [
      "a guarded loop of awaits",
      "(async () => { try { while (true) { await nap(2); dead() && await never(); n++; } } finally { if (dead()) await never(); n = -1; } })()",
    ],
    [
      "a guarded chain of thens",
      "const chain = (): any => nap(2).then(callback(() => { n++; return chain(); })); chain()",
    ],
    [
      "a guarded async generator",
      "async function* numbers() { while (true) { await nap(2); dead() && await never(); yield 1; } } (async () => { for await (const one of numbers()) { if (dead()) await never(); n += one; } })()",
    ],
    [
      "a stream",
      "Readable.from((async function* () { while (true) { await nap(2); yield 1; } })()).on('data', () => n++)",
    ],
    ["callbacks of Node that start each other", "const read = () => readFile('.', () => { n++; read(); }); read()"],
    [
      "downloads from a server of its own",
      "const server = createServer((_: any, answer: any) => { n++; answer.end('x'); }).listen(0, async () => { const { port } = server.address() as any; while (true) { const r = await fetch('http://127.0.0.1:' + port); await r.text(); } })",
    ],
    [
      "a worker",
      "const count = new Int32Array(new SharedArrayBuffer(4)); new Worker('const { workerData } = require(`worker_threads`); setInterval(() => Atomics.add(workerData, 0, 1), 2)', { eval: true, workerData: count }); while (Atomics.load(count, 0) === 0) await nap(2)",
    ],
  ])("%s", async (_, code) => {
    await interrupted(code);
    // What the worker counts is not seen in n once its reader is dead.
    const seen = code.includes("count") ? "Atomics.load(count, 0)" : "n";
    const before = await value(seen);
    await sleep(60);
    const after = await value(seen);
    expect(after).toBe(before);
    expect(Number(before)).toBeGreaterThan(0);
  });

  it("child processes, and what they have started", async () => {
    await interrupted(
      "const child = spawn('sh', ['-c', 'sleep 300 & echo $!; wait']); let grandchild = 0; child.stdout.on('data', (text: any) => { grandchild = Number(text); })",
    );
    const ended = "(() => { try { process.kill(grandchild, 0); return false; } catch { return true; } })()";
    await expect.poll(() => value(`child.signalCode !== null && grandchild > 0 && ${ended}`)).toBe("true");
  });

  it("child processes that ignore a polite request", async () => {
    await interrupted(
      `const stubborn = spawn('sh', ['-c', "trap '' TERM; echo ready; while true; do sleep 0.1; done"]); await new Promise((done) => stubborn.stdout.once('data', done))`,
    );
    await expect.poll(() => value("stubborn.signalCode")).toBe("'SIGKILL'");
  });

  it("handlers of events that come later, also where an earlier cell's still answer", async () => {
    await value("n = heard = 0");
    await interrupted(
      "const once = () => n++; shared.on('ring', () => n++); shared.once('ring', once); shared.on('ring', once); const file = require('os').tmpdir() + '/watched-' + process.pid; writeFileSync(file, ''); watch(file, () => n++)",
    );
    expect(
      await value(
        "shared.emit('ring'); writeFileSync(file, 'x'); await nap(20); [n, heard, shared.listenerCount('ring')].join()",
      ),
    ).toBe("'0,1,3'");
    expect(
      await value(
        "shared.off('ring', once); [shared.listenerCount('ring'), shared.rawListeners('ring').includes(once)].join()",
      ),
    ).toBe("'2,false'");
  });

  it("what a later cell would set free", async () => {
    await value("n = 0");
    await interrupted(
      "let open = () => {}; const gate = new Promise<void>((done) => { open = done; }); gate.then(callback(() => n++)); (async () => { await gate; dead() && await never(); n++; })()",
    );
    expect(await value("open(); await nap(5); n")).toBe("0");
  });

  it("long work of the library, without a signal of the user's", async () => {
    await interrupted(
      `n = 0;
      const work = async () => {
        while (true) {
          throwIfCanceled(undefined, "Work");
          await stat(".");
          n++;
        }
      };
      void work()`,
    );
    const before = await value("n");
    await sleep(30);
    expect(await value("n")).toBe(before);
  });

  it("and it says nothing more, nor do its errors", async () => {
    const messages = recordMessages(kernel);
    await interrupted(
      `const end = kernelContext("test").signal;
      (async () => {
        while (!end.aborted) await stat(".");
        console.log("said");
        throw new Error("promised");
      })()`,
    );
    await sleep(100);
    await value("1");
    expect(messages.flatMap(({ content }) => content.text ?? []).join("")).toBe("go\n");
  });

  it("but its signal is heard, and what listens may clear up and say so", async () => {
    const messages = recordMessages(kernel);
    await interrupted(
      "const { signal } = kernelContext('test'); signal.addEventListener('abort', () => setTimeout(() => console.log('cleared up'), 5))",
    );
    await expect.poll(() => messages.flatMap(({ content }) => content.text ?? []).join("")).toContain("cleared up\n");
    expect(await value("signal.aborted")).toBe("true");
  });
});

describe("listeners stay what they are to everybody else:", () => {
  it("an emitter tells of the functions it was given", async () => {
    expect(
      await value(`const emitter = new EventEmitter(); const added: unknown[] = []; const first = () => {}; const second = () => {};
        emitter.on("newListener", (_, listener) => added.push(listener)); emitter.on("x", first); emitter.once("x", second); emitter.prependListener("x", first);
        const [a, b, c] = emitter.listeners("x"); const raw = emitter.rawListeners("x") as any[];
        [a === first, b === first, c === second, raw[0] === first, raw[2].listener === second, added[1] === second, emitter.listenerCount("x", first as any),
          emitter.off("x", first).listenerCount("x"), emitter.emit("x"), emitter.off("x", first).listenerCount("x")].join()`),
    ).toBe("'true,true,true,true,true,true,2,2,true,0'");
  });

  it("a target knows a listener again, and takes that of a dead cell from a living one", async () => {
    await value("n = 0");
    await interrupted("const listener = () => n++; target.addEventListener('x', listener)");
    const steps = [
      "",
      "target.addEventListener('x', listener)",
      "target.addEventListener('x', listener)",
      "target.removeEventListener('x', listener)",
    ];
    const heard: unknown[] = [];
    for (const step of steps) heard.push(await value(`${step}; n = 0; target.dispatchEvent(new Event('x')); n`));
    expect(heard).toEqual(["0", "1", "1", "0"]);
  });

  it("an iterated event goes on in the cell that awaits it", async () => {
    const code =
      "(async () => { for await (const [x] of on(shared, 'word')) { words.push(x); if (words.length === 2) break; } })()";
    expect(
      await value(
        `const words: unknown[] = []; const listening = ${code}; shared.emit('word', 'a'); shared.emit('word', 'b'); await listening; words.join()`,
      ),
    ).toBe("'a,b'");
  });
});

describe("a continuation belongs to the cell that awaits:", () => {
  it("in an async generator to the one that asks for the next value", async () => {
    await interrupted(
      "async function* asked() { await nap(1); yield dead(); await nap(1); yield dead(); } const answers = asked(); await answers.next()",
    );
    expect(await value("(await answers.next()).value")).toBe("false");
  });

  it("what is printed after an await, in a stream's event and in a callback of Node comes under its own cell", async () => {
    const messages = recordMessages(kernel);
    await kernel.execute(
      "setTimeout(() => { Readable.from(['x']).on('data', () => readFile('.', async () => { await nap(1); console.log('late'); })); }, 30); undefined",
    );
    await kernel.execute("await nap(120)");
    const first = messages.find(({ header }) => header.msg_type === "execute_input")?.parent.msg_id;
    expect(messages.find(({ content }) => content.text === "late\n")?.parent.msg_id).toBe(first);
  });
});
