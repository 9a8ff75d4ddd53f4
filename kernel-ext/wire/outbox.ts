import { messageOf } from "../../src/core/errors.js";
import { encodeFrames } from "./codec.js";
import { headerFactory, type RawMessage } from "./message.js";
import { Publisher } from "./publisher.js";
import { type PushOptions, SendQueue } from "./send-queue.js";
import type { Signer } from "./signature.js";
import type { KernelSockets } from "./sockets.js";
import type { ReplyChannel } from "./thread-protocol.js";
import { warn } from "./warn.js";

type SendChannel = ReplyChannel | "iopub" | "stdin";
type State = "busy" | "idle" | "starting";

/** Delay for messages nobody waits for, also measured from the last message someone does wait for. */
const LATE_MS = 100;
const BEHIND_MS = 30;

/** Everything the wire thread sends: its own messages and those of the main thread share one queue per socket. */
export class Outbox {
  readonly #signer: Signer;
  readonly #newHeader: ReturnType<typeof headerFactory>;
  readonly #queues: Readonly<Record<SendChannel, SendQueue>>;
  readonly #publisher: Publisher;
  /** Resolves when replies held back for preceding output are sent. */
  #held: Promise<void> | undefined;
  #runningCell: string | undefined;
  #late: { readonly state: State; readonly parent: string }[] = [];
  #lateTimer: NodeJS.Timeout | undefined;

  constructor(sockets: KernelSockets, signer: Signer, session: string) {
    this.#signer = signer;
    this.#newHeader = headerFactory(session, "samlab");
    this.#publisher = new Publisher(sockets.iopub, sockets.relay);
    const failed = (error: unknown) => warn(`could not send a message: ${messageOf(error)}`);
    this.#queues = {
      shell: new SendQueue(sockets.shell, failed),
      control: new SendQueue(sockets.control, failed),
      stdin: new SendQueue(sockets.stdin, failed),
      iopub: new SendQueue(this.#publisher, failed),
    };
  }

  /** The header of the running cell, as text. */
  get runningCell(): string | undefined {
    return this.#runningCell;
  }

  /** Bytes not yet sent to subscribers. */
  get unpublished(): number {
    return this.#queues.iopub.bytes;
  }

  /** Sends a message of the main thread unchanged. */
  forward(channel: SendChannel, message: RawMessage, options: PushOptions): void {
    this.#enqueue(channel, message, options);
  }

  /**
   * Same for the reply to a cell, which must not arrive long before the cell's output: front ends wait only some
   * seconds for the rest of it.
   */
  forwardAfterOutput(channel: ReplyChannel, message: RawMessage): void {
    const send = () => this.#queues[channel].push(encodeFrames(message, this.#signer));
    if (this.#held === undefined && this.unpublished === 0 && !this.#publisher.isAhead) {
      send();
      return;
    }
    const published = new Promise<void>((resolve) => this.afterPublished(resolve));
    const held = Promise.all([published, this.#held])
      .then(() => this.#publisher.taken())
      .then(() => {
        send();
        if (this.#held === held) this.#held = undefined;
      });
    this.#held = held;
  }

  /** Publishes output of a cell. */
  stream(parent: string, name: string, text: string): void {
    this.publish("stream", parent, { name, text });
  }

  /** Calls `published` when everything queued so far has been sent to subscribers. */
  afterPublished(published: () => void): void {
    this.#queues.iopub.afterLast(published);
  }

  /** Asks a front end for input; returns the message id. */
  askInput(identities: readonly Uint8Array[], parent: string, content: object): string {
    return this.#push("stdin", identities, "input_request", parent, content);
  }

  /** Prints a message under the running cell. */
  tellCell(text: string): void {
    if (this.#runningCell !== undefined) this.publish("stream", this.#runningCell, { name: "stderr", text });
  }

  reply(channel: ReplyChannel, request: RawMessage, type: string, content: object): void {
    this.#push(channel, request.identities, type, request.header, content);
  }

  publish(type: string, parent: string, content: object): void {
    this.#push("iopub", [Buffer.from(type)], type, parent, content);
  }

  /** Tells a new subscriber that it receives everything from now on (JEP 65). */
  welcome(topic: Uint8Array): void {
    this.#push("iopub", [topic], "iopub_welcome", "{}", { subscription: Buffer.from(topic).toString() });
  }

  /**
   * Publishes a status. Requests overlap: comm messages and completions come and go while a cell awaits. Front ends
   * show the last status they saw, so after the idle of such a request the running cell's busy is sent again.
   */
  status(state: State, parent: string, cell = false): void {
    this.#sendLate();
    this.publish("status", parent, { execution_state: state });
    if (state === "busy") {
      if (cell) this.#runningCell = parent;
    } else if (parent === this.#runningCell) {
      this.#runningCell = undefined;
    } else if (this.#runningCell !== undefined) {
      this.publish("status", this.#runningCell, { execution_state: "busy" });
    }
  }

  /**
   * Same for a request whose end nobody waits for: sent later, behind the next message. Otherwise a front end that
   * displays the status would be busy with it while the result is computed and painted, often on the same cores.
   */
  lateStatus(state: State, parent: string): void {
    this.#late.push({ state, parent });
    this.#lateTimer ??= setTimeout(() => this.#sendLate(), LATE_MS);
  }

  async drained(): Promise<void> {
    this.#sendLate();
    await this.#held;
    await Promise.all(Object.values(this.#queues).map((queue) => queue.drained()));
  }

  #sendLate(): void {
    clearTimeout(this.#lateTimer);
    this.#lateTimer = undefined;
    const late = this.#late;
    this.#late = [];
    for (const { state, parent } of late) this.status(state, parent);
  }

  /**
   * Sends a message ahead of delayed statuses; but what a request publishes while it is handled comes after its own
   * busy.
   */
  #enqueue(channel: SendChannel, message: RawMessage, options?: PushOptions): void {
    const isIopub = channel === "iopub";
    const own = isIopub && this.#late.findLast(({ parent }) => parent === message.parent);
    if (own && own.state === "busy") this.#sendLate();
    this.#queues[channel].push(encodeFrames(message, this.#signer), options);
    if (isIopub && this.#late.length > 0) {
      clearTimeout(this.#lateTimer);
      this.#lateTimer = setTimeout(() => this.#sendLate(), BEHIND_MS);
    }
  }

  #push(channel: SendChannel, to: readonly Uint8Array[], type: string, parent: string, content: object): string {
    const header = this.#newHeader(type);
    const message: RawMessage = {
      identities: to,
      header: JSON.stringify(header),
      parent,
      metadata: "{}",
      content: JSON.stringify(content),
      buffers: [],
    };
    this.#enqueue(channel, message);
    return header.msg_id;
  }
}
