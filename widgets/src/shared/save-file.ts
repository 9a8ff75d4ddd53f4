import type { FileMessage } from "../../../src/protocol/intent-checks.js";
import { asUint8 } from "./bytes.js";
import { h } from "./dom.js";

/** Saves bytes as a browser download. */
export function saveFile({ name, type }: FileMessage, bytes: ArrayBufferView): void {
  const url = URL.createObjectURL(new Blob([asUint8(bytes).slice()], { type }));
  h("a", { href: url, download: name }).click();
  // Delayed: the browser still has to read it.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
