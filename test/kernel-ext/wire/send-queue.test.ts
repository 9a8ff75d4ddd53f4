import { describe, expect, it } from "vitest";
import { SendQueue } from "../../../kernel-ext/wire/send-queue.js";

const frame = (n: number) => [new Uint8Array([n])];

/** A transport that, as zeromq, cannot take a message while it sends one. */
function busySocket() {
  const sent: number[] = [];
  let busy = false;
  return {
    sent,
    async send([data]: Uint8Array[]) {
      if (busy) throw new Error("Socket is busy writing");
      busy = true;
      await new Promise((resolve) => setImmediate(resolve));
      busy = false;
      if (data![0] === 13) throw new Error("unlucky");
      sent.push(data![0]!);
    },
  };
}

describe("the send queue", () => {
  it("sends everything, in order, one at a time", async () => {
    const socket = busySocket();
    const queue = new SendQueue(socket, () => expect.unreachable());
    for (let n = 0; n < 10; n++) queue.push(frame(n));
    await queue.drained();
    queue.push(frame(10));
    await queue.drained();
    expect(socket.sent).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("goes on after a message that cannot be sent, and reports it", async () => {
    const socket = busySocket();
    const failures: unknown[] = [];
    let done = 0;
    const queue = new SendQueue(socket, (error) => failures.push(error));
    for (const n of [12, 13, 14]) queue.push(frame(n), { sent: () => done++ });
    await queue.drained();
    expect(socket.sent).toEqual([12, 14]);
    expect(failures).toEqual([new Error("unlucky")]);
    expect(done).toBe(3);
  });

  it("replaces what waits last by the next state of the same thing", async () => {
    const socket = busySocket();
    const queue = new SendQueue(socket, () => expect.unreachable());
    let done = 0;
    const push = (n: number, replaces?: string) => queue.push(frame(n), { replaces, sent: () => done++ });
    push(0);
    for (const n of [1, 2, 3]) push(n, "a");
    push(4, "b");
    push(5, "a");
    expect(queue.bytes).toBe(4);
    await queue.drained();
    expect(socket.sent).toEqual([0, 3, 4, 5]);
    expect([done, queue.bytes]).toEqual([6, 0]);
  });

  it("says when what was pushed so far has been sent", async () => {
    const socket = busySocket();
    const queue = new SendQueue(socket, () => expect.unreachable());
    const log: string[] = [];
    queue.afterLast(() => log.push("at once"));
    queue.push(frame(1));
    queue.push(frame(2));
    queue.afterLast(() => log.push(`after ${socket.sent.join()}`));
    queue.push(frame(3));
    await queue.drained();
    expect(log).toEqual(["at once", "after 1,2"]);
  });
});
