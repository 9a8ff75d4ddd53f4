import { rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { ConnectionInfo } from "./connection.js";
import { warn } from "./warn.js";
import { answersPings, FrameFollower, ping, pongPosition } from "./zmtp-frames.js";

/** Maximum backlog of a reading subscriber; above it, the kernel waits. */
const UNREAD_BYTES = 8 * 2 ** 20;
/** Maximum backlog kept for a stalled subscriber while the kernel goes on without it. */
const KEPT_BYTES = 64 * 2 ** 20;
/** A subscriber that has received nothing for this long is stalled. */
const STALLED_MS = 250;
/** After this, a stalled subscriber over its limit is disconnected; sooner if there are other subscribers. */
const STALL_LIMIT_MS = 10_000;
const STALL_LIMIT_WITH_OTHERS_MS = 5_000;
/** Maximum size of a single write, so that progress is visible. */
const WRITE_BYTES = 1 << 18;
const LOOK_AGAIN_MS = 5;
/**
 * Interval, in bytes, at which a subscriber is pinged to find out how far it has read: its system and its zeromq buffer
 * far more than it handles.
 */
const ASK_EVERY_BYTES = 1 << 17;
/** After this long without a pong, replies no longer wait for the subscriber. */
const REPLY_WAIT_MS = 3_000;

/**
 * Sits between the publisher's socket and its subscribers and forwards bytes. zeromq can drop messages or wait for the
 * slowest subscriber, but cannot tell which one that is or how much it has not read. Here every subscriber has its own
 * queue: the kernel waits for one that reads slowly, and one that has stopped does not affect the others.
 */
export class Relay {
  readonly #server: Server;
  readonly #peers = new Set<Peer>();
  readonly #progress: () => void;
  #publisherPort = 0;
  #received = 0;
  #path: string | undefined;

  /** `progress` is called whenever a subscriber has received something. */
  constructor(progress: () => void) {
    this.#progress = progress;
    this.#server = createServer((front) => this.#accept(front));
  }

  /** Opens the iopub port of the connection file for subscribers of the publisher bound to `publisherPort`. */
  async listen(info: ConnectionInfo, publisherPort: number): Promise<void> {
    this.#publisherPort = publisherPort;
    const ipc = info.transport === "ipc";
    this.#path = ipc ? `${info.ip}-${info.iopub_port}` : undefined;
    // Like zeromq: remove the socket file of a kernel that has ended.
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

  /** Resolves when no reading subscriber has a large backlog. */
  async room(): Promise<void> {
    while (this.#isFull()) await delay(LOOK_AGAIN_MS);
  }

  /**
   * Resolves when subscribers have received almost everything. Front ends such as nbclient stop listening some seconds
   * after the reply to a cell, regardless of how much output they have not read.
   */
  async taken(): Promise<void> {
    while (this.isBehind) await delay(LOOK_AGAIN_MS);
  }

  /** True if a reading subscriber has a large backlog. */
  get isBehind(): boolean {
    for (const peer of this.#peers) if (peer.isBehind()) return true;
    return false;
  }

  /** Resolves when everything given to the publisher has arrived here. */
  async caughtUp(): Promise<void> {
    for (;;) {
      const before = this.#received;
      await delay(1);
      if (this.#received === before) return;
    }
  }

  /** Resolves when every reading subscriber has received everything; the publisher must be closed before. */
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
      const limit = this.#peers.size > 1 ? STALL_LIMIT_WITH_OTHERS_MS : STALL_LIMIT_MS;
      if (idle > limit) {
        warn(`disconnected a front end that had read nothing for ${Math.round(idle / 1000)} s`);
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

/** One subscriber: its connection, and the connection to the publisher opened for it. */
class Peer {
  readonly #front: Socket;
  readonly #back: Socket;
  readonly #progress: () => void;
  readonly #fromFront = new FrameFollower((command) => this.#hear(command));
  readonly #fromBack = new FrameFollower();
  #queue: Buffer[] = [];
  #queued = 0;
  #writing = 0;
  /** Byte counters: total queued, at the last ping, and read as far as the subscriber has reported. */
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
    // If either end disconnects, close the other.
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

  /** Bytes the subscriber has not received, as far as known. */
  get unread(): number {
    return Math.max(this.#queued + this.#writing, this.#asked - this.#confirmed);
  }

  /** How long, in ms, the subscriber has received nothing although data was queued. */
  idleMs(): number {
    return this.unread === 0 ? 0 : performance.now() - this.#lastProgress;
  }

  /** True if it has received everything, or is no longer reading. */
  isDone(): boolean {
    return (this.#ended && this.#queued + this.#writing === 0) || this.idleMs() > STALLED_MS;
  }

  /** True if it has a large backlog and is reading. */
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

  /** The next bytes to send: small chunks are joined, to save writes. */
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
