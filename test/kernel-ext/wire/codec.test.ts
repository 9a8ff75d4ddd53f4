import { describe, expect, it } from "vitest";
import { decodeFrames, encodeFrames } from "../../../kernel-ext/wire/codec.js";
import { parseMessage } from "../../../kernel-ext/wire/message.js";
import { createSigner } from "../../../kernel-ext/wire/signature.js";
import { fromBase64, golden } from "../support/golden.js";

const signer = createSigner(golden.key, "hmac-sha256");
const noSigner = createSigner("", "hmac-sha256");
const signed = golden.signed.map(fromBase64);
const unsigned = golden.unsigned.map(fromBase64);
const bytes = (frames: readonly Uint8Array[]) => frames.map((frame) => [...frame]);

describe("frames", () => {
  it("of jupyter_client are read", () => {
    expect(parseMessage(decodeFrames(signed, signer))).toMatchObject({
      header: { msg_id: "golden-1", msg_type: "comm_msg", session: "golden" },
      parent: { msg_id: "parent-1" },
      metadata: { version: "2.1.0" },
      content: { comm_id: "c1", data: { text: "grüße 😀" } },
      buffers: [new Uint8Array([0, 255, 128]), new Uint8Array()],
    });
  });

  it("are written byte for byte as jupyter_client writes them", () => {
    expect(bytes(encodeFrames(decodeFrames(signed, signer), signer))).toEqual(bytes(signed));
  });

  it("carry no signature when the key is empty", () => {
    expect(bytes(encodeFrames(decodeFrames(unsigned, noSigner), noSigner))).toEqual(bytes(unsigned));
  });

  it("are copied, since the socket may use them again", () => {
    const frames = signed.map((frame) => new Uint8Array(frame));
    const message = decodeFrames(frames, signer);
    frames[0]!.fill(0);
    frames[8]!.fill(0);
    expect([...message.identities[0]!]).toEqual([...signed[0]!]);
    expect([...message.buffers[0]!]).toEqual([0, 255, 128]);
  });

  it("with a changed byte are refused before their JSON is read", () => {
    const frames = signed.map((frame) => new Uint8Array(frame));
    frames[7] = new TextEncoder().encode("{ not json");
    expect(() => decodeFrames(frames, signer)).toThrow("wrong signature");
  });

  it.each([
    ["signed with another key", signed, createSigner("other", "hmac-sha256"), "wrong signature"],
    ["unsigned where a key is set", unsigned, signer, "wrong signature"],
    ["without a delimiter", signed.slice(3), signer, "no <IDS|MSG> delimiter"],
    ["cut short", signed.slice(0, 7), signer, "7 frames are too few"],
  ])("%s are refused", (_, frames, by, message) => {
    expect(() => decodeFrames(frames, by)).toThrow(message);
  });
});
