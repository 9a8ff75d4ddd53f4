import { h } from "./dom.js";

/** Shown in place of a widget if the kernel uses another protocol version. */
export function mismatchNotice(ours: number, theirs: number): HTMLElement {
  const text = `This widget and its kernel do not fit together (protocol ${ours} here, ${theirs} there). Reload the page, or run the setup of samlab again.`;
  return h("div.sl.sl-mismatch", { role: "alert" }, text);
}
