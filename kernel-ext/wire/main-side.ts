import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import type { Outbox } from "./outbox.js";
import type { TextReader } from "./text-ring.js";
import { Shared, type ToThread } from "./thread-protocol.js";

/** Text is buffered this long, so that several printed lines form one output. */
const GATHER_MS = 20;
/** While more than this is unsent to subscribers, text stays in its ring, which blocks the cell that prints it. */
const MAX_UNPUBLISHED_BYTES = 1 << 23;

export interface MainSideOptions {
  readonly port: MessagePort;
  readonly outbox: Outbox;
  readonly text: TextReader;
  readonly counters: Int32Array;
  /** Receives every message that is not about output. */
  readonly other: (message: ToThread) => void;
}

/** Reads what the main thread sends, by message and by text ring, in the order in which it was sent. */
export class MainSide {
  readonly #port: MessagePort;
  readonly #outbox: Outbox;
  readonly #text: TextReader;
  readonly #counters: Int32Array;
  readonly #other: (message: ToThread) => void;
  #stream = { parent: "{}", name: "stdout" };
  #gathering: NodeJS.Timeout | undefined;
  #bytesSent = 0;

  constructor({ port, outbox, text, counters, other }: MainSideOptions) {
    this.#port = port;
    this.#outbox = outbox;
    this.#text = text;
    this.#counters = counters;
    this.#other = other;
    port.on("message", (message: ToThread) => this.#receive(message));
  }

  #receive(message: ToThread): void {
    if ("at" in message) this.#publishText(message.at);
    switch (message.kind) {
      case "send": {
        const { channel, replaces, bytes } = message;
        this.#outbox.forward(channel, message.message, { replaces, sent: () => this.#sent(bytes) });
        break;
      }
      case "cell-reply": {
        this.#outbox.forwardAfterOutput(message.channel, message.message);
        this.#sent(message.bytes);
        break;
      }
      case "status":
        if (message.late) this.#outbox.lateStatus(message.state, message.parent);
        else this.#outbox.status(message.state, message.parent, message.cell);
        break;
      case "stream":
        this.#stream = message;
        this.#outbox.afterPublished(() => this.#sent(message.bytes));
        break;
      case "text":
        if (message.much) this.#takeText();
        else this.#gathering ??= setTimeout(() => this.#takeText(), GATHER_MS);
        break;
      default:
        this.#other(message);
    }
  }

  #takeText(): void {
    clearTimeout(this.#gathering);
    if (this.#outbox.unpublished > MAX_UNPUBLISHED_BYTES) {
      this.#gathering = setTimeout(() => this.#takeText(), GATHER_MS);
      return;
    }
    this.#gathering = undefined;
    const written = this.#text.listen();
    // Messages that assign this text to a request were sent before it was written, but may not have been read yet.
    for (let next = receiveMessageOnPort(this.#port); next; next = receiveMessageOnPort(this.#port)) {
      this.#receive(next.message as ToThread);
    }
    this.#publishText(written);
  }

  #publishText(upTo: number): void {
    const { parent, name } = this.#stream;
    for (const part of this.#text.read(upTo)) this.#outbox.stream(parent, name, part);
  }

  /**
   * Frees space for the main thread, but not before this turn of the event loop ends: otherwise a cell that prints
   * endlessly could refill it again and again and starve the sockets and interrupts.
   */
  #sent(bytes: number): void {
    if (this.#bytesSent === 0) setImmediate(() => this.#makeRoom());
    this.#bytesSent += bytes;
  }

  #makeRoom(): void {
    Atomics.sub(this.#counters, Shared.bytesInFlight, this.#bytesSent);
    Atomics.notify(this.#counters, Shared.bytesInFlight);
    this.#bytesSent = 0;
  }
}
