import { messageOf } from "../../src/core/errors.js";
import { decodeFrames, signatureOf } from "./codec.js";
import { type Header, parseHeader, type RawMessage } from "./message.js";
import type { Signer } from "./signature.js";
import { warn } from "./warn.js";

const REMEMBERED = 65_536;

/** Accepts each authentic message once. Drops everything else with a warning, before parsing its JSON. */
export class Inbox {
  readonly #signer: Signer;
  readonly #seen = new Set<string>();

  constructor(signer: Signer) {
    this.#signer = signer;
  }

  accept(frames: readonly Uint8Array[]): { message: RawMessage; header: Header } | undefined {
    try {
      const message = decodeFrames(frames, this.#signer);
      this.#refuseReplay(signatureOf(frames));
      return { message, header: parseHeader(message.header) };
    } catch (error) {
      warn(`dropped a message: ${messageOf(error)}`);
      return undefined;
    }
  }

  #refuseReplay(signature: string): void {
    if (signature === "") return;
    if (this.#seen.has(signature)) throw new Error("it was seen before");
    this.#seen.add(signature);
    if (this.#seen.size <= REMEMBERED) return;
    const [oldest] = this.#seen;
    this.#seen.delete(oldest!);
  }
}
