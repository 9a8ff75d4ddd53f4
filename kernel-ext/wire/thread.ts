import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { Inbox } from "./inbox.js";
import { Interrupter, STUCK } from "./interrupter.js";
import type { Header, RawMessage } from "./message.js";
import { Outbox } from "./outbox.js";
import { watchParent } from "./parent-watch.js";
import { subscribedTopic } from "./publisher.js";
import { createSigner } from "./signature.js";
import { bindSockets, closeSockets, type KernelSockets } from "./sockets.js";
import { TextReader } from "./text-ring.js";
import { type ReplyChannel, Shared, type ToMain, type ToThread, type WireThreadData } from "./thread-protocol.js";
import { reason, warn } from "./warn.js";

// The thread that owns the sockets. It answers what must be answered while a cell blocks the main thread.

/** How long the main thread has to leave by itself before the process is ended. */
const EXIT_MS = 600;
/** By then the first cells have mostly been answered. */
const WARM_UP_MS = 1_500;
/** Text waits this long for more, so that a notebook has one output where a cell prints some lines. */
const GATHER_MS = 20;
/** Text stays in its ring, and so holds the cell that prints it, while this much waits for the sockets. */
const MAX_UNSENT_TEXT = 1 << 23;

const { connection, kernelInfo, shared, text, parentPid } = workerData as WireThreadData;
const port = parentPort!;
const counters = new Int32Array(shared);
const signer = createSigner(connection.key, connection.signature_scheme);
const inbox = new Inbox(signer);
const textReader = new TextReader(text);
let tellCell: (text: string) => void = () => {};
const interrupter = new Interrupter({
  ask(id) {
    toMain({ kind: "interrupt", id });
    Atomics.store(counters, Shared.interruptAsked, id);
  },
  lastSeen: () => Atomics.load(counters, Shared.interruptSeen),
  warn: (text) => tellCell(text),
});

function toMain(message: ToMain, transfer: readonly Uint8Array[] = []): void {
  port.postMessage(
    message,
    transfer.map((buffer) => buffer.buffer as ArrayBuffer),
  );
}

function endProcess(): void {
  toMain({ kind: "exit" });
  setTimeout(() => process.kill(process.pid, "SIGKILL"), EXIT_MS);
}

async function run(): Promise<void> {
  const sockets = await bindSockets(connection);
  const outbox = new Outbox(sockets, signer);
  let served: Promise<unknown> = Promise.resolve();
  const mainSide = new MainSide(outbox, () => void close(outbox, sockets, served));
  port.on("message", (message: ToThread) => mainSide.receive(message));
  tellCell = (text) => outbox.tellCell(text);
  outbox.status("starting", "{}");
  toMain({ kind: "bound" });
  setTimeout(() => interrupter.warmUp(), WARM_UP_MS);
  if (parentPid !== undefined) watchParent(parentPid, endProcess);
  served = Promise.all([
    serve("shell", sockets, outbox),
    serve("control", sockets, outbox),
    welcomeSubscribers(sockets, outbox),
    echoHeartbeat(sockets),
    dropInput(sockets),
  ]);
  await served;
}

/** What the main thread sends, by message and by text ring, in the order in which it was sent. */
class MainSide {
  readonly #outbox: Outbox;
  readonly #close: () => void;
  #stream = { parent: "{}", name: "stdout" };
  #gathering: NodeJS.Timeout | undefined;
  #unsentText = 0;

  constructor(outbox: Outbox, close: () => void) {
    this.#outbox = outbox;
    this.#close = close;
  }

  receive(message: ToThread): void {
    if ("at" in message) this.#publishText(message.at);
    switch (message.kind) {
      case "send":
        this.#outbox.forward(message.channel, message.message, () => sent(message.bytes));
        break;
      case "status":
        this.#outbox.status(message.state, message.parent, message.cell);
        break;
      case "stream":
        this.#stream = message;
        break;
      case "text":
        if (message.much) this.#takeText();
        else this.#gathering ??= setTimeout(() => this.#takeText(), GATHER_MS);
        break;
      case "interrupted":
        interrupter.acknowledge(message.id);
        break;
      case "child":
        interrupter.childrenBesides = message.known;
        break;
      case "fence":
        toMain(message);
        break;
      case "close":
        this.#close();
    }
  }

  #takeText(): void {
    clearTimeout(this.#gathering);
    if (this.#unsentText > MAX_UNSENT_TEXT) {
      this.#gathering = setTimeout(() => this.#takeText(), GATHER_MS);
      return;
    }
    this.#gathering = undefined;
    const written = textReader.listen();
    // Messages that say whose text this is were sent before it was written, but may not have been read.
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
      this.receive(next.message as ToThread);
    }
    this.#publishText(written);
  }

  #publishText(upTo: number): void {
    const { parent, name } = this.#stream;
    for (const part of textReader.read(upTo)) {
      this.#unsentText += part.length;
      this.#outbox.stream(parent, name, part, () => {
        this.#unsentText -= part.length;
      });
    }
  }
}

let bytesSent = 0;

/**
 * Makes room for the main thread, but not before this turn of the event loop ends: a cell that prints without end could fill the
 * room again and again, and the sockets and an interrupt would never have their turn.
 */
function sent(bytes: number): void {
  if (bytesSent === 0) setImmediate(makeRoom);
  bytesSent += bytes;
}

function makeRoom(): void {
  Atomics.sub(counters, Shared.bytesInFlight, bytesSent);
  Atomics.notify(counters, Shared.bytesInFlight);
  bytesSent = 0;
}

/**
 * The process is about to exit. A socket that is open then, or only just closed, brings it down with an error of the zeromq add-on:
 * so this waits until every loop has seen its socket close.
 */
async function close(outbox: Outbox, sockets: KernelSockets, served: Promise<unknown>): Promise<void> {
  await outbox.drained();
  closeSockets(sockets);
  await served;
  setImmediate(sayClosed);
}

function sayClosed(): void {
  Atomics.store(counters, Shared.closed, 1);
  Atomics.notify(counters, Shared.closed);
}

async function serve(channel: ReplyChannel, sockets: KernelSockets, outbox: Outbox): Promise<void> {
  for await (const frames of sockets[channel]) {
    const accepted = inbox.accept(frames);
    if (accepted) receive(channel, accepted.header, accepted.message, outbox);
  }
}

function receive(channel: ReplyChannel, header: Header, message: RawMessage, outbox: Outbox): void {
  const type = header.msg_type;
  if (type === "kernel_info_request") {
    void answer(channel, message, outbox, "kernel_info_reply", () => kernelInfo);
  } else if (type === "interrupt_request") {
    void answer(channel, message, outbox, "interrupt_reply", interrupt);
  } else if (type === "shutdown_request") {
    void shutDown(channel, message, outbox);
  } else if (channel === "control" && type.endsWith("_request")) {
    void answer(channel, message, outbox, type.replace(/_request$/, "_reply"), () => notSupported(type));
  } else {
    toMain({ kind: "request", channel, message }, [...message.identities, ...message.buffers]);
  }
}

async function answer(
  channel: ReplyChannel,
  request: RawMessage,
  outbox: Outbox,
  type: string,
  content: () => object | Promise<object>,
): Promise<void> {
  outbox.status("busy", request.header);
  outbox.reply(channel, request, type, await content());
  outbox.status("idle", request.header);
}

async function interrupt(): Promise<object> {
  if (await interrupter.interrupt()) return { status: "ok" };
  return {
    status: "error",
    ename: "InterruptFailed",
    evalue: STUCK,
    traceback: [],
  };
}

function notSupported(type: string): object {
  return { status: "error", ename: "NotSupported", evalue: `This kernel does not know ${type}.`, traceback: [] };
}

async function shutDown(channel: ReplyChannel, request: RawMessage, outbox: Outbox): Promise<void> {
  const { restart = false } = JSON.parse(request.content) as { restart?: boolean };
  const content = { status: "ok", restart };
  await answer(channel, request, outbox, "shutdown_reply", () => content);
  outbox.publish("shutdown_reply", request.header, content);
  await Promise.race([outbox.drained(), new Promise((resolve) => setTimeout(resolve, EXIT_MS))]);
  endProcess();
}

async function welcomeSubscribers(sockets: KernelSockets, outbox: Outbox): Promise<void> {
  for await (const [frame] of sockets.iopub) {
    const topic = frame && subscribedTopic(frame);
    if (topic) outbox.welcome(topic);
  }
}

async function echoHeartbeat(sockets: KernelSockets): Promise<void> {
  for await (const frames of sockets.hb) await sockets.hb.send(frames);
}

/** Cells cannot ask for input, so there is nothing to answer on stdin. */
async function dropInput(sockets: KernelSockets): Promise<void> {
  for await (const frames of sockets.stdin) inbox.accept(frames);
}

run().catch((error: unknown) => {
  warn(reason(error));
  sayClosed();
  toMain({ kind: "failed", reason: reason(error) });
});
