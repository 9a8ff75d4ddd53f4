import { Console } from "node:console";
import { StringDecoder } from "node:string_decoder";

export type StreamName = "stdout" | "stderr";

/** Redirects process.stdout and process.stderr, and so `console`, to `write`. */
export function captureStreams(write: (name: StreamName, text: string) => void): void {
  for (const name of ["stdout", "stderr"] as const) {
    const decoder = new StringDecoder("utf8");
    process[name].write = (chunk: string | Uint8Array, encoding?: unknown, done?: unknown): boolean => {
      write(name, typeof chunk === "string" ? chunk : decoder.write(Buffer.from(chunk)));
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
