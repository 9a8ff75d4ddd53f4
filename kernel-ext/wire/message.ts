import { randomUUID } from "node:crypto";
import type { JsonObject } from "../comm/comm.js";

/** The version of the Jupyter messaging protocol implemented by this kernel. */
export const PROTOCOL_VERSION = "5.4";

/** The sockets that carry messages; the heartbeat carries raw bytes. */
export type Channel = "shell" | "control" | "iopub" | "stdin";

export interface Header {
  readonly msg_id: string;
  readonly session: string;
  readonly username: string;
  readonly date: string;
  readonly msg_type: string;
  readonly version: string;
}

/**
 * A message whose JSON parts are still text. Messages pass between the wire thread and the main thread in this form, so
 * that text is parsed once and a parent header returns to the client unchanged.
 */
export interface RawMessage {
  /** Routing frames before the delimiter: peers on shell and control, a topic on iopub. */
  readonly identities: readonly Uint8Array[];
  readonly header: string;
  readonly parent: string;
  readonly metadata: string;
  readonly content: string;
  readonly buffers: readonly Uint8Array[];
}

/** A parsed message. `raw` keeps what a reply needs. */
export interface Message {
  readonly raw: RawMessage;
  readonly header: Header;
  readonly parent: Partial<Header>;
  readonly metadata: JsonObject;
  readonly content: JsonObject;
  readonly buffers: readonly Uint8Array[];
}

/** Creates headers for one session: the kernel's or a client's. */
export function headerFactory(session: string, username: string): (type: string) => Header {
  return (type) => ({
    msg_id: randomUUID(),
    session,
    username,
    date: new Date().toISOString(),
    msg_type: type,
    version: PROTOCOL_VERSION,
  });
}

function parseObject(text: string, part: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(`the ${part} of a message must be a JSON object`);
  }
  return value as Record<string, unknown>;
}

/** Parses only the header, which is enough for routing. */
export function parseHeader(text: string): Header {
  const header = parseObject(text, "header");
  if (typeof header.msg_type !== "string" || typeof header.msg_id !== "string") {
    throw new TypeError("the header of a message needs msg_type and msg_id");
  }
  return header as unknown as Header;
}

/** Parses all JSON parts. @throws {TypeError | SyntaxError} that names the invalid part */
export function parseMessage(raw: RawMessage): Message {
  return {
    raw,
    header: parseHeader(raw.header),
    parent: parseObject(raw.parent, "parent header") as Partial<Header>,
    metadata: parseObject(raw.metadata, "metadata") as JsonObject,
    content: parseObject(raw.content, "content") as JsonObject,
    buffers: raw.buffers,
  };
}

/** A message reduced to its header, for when the other parts cannot be parsed; enough to send a reply. */
export function headerOnly(raw: RawMessage): Message {
  return { raw, header: parseHeader(raw.header), parent: {}, metadata: {}, content: {}, buffers: [] };
}
