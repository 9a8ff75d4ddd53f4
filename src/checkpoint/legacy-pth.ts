import { isSamlabError, SamlabError } from "../core/errors.js";
import { readPickleAt, truncated } from "./pickle.js";
import type { RandomAccessFile } from "./random-access.js";
import type { Checkpoint } from "./tensor-map.js";
import { openTorch, wrongByteOrder } from "./torch-checkpoint.js";
import { damaged, StorageReference, torchPickle } from "./torch-objects.js";

/** What such a file begins with: the pickle of torch's magic number. */
export const legacyMagic = Uint8Array.of(0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9);

/** Initial read size for the pickles, enough for most files. */
const firstPiece = 1 << 22;

/**
 * Opens a checkpoint of torch < 1.6, or one saved with `_use_new_zipfile_serialization=False`: magic number, protocol,
 * system, objects and the list of storages as five pickles, then the storages one after the other, each with its number
 * of elements before it (torch/serialization.py, `_legacy_save`). Nothing in the file is executed.
 * @throws {SamlabError} `file-missing`, `file-truncated`, `checkpoint-invalid`, `checkpoint-unsafe`
 */
export async function openLegacyPth(path: string): Promise<Checkpoint> {
  return openTorch(path, async (file) => {
    const { values, end, storages } = await readPickles(file);
    const [, , system, root, keys] = values;
    if (system instanceof Map && system.get("little_endian") === false)
      throw wrongByteOrder(path, "little_endian", "big");
    const places = await readPlaces(file, end, keys, storages);
    return {
      root,
      locate: (key) => {
        const place = places.get(key);
        return place ? { size: place.size, read: (begin, length) => file.read(place.at + begin, length) } : null;
      },
    };
  });
}

/**
 * The five pickles at the start. How long they are is known only when they are read, so more of the file is read until
 * they are complete.
 */
async function readPickles(file: RandomAccessFile) {
  for (let length = Math.min(firstPiece, file.size); ; length = Math.min(2 * length, file.size)) {
    const bytes = await file.read(0, length);
    const storages = new Map<string, StorageReference>();
    const options = torchPickle(file.path);
    const noting = {
      ...options,
      persistent: (id: unknown) => {
        const storage = options.persistent(id);
        if (storage instanceof StorageReference) storages.set(storage.key, storage);
        return storage;
      },
    };
    try {
      const values: unknown[] = [];
      let end = 0;
      while (values.length < 5) {
        const read = readPickleAt(bytes, end, noting);
        values.push(read.value);
        end = read.end;
      }
      return { values, end, storages };
    } catch (error) {
      if (!isSamlabError(error, "checkpoint-invalid") || error.value !== truncated) throw error;
      if (length === file.size) {
        throw new SamlabError("file-truncated", `${file.path} ends inside its pickles.`, {
          file: file.path,
          remedy: "The file is incomplete: download it again.",
        });
      }
    }
  }
}

async function readPlaces(
  file: RandomAccessFile,
  start: number,
  keys: unknown,
  storages: ReadonlyMap<string, StorageReference>,
): Promise<ReadonlyMap<string, { readonly at: number; readonly size: number }>> {
  if (!Array.isArray(keys)) throw damaged(file.path, "the list of its storages is missing");
  const places = new Map<string, { at: number; size: number }>();
  let at = start;
  for (const listed of keys) {
    const key = String(listed);
    const storage = storages.get(key);
    const bytes = storage?.elementBytes;
    if (!bytes) throw damaged(file.path, `storage ${key} has an unknown type`);
    const head = await file.read(at, 8);
    const size = Number(new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true)) * bytes;
    places.set(key, { at: at + 8, size });
    at += 8 + size;
    if (at > file.size) {
      throw new SamlabError("file-truncated", `${file.path} ends at byte ${file.size}, storage ${key} at ${at}.`, {
        file: file.path,
        field: "size",
        value: file.size,
        remedy: "The file is incomplete: download it again.",
      });
    }
  }
  return places;
}
