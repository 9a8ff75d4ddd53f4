/** JSON in a message. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };
/** A JSON object. Undefined fields are omitted. */
export type JsonObject = { readonly [key: string]: Json | undefined };

/** A message received on a comm. */
export interface CommMessage {
  /** JSON. */
  readonly data: JsonObject;
  /** Metadata of the message; usually empty. */
  readonly metadata: JsonObject;
  /** Binary buffers sent with the JSON. */
  readonly buffers: readonly Uint8Array[];
}

/**
 * One end of a Jupyter comm (messaging spec, "Custom messages"). Messages sent from a handler have the handled message
 * as parent.
 */
export interface Comm {
  /** Unique among the comms of a kernel. */
  readonly id: string;
  /** The target name registered by the other side. */
  readonly target: string;
  /** Sends a message: JSON and optional binary buffers. */
  send(data: JsonObject, options?: { metadata?: JsonObject; buffers?: readonly Uint8Array[] }): void;
  /** The handler may be async; the kernel stays busy for that message until it has finished. */
  onMessage(handler: (message: CommMessage) => void | Promise<void>): void;
  /** Called once, when the other side closes the comm. */
  onClose(handler: (message: CommMessage) => void): void;
  /** Idempotent. */
  close(data?: JsonObject): void;
}

/** Opens comms from the kernel and accepts comms opened by a front end. */
export interface CommHost {
  /** Opens a comm for a target of the front end. */
  open(
    target: string,
    data: JsonObject,
    options?: { id?: string; metadata?: JsonObject; buffers?: readonly Uint8Array[] },
  ): Comm;
  /** Called when a front end opens a comm with this target. */
  onTarget(target: string, handler: (comm: Comm, open: CommMessage) => void): void;
}
