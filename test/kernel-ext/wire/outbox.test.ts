import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as zmq from "zeromq";
import { onFreePorts } from "../../../kernel-ext/client/ports.js";
import { decodeFrames } from "../../../kernel-ext/wire/codec.js";
import type { ConnectionInfo } from "../../../kernel-ext/wire/connection.js";
import { parseMessage } from "../../../kernel-ext/wire/message.js";
import { Outbox } from "../../../kernel-ext/wire/outbox.js";
import { createSigner } from "../../../kernel-ext/wire/signature.js";
import { bindSockets, closeSockets, type KernelSockets } from "../../../kernel-ext/wire/sockets.js";

const signer = createSigner("key", "hmac-sha256");
const cell = '{"msg_id":"cell"}';
const comm = '{"msg_id":"comm"}';

describe("the outbox", () => {
  let sockets: KernelSockets;
  let subscriber: zmq.Subscriber;
  let outbox: Outbox;
  beforeEach(async () => {
    let port = 0;
    sockets = await onFreePorts(5, ([shell_port, control_port, iopub_port, stdin_port, hb_port]) => {
      port = iopub_port;
      const ports = { shell_port, control_port, iopub_port, stdin_port, hb_port };
      return bindSockets({ transport: "tcp", ip: "127.0.0.1", ...ports } as ConnectionInfo, () => {});
    });
    outbox = new Outbox(sockets, signer, "a session");
    subscriber = new zmq.Subscriber({ linger: 0, receiveTimeout: 5_000 });
    subscriber.connect(`tcp://127.0.0.1:${port}`);
    subscriber.subscribe();
    await sockets.iopub.receive();
  });
  afterEach(() => {
    subscriber.close();
    closeSockets(sockets);
    sockets.relay.destroy();
  });

  async function published(count: number): Promise<string[]> {
    const seen: string[] = [];
    while (seen.length < count) {
      const { header, parent, content } = parseMessage(decodeFrames(await subscriber.receive(), signer));
      const what = content.execution_state ?? content.subscription ?? header.msg_type;
      seen.push(`${parent.msg_id ?? "-"} ${JSON.stringify(what)}`);
    }
    return seen;
  }

  it("says that a cell is busy again after the idle of another request", async () => {
    outbox.status("busy", cell, true);
    outbox.status("busy", comm);
    outbox.status("idle", comm);
    outbox.status("idle", cell, true);
    outbox.status("busy", comm);
    outbox.status("idle", comm);
    expect(await published(7)).toEqual([
      'cell "busy"',
      'comm "busy"',
      'comm "idle"',
      'cell "busy"',
      'cell "idle"',
      'comm "busy"',
      'comm "idle"',
    ]);
  });

  it("sends what nobody waits for behind the next message, or a moment later", async () => {
    const message = (parent: string) => {
      const header = '{"msg_id":"1","msg_type":"comm_msg"}';
      return { identities: [Buffer.from("comm_msg")], header, parent, metadata: "{}", content: "{}", buffers: [] };
    };
    outbox.status("busy", cell, true);
    outbox.lateStatus("busy", comm);
    outbox.lateStatus("idle", comm);
    outbox.forward("iopub", message(comm), {});
    outbox.lateStatus("busy", comm);
    outbox.forward("iopub", message(comm), {});
    outbox.lateStatus("idle", comm);
    expect(await published(9)).toEqual([
      'cell "busy"',
      'comm "comm_msg"',
      'comm "busy"',
      'comm "idle"',
      'cell "busy"',
      'comm "busy"',
      'comm "comm_msg"',
      'comm "idle"',
      'cell "busy"',
    ]);
  });

  it("welcomes a subscriber by its topic", async () => {
    outbox.welcome(new TextEncoder().encode("stream"));
    expect(await published(1)).toEqual(['- "stream"']);
  });
});
