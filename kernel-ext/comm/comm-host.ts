import { randomUUID } from "node:crypto";
import type { Comm, CommHost, CommMessage, JsonObject } from "./comm.js";

/** What comms need from the kernel, which decides what the parent of a message is. */
export interface CommTransport {
  /** `target` is that of the comm. */
  publish(
    type: string,
    content: JsonObject,
    options: { metadata: JsonObject; buffers: readonly Uint8Array[] },
    target: string,
  ): void;
}

type MessageHandler = (message: CommMessage) => void | Promise<void>;
type CloseHandler = (message: CommMessage) => void;
type TargetHandler = (comm: Comm, open: CommMessage) => void;

const NO_MESSAGE: CommMessage = { data: {}, metadata: {}, buffers: [] };

class OpenComm implements Comm {
  readonly id: string;
  readonly target: string;
  readonly #transport: CommTransport;
  readonly #forget: () => void;
  readonly #messageHandlers: MessageHandler[] = [];
  readonly #closeHandlers: CloseHandler[] = [];
  #closed = false;

  constructor(id: string, target: string, transport: CommTransport, forget: () => void) {
    this.id = id;
    this.target = target;
    this.#transport = transport;
    this.#forget = forget;
  }

  send(data: JsonObject, options: { metadata?: JsonObject; buffers?: readonly Uint8Array[] } = {}): void {
    if (this.#closed) return;
    const { metadata = {}, buffers = [] } = options;
    this.#transport.publish("comm_msg", { comm_id: this.id, data }, { metadata, buffers }, this.target);
  }

  onMessage(handler: MessageHandler): void {
    this.#messageHandlers.push(handler);
  }

  onClose(handler: CloseHandler): void {
    this.#closeHandlers.push(handler);
  }

  close(data: JsonObject = {}): void {
    if (this.#closed) return;
    this.#transport.publish("comm_close", { comm_id: this.id, data }, { metadata: {}, buffers: [] }, this.target);
    this.end({ ...NO_MESSAGE, data });
  }

  async receive(message: CommMessage): Promise<void> {
    await Promise.all(this.#messageHandlers.map(async (handler) => handler(message)));
  }

  /** Marks the comm as closed, by either side. */
  end(message: CommMessage): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#forget();
    for (const handler of this.#closeHandlers) handler(message);
  }
}

/** The comms of this kernel, opened by the kernel or by front ends. */
export class Comms implements CommHost {
  readonly #transport: CommTransport;
  readonly #comms = new Map<string, OpenComm>();
  readonly #targets = new Map<string, TargetHandler>();

  constructor(transport: CommTransport) {
    this.#transport = transport;
  }

  open(
    target: string,
    data: JsonObject,
    options: { id?: string; metadata?: JsonObject; buffers?: readonly Uint8Array[] } = {},
  ): Comm {
    const { id = randomUUID(), metadata = {}, buffers = [] } = options;
    const comm = this.#add(id, target);
    this.#transport.publish("comm_open", { comm_id: id, target_name: target, data }, { metadata, buffers }, target);
    return comm;
  }

  onTarget(target: string, handler: TargetHandler): void {
    this.#targets.set(target, handler);
  }

  /** Content of comm_info_reply; with a target, only its comms. */
  info(target: string | undefined): JsonObject {
    const comms = [...this.#comms.values()].filter((comm) => target === undefined || comm.target === target);
    return { status: "ok", comms: Object.fromEntries(comms.map((comm) => [comm.id, { target_name: comm.target }])) };
  }

  /**
   * Handles comm_open from a front end. Without a handler for its target, the comm is closed at once: otherwise the
   * front end would wait for seconds.
   */
  handleOpen(id: string, target: string, message: CommMessage): void {
    const handler = this.#targets.get(target);
    const comm = this.#add(id, target);
    if (handler) handler(comm, message);
    else comm.close();
  }

  /** Messages to closed comms are ignored: they may have been in transit. */
  async handleMessage(id: string, message: CommMessage): Promise<void> {
    await this.#comms.get(id)?.receive(message);
  }

  handleClose(id: string, message: CommMessage): void {
    this.#comms.get(id)?.end(message);
  }

  #add(id: string, target: string): OpenComm {
    const comm = new OpenComm(id, target, this.#transport, () => this.#comms.delete(id));
    this.#comms.set(id, comm);
    return comm;
  }
}
