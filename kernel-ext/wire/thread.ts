import { parentPort, workerData } from "node:worker_threads";
import { messageOf } from "../../src/core/errors.js";
import type { JsonObject } from "../comm/comm.js";
import type { DebugRequests } from "../debugger/requests.js";
import { endDescendants } from "../process-tree.js";
import { Inbox } from "./inbox.js";
import { Interrupter, STUCK } from "./interrupter.js";
import { MainSide } from "./main-side.js";
import { machineMemory, watchHeap, watchMemory } from "./memory-watch.js";
import type { Header, RawMessage } from "./message.js";
import { Outbox } from "./outbox.js";
import { watchParent } from "./parent-watch.js";
import { subscribedTopic } from "./publisher.js";
import { receiveAll } from "./receive.js";
import { createSigner } from "./signature.js";
import { bindSockets, closeSockets, type KernelSockets } from "./sockets.js";
import { Stdin } from "./stdin.js";
import { Subscriptions } from "./subscriptions.js";
import { TextReader } from "./text-ring.js";
import { type ReplyChannel, Shared, type ToMain, type ToThread, type WireThreadData } from "./thread-protocol.js";
import { warn } from "./warn.js";

// The thread that owns the sockets. It answers requests that must be answered while a cell blocks the main thread.

/** Time for the main thread to exit by itself before the process is ended. */
const EXIT_MS = 600;
/** Time for child processes to exit after they are signaled. */
const CHILDREN_MS = 400;
/** Delay of the debugger warm-up; the first cells have usually been answered by then. */
const WARM_UP_MS = 1_500;

const { session, connection, kernelInfo, shared, text, inputs, heapLimit, parentPid } = workerData as WireThreadData;
const port = parentPort!;
let leaving: NodeJS.Timeout | undefined;
/** The parent header of debugger events. */
let lastDebugRequest = "{}";
const counters = new Int32Array(shared);
const signer = createSigner(connection.key, connection.signature_scheme);
const inbox = new Inbox(signer);
const subscriptions = new Subscriptions();
let tellCell: (text: string) => void = () => {};
const interrupter = new Interrupter({
  ask(id) {
    toMain({ kind: "interrupt", id });
    Atomics.store(counters, Shared.interruptAsked, id);
    wakeInput();
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

/** Wakes a main thread that waits for input. */
function wakeInput(): void {
  Atomics.add(counters, Shared.inputEvents, 1);
  Atomics.notify(counters, Shared.inputEvents);
}

let debugging: Promise<DebugRequests> | undefined;

/** The debugger is loaded on a front end's first request. */
async function debug(request: RawMessage, outbox: Outbox): Promise<object> {
  debugging ??= import("../debugger/requests.js").then(({ DebugRequests }) => {
    return new DebugRequests({
      publish: (event) => outbox.publish("debug_event", lastDebugRequest, event),
      isInterrupting: () => interrupter.isActive,
      interrupt: () => void interrupter.interrupt(),
      write: (text) => outbox.tellCell(text),
    });
  });
  lastDebugRequest = request.header;
  let content: unknown;
  try {
    content = JSON.parse(request.content);
  } catch {
    // Answered like a request without a command.
  }
  return (await debugging).answer((content ?? {}) as JsonObject);
}

/** Asks the main thread to exit, which ends in {@link close}; a blocked one is ended from here. */
function endProcess(): void {
  toMain({ kind: "exit" });
  // A main thread stopped in the debugger could not exit.
  void debugging?.then((requests) => requests.close());
  leaving = setTimeout(
    () => void endDescendants(process.pid, CHILDREN_MS).then(() => process.kill(process.pid, "SIGKILL")),
    EXIT_MS,
  );
}

async function run(): Promise<void> {
  const sockets = await bindSockets(connection, () => Atomics.add(counters, Shared.progress, 1));
  const outbox = new Outbox(sockets, signer, session);
  const stdin = new Stdin(outbox, inputs, wakeInput);
  let served: Promise<unknown> = Promise.resolve();
  tellCell = (text) => outbox.tellCell(text);
  const other = (message: ToThread) => {
    if (message.kind === "interrupted") interrupter.acknowledge(message.id);
    else if (message.kind === "child") interrupter.childrenBesides = message.known;
    else if (message.kind === "fence") toMain(message);
    else if (message.kind === "input") stdin.ask(message);
    else if (message.kind === "input-canceled") stdin.cancel(message.id);
    else if (message.kind === "close") void close(outbox, sockets, served);
  };
  new MainSide({ port, outbox, text: new TextReader(text), counters, other });
  outbox.status("starting", "{}");
  toMain({ kind: "bound" });
  setTimeout(() => interrupter.warmUp(), WARM_UP_MS);
  if (parentPid !== undefined) watchParent(parentPid, endProcess);
  const moreMegabytes = 1024 * Math.ceil((2 * heapLimit) / 2 ** 30);
  watchHeap(heapLimit, (used) =>
    stopCellOnFullMemory(
      outbox,
      `JavaScript's memory is nearly full (${gigabytes(used)} of ${gigabytes(heapLimit)} GB)`,
      [
        "Set large variables that you no longer need to undefined, keep numbers in typed arrays, or work on less at a time.",
        `For more memory start Jupyter with NODE_OPTIONS=--max-old-space-size=${moreMegabytes} in its environment.`,
      ],
    ),
  );
  const memory = machineMemory();
  watchMemory(memory, (used) =>
    stopCellOnFullMemory(
      outbox,
      `the machine's memory is nearly full (${gigabytes(used)} of ${gigabytes(memory)} GB)`,
      ["Set volumes and other large variables that you no longer need to undefined, or work on less at a time."],
    ),
  );
  const accept = (receive: (header: Header, message: RawMessage) => void) => (frames: Uint8Array[]) => {
    const accepted = inbox.accept(frames);
    if (accepted) receive(accepted.header, accepted.message);
  };
  const request = (channel: ReplyChannel) => accept((header, message) => receive(channel, header, message, outbox));
  served = Promise.all([
    receiveAll(sockets.shell, request("shell")),
    receiveAll(sockets.control, request("control")),
    receiveAll(
      sockets.stdin,
      accept((header, message) => stdin.receive(header, message)),
    ),
    receiveAll(sockets.iopub, ([frame]) => welcome(frame, outbox)),
    receiveAll(sockets.hb, (frames) => sockets.hb.send(frames)),
  ]);
  await served;
}

/**
 * The process is about to exit. A socket that is open then, or only just closed, crashes it with an error of the zeromq
 * add-on, so this waits until every receive loop has seen its socket close.
 */
async function close(outbox: Outbox, sockets: KernelSockets, served: Promise<unknown>): Promise<void> {
  clearTimeout(leaving);
  await Promise.all([outbox.drained(), endDescendants(process.pid, CHILDREN_MS)]);
  closeSockets(sockets);
  await served;
  await sockets.relay.finished();
  sockets.relay.destroy();
  setImmediate(sayClosed);
}

function sayClosed(): void {
  Atomics.store(counters, Shared.closed, 1);
  Atomics.notify(counters, Shared.closed);
}

function receive(channel: ReplyChannel, header: Header, message: RawMessage, outbox: Outbox): void {
  const type = header.msg_type;
  if (type === "kernel_info_request") {
    void sayKernelInfo(channel, message, outbox);
  } else if (type === "interrupt_request") {
    void answer(channel, message, outbox, "interrupt_reply", interrupt);
  } else if (type === "shutdown_request") {
    void shutDown(channel, message, outbox);
  } else if (channel === "control" && type === "debug_request") {
    void answer(channel, message, outbox, "debug_reply", () => debug(message, outbox));
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

/**
 * A client that has just connected, such as a reloaded page, sends this request first and waits for its idle. Its
 * subscription travels separately and may arrive later. Jupyter Server handles this for an idle kernel, but not for a
 * busy one.
 */
async function sayKernelInfo(channel: ReplyChannel, request: RawMessage, outbox: Outbox): Promise<void> {
  if (channel === "shell" && outbox.runningCell !== undefined) await subscriptions.settled();
  await answer(channel, request, outbox, "kernel_info_reply", () => kernelInfo);
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
  const content = { status: "ok", restart: wantsRestart(request) };
  await answer(channel, request, outbox, "shutdown_reply", () => content);
  outbox.publish("shutdown_reply", request.header, content);
  await Promise.race([outbox.drained(), new Promise((resolve) => setTimeout(resolve, EXIT_MS))]);
  endProcess();
}

function wantsRestart(request: RawMessage): boolean {
  try {
    return (JSON.parse(request.content) as { restart?: unknown } | null)?.restart === true;
  } catch {
    return false;
  }
}

/** The last cell that was stopped for want of memory. */
let stoppedCell: Outbox["runningCell"];

const gigabytes = (bytes: number) => (bytes / 2 ** 30).toFixed(1);

/**
 * Interrupts the cell; otherwise Node or the system would end the process, losing everything the notebook has computed.
 */
function stopCellOnFullMemory(outbox: Outbox, state: string, remedies: readonly string[]): void {
  const cell = outbox.runningCell;
  if (cell === undefined) {
    warn(state);
    return;
  }
  // It takes more until the interrupt has ended it.
  if (cell === stoppedCell) return;
  stoppedCell = cell;
  const lines = [
    `samlab: ${state}, so this cell is stopped before it ends the kernel.`,
    ...remedies.map((one) => `→ ${one}`),
  ];
  outbox.stream(cell, "stderr", lines.map((line) => `${line}\n`).join(""));
  void interrupter.interrupt();
}

function welcome(frame: Uint8Array | undefined, outbox: Outbox): void {
  const topic = frame && subscribedTopic(frame);
  if (!topic) return;
  subscriptions.add();
  outbox.welcome(topic);
}

// An error in one message must not affect the others or bring down the kernel.
process.on("uncaughtException", (error) => warn(`in the wire thread: ${messageOf(error)}`));

run().catch((error: unknown) => {
  warn(messageOf(error));
  sayClosed();
  toMain({ kind: "failed", reason: messageOf(error) });
});
