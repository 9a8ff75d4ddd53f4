import { Console } from "node:console";
import { StringDecoder } from "node:string_decoder";

export type StreamName = "stdout" | "stderr";

/** False for bytes, and for a string that stands for bytes, such as base64. */
function isText(chunk: string | Uint8Array, encoding: unknown): chunk is string {
  return typeof chunk === "string" && (typeof encoding !== "string" || /^utf-?8$/i.test(encoding));
}

function bytesOf(chunk: string | Uint8Array, encoding: unknown): Buffer {
  return typeof chunk === "string" ? Buffer.from(chunk, encoding as BufferEncoding) : Buffer.from(chunk);
}

/** Redirects process.stdout and process.stderr, and so `console`, to `write`. */
export function captureStreams(write: (name: StreamName, text: string) => void): void {
  for (const name of ["stdout", "stderr"] as const) {
    const decoder = new StringDecoder("utf8");
    process[name].write = (chunk: string | Uint8Array, encoding?: unknown, done?: unknown): boolean => {
      write(name, isText(chunk, encoding) ? chunk : decoder.write(bytesOf(chunk, encoding)));
      const callback = typeof encoding === "function" ? encoding : done;
      if (typeof callback === "function") process.nextTick(callback as () => void);
      return true;
    };
    // A kernel started in a terminal would otherwise color its output.
    process[name].isTTY = false;
  }
  // Node's console schedules a callback for each write, and in a cell that prints without pause they would all pile up.
  const { stdout, stderr } = process;
  Object.assign(globalThis.console, new Console({ stdout, stderr, ignoreErrors: false, colorMode: false }));
}
