import { readFileSync } from "node:fs";

interface Golden {
  readonly key: string;
  readonly signed: readonly string[];
  readonly unsigned: readonly string[];
  readonly split: {
    readonly state: object;
    readonly buffer_paths: readonly unknown[];
    readonly buffers: readonly string[];
  };
}

/** What jupyter_client and ipywidgets put on the wire, see golden/make_golden.py. */
export const golden = JSON.parse(readFileSync(new URL("../golden/jupyter.json", import.meta.url), "utf8")) as Golden;

export function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}
