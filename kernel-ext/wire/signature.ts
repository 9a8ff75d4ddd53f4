import { createHmac, timingSafeEqual } from "node:crypto";

/** Signs the four JSON frames of a message with the key of the connection file. */
export interface Signer {
  /** The signature in hexadecimal; empty if the connection has no key. */
  sign(parts: readonly (string | Uint8Array)[]): string;
  verify(signature: Uint8Array, parts: readonly Uint8Array[]): boolean;
}

/** `scheme` is the one of the connection file, such as "hmac-sha256". An empty key disables signing, per the spec. */
export function createSigner(key: string, scheme: string): Signer {
  if (key === "") return { sign: () => "", verify: () => true };
  const algorithm = scheme.replace(/^hmac-/, "");
  const digest = (parts: readonly (string | Uint8Array)[]): string => {
    const hmac = createHmac(algorithm, key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  };
  return {
    sign: digest,
    verify(signature, parts) {
      const expected = Buffer.from(digest(parts));
      return expected.length === signature.length && timingSafeEqual(expected, signature);
    },
  };
}
