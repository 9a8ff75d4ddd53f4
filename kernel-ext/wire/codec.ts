import type { RawMessage } from "./message.js";
import type { Signer } from "./signature.js";

const DELIMITER = Buffer.from("<IDS|MSG>");

/** Encodes a message as wire frames: identities, delimiter, signature, four JSON parts, buffers. */
export function encodeFrames(message: RawMessage, signer: Signer): Uint8Array[] {
  const parts = [message.header, message.parent, message.metadata, message.content].map((part) => Buffer.from(part));
  return [...message.identities, DELIMITER, Buffer.from(signer.sign(parts)), ...parts, ...message.buffers];
}

/**
 * Verifies the signature and splits frames into a message. Identities and buffers are copied: the frames belong to the
 * socket.
 * @throws {Error} that says why the message is invalid
 */
export function decodeFrames(frames: readonly Uint8Array[], signer: Signer): RawMessage {
  const at = frames.findIndex((frame) => DELIMITER.equals(frame));
  if (at < 0) throw new Error("no <IDS|MSG> delimiter");
  const [signature, ...rest] = frames.slice(at + 1);
  const parts = rest.slice(0, 4);
  if (signature === undefined || parts.length < 4) throw new Error(`${frames.length} frames are too few`);
  if (!signer.verify(signature, parts)) throw new Error("wrong signature");
  const [header, parent, metadata, content] = parts.map((part) => new TextDecoder().decode(part));
  return {
    identities: frames.slice(0, at).map((frame) => new Uint8Array(frame)),
    header: header!,
    parent: parent!,
    metadata: metadata!,
    content: content!,
    buffers: rest.slice(4).map((frame) => new Uint8Array(frame)),
  };
}

/** The signature frame of an encoded message, used to detect replays; empty if the connection has no key. */
export function signatureOf(frames: readonly Uint8Array[]): string {
  const at = frames.findIndex((frame) => DELIMITER.equals(frame));
  return at < 0 ? "" : Buffer.from(frames[at + 1] ?? []).toString();
}
