import { rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { ConnectionInfo } from "./connection.js";
import { warn } from "./warn.js";
import { answersPings, FrameFollower, ping, pongPosition } from "./zmtp-frames.js";

/** A subscriber that reads may have this much before it; above that the kernel waits for it. */
const UNREAD_BYTES = 8 * 2 ** 20;
/** What is kept for a subscriber that does not read at the moment, while the kernel goes on without it. */
const KEPT_BYTES = 64 * 2 ** 20;
/** A subscriber that has taken nothing for this long does not read at the moment. */
const STALLED_MS = 250;
/** After this a subscriber for which no more can be kept is cut off: sooner when it holds others up. */
const PATIENCE_MS = 10_000;
const PATIENCE_WITH_OTHERS_MS = 5_000;
/** Handed to the transport in one piece, so that progress can be seen. */
const WRITE_BYTES = 1 << 18;
const LOOK_AGAIN_MS = 5;
/** After so much a subscriber is asked how far it has read: its system and its zeromq take far more than it handles. */
const ASK_EVERY_BYTES = 1 << 17;
/** So long without an answer, and a reply does not wait for the subscriber any more. */
const REPLY_WAIT_MS = 3_000;

/**
 * Stands between the publisher's socket and its subscribers, and passes bytes on. zeromq can drop messages or stop for the slowest
 * subscriber, but cannot say which one that is, or how much it has not read. Here every subscriber has a queue of its own: one that
 * reads slowly is waited for, one that has stopped costs the others nothing.
 */
export class Relay {
  readonly #server: Server;
  readonly #peers = new Set<Peer>();
  readonly #progress: () => void;
  #publisherPort = 0;
  #received = 0;
  #path: string | undefined;

  /** `progress` is called whenever a subscriber has taken something. */
  constructor(progress: () => void) {
    this.#progress = progress;
    this.#server = createServer((front) => this.#accept(front));
  }

  /** Opens the iopub port of the connection file for subscribers of the publisher that is bound to `publisherPort`. */
  async listen(info: ConnectionInfo, publisherPort: number): Promise<void> {
    this.#publisherPort = publisherPort;
    const ipc = info.transport === "ipc";
    this.#path = ipc ? `${info.ip}-${info.iopub_port}` : undefined;
    // As zeromq does it: the file of a kernel that has ended is in the way.
    if (this.#path !== undefined) rmSync(this.#path, { force: true });
    const address = ipc ? { path: this.#path } : { host: info.ip === "*" ? "0.0.0.0" : info.ip, port: info.iopub_port };
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(address, () => {
        this.#server.off("error", reject);
        this.#server.on("error", (error) => warn(`iopub: ${error.message}`));
        resolve();
      });
    });
  }

  /** Settles when there is room for more: when no subscriber that reads has much before it. */
  async room(): Promise<void> {
    while (this.#isFull()) await delay(LOOK_AGAIN_MS);
  }

  /**
   * Settles when subscribers have taken almost all of it. Front ends such as nbclient stop listening some seconds after the reply to a
   * cell, however much of its output they have still to read.
   */
  async taken(): Promise<void> {
    while (this.isBehind) await delay(LOOK_AGAIN_MS);
  }

  /** True while there is a subscriber that has much to read and reads. */
  get isBehind(): boolean {
    for (const peer of this.#peers) if (peer.isBehind()) return true;
    return false;
  }

  /** Settles when everything that the publisher was given has come here. */
  async caughtUp(): Promise<void> {
    for (;;) {
      const before = this.#received;
      await delay(1);
      if (this.#received === before) return;
    }
  }

  /** Settles when every subscriber that reads has got everything; the publisher has been closed before. */
  async finished(): Promise<void> {
    this.#server.close();
    while ([...this.#peers].some((peer) => !peer.isDone())) await delay(LOOK_AGAIN_MS);
  }

  destroy(): void {
    this.#server.close();
    for (const peer of this.#peers) peer.destroy();
    if (this.#path !== undefined) rmSync(this.#path, { force: true });
  }

  #isFull(): boolean {
    let full = false;
    for (const peer of this.#peers) {
      if (peer.unread <= UNREAD_BYTES) continue;
      const idle = peer.idleMs();
      if (idle > STALLED_MS && peer.unread <= KEPT_BYTES) continue;
      const patience = this.#peers.size > 1 ? PATIENCE_WITH_OTHERS_MS : PATIENCE_MS;
      if (idle > patience) {
        warn(`cut off a front end that has read nothing for ${Math.round(idle / 1000)} s`);
        this.#peers.delete(peer);
        peer.destroy();
      } else {
        full = true;
      }
    }
    return full;
  }

  #accept(front: Socket): void {
    const back = connect(this.#publisherPort, "127.0.0.1");
    const peer = new Peer(front, back, {
      received: (bytes) => {
        this.#received += bytes;
      },
      progress: this.#progress,
      closed: () => this.#peers.delete(peer),
    });
    this.#peers.add(peer);
  }
}

/** One subscriber: its own connection, and the connection to the publisher that was made for it. */
class Peer {
  readonly #front: Socket;
  readonly #back: Socket;
  readonly #progress: () => void;
  readonly #fromFront = new FrameFollower((command) => this.#hear(command));
  readonly #fromBack = new FrameFollower();
  #queue: Buffer[] = [];
  #queued = 0;
  #writing = 0;
  /** Bytes since the beginning: queued ever, before the last question, and read as far as the subscriber has said. */
  #position = 0;
  #asked = 0;
  #confirmed = 0;
  #ended = false;
  #lastProgress = performance.now();

  constructor(
    front: Socket,
    back: Socket,
    { received, progress, closed }: { received(bytes: number): void; progress(): void; closed(): void },
  ) {
    this.#front = front;
    this.#back = back;
    this.#progress = progress;
    front.setNoDelay(true);
    back.setNoDelay(true);
    front.on("data", (chunk) => this.#fromFront.follow(chunk));
    front.pipe(back);
    back.on("data", (chunk) => {
      received(chunk.length);
      if (this.unread === 0) this.#lastProgress = performance.now();
      const boundary = this.#fromBack.follow(chunk);
      if (boundary >= 0 && this.#position + boundary - this.#asked > ASK_EVERY_BYTES) {
        this.#push(chunk.subarray(0, boundary));
        this.#askHowFar();
        this.#push(chunk.subarray(boundary));
      } else {
        this.#push(chunk);
      }
      this.#write();
    });
    back.on("end", () => {
      this.#ended = true;
      this.#write();
    });
    // Either end may go at any time, and then the other one goes too.
    front.on("error", () => this.destroy());
    back.on("error", () => this.destroy());
    back.on("close", () => {
      if (!this.#ended) this.destroy();
    });
    front.on("close", () => {
      this.destroy();
      closed();
    });
  }

  /** Bytes that the subscriber has not taken, as far as can be told. */
  get unread(): number {
    return Math.max(this.#queued + this.#writing, this.#asked - this.#confirmed);
  }

  /** How long the subscriber has taken nothing though there was something. */
  idleMs(): number {
    return this.unread === 0 ? 0 : performance.now() - this.#lastProgress;
  }

  /** True when it has got everything, or does not read any more. */
  isDone(): boolean {
    return (this.#ended && this.#queued + this.#writing === 0) || this.idleMs() > STALLED_MS;
  }

  /** True while it has much to read and does read. */
  isBehind(): boolean {
    return this.unread > ASK_EVERY_BYTES && this.idleMs() < REPLY_WAIT_MS;
  }

  destroy(): void {
    this.#front.destroy();
    this.#back.destroy();
  }

  #push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#queue.push(chunk);
    this.#queued += chunk.length;
    this.#position += chunk.length;
  }

  #askHowFar(): void {
    const { greeting } = this.#fromFront;
    if (!greeting || !answersPings(greeting)) return;
    this.#asked = this.#position;
    this.#push(ping(this.#asked));
  }

  #hear(command: Buffer): void {
    const position = pongPosition(command);
    if (position === undefined || !(position > this.#confirmed) || position > this.#asked) return;
    this.#confirmed = position;
    this.#advance();
  }

  #advance(): void {
    this.#lastProgress = performance.now();
    this.#progress();
  }

  #write(): void {
    if (this.#writing > 0) return;
    if (this.#queued === 0) {
      if (this.#ended) this.#front.end();
      return;
    }
    const chunk = this.#take();
    this.#writing = chunk.length;
    this.#front.write(chunk, (error) => {
      this.#writing = 0;
      if (error) return;
      this.#advance();
      this.#write();
    });
  }

  /** The next bytes: small pieces joined, so that many of them need not many writes. */
  #take(): Buffer {
    let bytes = 0;
    let count = 0;
    while (count < this.#queue.length && (count === 0 || bytes + this.#queue[count]!.length <= WRITE_BYTES)) {
      bytes += this.#queue[count++]!.length;
    }
    const pieces = this.#queue.splice(0, count);
    this.#queued -= bytes;
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, bytes);
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
