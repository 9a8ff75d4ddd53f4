import type { Comm, CommHost, CommMessage, JsonObject } from "../../../kernel-ext/comm/comm.js";

export interface Sent {
  readonly type: "open" | "message" | "close";
  readonly data: JsonObject;
  readonly metadata?: JsonObject | undefined;
  readonly buffers?: readonly Uint8Array[] | undefined;
}

/** A comm host that keeps what the kernel sends, and can speak as the front end. */
export class RecordingHost implements CommHost {
  readonly sent: Sent[] = [];
  target = "";
  #onMessage: ((message: CommMessage) => void | Promise<void>)[] = [];
  #onClose: ((message: CommMessage) => void)[] = [];
  #seq = 0;

  open(
    target: string,
    data: JsonObject,
    options: { metadata?: JsonObject; buffers?: readonly Uint8Array[] } = {},
  ): Comm {
    this.target = target;
    this.sent.push({ type: "open", data, ...options });
    let closed = false;
    const own = new Set<unknown>();
    return {
      id: "model-1",
      target,
      send: (message, { buffers } = {}) => {
        this.sent.push({ type: "message", data: message, buffers });
      },
      onMessage: (handler) => {
        own.add(handler);
        this.#onMessage.push(handler);
      },
      onClose: (handler) => this.#onClose.push(handler),
      close: (closing = {}) => {
        if (closed) return;
        closed = true;
        this.sent.push({ type: "close", data: closing });
        for (const handler of this.#onClose) handler({ data: closing, metadata: {}, buffers: [] });
        this.#onMessage = this.#onMessage.filter((handler) => !own.has(handler));
      },
    };
  }

  onTarget(): void {}

  /** What was sent since the last call. */
  take(): Sent[] {
    return this.sent.splice(0);
  }

  /** The states of the updates sent since the last call, in order. */
  takeStates(): JsonObject[] {
    return this.take().map(({ data }) => data.state as JsonObject);
  }

  /** Speaks as the front end. */
  async receive(data: JsonObject): Promise<void> {
    for (const handler of this.#onMessage) await handler({ data, metadata: {}, buffers: [] });
  }

  /** Sends an intent of the view `v`, numbered one after the other. */
  async intend(intent: JsonObject): Promise<void> {
    this.#seq++;
    await this.receive({ method: "custom", content: { ...intent, view: "v", seq: this.#seq } });
  }
}
