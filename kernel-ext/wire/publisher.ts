import type { XPublisher } from "zeromq";
import type { Relay } from "./relay.js";
import type { FrameSink } from "./send-queue.js";

/** Settings of the iopub socket: it never drops anything, and the relay keeps its queue short. */
export const PUBLISHER_OPTIONS = { sendHighWaterMark: 0, verbosity: "allSubs", linger: 2_000 } as const;

/** Maximum number of bytes the publisher may be ahead of the relay. */
const AHEAD_BYTES = 2 * 2 ** 20;
/** Below this, the amount in transit to subscribers is ignored. */
const LITTLE_BYTES = 1 << 17;

/** Publishes to all subscribers, as fast as those that read can receive. */
export class Publisher implements FrameSink {
  readonly #socket: XPublisher;
  readonly #relay: Relay;
  #ahead = 0;

  constructor(socket: XPublisher, relay: Relay) {
    this.#socket = socket;
    this.#relay = relay;
  }

  async send(frames: Uint8Array[]): Promise<void> {
    await this.#relay.room();
    if (this.#ahead > AHEAD_BYTES) await this.#catchUp();
    await this.#socket.send(frames);
    for (const frame of frames) this.#ahead += frame.byteLength;
  }

  /** True if subscribers still have much to read. */
  get isAhead(): boolean {
    return this.#ahead > LITTLE_BYTES || this.#relay.isBehind;
  }

  /** Resolves when reading subscribers have received almost everything sent before. */
  async taken(): Promise<void> {
    if (this.#ahead > LITTLE_BYTES) await this.#catchUp();
    await this.#relay.taken();
  }

  async #catchUp(): Promise<void> {
    await this.#relay.caughtUp();
    this.#ahead = 0;
  }
}

/** The topic of a subscription received on an XPUB socket; undefined for anything else. */
export function subscribedTopic(frame: Uint8Array): Uint8Array | undefined {
  return frame[0] === 1 ? frame.slice(1) : undefined;
}
