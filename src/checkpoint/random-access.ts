import { type FileHandle, open } from "node:fs/promises";
import { SamlabError } from "../core/errors.js";
import { folderError, readError } from "../io/files/file-errors.js";

/**
 * Reads pieces of a file by position, so that checkpoints larger than memory (ViT-H, 2.5 GB) never have to be loaded
 * whole.
 */
export class RandomAccessFile {
  readonly path: string;
  readonly size: number;
  readonly #handle: FileHandle;
  #closed = false;

  private constructor(path: string, size: number, handle: FileHandle) {
    this.path = path;
    this.size = size;
    this.#handle = handle;
  }

  /** @throws {SamlabError} `file-missing`, `file-unreadable` */
  static async open(path: string): Promise<RandomAccessFile> {
    let handle: FileHandle;
    try {
      handle = await open(path, "r");
    } catch (error) {
      throw readError(error, path);
    }
    const stat = await handle.stat();
    if (!stat.isFile()) {
      await handle.close();
      throw folderError(path);
    }
    return new RandomAccessFile(path, stat.size, handle);
  }

  /**
   * `length` bytes from `position`, in a separate buffer (so that any typed array view of them is aligned).
   * @throws {SamlabError} `file-truncated` when the file ends earlier
   */
  async read(position: number, length: number): Promise<Uint8Array> {
    const isInside = Number.isSafeInteger(position) && Number.isSafeInteger(length) && position >= 0 && length >= 0;
    if (!isInside || position + length > this.size) {
      throw new SamlabError(
        "file-truncated",
        `${this.path} ends at byte ${this.size}, but bytes ${position} to ${position + length} are needed.`,
        { file: this.path, field: "size", value: this.size, remedy: "The file is incomplete: download it again." },
      );
    }
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await this.#handle.read(bytes, done, length - done, position + done);
      if (bytesRead === 0)
        throw new SamlabError("file-truncated", `${this.path} shrank while it was read.`, { file: this.path });
      done += bytesRead;
    }
    return bytes;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#handle.close();
  }
}
