import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "../../../kernel-ext/client/client.js";
import { failure, recordMessages, result, root, sleep, startKernel, written } from "../support/kernel.js";

const module = (...path: string[]) => JSON.stringify(join(root, "dist", "kernel-ext", ...path));
const setUp = `import { kernelContext } from ${module("context.js")};
  import { WidgetModel } from ${module("comm", "widget-model.js")};
  const { comms } = kernelContext("test");
  const widget = (state: object) => new WidgetModel<any>(comms,
    { module: "m", moduleVersion: "1.2.3", modelName: "TestModel", viewName: "TestView", state });`;

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await startKernel();
  expect((await kernel.execute(setUp)).reply).toMatchObject({ status: "ok" });
});
afterAll(() => kernel.shutdown());

const ids = () => kernel.comms.filter((comm) => comm.target === "jupyter.widget").map((comm) => comm.id);

describe("a comm", () => {
  it("opened by a cell carries buffers both ways, byte for byte", async () => {
    const opened = new Promise<(typeof kernel.comms)[number]>((resolve) => kernel.onComm("bytes", resolve));
    await kernel.execute(`const all = new Float32Array([1, 2, 3, 4]);
      const c = comms.open("bytes", { hello: 1 }, { buffers: [new Uint8Array(all.buffer, 4, 8)], metadata: { v: "1" } });
      c.onMessage(({ data, buffers }) => c.send({ ...data, sizes: buffers.map((b) => b.length) }, { buffers: buffers.map((b) => b.map((x) => x + 1)) }));`);
    const comm = await opened;
    expect(result(await kernel.execute("all"))).toBe("Float32Array(4) [ 1, 2, 3, 4 ]");
    expect(comm.opened).toEqual({
      data: { hello: 1 },
      metadata: { v: "1" },
      buffers: [new Uint8Array(new Float32Array([2, 3]).buffer)],
    });
    const big = new Uint8Array(3_000_000).fill(7);
    await comm.send({ n: 2 }, { buffers: [new Uint8Array([0, 254]), new Uint8Array(), big] });
    expect(comm.received).toMatchObject([{ data: { n: 2, sizes: [2, 0, 3_000_000] } }]);
    const [small, empty, large] = comm.received[0]!.buffers;
    expect([small, empty]).toEqual([new Uint8Array([1, 255]), new Uint8Array()]);
    expect(large!.length === big.length && large!.every((byte) => byte === 8)).toBe(true);
  });

  it("to a target that nobody knows is closed at once", async () => {
    const comm = await kernel.openComm("nobody");
    expect(comm.closed).toBe(true);
  });

  it("with an unknown id is ignored without a word", async () => {
    const messages = recordMessages(kernel);
    const comm = await kernel.openComm("nobody");
    await comm.send({});
    expect(messages.map(({ header }) => header.msg_type)).not.toContain("stream");
  });

  it("opened by the front end reaches its target, and closing does too", async () => {
    await kernel.execute(`let log: string[] = [];
      comms.onTarget("greet", (c, open) => { log.push("open " + open.data.name); c.onClose(() => log.push("closed")); c.send({ hi: open.data.name }); });`);
    const comm = await kernel.openComm("greet", { name: "Ada" });
    expect(comm.received).toMatchObject([{ data: { hi: "Ada" } }]);
    await comm.close();
    expect(written(await kernel.execute("console.log(log.join())"))).toBe("open Ada,closed\n");
  });

  it("is served while a cell awaits; its messages have the handled message as parent", async () => {
    await kernel.execute(`const pinger = comms.open("ping", {}, { id: "ping" });
      pinger.onMessage(async () => { console.log("before"); await new Promise((r) => setTimeout(r, 5)); pinger.send({ pong: true }); console.log("after"); });`);
    const messages = recordMessages(kernel);
    const cell = kernel.execute("await new Promise((done) => setTimeout(done, 400)); console.log('cell')");
    await sleep(100);
    const comm = kernel.comms.find(({ id }) => id === "ping")!;
    await comm.send({ ping: true });
    expect(messages.map(({ header }) => header.msg_type)).not.toContain("execute_reply");
    await cell;
    const parentType = (match: (m: (typeof messages)[number]) => boolean) => messages.find(match)?.parent.msg_type;
    expect(parentType(({ header }) => header.msg_type === "comm_msg")).toBe("comm_msg");
    for (const word of ["before\n", "after\n"]) {
      expect(parentType(({ content }) => content.text === word)).toBe("comm_msg");
    }
    expect(parentType(({ content }) => content.text === "cell\n")).toBe("execute_request");
  });

  it("leaves the kernel busy on the screen while the cell still runs", async () => {
    const messages = recordMessages(kernel);
    const cell = kernel.execute("await new Promise((done) => setTimeout(done, 1_000))");
    await sleep(100);
    await kernel.request("shell", "kernel_info_request");
    await sleep(20);
    const statuses = () => messages.flatMap(({ content }) => content.execution_state ?? []);
    expect(statuses()).toEqual(["busy", "busy", "idle", "busy"]);
    await cell;
    expect(statuses().at(-1)).toBe("idle");
  });

  it("whose handler fails says so and lives on", async () => {
    await kernel.execute(`const faulty = comms.open("faulty", {}, { id: "faulty" });
      faulty.onMessage(async ({ data }) => { if (data.bad) throw new Error("bad handler"); faulty.send({ fine: true }); });`);
    const messages = recordMessages(kernel);
    const comm = kernel.comms.find(({ id }) => id === "faulty")!;
    await comm.send({ bad: true });
    expect(messages.find(({ header }) => header.msg_type === "stream")?.content).toMatchObject({
      name: "stderr",
      text: expect.stringContaining("bad handler"),
    });
    await comm.send({});
    expect(comm.received.at(-1)?.data).toEqual({ fine: true });
  });

  it("is listed by comm_info, by target if wanted", async () => {
    await kernel.execute(`comms.open("listed", {}, { id: "listed1" }); undefined`);
    const all = (await kernel.request("shell", "comm_info_request")).content;
    expect(all).toMatchObject({ status: "ok", comms: { listed1: { target_name: "listed" } } });
    const some = (await kernel.request("shell", "comm_info_request", { target_name: "listed" })).content;
    expect(some.comms).toEqual({ listed1: { target_name: "listed" } });
  });

  it("handler that loops is ended by an interrupt, and the front end is told that it is done", async () => {
    await kernel.execute(
      `const looping = comms.open("loop", {}, { id: "loop" }); looping.onMessage(() => { while (true) {} });`,
    );
    const sent = kernel.comms.find(({ id }) => id === "loop")!.send({});
    await sleep(50);
    await kernel.interrupt();
    await sent;
    expect(written(await kernel.execute("console.log('free')"))).toBe("free\n");
  });
});

describe("a widget", () => {
  it("that is the value of a cell is shown, after it has been opened", async () => {
    const messages = recordMessages(kernel);
    const { outputs } = await kernel.execute("widget({ value: 1 })");
    const types = messages.map(({ header }) => header.msg_type);
    expect(types.indexOf("comm_open")).toBeLessThan(types.indexOf("execute_result"));
    expect(outputs[0]).toMatchObject({
      data: {
        "application/vnd.jupyter.widget-view+json": { version_major: 2, version_minor: 0, model_id: ids().at(-1) },
        "text/plain": expect.stringContaining("TestModel"),
      },
    });
  });

  it("answers a change with an echo of the same message, then with its own", async () => {
    await kernel.execute(
      `const w = widget({ n: 0, doubled: 0 }); w.onChange(({ n }) => { if (n !== undefined) w.set({ doubled: 2 * n }) });`,
    );
    const comm = kernel.comms.find(({ id }) => id === ids().at(-1))!;
    const messages = recordMessages(kernel);
    await comm.send({ method: "update", state: { n: 4 }, buffer_paths: [] });
    expect(comm.received.map(({ data }) => data)).toEqual([
      { method: "echo_update", state: { n: 4 }, buffer_paths: [] },
      { method: "update", state: { doubled: 8 }, buffer_paths: [] },
    ]);
    const parents = messages.filter(({ header }) => header.msg_type === "comm_msg").map(({ parent }) => parent.msg_id);
    expect(new Set(parents).size).toBe(1);
  });

  it("comes back when the page is loaded again", async () => {
    await kernel.execute(`const restored = widget({ mask: new Uint8Array([1, 2, 3]), n: 1 }); restored.set({ n: 2 })`);
    const id = ids().at(-1)!;
    const control = await kernel.openComm("jupyter.widget.control", {}, { metadata: { version: "1.0.0" } });
    await control.send({ method: "request_states" });
    const { data, buffers } = control.received[0]!;
    const states = data.states as Record<string, { state: object }>;
    expect(data.method).toBe("update_states");
    expect(Object.keys(states)).toEqual(ids());
    expect(states[id]).toMatchObject({ model_name: "TestModel", model_module: "m", model_module_version: "1.2.3" });
    expect(states[id]!.state).toMatchObject({ n: 2, _view_name: "TestView" });
    const at = (data.buffer_paths as unknown[][]).findIndex(([owner]) => owner === id);
    expect((data.buffer_paths as unknown[][])[at]).toEqual([id, "state", "mask"]);
    expect(buffers[at]).toEqual(new Uint8Array([1, 2, 3]));
    const one = kernel.comms.find((comm) => comm.id === id)!;
    await one.send({ method: "request_state" });
    await expect.poll(() => one.received.at(-1)?.data).toMatchObject({ method: "update", state: { n: 2 } });
  });
});

describe("a comm of the user's own", () => {
  it("is opened from a cell, and carries data, metadata and bytes both ways", async () => {
    const opened = await kernel.execute(`import { onComm, openComm } from "samlab";
      const own = openComm("own", { a: 1 }, { metadata: { m: 2 }, buffers: [new Uint8Array([1, 2])] });
      own.onMessage(({ data, metadata, buffers }) => own.send({ got: data }, { metadata, buffers }));
      own.onClose(({ data }) => console.log("closed", data));`);
    expect(failure(opened)).toBeUndefined();
    const comm = kernel.comms.find(({ target }) => target === "own")!;
    expect(comm.opened).toMatchObject({ data: { a: 1 }, metadata: { m: 2 }, buffers: [new Uint8Array([1, 2])] });
    await comm.send({ n: 3 }, { metadata: { back: true }, buffers: [new Uint8Array([9])] });
    expect(comm.received.at(-1)).toEqual({
      data: { got: { n: 3 } },
      metadata: { back: true },
      buffers: [new Uint8Array([9])],
    });
  });

  it("of a front end is answered while there is a handler, else closed at once", async () => {
    await kernel.execute(`const stop = onComm("asked", (comm, { data }) => comm.send({ hello: data.name }));`);
    const comm = await kernel.openComm("asked", { name: "x" });
    expect(comm.received.at(-1)?.data).toEqual({ hello: "x" });
    await kernel.execute("stop();");
    const late = await kernel.openComm("asked", { name: "y" });
    expect(kernel.comms.includes(late)).toBe(false);
    expect(kernel.comms.includes(comm)).toBe(true);
  });

  it("has a name of its own", async () => {
    for (const target of ['"jupyter.widget"', '"jupyter.widget.control"', '""']) {
      expect(failure(await kernel.execute(`openComm(${target})`))?.evalue).toContain("cannot be the target of a comm");
    }
  });
});
