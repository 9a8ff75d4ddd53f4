import { Console } from "node:console";
import { StringDecoder } from "node:string_decoder";

export type StreamName = "stdout" | "stderr";

/** Hands what is written to process.stdout and process.stderr, and so by `console`, to `write`. */
export function captureStreams(write: (name: StreamName, text: string) => void): void {
  for (const name of ["stdout", "stderr"] as const) {
    const decoder = new StringDecoder("utf8");
    process[name].write = (chunk: string | Uint8Array, encoding?: unknown, done?: unknown): boolean => {
      write(name, typeof chunk === "string" ? chunk : decoder.write(Buffer.from(chunk)));
      const callback = typeof encoding === "function" ? encoding : done;
      if (typeof callback === "function") process.nextTick(callback as () => void);
      return true;
    };
    // A kernel started in a terminal would color its output as if that were where it went.
    process[name].isTTY = false;
  }
  // Node's own console wants to hear of each write later, and a cell that prints without pause gives no later: all of these calls
  // would pile up.
  const { stdout, stderr } = process;
  Object.assign(globalThis.console, new Console({ stdout, stderr, ignoreErrors: false, colorMode: false }));
}
