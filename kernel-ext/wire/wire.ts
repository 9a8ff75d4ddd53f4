import { randomUUID } from "node:crypto";
import { Worker } from "node:worker_threads";
import type { JsonObject } from "../comm/comm.js";
import type { ConnectionInfo } from "./connection.js";
import { headerFactory, type Message, parseMessage } from "./message.js";
import { createTextRing, TextWriter } from "./text-ring.js";
import { type ReplyChannel, Shared, type ToMain, type ToThread, type WireThreadData } from "./thread-protocol.js";
import { reason, warn } from "./warn.js";

/** Above this the main thread waits for the sockets, so that a cell that sends without end does not fill the memory. */
const MAX_BYTES_IN_FLIGHT = 8 * 2 ** 20;
/** Never wait for ever: an interrupt may have lost count. */
const MAX_WAIT_MS = 10_000;
const CLOSE_MS = 300;

const encoder = new TextEncoder();

/** A request of a front end, as the main thread sees it. */
export interface Request extends Message {
  readonly channel: ReplyChannel;
}

export interface WireEvents {
  request(request: Request): void;
  /** The user interrupts; the wire thread terminates what blocks this thread when this takes too long. */
  interrupt(): void;
  exit(code: number): void;
}

export interface PublishOptions {
  readonly metadata?: JsonObject;
  readonly buffers?: readonly Uint8Array[];
}

/** The main thread's end of the wire. */
export interface Wire {
  reply(request: Request, content: object, metadata?: object): void;
  /** `parent` is the header text of the request that caused the message, or "{}". */
  publish(type: string, parent: string, content: object, options?: PublishOptions): void;
  /** Publishes text of stdout or stderr. */
  stream(parent: string, name: string, text: string): void;
  status(state: "busy" | "idle", request: Request): void;
  /**
   * Calls `passed` when every request that had reached the sockets before this call has been handed to `request`. Not a promise:
   * an interrupt may drop the continuations of promises.
   */
  fence(passed: () => void): void;
  /** Says that this thread is going to wait for a child process; `known` are its other children. Undefined when it waits no more. */
  waitForChild(known: readonly number[] | undefined): void;
  /** True while an interrupt is on its way to this thread. */
  isInterruptComing(): boolean;
}

/** Starts the thread that owns the sockets. */
export function startWire(connection: ConnectionInfo, kernelInfo: JsonObject, events: WireEvents): Wire {
  const shared = new SharedArrayBuffer(4 * Object.keys(Shared).length);
  const parentPid = Number.parseInt(process.env.JPY_PARENT_PID ?? "", 10);
  const text = createTextRing();
  const workerData: WireThreadData = {
    connection,
    kernelInfo,
    shared,
    text,
    parentPid: Number.isNaN(parentPid) ? undefined : parentPid,
  };
  const thread = new Worker(new URL("./thread.js", import.meta.url), { workerData });
  const wire = new ThreadWire(thread, new Int32Array(shared), text);
  thread.on("message", (message: ToMain) => {
    switch (message.kind) {
      case "request":
        deliver(message, events);
        break;
      case "interrupt":
        events.interrupt();
        wire.acknowledgeInterrupt(message.id);
        break;
      case "fence":
        wire.passFence(message.id);
        break;
      case "failed":
        events.exit(1);
        break;
      case "exit":
        events.exit(0);
    }
  });
  process.once("exit", () => wire.close());
  thread.on("error", (error) => {
    warn(`the wire thread failed: ${reason(error)}`);
    events.exit(1);
  });
  return wire;
}

function deliver({ channel, message }: Extract<ToMain, { kind: "request" }>, events: WireEvents): void {
  let parsed: Message;
  try {
    parsed = parseMessage(message);
  } catch (error) {
    warn(`dropped a message: ${reason(error)}`);
    return;
  }
  events.request({ ...parsed, channel });
}

class ThreadWire implements Wire {
  readonly #thread: Worker;
  readonly #shared: Int32Array;
  readonly #newHeader = headerFactory(randomUUID(), "samlab");
  readonly #fences = new Map<number, () => void>();
  readonly #text: TextWriter;
  #streamParent = "";
  #streamName = "";
  #lastFence = 0;

  constructor(thread: Worker, shared: Int32Array, text: SharedArrayBuffer) {
    this.#thread = thread;
    this.#shared = shared;
    this.#text = new TextWriter(text, (much) => this.post({ kind: "text", much }));
  }

  post(message: ToThread, transfer: readonly Uint8Array[] = []): void {
    this.#thread.postMessage(
      message,
      transfer.map((buffer) => buffer.buffer as ArrayBuffer),
    );
  }

  reply(request: Request, content: object, metadata: object = {}): void {
    const type = request.header.msg_type.replace(/_request$/, "_reply");
    this.#send(request.channel, request.raw.identities, type, request.raw.header, content, metadata, []);
  }

  publish(type: string, parent: string, content: object, { metadata = {}, buffers = [] }: PublishOptions = {}): void {
    this.#send("iopub", [encoder.encode(type)], type, parent, content, metadata, buffers);
  }

  stream(parent: string, name: string, text: string): void {
    if (parent !== this.#streamParent || name !== this.#streamName) {
      this.post({ kind: "stream", parent, name, at: this.#text.position });
      this.#streamParent = parent;
      this.#streamName = name;
    }
    this.#text.write(text);
  }

  status(state: "busy" | "idle", request: Request): void {
    const cell = request.header.msg_type === "execute_request";
    this.post({ kind: "status", state, parent: request.raw.header, cell, at: this.#text.position });
  }

  fence(passed: () => void): void {
    const id = ++this.#lastFence;
    this.#fences.set(id, passed);
    this.post({ kind: "fence", id });
  }

  isInterruptComing(): boolean {
    return Atomics.load(this.#shared, Shared.interruptAsked) !== Atomics.load(this.#shared, Shared.interruptSeen);
  }

  waitForChild(known: readonly number[] | undefined): void {
    this.post({ kind: "child", known });
  }

  acknowledgeInterrupt(id: number): void {
    Atomics.store(this.#shared, Shared.interruptSeen, id);
    this.post({ kind: "interrupted", id });
  }

  /** Waits until everything is sent and the sockets are closed. Called while the process exits, when nothing else can run. */
  close(): void {
    this.post({ kind: "close", at: this.#text.position });
    Atomics.wait(this.#shared, Shared.closed, 0, CLOSE_MS);
  }

  passFence(id: number): void {
    this.#fences.get(id)?.();
    this.#fences.delete(id);
  }

  #send(
    channel: ReplyChannel | "iopub",
    identities: readonly Uint8Array[],
    type: string,
    parent: string,
    content: object,
    metadata: object,
    buffers: readonly Uint8Array[],
  ): void {
    const text = JSON.stringify(content);
    // A view is copied for itself: cloning it would copy all of the buffer it looks into, and the caller may go on to change it.
    const copies = buffers.map((buffer) => new Uint8Array(buffer));
    const bytes = text.length + copies.reduce((sum, buffer) => sum + buffer.byteLength, 0);
    const header = JSON.stringify(this.#newHeader(type));
    this.#waitForRoom();
    this.post(
      {
        kind: "send",
        channel,
        message: { identities, header, parent, metadata: JSON.stringify(metadata), content: text, buffers: copies },
        bytes,
        at: this.#text.position,
      },
      copies,
    );
    Atomics.add(this.#shared, Shared.bytesInFlight, bytes);
  }

  #waitForRoom(): void {
    const until = Date.now() + MAX_WAIT_MS;
    for (;;) {
      const bytes = Atomics.load(this.#shared, Shared.bytesInFlight);
      if (bytes <= MAX_BYTES_IN_FLIGHT || Date.now() > until) return;
      // Short, so that an interrupt can pause this thread between two waits.
      Atomics.wait(this.#shared, Shared.bytesInFlight, bytes, 50);
    }
  }
}
