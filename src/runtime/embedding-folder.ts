import { crc32 } from "node:zlib";
import { bytesView } from "../core/dtype.js";
import { float16ToFloat32, float32ToFloat16 } from "../core/half.js";
import { cacheFolder, cacheLimit } from "../io/files/cache-folder.js";
import { CachedFiles } from "../io/files/cached-files.js";

/**
 * The precision in which an embedding is kept on disk. Half precision takes half the space and is lossless here, since
 * the values were already rounded to it.
 */
export type EmbeddingPrecision = "float32" | "float16";

const bytesPerValue = { float32: 4, float16: 2 } as const satisfies Record<EmbeddingPrecision, number>;
const extension = { float32: "f32", float16: "f16" } as const satisfies Record<EmbeddingPrecision, string>;

/**
 * Bytes of embeddings kept on disk, by default about 1000 slices, 2000 of those for training. The least recently used
 * are deleted first.
 */
const limit = () => cacheLimit(process.env.SAMLAB_EMBEDDING_CACHE_MB, 4096);

/**
 * Image embeddings on disk, little-endian. Each embedding has one file per precision, named by a hash of pixels, window
 * and model, and ends with the CRC-32 of its bytes. A file of another size or content than expected counts as missing.
 */
export class EmbeddingFolder {
  readonly #files = new CachedFiles(cacheFolder("embeddings"), limit);

  async read(key: string, length: number, precision: EmbeddingPrecision): Promise<Float32Array | null> {
    const size = length * bytesPerValue[precision];
    const stored = await this.#files.read(`${key}.${extension[precision]}`, size + checksumBytes);
    if (!stored) return null;
    const bytes = stored.subarray(0, size);
    if (!checksum(bytes).equals(stored.subarray(size))) return null;
    return precision === "float32"
      ? new Float32Array(bytes.buffer, bytes.byteOffset, length)
      : float16ToFloat32(new Uint16Array(bytes.buffer, bytes.byteOffset, length));
  }

  /** @throws {SamlabError} `disk-full`, `file-write-failed` */
  async write(key: string, data: Float32Array, precision: EmbeddingPrecision): Promise<void> {
    const bytes = bytesView(precision === "float32" ? data : float32ToFloat16(data));
    const size = bytes.byteLength + checksumBytes;
    await this.#files.write(`${key}.${extension[precision]}`, [bytes, checksum(bytes)], size);
  }
}

const checksumBytes = 4;

function checksum(bytes: Uint8Array): Buffer {
  const sum = Buffer.alloc(checksumBytes);
  sum.writeUInt32LE(crc32(bytes));
  return sum;
}
