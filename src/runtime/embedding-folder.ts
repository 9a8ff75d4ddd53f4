import { mkdir, readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { float16ToFloat32, float32ToFloat16 } from "../checkpoint/half.js";
import { bytesView } from "../core/dtype.js";
import { cacheFolder, cacheLimit } from "../io/files/cache-folder.js";
import { readAll } from "../io/files/read-file.js";
import { writeFileAtomic } from "../io/files/write-file.js";

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

/** Bytes written between two checks of the folder's size. */
const sweepEvery = 64;

/**
 * Image embeddings on disk, little-endian. Each embedding has one file per precision, named by a hash of pixels, window
 * and model. A file of another size than expected counts as missing.
 */
export class EmbeddingFolder {
  readonly #folder = cacheFolder("embeddings");
  #written = 0;

  async read(key: string, length: number, precision: EmbeddingPrecision): Promise<Float32Array | null> {
    const path = this.#path(key, precision);
    const info = await stat(path).catch(() => null);
    if (info?.size !== length * bytesPerValue[precision]) return null;
    try {
      const bytes = await readAll(path);
      const now = new Date();
      // The time of last use decides what is dropped first.
      await utimes(path, now, now).catch(() => undefined);
      return precision === "float32"
        ? new Float32Array(bytes.buffer, bytes.byteOffset, length)
        : float16ToFloat32(new Uint16Array(bytes.buffer, bytes.byteOffset, length));
    } catch {
      return null;
    }
  }

  /** @throws {SamlabError} `disk-full`, `file-write-failed` */
  async write(key: string, data: Float32Array, precision: EmbeddingPrecision): Promise<void> {
    if (data.length * bytesPerValue[precision] > limit()) return;
    await mkdir(this.#folder, { recursive: true }).catch(() => undefined);
    await writeFileAtomic(
      this.#path(key, precision),
      bytesView(precision === "float32" ? data : float32ToFloat16(data)),
    );
    if (this.#written++ % sweepEvery === 0) await this.#sweep();
  }

  #path(key: string, precision: EmbeddingPrecision): string {
    return join(this.#folder, `${key}.${extension[precision]}`);
  }

  /** Deletes the least recently used files until the folder is within its limit. */
  async #sweep(): Promise<void> {
    const files: { path: string; size: number; used: number }[] = [];
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name);
      const info = await stat(path).catch(() => null);
      if (info?.isFile()) files.push({ path, size: info.size, used: info.mtimeMs });
    }
    let total = files.reduce((sum, file) => sum + file.size, 0);
    for (const file of files.sort((a, b) => a.used - b.used)) {
      if (total <= limit()) return;
      await rm(file.path, { force: true });
      total -= file.size;
    }
  }
}
