import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "../../../kernel-ext/client/client.js";
import { saySkipped } from "../../support/skipped.js";
import { recordMessages, result, root, sleep, startKernel, written } from "../support/kernel.js";

const MANY = 40_000;

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await startKernel();
  const context = JSON.stringify(join(root, "dist", "kernel-ext", "context.js"));
  await kernel.execute(`import { display } from "samlab"; import { kernelContext } from ${context};
    const { comms } = kernelContext("test"); let got = 0;`);
});
afterAll(() => kernel.shutdown());

describe("of a flood nothing is lost, and all of it comes in order, before the idle:", () => {
  it("displays", async () => {
    const { outputs, reply } = await kernel.execute(`for (let i = 0; i < ${MANY}; i++) display(i);`);
    expect(reply.status).toBe("ok");
    expect(outputs.length).toBe(MANY);
    expect(outputs.findIndex((output, i) => !("data" in output) || output.data["text/plain"] !== String(i))).toBe(-1);
  }, 60_000);

  it("alternating lines of stdout and stderr", async () => {
    const { outputs } = await kernel.execute(
      `for (let i = 0; i < ${MANY / 2}; i++) { console.log("o" + i); console.error("e" + i); }`,
    );
    expect(outputs.length).toBe(MANY);
    const text = outputs
      .map((output) => (output.output_type === "stream" ? `${output.name} ${output.text}` : ""))
      .join("");
    const expected = Array.from({ length: MANY / 2 }, (_, i) => `stdout o${i}\nstderr e${i}\n`).join("");
    expect(text === expected).toBe(true);
  }, 60_000);

  it("64 MB in one message, and 64 MB of text", async () => {
    const size = 64 * 2 ** 20;
    const ran = await kernel.execute(
      `console.log("x".repeat(${size})); display({ "text/plain": "y".repeat(${size}) }); 1`,
    );
    expect(written(ran) === `${"x".repeat(size)}\n`).toBe(true);
    expect(ran.outputs.map((output) => ("data" in output ? String(output.data["text/plain"]).length : 0))).toEqual([
      0,
      size,
      1,
    ]);
  }, 30_000);

  it("the last state of what changes all the time", async () => {
    const { outputs } = await kernel.execute(
      `const shown = display(0); for (let i = 1; i <= 20_000; i++) shown.update(i); undefined`,
    );
    expect(outputs).toMatchObject([{ data: { "text/plain": "20000" } }]);
  });

  it("comm messages out", async () => {
    await kernel.execute(
      `const c = comms.open("flood", {}); c.onMessage(() => { got++ }); for (let i = 0; i < 10_000; i++) c.send({ i });`,
    );
    const { received } = kernel.comms.find(({ target }) => target === "flood")!;
    expect(received.map(({ data }) => data.i)).toEqual(Array.from({ length: 10_000 }, (_, i) => i));
  });

  it("comm messages in, each with its idle", async () => {
    const comm = kernel.comms.find(({ target }) => target === "flood")!;
    const messages = recordMessages(kernel);
    await Promise.all(Array.from({ length: 10_000 }, (_, i) => comm.send({ i })));
    expect(messages.filter(({ content }) => content.execution_state === "idle").length).toBe(10_000);
    expect(result(await kernel.execute("got"))).toBe("10000");
  });
});

describe("a subscriber that does not read", () => {
  let stuck: ChildProcess;
  beforeAll(async () => {
    const { iopub_port } = kernel.process.connection;
    // A real process that is stopped: all of its threads, and so its sockets.
    const program = `const zmq = require(${JSON.stringify(join(root, "node_modules", "zeromq"))});
      const socket = new zmq.Subscriber(); socket.connect("tcp://127.0.0.1:${iopub_port}"); socket.subscribe();
      (async () => { for await (const _ of socket) console.log("heard"); })()`;
    stuck = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise((heard) => stuck.stdout!.once("data", heard));
    stuck.kill("SIGSTOP");
  });
  afterAll(() => void stuck.kill("SIGKILL"));

  const residentMegabytes = () => {
    const status = readFileSync(`/proc/${kernel.process.child.pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
  };

  const isLinux = process.platform === "linux";
  if (!isLinux) saySkipped("memory of a kernel with a stuck subscriber: /proc is needed to measure it");
  it.skipIf(!isLinux)(
    "costs the others nothing, and the kernel no more than its bound",
    async () => {
      const before = residentMegabytes();
      let longestPause = 0;
      let heard = performance.now();
      // 128 MB, twice of what is kept for it.
      for (let round = 0; round < 4; round++) {
        const ran = await kernel.execute(`for (let i = 0; i < 32; i++) console.log(String(i).padEnd(2 ** 20, "."));`, {
          onOutput() {
            longestPause = Math.max(longestPause, performance.now() - heard);
            heard = performance.now();
          },
        });
        expect(written(ran).length).toBe(32 * (2 ** 20 + 1));
      }
      await sleep(10);
      // The patience with one that is over its bound.
      expect(longestPause).toBeLessThan(10_000);
      expect(residentMegabytes() - before).toBeLessThan(400);
    },
    60_000,
  );

  it("gets what comes once it reads again", async () => {
    stuck.kill("SIGCONT");
    const heard = new Promise((done) => stuck.stdout!.once("data", done));
    await kernel.execute("console.log('again')");
    await heard;
    // What it has missed takes a moment; then it hears the next one.
    await sleep(500);
    const later = new Promise((done) => stuck.stdout!.once("data", done));
    await kernel.execute("console.log('and again')");
    await later;
  });
});
