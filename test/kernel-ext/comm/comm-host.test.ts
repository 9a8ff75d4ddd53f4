import { beforeEach, describe, expect, it } from "vitest";
import type { Comm } from "../../../kernel-ext/comm/comm.js";
import { Comms } from "../../../kernel-ext/comm/comm-host.js";

const message = { data: { n: 1 }, metadata: {}, buffers: [new Uint8Array([1])] };

describe("comms", () => {
  let sent: unknown[];
  let comms: Comms;
  beforeEach(() => {
    sent = [];
    comms = new Comms({ publish: (type, content, options) => sent.push([type, content, options]) });
  });

  it("opened by the kernel send, receive and close", async () => {
    const comm = comms.open("t", { a: 1 }, { id: "c", metadata: { version: "1" }, buffers: [new Uint8Array([2])] });
    const received: unknown[] = [];
    comm.onMessage((got) => void received.push(got));
    await comms.handleMessage("c", message);
    comm.send({ b: 2 });
    comm.close();
    comm.close();
    comm.send({ late: true });
    expect(received).toEqual([message]);
    expect(sent).toEqual([
      [
        "comm_open",
        { comm_id: "c", target_name: "t", data: { a: 1 } },
        { metadata: { version: "1" }, buffers: [new Uint8Array([2])] },
      ],
      ["comm_msg", { comm_id: "c", data: { b: 2 } }, { metadata: {}, buffers: [] }],
      ["comm_close", { comm_id: "c", data: {} }, { metadata: {}, buffers: [] }],
    ]);
  });

  it("opened by a front end go to the handler of their target", () => {
    let opened: Comm | undefined;
    comms.onTarget("t", (comm) => {
      opened = comm;
    });
    comms.handleOpen("x", "t", message);
    expect(opened).toMatchObject({ id: "x", target: "t" });
    expect(sent).toEqual([]);
  });

  it("to an unknown target are closed at once", () => {
    comms.handleOpen("x", "nobody", message);
    expect(sent).toEqual([["comm_close", { comm_id: "x", data: {} }, { metadata: {}, buffers: [] }]]);
    expect(comms.info(undefined)).toEqual({ status: "ok", comms: {} });
  });

  it("are listed, by target if wanted, until they close", () => {
    comms.open("a", {}, { id: "1" });
    comms.open("b", {}, { id: "2" });
    expect(comms.info(undefined).comms).toEqual({ 1: { target_name: "a" }, 2: { target_name: "b" } });
    comms.handleClose("1", message);
    expect(comms.info("a").comms).toEqual({});
  });

  it("that are unknown are ignored", async () => {
    await comms.handleMessage("gone", message);
    comms.handleClose("gone", message);
    expect(sent).toEqual([]);
  });

  it("are busy until the slowest handler is done", async () => {
    const comm = comms.open("t", {}, { id: "c" });
    const order: string[] = [];
    comm.onMessage(async () => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      order.push("slow");
    });
    comm.onMessage(() => void order.push("quick"));
    await comms.handleMessage("c", message);
    expect(order).toEqual(["quick", "slow"]);
  });
});
