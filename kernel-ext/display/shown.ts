import type { JsonObject } from "../comm/comm.js";
import type { MimeBundle } from "../context.js";

/** What a front end gets of a value: its content by MIME type, and what to know about each, such as an image's size on the page. */
export interface Shown {
  readonly data: MimeBundle;
  /** By MIME type, as the messaging specification has it: `{ "image/png": { width: 320 } }`. */
  readonly metadata: JsonObject;
}

export function shown(data: MimeBundle, metadata: JsonObject = {}): Shown {
  return { data, metadata };
}
