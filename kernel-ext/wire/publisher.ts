import type { XPublisher } from "zeromq";
import type { Relay } from "./relay.js";
import type { FrameSink } from "./send-queue.js";

/** Settings of the iopub socket: it never drops anything, and the relay keeps it from holding much. */
export const PUBLISHER_OPTIONS = { sendHighWaterMark: 0, verbosity: "allSubs", linger: 2_000 } as const;

/** The publisher may run this far ahead of the relay. */
const AHEAD_BYTES = 2 * 2 ** 20;

/** Publishes to everyone who listens, as fast as those who read can take it. */
export function publisher(socket: XPublisher, relay: Relay): FrameSink {
  let ahead = 0;
  return {
    async send(frames) {
      await relay.room();
      if (ahead > AHEAD_BYTES) {
        await relay.caughtUp();
        ahead = 0;
      }
      await socket.send(frames);
      for (const frame of frames) ahead += frame.byteLength;
    },
  };
}

/** The topic of a subscription that an XPUB socket has received; undefined for anything else. */
export function subscribedTopic(frame: Uint8Array): Uint8Array | undefined {
  return frame[0] === 1 ? frame.slice(1) : undefined;
}
