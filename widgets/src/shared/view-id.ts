/** A name for one view of a widget. `crypto.randomUUID` is missing in pages that come by http from another machine. */
export function viewId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(4)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
