import type { XPublisher } from "zeromq";
import type { FrameSink } from "./send-queue.js";

const PATIENCE_MS = 5_000;
const DROPPING_MS = 60_000;

/** Settings of the iopub socket that {@link patientPublisher} relies on. */
export const PUBLISHER_OPTIONS = { noDrop: true, sendTimeout: PATIENCE_MS, verbosity: "allSubs", linger: 200 } as const;

/**
 * Waits for slow subscribers, so that no output is lost, but not for one that has stopped reading: after five seconds without
 * progress it loses messages for a while (as with a plain PUB socket), and the kernel and the other subscribers go on.
 */
export function patientPublisher(socket: XPublisher): FrameSink {
  let droppingUntil = 0;
  return {
    async send(frames) {
      if (droppingUntil !== 0 && Date.now() > droppingUntil) {
        droppingUntil = 0;
        socket.noDrop = true;
      }
      try {
        await socket.send(frames);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
        droppingUntil = Date.now() + DROPPING_MS;
        socket.noDrop = false;
        await socket.send(frames);
      }
    },
  };
}

/** The topic of a subscription that an XPUB socket has received; undefined for anything else. */
export function subscribedTopic(frame: Uint8Array): Uint8Array | undefined {
  return frame[0] === 1 ? frame.slice(1) : undefined;
}
