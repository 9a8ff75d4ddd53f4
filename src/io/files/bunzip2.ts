import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { SamlabError, throwIfCanceled } from "../../core/errors.js";
import { readAll } from "./read-file.js";

/** True for the first bytes of a bzip2 stream. */
export const isBzip2 = (head: Uint8Array): boolean => String.fromCharCode(...head.subarray(0, 3)) === "BZh";

// Runs in a worker thread: the library decompresses in one call, which could not be canceled otherwise.
const code = `
// There is no "require" where the process was started with --input-type=module.
const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
const { createRequire } = process.getBuiltinModule("node:module");
try {
  const bytes = new Uint8Array(createRequire(workerData.library)(workerData.library).decode(workerData.bytes, undefined, true));
  parentPort.postMessage({ bytes }, [bytes.buffer]);
} catch (error) {
  // The library's own errors say what is wrong with the file.
  const isMemory = error instanceof RangeError;
  parentPort.postMessage({ error: String(error?.message ?? error), isMemory });
}
`;

type Answer = { readonly bytes: Uint8Array } | { readonly error: string; readonly isMemory: boolean };

/**
 * The bytes of a bzip2 file, decompressed and checked against its checksums. Files of several streams (pbzip2) are read
 * to their end.
 * @throws {SamlabError} `format-invalid`, `environment`, `canceled`, and as `readAll`
 */
export async function bunzip2(
  path: string,
  { name, signal }: { readonly name: string; readonly signal?: AbortSignal | undefined },
): Promise<Uint8Array> {
  const packed = await readAll(path, signal, name);
  const answer = await inWorker(packed, name, signal);
  if ("error" in answer && answer.isMemory) {
    throw new SamlabError("format-unsupported", `${name} does not fit in memory when it is decompressed.`, {
      file: name,
      value: answer.error,
      remedy: "Crop or downsample it first, or save it as .nii.gz, which is read in parts.",
    });
  }
  // The library takes a file that ends after its first bytes for an empty one.
  if ("bytes" in answer && answer.bytes.length > 0) return answer.bytes;
  const reason = "error" in answer ? answer.error : "it holds nothing";
  throw new SamlabError("format-invalid", `${name} is damaged: its bzip2 stream is corrupt or cut off (${reason}).`, {
    file: name,
    value: reason,
    remedy: "Copy or download it again.",
  });
}

function inWorker(bytes: Uint8Array, name: string, signal: AbortSignal | undefined): Promise<Answer> {
  let library: string;
  try {
    library = createRequire(import.meta.url).resolve("seek-bzip");
  } catch (cause) {
    throw new SamlabError("environment", "The library seek-bzip, which reads bzip2 files, could not be loaded.", {
      field: "seek-bzip",
      remedy: "Run npm install again.",
      cause,
    });
  }
  // Moved to the thread, not copied.
  const transferList = [bytes.buffer as ArrayBuffer];
  const worker = new Worker(code, { eval: true, workerData: { library, bytes }, transferList });
  // Taken away when the file is read, as a signal may outlive many files.
  const over = new AbortController();
  return new Promise<Answer>((settle, fail) => {
    const abort = () => {
      try {
        throwIfCanceled(signal, `Reading ${name}`);
      } catch (error) {
        fail(error);
      }
    };
    worker
      .once("message", settle)
      .once("error", ({ message, code }: NodeJS.ErrnoException) =>
        settle({ error: message, isMemory: code === "ERR_WORKER_OUT_OF_MEMORY" }),
      );
    signal?.addEventListener("abort", abort, { signal: over.signal });
    abort();
  }).finally(() => {
    over.abort();
    return worker.terminate();
  });
}
