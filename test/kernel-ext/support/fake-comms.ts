import type { Comm, CommHost, CommMessage, JsonObject } from "../../../kernel-ext/comm/comm.js";

/** A message as the kernel sent it. */
export interface Sent {
  readonly type: "open" | "msg" | "close";
  readonly id: string;
  readonly target?: string;
  readonly data: JsonObject;
  readonly metadata: JsonObject;
  readonly buffers: readonly Uint8Array[];
}

/** A comm host without a wire: it writes down what is sent, and the test plays the front end. */
export class FakeComms implements CommHost {
  readonly sent: Sent[] = [];
  readonly #handlers = new Map<string, ((message: CommMessage) => void | Promise<void>)[]>();
  readonly #closers = new Map<string, ((message: CommMessage) => void)[]>();
  readonly #targets = new Map<string, (comm: Comm, open: CommMessage) => void>();
  #count = 0;

  open(
    target: string,
    data: JsonObject,
    options: { id?: string; metadata?: JsonObject; buffers?: readonly Uint8Array[] } = {},
  ): Comm {
    const id = options.id ?? `id${++this.#count}`;
    const { metadata = {}, buffers = [] } = options;
    this.sent.push({ type: "open", id, target, data, metadata, buffers });
    return this.#comm(id, target);
  }

  onTarget(target: string, handler: (comm: Comm, open: CommMessage) => void): void {
    this.#targets.set(target, handler);
  }

  /** The front end sends a message. */
  async receive(id: string, data: JsonObject, buffers: readonly Uint8Array[] = []): Promise<void> {
    for (const handler of this.#handlers.get(id) ?? []) await handler({ data, metadata: {}, buffers });
  }

  /** The front end opens a comm. */
  openFromFrontEnd(target: string): string {
    const id = `front${++this.#count}`;
    this.#targets.get(target)?.(this.#comm(id, target), { data: {}, metadata: {}, buffers: [] });
    return id;
  }

  closeFromFrontEnd(id: string): void {
    for (const closer of this.#closers.get(id) ?? []) closer({ data: {}, metadata: {}, buffers: [] });
  }

  #comm(id: string, target: string): Comm {
    const push = (type: Sent["type"], data: JsonObject, metadata: JsonObject, buffers: readonly Uint8Array[]) =>
      this.sent.push({ type, id, data, metadata, buffers });
    const add = <T>(map: Map<string, T[]>, handler: T) => map.set(id, [...(map.get(id) ?? []), handler]);
    return {
      id,
      target,
      send: (data, { metadata = {}, buffers = [] } = {}) => void push("msg", data, metadata, buffers),
      onMessage: (handler) => void add(this.#handlers, handler),
      onClose: (handler) => void add(this.#closers, handler),
      close: (data = {}) => {
        push("close", data, {}, []);
        this.closeFromFrontEnd(id);
      },
    };
  }
}
