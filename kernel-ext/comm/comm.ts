/** JSON that a message may carry. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };
/** A JSON object. Fields that are undefined are left out. */
export type JsonObject = { readonly [key: string]: Json | undefined };

/** A message that came over a comm. */
export interface CommMessage {
  /** JSON. */
  readonly data: JsonObject;
  /** JSON about the message; mostly empty. */
  readonly metadata: JsonObject;
  /** Bytes that traveled beside the JSON. */
  readonly buffers: readonly Uint8Array[];
}

/** One end of a Jupyter comm (messaging spec, "Custom messages"). Messages sent from a handler carry the handled message as parent. */
export interface Comm {
  /** Unique among the comms of a kernel. */
  readonly id: string;
  /** What the other side registered itself under. */
  readonly target: string;
  /** Sends a message: JSON, and bytes beside it. */
  send(data: JsonObject, options?: { metadata?: JsonObject; buffers?: readonly Uint8Array[] }): void;
  /** The handler may be async; the kernel stays busy for that message until it has finished. */
  onMessage(handler: (message: CommMessage) => void | Promise<void>): void;
  /** Called once, when the other side closes the comm. */
  onClose(handler: (message: CommMessage) => void): void;
  /** Idempotent. */
  close(data?: JsonObject): void;
}

/** Opens comms from the kernel and answers those opened by a front end. */
export interface CommHost {
  /** Opens a comm under a target of the front end. */
  open(
    target: string,
    data: JsonObject,
    options?: { id?: string; metadata?: JsonObject; buffers?: readonly Uint8Array[] },
  ): Comm;
  /** Called when a front end opens a comm with this target. */
  onTarget(target: string, handler: (comm: Comm, open: CommMessage) => void): void;
}
