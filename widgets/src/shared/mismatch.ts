import { h } from "./dom.js";

/** Stands in place of a widget whose kernel speaks another protocol. */
export function mismatchNotice(ours: number, theirs: number): HTMLElement {
  const text = `This widget and its kernel do not fit together (protocol ${ours} here, ${theirs} there). Reload the page, or run the setup of samlab again.`;
  return h("div.sl.sl-mismatch", { role: "alert" }, text);
}
