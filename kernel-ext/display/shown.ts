import type { JsonObject } from "../comm/comm.js";
import type { MimeBundle } from "../context.js";

/**
 * What a front end receives for a value: content by MIME type, and metadata for each type, such as an image's size on
 * the page.
 */
export interface Shown {
  readonly data: MimeBundle;
  /** By MIME type, per the messaging specification: `{ "image/png": { width: 320 } }`. */
  readonly metadata: JsonObject;
}

export function shown(data: MimeBundle, metadata: JsonObject = {}): Shown {
  return { data, metadata };
}
