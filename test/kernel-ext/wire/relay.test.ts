import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as zmq from "zeromq";
import { onFreePorts } from "../../../kernel-ext/client/ports.js";
import type { ConnectionInfo } from "../../../kernel-ext/wire/connection.js";
import { PUBLISHER_OPTIONS, Publisher } from "../../../kernel-ext/wire/publisher.js";
import { Relay } from "../../../kernel-ext/wire/relay.js";
import { FrameFollower } from "../../../kernel-ext/wire/zmtp-frames.js";

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The parts of the handshake of a subscriber to everything, in version 3.0, which knows no pings, or 3.1. */
function subscription(minor: number): Buffer[] {
  const greeting = Buffer.alloc(64);
  greeting.set([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, minor]);
  greeting.write("NULL", 12);
  const ready = Buffer.from("\x04\x19\x05READY\x0bSocket-Type\0\0\0\x03SUB", "latin1");
  const everything = minor > 0 ? Buffer.from("\x04\x0a\x09SUBSCRIBE", "latin1") : Buffer.of(0, 1, 1);
  return [greeting, Buffer.concat([ready, everything])];
}

describe("the relay", () => {
  let iopub: zmq.XPublisher;
  let relay: Relay;
  let publisher: Publisher;
  let port: number;
  beforeEach(async () => {
    iopub = new zmq.XPublisher({ ...PUBLISHER_OPTIONS, linger: 0 });
    await iopub.bind("tcp://127.0.0.1:*");
    await onFreePorts(1, async ([iopub_port]) => {
      port = iopub_port;
      relay = new Relay(() => {});
      const info = { transport: "tcp", ip: "127.0.0.1", iopub_port } as ConnectionInfo;
      await relay.listen(info, Number(iopub.lastEndpoint!.split(":").at(-1)));
    });
    publisher = new Publisher(iopub, relay);
  });
  afterEach(() => {
    iopub.close();
    relay.destroy();
  });

  async function subscribe(): Promise<zmq.Subscriber> {
    const subscriber = new zmq.Subscriber({ linger: 0, receiveTimeout: 5_000 });
    subscriber.connect(`tcp://127.0.0.1:${port}`);
    subscriber.subscribe();
    await iopub.receive();
    return subscriber;
  }

  /** One that speaks the protocol, reads only while it is told to, and never says how far it has read. */
  async function subscribeByHand(minor: number) {
    const socket = connect(port, "127.0.0.1");
    const hand = { socket, pings: 0, pingsInMessages: 0 };
    const follower = new FrameFollower((body) => {
      if (body.toString("latin1", 1, 5) !== "PING") return;
      hand.pings++;
      if (!follower.atBoundary) hand.pingsInMessages++;
    });
    socket.on("error", () => {}).on("data", (chunk) => follower.follow(chunk));
    // zeromq takes the rest only after it has sent its own greeting.
    const [greeting, rest] = subscription(minor);
    socket.write(greeting!);
    await expect.poll(() => follower.greeting, { interval: 2 }).toBeDefined();
    socket.write(rest!);
    await iopub.receive();
    socket.pause();
    return hand;
  }

  async function send(count: number, bytes: number): Promise<void> {
    const body = Buffer.alloc(bytes, 7);
    for (let i = 0; i < count; i++) await publisher.send([Buffer.from(String(i)), body]);
    // zeromq hands it on in a thread of its own.
    await sleep(50);
  }

  it("passes everything on to each subscriber, in order", async () => {
    const subscribers = [await subscribe(), await subscribe()];
    const sent = send(3_000, 10_000);
    for (const subscriber of subscribers) {
      for (let i = 0; i < 3_000; i++) {
        const [number, body] = await subscriber.receive();
        expect(`${number} ${body!.length}`).toBe(`${i} 10000`);
      }
      subscriber.close();
    }
    await sent;
  });

  it("knows what a subscriber has not handled, though its system has taken it", async () => {
    const subscriber = await subscribe();
    // More than the subscriber's zeromq takes, less than the buffers of its system do.
    await send(1_500, 1_000);
    let taken = false;
    const done = publisher.taken().then(() => {
      taken = true;
    });
    await sleep(100);
    expect(taken).toBe(false);
    for (let i = 0; i < 1_500; i++) await subscriber.receive();
    await done;
    subscriber.close();
  });

  it("does not hold replies for a subscriber that reads nothing", async () => {
    const { socket } = await subscribeByHand(1);
    await send(400, 1_000);
    const began = performance.now();
    await publisher.taken();
    expect(performance.now() - began).toBeGreaterThan(2_000);
    socket.destroy();
  });

  it("asks only those who understand it, and only between messages", async () => {
    const hands = [await subscribeByHand(0), await subscribeByHand(1)];
    for (const { socket } of hands) socket.resume();
    await send(1_000, 1_000);
    await expect.poll(() => hands[1]!.pings).toBeGreaterThan(3);
    await relay.caughtUp();
    expect(hands[0]!.pings).toBe(0);
    expect(hands[1]!.pingsInMessages).toBe(0);
    for (const { socket } of hands) socket.destroy();
  });

  it("ends a connection when the publisher does", async () => {
    const { socket } = await subscribeByHand(1);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    iopub.close();
    socket.resume();
    await closed;
  });
});

describe("frames", () => {
  it("are followed through pieces of any size", () => {
    const bytes = Buffer.concat([
      ...subscription(0),
      Buffer.of(1, 2, 65, 66),
      Buffer.of(2, 0, 0, 0, 0, 0, 0, 1, 0),
      Buffer.alloc(256),
    ]);
    for (const size of [1, 2, 3, 7, 64, bytes.length]) {
      const commands: string[] = [];
      const follower = new FrameFollower((body) => commands.push(body.toString("latin1", 1, 6)));
      const boundaries: number[] = [];
      for (let at = 0; at < bytes.length; at += size) {
        follower.follow(bytes.subarray(at, at + size));
        if (follower.atBoundary) boundaries.push(Math.min(bytes.length, at + size));
      }
      expect(commands).toEqual(["READY"]);
      expect(boundaries.at(-1)).toBe(bytes.length);
      if (size === 1) expect(boundaries).toEqual([64, 91, 94, bytes.length]);
    }
  });
});
