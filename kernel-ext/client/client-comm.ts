import type { CommMessage, JsonObject } from "../comm/comm.js";

/** The front end's side of a comm. */
export interface ClientComm {
  readonly id: string;
  readonly target: string;
  /** The open message, if the kernel opened it. */
  readonly opened: CommMessage;
  /** All messages received so far. */
  readonly received: readonly CommMessage[];
  readonly closed: boolean;
  /** Resolves when the kernel has handled the message (status idle). */
  send(data: JsonObject, options?: { metadata?: JsonObject; buffers?: readonly Uint8Array[] }): Promise<void>;
  onMessage(handler: (message: CommMessage) => void): void;
  onClose(handler: () => void): void;
  close(): Promise<void>;
}

type Send = (
  type: string,
  content: JsonObject,
  options: { metadata?: JsonObject; buffers?: readonly Uint8Array[] },
) => Promise<void>;

/** Implements {@link ClientComm}; the client passes it incoming messages. */
export class OpenClientComm implements ClientComm {
  readonly id: string;
  readonly target: string;
  readonly opened: CommMessage;
  readonly received: CommMessage[] = [];
  closed = false;
  readonly #send: Send;
  readonly #handlers: ((message: CommMessage) => void)[] = [];
  readonly #closeHandlers: (() => void)[] = [];

  constructor(id: string, target: string, opened: CommMessage, send: Send) {
    this.id = id;
    this.target = target;
    this.opened = opened;
    this.#send = send;
  }

  send(data: JsonObject, options: { metadata?: JsonObject; buffers?: readonly Uint8Array[] } = {}): Promise<void> {
    return this.#send("comm_msg", { comm_id: this.id, data }, options);
  }

  onMessage(handler: (message: CommMessage) => void): void {
    this.#handlers.push(handler);
  }

  onClose(handler: () => void): void {
    this.#closeHandlers.push(handler);
  }

  close(): Promise<void> {
    this.ended();
    return this.#send("comm_close", { comm_id: this.id, data: {} }, {});
  }

  receive(message: CommMessage): void {
    this.received.push(message);
    for (const handler of this.#handlers) handler(message);
  }

  ended(): void {
    if (this.closed) return;
    this.closed = true;
    for (const handler of this.#closeHandlers) handler();
  }
}
