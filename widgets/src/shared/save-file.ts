import type { FileMessage } from "../../../src/protocol/intent-checks.js";
import { asUint8 } from "./bytes.js";
import { h } from "./dom.js";

/** Saves bytes as the browser saves downloads. */
export function saveFile({ name, type }: FileMessage, bytes: ArrayBufferView): void {
  const url = URL.createObjectURL(new Blob([asUint8(bytes).slice()], { type }));
  h("a", { href: url, download: name }).click();
  // Not at once: the browser has yet to read it.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
