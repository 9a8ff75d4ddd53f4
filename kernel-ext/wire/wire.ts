import { randomUUID } from "node:crypto";
import { getHeapStatistics } from "node:v8";
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { messageOf, SamlabError } from "../../src/core/errors.js";
import type { JsonObject } from "../comm/comm.js";
import type { ConnectionInfo } from "./connection.js";
import { headerFactory, headerOnly, type Message, parseMessage } from "./message.js";
import { wrongContent } from "./request-content.js";
import { createTextRing, TextWriter } from "./text-ring.js";
import {
  type InputAnswer,
  type InputRequest,
  type ReplyChannel,
  Shared,
  type ToMain,
  type ToThread,
  type WireThreadData,
} from "./thread-protocol.js";
import { warn } from "./warn.js";

/** Above this, the main thread waits for the sockets, so that a cell that sends endlessly does not exhaust memory. */
const MAX_BYTES_IN_FLIGHT = 8 * 2 ** 20;
/** Bytes counted for a change of stream: small itself, but each becomes a message. */
const STREAM_BYTES = 1_024;
/** At exit, sockets that make no progress for this long are not waited for. */
const CLOSE_MS = 1_000;
const MAX_CLOSE_MS = 5_000;
/** Part of the heap limit reserved for new objects: three times a semi-space. */
const YOUNG_BYTES = 3 * 16 * 2 ** 20;
/** Maximum time for an interrupt to terminate a cell that waits for input. */
const TERMINATED_MS = 10_000;
/** Short waits, so that an interrupt can pause this thread between two of them. */
const WAIT_MS = 50;

const encoder = new TextEncoder();

/** A front end's request, as seen by the main thread. */
export interface Request extends Message {
  readonly channel: ReplyChannel;
}

export interface WireEvents {
  request(request: Request): void;
  /** The user interrupts; if this takes too long, the wire thread terminates what blocks this thread. */
  interrupt(): void;
  exit(code: number): void;
}

export interface PublishOptions {
  readonly metadata?: JsonObject;
  readonly buffers?: readonly Uint8Array[];
  /** Replaces a queued message with the same key. */
  readonly replaces?: string | undefined;
}

/** A pending input request. */
export interface PendingInput {
  /** Undefined if it was canceled, or the request was answered first. */
  readonly answer: Promise<string | undefined>;
  cancel(): void;
}

/** The main thread's end of the connection to the wire thread. */
export interface Wire {
  reply(request: Request, content: object, metadata?: object): void;
  /** `parent` is the header text of the request that caused the message, or "{}". */
  publish(type: string, parent: string, content: object, options?: PublishOptions): void;
  /** Publishes text of stdout or stderr. */
  stream(parent: string, name: string, text: string): void;
  status(state: "busy" | "idle", request: Request): void;
  /**
   * Calls `passed` when every request that reached the sockets before this call has been handed to `request`. Not a
   * promise, since an interrupt may drop promise continuations.
   */
  fence(passed: () => void): void;
  /**
   * Announces that this thread is about to wait for a child process; `known` are its other children. Undefined when it
   * stops waiting.
   */
  waitForChild(known: readonly number[] | undefined): void;
  /** True while an interrupt is on its way to this thread. */
  isInterruptComing(): boolean;
  /** Asks the front end that sent a request for input. */
  ask(request: Request, question: InputRequest): PendingInput;
  /** Same, but blocks this thread until the answer arrives; undefined if the user interrupts. */
  askSync(request: Request, question: InputRequest): string | undefined;
}

/** Starts the thread that owns the sockets. */
export function startWire(connection: ConnectionInfo, kernelInfo: JsonObject, events: WireEvents): Wire {
  const shared = new SharedArrayBuffer(4 * Object.keys(Shared).length);
  const parentPid = Number.parseInt(process.env.JPY_PARENT_PID ?? "", 10);
  const text = createTextRing();
  const inputs = new MessageChannel();
  const session = randomUUID();
  const workerData: WireThreadData = {
    session,
    connection,
    kernelInfo,
    shared,
    text,
    inputs: inputs.port2,
    heapLimit: getHeapStatistics().heap_size_limit - YOUNG_BYTES,
    parentPid: Number.isNaN(parentPid) ? undefined : parentPid,
  };
  const thread = new Worker(new URL("./thread.js", import.meta.url), { workerData, transferList: [inputs.port2] });
  const wire = new ThreadWire(thread, session, new Int32Array(shared), text, inputs.port1);
  thread.on("message", (message: ToMain) => {
    switch (message.kind) {
      case "request":
        deliver(message, wire, events);
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
    warn(`the wire thread failed: ${messageOf(error)}`);
    events.exit(1);
  });
  return wire;
}

function deliver({ channel, message }: Extract<ToMain, { kind: "request" }>, wire: Wire, events: WireEvents): void {
  let parsed: Message;
  try {
    parsed = parseMessage(message);
  } catch (error) {
    refuse({ ...headerOnly(message), channel }, wire, messageOf(error));
    return;
  }
  const wrong = wrongContent(parsed.header.msg_type, parsed.content);
  if (wrong === undefined) events.request({ ...parsed, channel });
  else refuse({ ...parsed, channel }, wire, wrong);
}

/** Front ends wait for a reply or an idle even to an invalid message. */
function refuse(request: Request, wire: Wire, evalue: string): void {
  wire.status("busy", request);
  if (request.header.msg_type.endsWith("_request")) {
    wire.reply(request, { status: "error", ename: "BadMessage", evalue, traceback: [`BadMessage: ${evalue}`] });
  } else {
    warn(`dropped a message: ${evalue}`);
  }
  wire.status("idle", request);
}

class ThreadWire implements Wire {
  readonly #thread: Worker;
  readonly #shared: Int32Array;
  readonly #newHeader: ReturnType<typeof headerFactory>;
  readonly #fences = new Map<number, () => void>();
  readonly #text: TextWriter;
  readonly #inputs: MessagePort;
  readonly #answers = new Map<number, { readonly request: Request; settle(value: string | undefined): void }>();
  #lastInput = 0;
  #streamParent = "";
  #streamName = "";
  #lastFence = 0;

  constructor(thread: Worker, session: string, shared: Int32Array, text: SharedArrayBuffer, inputs: MessagePort) {
    this.#thread = thread;
    this.#newHeader = headerFactory(session, "samlab");
    this.#shared = shared;
    this.#text = new TextWriter(text, {
      announce: (much) => this.post({ kind: "text", much }),
      isRead: () => !this.#isClosed(),
    });
    this.#inputs = inputs;
    inputs.on("message", (answer: InputAnswer) => this.#settle(answer));
  }

  post(message: ToThread, transfer: readonly Uint8Array[] = []): void {
    this.#thread.postMessage(
      message,
      transfer.map((buffer) => buffer.buffer as ArrayBuffer),
    );
  }

  reply(request: Request, content: object, metadata: object = {}): void {
    const type = request.header.msg_type.replace(/_request$/, "_reply");
    this.#send(request.channel, request.raw.identities, type, request.raw.header, content, { metadata });
  }

  publish(type: string, parent: string, content: object, options: PublishOptions = {}): void {
    this.#send("iopub", [encoder.encode(type)], type, parent, content, options);
  }

  stream(parent: string, name: string, text: string): void {
    if (parent !== this.#streamParent || name !== this.#streamName) {
      this.#waitForRoom();
      this.post({ kind: "stream", parent, name, bytes: STREAM_BYTES, at: this.#text.position });
      Atomics.add(this.#shared, Shared.bytesInFlight, STREAM_BYTES);
      this.#streamParent = parent;
      this.#streamName = name;
    }
    this.#text.write(text);
  }

  status(state: "busy" | "idle", request: Request): void {
    if (state === "idle") {
      for (const [id, question] of this.#answers) if (question.request === request) this.#cancelInput(id);
    }
    const cell = request.header.msg_type === "execute_request";
    const late = isCustom(request);
    this.post({ kind: "status", state, parent: request.raw.header, cell, late, at: this.#text.position });
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

  ask(request: Request, question: InputRequest): PendingInput {
    const id = this.#postQuestion(request, question);
    return {
      answer: new Promise((settle) => this.#answers.set(id, { request, settle })),
      cancel: () => this.#cancelInput(id),
    };
  }

  askSync(request: Request, question: InputRequest): string | undefined {
    const interrupts = Atomics.load(this.#shared, Shared.interruptAsked);
    const id = this.#postQuestion(request, question);
    let value: string | undefined;
    const settle = (answer: string | undefined) => {
      value = answer;
    };
    this.#answers.set(id, { request, settle });
    for (;;) {
      const events = Atomics.load(this.#shared, Shared.inputEvents);
      for (let next = receiveMessageOnPort(this.#inputs); next; next = receiveMessageOnPort(this.#inputs)) {
        this.#settle(next.message as InputAnswer);
      }
      if (value !== undefined) return value;
      if (this.#isClosed() || Atomics.load(this.#shared, Shared.interruptAsked) !== interrupts) break;
      Atomics.wait(this.#shared, Shared.inputEvents, events, WAIT_MS);
    }
    this.#cancelInput(id);
    // The interrupt terminates the calling code, which cannot catch it, unlike an error thrown here.
    const until = Date.now() + TERMINATED_MS;
    while (Date.now() < until) Atomics.wait(this.#shared, Shared.closed, 0, WAIT_MS);
    return undefined;
  }

  #postQuestion(request: Request, question: InputRequest): number {
    const id = ++this.#lastInput;
    const { identities, header: parent } = request.raw;
    this.post({ kind: "input", id, identities, parent, request: question, at: this.#text.position });
    return id;
  }

  #cancelInput(id: number): void {
    if (!this.#answers.has(id)) return;
    this.post({ kind: "input-canceled", id });
    this.#settle({ id, value: undefined });
  }

  #settle({ id, value }: { readonly id: number; readonly value: string | undefined }): void {
    const question = this.#answers.get(id);
    this.#answers.delete(id);
    question?.settle(value);
  }

  #isClosed(): boolean {
    return Atomics.load(this.#shared, Shared.closed) === 1;
  }

  /** Waits until everything is sent and the sockets are closed. Called at process exit, when nothing else can run. */
  close(): void {
    this.post({ kind: "close", at: this.#text.position });
    const end = Date.now() + MAX_CLOSE_MS;
    let until = Date.now() + CLOSE_MS;
    let progress = 0;
    while (!this.#isClosed() && Date.now() < Math.min(until, end)) {
      Atomics.wait(this.#shared, Shared.closed, 0, WAIT_MS);
      const now = Atomics.load(this.#shared, Shared.progress);
      if (now !== progress) until = Date.now() + CLOSE_MS;
      progress = now;
    }
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
    { metadata = {}, buffers = [], replaces }: Omit<PublishOptions, "metadata"> & { readonly metadata?: object },
  ): void {
    const text = toJson(type, content);
    // Copy views: cloning one would copy its whole underlying buffer, and the caller may modify it.
    const copies = buffers.map((buffer) => new Uint8Array(buffer));
    const bytes = text.length + copies.reduce((sum, buffer) => sum + buffer.byteLength, 0);
    const header = JSON.stringify(this.#newHeader(type));
    const message = { identities, header, parent, metadata: JSON.stringify(metadata), content: text, buffers: copies };
    const at = this.#text.position;
    this.#waitForRoom();
    if (type === "execute_reply" && channel !== "iopub") {
      this.post({ kind: "cell-reply", channel, message, bytes, at }, copies);
    } else {
      this.post({ kind: "send", channel, message, bytes, replaces, at }, copies);
    }
    Atomics.add(this.#shared, Shared.bytesInFlight, bytes);
  }

  #waitForRoom(): void {
    for (;;) {
      const bytes = Atomics.load(this.#shared, Shared.bytesInFlight);
      if (bytes <= MAX_BYTES_IN_FLIGHT || this.#isClosed()) return;
      Atomics.wait(this.#shared, Shared.bytesInFlight, bytes, WAIT_MS);
    }
  }
}

/** True for a custom widget message. Of updates, the front end waits for the idle before it sends the next one. */
function isCustom({ header, content }: Request): boolean {
  return header.msg_type === "comm_msg" && (content.data as JsonObject | undefined)?.method === "custom";
}

function toJson(type: string, content: object): string {
  try {
    return JSON.stringify(content);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new SamlabError("argument-invalid", `This is too large for a message (${type}): ${cause.message}.`, {
      remedy: "Show or send a part of it, and write the rest to a file.",
      cause,
    });
  }
}
