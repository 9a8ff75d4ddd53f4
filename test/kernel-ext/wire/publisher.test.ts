import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { XPublisher } from "zeromq";
import { patientPublisher, subscribedTopic } from "../../../kernel-ext/wire/publisher.js";

describe("the publisher", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
  afterEach(() => void vi.useRealTimers());

  it("stops waiting for a subscriber that does not read, and starts again later", async () => {
    let stuck = true;
    const sent: boolean[] = [];
    const socket = {
      noDrop: true,
      async send() {
        if (stuck && this.noDrop) throw Object.assign(new Error("would block"), { code: "EAGAIN" });
        sent.push(this.noDrop);
      },
    };
    const publisher = patientPublisher(socket as unknown as XPublisher);
    await publisher.send([]);
    await publisher.send([]);
    stuck = false;
    vi.setSystemTime(Date.now() + 61_000);
    await publisher.send([]);
    expect(sent).toEqual([false, false, true]);
  });

  it("passes other errors on", async () => {
    const socket = { noDrop: true, send: () => Promise.reject(new Error("closed")) };
    await expect(patientPublisher(socket as unknown as XPublisher).send([])).rejects.toThrow("closed");
  });
});

describe("a subscription", () => {
  it("is told from an unsubscription", () => {
    expect(subscribedTopic(new Uint8Array([1]))).toEqual(new Uint8Array());
    expect(subscribedTopic(new Uint8Array([1, 97]))).toEqual(new Uint8Array([97]));
    expect(subscribedTopic(new Uint8Array([0, 97]))).toBeUndefined();
  });
});
