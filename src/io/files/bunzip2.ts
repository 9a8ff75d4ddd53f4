import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { Readable } from "node:stream";
import { Worker } from "node:worker_threads";
import { SamlabError } from "../../core/errors.js";
import { cacheFolder, cacheLimit } from "./cache-folder.js";
import { CachedFiles } from "./cached-files.js";

/** True for the first bytes of a bzip2 stream. */
export const isBzip2 = (head: Uint8Array): boolean => String.fromCharCode(...head.subarray(0, 3)) === "BZh";

/** Of an error for a file that is no valid bzip2 stream. */
export const bzip2ErrorCode = "BZIP2_DATA_ERROR";

// Runs in a worker thread: the library decompresses in one call.
const code = `
// There is no "require" where the process was started with --input-type=module.
const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
const { createRequire } = process.getBuiltinModule("node:module");
const { readFileSync } = process.getBuiltinModule("node:fs");
const { path, library, wanted, chunkBytes } = workerData;
let chunk = new Uint8Array(chunkBytes);
let filled = 0;
let isEmpty = true;
function send() {
  // Not faster than the chunks are taken.
  while (Atomics.load(wanted, 0) === 0) Atomics.wait(wanted, 0, 0);
  Atomics.sub(wanted, 0, 1);
  parentPort.postMessage({ chunk: chunk.subarray(0, filled) }, [chunk.buffer]);
  chunk = new Uint8Array(chunkBytes);
  filled = 0;
}
const output = {
  writeByte(value) {
    chunk[filled++] = value;
    isEmpty = false;
    if (filled === chunkBytes) send();
  },
};
try {
  const packed = readFileSync(path);
  try {
    createRequire(library)(library).decode(packed, output, true);
  } catch (error) {
    // As bunzip2 does, what follows a whole stream and is none is left alone.
    if (isEmpty || !error.message.includes("bad magic")) throw Object.assign(error, { code: "${bzip2ErrorCode}" });
  }
  // The library takes a file that ends after its first bytes for an empty one.
  if (isEmpty) throw Object.assign(new Error("it holds nothing"), { code: "${bzip2ErrorCode}" });
  if (filled > 0) send();
  parentPort.postMessage({});
} catch ({ message, code }) {
  parentPort.postMessage({ error: { message, code } });
}
`;

interface Message {
  readonly chunk?: Uint8Array;
  readonly error?: { readonly message: string; readonly code?: string };
}

/** Larger files, compressed or not, are decompressed each time. */
const largestCached = 64e6;

const limit = () => cacheLimit(process.env.SAMLAB_UNPACKED_CACHE_MB, 1024);

/**
 * The decompressed bytes of a bzip2 file, checked against its checksums. Files of several streams (pbzip2) are read to
 * their end. An error has {@link bzip2ErrorCode} or a code of the file system.
 *
 * Since decompression takes about a second for 4 MB, the cache folder keeps the result, named by the sha256 of the file
 * and followed by its own sha256.
 * @throws {SamlabError} `environment`
 */
export function bunzip2(path: string, chunkBytes: number): Readable {
  return Readable.from(cachedBytes(path, chunkBytes, libraryPath()), { highWaterMark: 1 });
}

async function* cachedBytes(path: string, chunkBytes: number, library: string): AsyncGenerator<Uint8Array> {
  if (limit() === 0 || (await stat(path)).size > largestCached) {
    yield* decompressed(path, chunkBytes, library) as AsyncIterable<Uint8Array>;
    return;
  }
  const files = new CachedFiles(cacheFolder("unpacked"), limit);
  const name = sha256([await readFile(path)]).toString("hex");
  const known = await files.read(name);
  const bytes = known?.subarray(0, -digestBytes);
  if (known && bytes?.length && sha256([bytes]).equals(known.subarray(-digestBytes))) {
    yield bytes;
    return;
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of decompressed(path, chunkBytes, library) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size <= largestCached) chunks.push(chunk);
    yield chunk;
  }
  if (size > largestCached) return;
  // If it cannot be kept, it is decompressed again the next time.
  await files.write(name, [...chunks, sha256(chunks)], size + digestBytes).catch(() => undefined);
}

/** Bytes of a sha256. */
const digestBytes = 32;

function sha256(parts: readonly Uint8Array[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function decompressed(path: string, chunkBytes: number, library: string): Readable {
  const wanted = new Int32Array(new SharedArrayBuffer(4));
  const workerData = { path, library, wanted, chunkBytes };
  const worker = new Worker(code, { eval: true, workerData });
  const stream = new Readable({
    read: () => {
      Atomics.add(wanted, 0, 1);
      Atomics.notify(wanted, 0);
    },
    destroy: (error, done) => {
      worker.terminate().then(
        () => done(error),
        () => done(error),
      );
    },
  });
  worker.on("message", ({ chunk, error }: Message) => {
    if (error) stream.destroy(Object.assign(new Error(error.message), error));
    else stream.push(chunk ?? null);
  });
  worker.on("error", (error) => stream.destroy(error));
  return stream;
}

function libraryPath(): string {
  try {
    return createRequire(import.meta.url).resolve("seek-bzip");
  } catch (cause) {
    throw new SamlabError("environment", "The library seek-bzip, which reads bzip2 files, could not be loaded.", {
      field: "seek-bzip",
      remedy: "Run npm install again.",
      cause,
    });
  }
}
