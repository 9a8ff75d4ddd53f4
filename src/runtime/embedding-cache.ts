import { mkdir, readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { bytesView } from "../core/dtype.js";
import { cacheFolder } from "../io/cache-folder.js";
import { readAll } from "../io/read-file.js";
import { writeFileAtomic } from "../io/write-file.js";

/** Embeddings kept on disk at most, bytes: `SAMLAB_EMBEDDING_CACHE_MB`, else 4 GB (about 1000 slices). The least recently used go first. */
function limit(): number {
  const megabytes = Number(process.env.SAMLAB_EMBEDDING_CACHE_MB || 4096);
  return (Number.isFinite(megabytes) && megabytes >= 0 ? megabytes : 4096) * 1e6;
}

/** How much may be written before the folder is looked through again. */
const sweepEvery = 64;

/**
 * Image embeddings on disk, float32 little-endian, one file each, named by a hash of pixels, window and model. A file of another size than expected
 * counts as missing.
 */
export class EmbeddingCache {
  readonly #folder = cacheFolder("embeddings");
  #written = 0;

  async read(key: string, length: number): Promise<Float32Array | null> {
    const path = this.#path(key);
    const info = await stat(path).catch(() => null);
    if (info?.size !== length * 4) return null;
    try {
      const bytes = await readAll(path);
      const now = new Date();
      // The time of last use decides what is dropped first.
      await utimes(path, now, now).catch(() => undefined);
      return new Float32Array(bytes.buffer, bytes.byteOffset, length);
    } catch {
      return null;
    }
  }

  /** @throws {SamlabError} `disk-full`, `file-write-failed` */
  async write(key: string, data: Float32Array): Promise<void> {
    if (data.byteLength > limit()) return;
    await mkdir(this.#folder, { recursive: true }).catch(() => undefined);
    await writeFileAtomic(this.#path(key), bytesView(data));
    if (this.#written++ % sweepEvery === 0) await this.#sweep();
  }

  #path(key: string): string {
    return join(this.#folder, `${key}.f32`);
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
