import { beforeEach, describe, expect, it } from "vitest";
import { decodeFrames } from "../../../kernel-ext/wire/codec.js";
import { parseMessage } from "../../../kernel-ext/wire/message.js";
import { Outbox } from "../../../kernel-ext/wire/outbox.js";
import { createSigner } from "../../../kernel-ext/wire/signature.js";
import type { KernelSockets } from "../../../kernel-ext/wire/sockets.js";

const signer = createSigner("key", "hmac-sha256");
const cell = '{"msg_id":"cell"}';
const comm = '{"msg_id":"comm"}';

describe("the outbox", () => {
  let published: string[];
  let outbox: Outbox;
  beforeEach(() => {
    published = [];
    const socket = {
      async send(frames: Uint8Array[]) {
        const { header, parent, content } = parseMessage(decodeFrames(frames, signer));
        const what = content.execution_state ?? content.subscription ?? header.msg_type;
        published.push(`${parent.msg_id ?? "-"} ${JSON.stringify(what)}`);
      },
    };
    outbox = new Outbox({ shell: socket, control: socket, iopub: socket } as unknown as KernelSockets, signer);
  });

  it("says that a cell is busy again after the idle of another request", async () => {
    outbox.status("busy", cell, true);
    outbox.status("busy", comm);
    outbox.status("idle", comm);
    outbox.status("idle", cell, true);
    outbox.status("busy", comm);
    outbox.status("idle", comm);
    await outbox.drained();
    expect(published).toEqual([
      'cell "busy"',
      'comm "busy"',
      'comm "idle"',
      'cell "busy"',
      'cell "idle"',
      'comm "busy"',
      'comm "idle"',
    ]);
  });

  it("welcomes a subscriber by its topic", async () => {
    outbox.welcome(new TextEncoder().encode("stream"));
    await outbox.drained();
    expect(published).toEqual(['- "stream"']);
  });
});
