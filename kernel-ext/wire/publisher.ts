import type { XPublisher } from "zeromq";
import type { Relay } from "./relay.js";
import type { FrameSink } from "./send-queue.js";

/** Settings of the iopub socket: it never drops anything, and the relay keeps it from holding much. */
export const PUBLISHER_OPTIONS = { sendHighWaterMark: 0, verbosity: "allSubs", linger: 2_000 } as const;

/** The publisher may run this far ahead of the relay. */
const AHEAD_BYTES = 2 * 2 ** 20;
/** Less than this is on its way to subscribers all the time. */
const LITTLE_BYTES = 1 << 17;

/** Publishes to everyone who listens, as fast as those who read can take it. */
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

  /** True when subscribers have still much to read. */
  get isAhead(): boolean {
    return this.#ahead > LITTLE_BYTES || this.#relay.isBehind;
  }

  /** Settles when subscribers that read have taken what was sent before, but for a little. */
  async taken(): Promise<void> {
    if (this.#ahead > LITTLE_BYTES) await this.#catchUp();
    await this.#relay.taken();
  }

  async #catchUp(): Promise<void> {
    await this.#relay.caughtUp();
    this.#ahead = 0;
  }
}

/** The topic of a subscription that an XPUB socket has received; undefined for anything else. */
export function subscribedTopic(frame: Uint8Array): Uint8Array | undefined {
  return frame[0] === 1 ? frame.slice(1) : undefined;
}
