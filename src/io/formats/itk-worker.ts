import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { TypedArray } from "../../core/dtype.js";
import { SamlabError } from "../../core/errors.js";

/** The ITK readers in use, by the names of their functions in `@itk-wasm/image-io` without `ReadImageNode`. */
export type ItkReader = "nrrd" | "meta" | "mgh" | "tiff" | "gdcm";

/** An image as ITK reads it; geometry in LPS millimeters. */
export interface ItkImage {
  readonly imageType: { readonly dimension: number; readonly components: number; readonly pixelType: string };
  readonly size: readonly number[];
  readonly spacing: readonly number[];
  readonly origin: readonly number[];
  /** Row-major, dimension × dimension. */
  readonly direction: ArrayLike<number>;
  /** Components interleaved, the first axis fastest. */
  readonly data: TypedArray;
}

/** The result of a worker job; `error` is the library's message. */
type Answer = { readonly id: number } & ({ readonly image: ItkImage } | { readonly error: string });

/** Time limit per megabyte (plus one minute). A file that takes longer is damaged in a way that ITK does not detect. */
const secondsPerMegabyte = 2;

// Runs in a worker thread, because a WebAssembly call blocks for the whole file and could not be canceled otherwise.
const code = `
// There is no "require" where the process was started with --input-type=module.
const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
// What the library prints about a damaged file is already in its error.
console.log = console.warn = console.error = () => {};
const { join } = process.getBuiltinModule("node:path");
const library = import(workerData.library);
/** What the library's own readers do, with a file that exists only in memory. */
const readBytes = async (reader, data) => {
  const { runPipelineNode, InterfaceTypes } = await import(workerData.pipelines);
  // MetaImage files are known by their names.
  const path = reader === "meta" ? "file.mha" : "file";
  const { JsonCompatible, Image, BinaryFile } = InterfaceTypes;
  const { outputs } = await runPipelineNode(
    join(workerData.folder, "pipelines", reader + "-read-image"),
    [path, "0", "1", "--memory-io"],
    [{ type: JsonCompatible }, { type: Image }],
    [{ type: BinaryFile, data: { path, data } }],
    new Set(),
  );
  return { couldRead: outputs[0]?.data, image: outputs[1]?.data };
};
parentPort.on("message", async ({ id, reader, source }) => {
  try {
    const { couldRead, image } =
      typeof source === "string"
        ? await (await library)[reader + "ReadImageNode"](source)
        : await readBytes(reader, source);
    if (!couldRead || !image?.data) throw new Error("ITK does not read it");
    const { imageType, size, spacing, origin, direction, data } = image;
    const copy = data.buffer.byteLength === data.byteLength && !(data.buffer instanceof SharedArrayBuffer) ? data : data.slice();
    parentPort.postMessage({ id, image: { imageType, size, spacing, origin, direction, data: copy } }, [copy.buffer]);
  } catch (error) {
    parentPort.postMessage({ id, error: String(error?.message ?? error) });
  }
});
`;

let worker: Worker | null = null;
let jobs = 0;
let last: Promise<unknown> = Promise.resolve();

/**
 * Reads a file with an ITK reader, one file at a time.
 * @param source its path, or its bytes
 * @returns the image, or ITK's message if it cannot read the file
 * @throws {SamlabError} `canceled`, `environment`
 */
export function readWithItk(
  reader: ItkReader,
  source: string | Uint8Array,
  options: { readonly megabytes: number; readonly signal?: AbortSignal | undefined; readonly name: string },
): Promise<ItkImage | { readonly error: string }> {
  const job = last.then(() => run(reader, typeof source === "string" ? resolve(source) : source, options));
  last = job.catch(() => undefined);
  return job;
}

async function run(
  reader: ItkReader,
  source: string | Uint8Array,
  { megabytes, signal, name }: Parameters<typeof readWithItk>[2],
): Promise<ItkImage | { readonly error: string }> {
  if (signal?.aborted) throw canceled(name, signal);
  worker ??= startWorker();
  const thread = worker;
  const id = ++jobs;
  return new Promise((settle, fail) => {
    const stop = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      thread.off("message", answer).off("error", crash).off("exit", end);
      // An idle thread must not keep the process alive.
      thread.unref();
    };
    const drop = () => {
      if (worker === thread) worker = null;
      void thread.terminate();
    };
    const answer = (message: Answer) => {
      if (message.id !== id) return;
      stop();
      settle("image" in message ? message.image : { error: message.error });
    };
    const crash = (error: Error) => {
      stop();
      drop();
      settle({ error: error.message });
    };
    const end = () => crash(new Error("the reader's thread ended"));
    const abort = () => {
      stop();
      drop();
      fail(canceled(name, signal));
    };
    const timer = setTimeout(() => crash(new Error("the reader did not finish")), limitOf(megabytes));
    signal?.addEventListener("abort", abort, { once: true });
    thread.ref();
    thread.on("message", answer).on("error", crash).on("exit", end);
    thread.postMessage({ id, reader, source });
  });
}

const limitOf = (megabytes: number) => 1000 * (60 + secondsPerMegabyte * megabytes);

function startWorker(): Worker {
  try {
    const library = createRequire(import.meta.url).resolve("@itk-wasm/image-io");
    const pipelines = createRequire(library).resolve("itk-wasm");
    const [main, runner] = [library, pipelines].map((path) => pathToFileURL(path).href);
    return new Worker(code, { eval: true, workerData: { library: main, pipelines: runner, folder: dirname(library) } });
  } catch (cause) {
    throw new SamlabError("environment", "The image library @itk-wasm/image-io could not be loaded.", {
      field: "@itk-wasm/image-io",
      remedy: "Run npm install again.",
      cause,
    });
  }
}

function canceled(name: string, signal: AbortSignal | undefined): SamlabError {
  return new SamlabError("canceled", `Reading ${name} was canceled.`, { cause: signal?.reason });
}
