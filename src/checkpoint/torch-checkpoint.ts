import { SamlabError } from "../core/errors.js";
import { RandomAccessFile } from "./random-access.js";
import type { Checkpoint } from "./tensor-map.js";
import { findModel, type StorageReader, storedTensor } from "./torch-objects.js";

/** What is read when a checkpoint of PyTorch is opened: the object that was saved, and where its storages lie. */
export interface TorchContent {
  readonly root: unknown;
  readonly locate: (key: string) => StorageReader | null;
}

/** Opens a file and finds the model in what `read` makes of it; tensors are read later, when they are asked for. */
export async function openTorch(
  path: string,
  read: (file: RandomAccessFile) => Promise<TorchContent>,
): Promise<Checkpoint> {
  const file = await RandomAccessFile.open(path);
  try {
    const { root, locate } = await read(file);
    const { tensors, unread, notes } = findModel(path, root);
    return {
      file: path,
      format: "pth",
      tensors: new Map([...tensors].map(([name, tensor]) => [name, storedTensor(path, name, tensor, locate)])),
      unread,
      notes,
      metadata: {},
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

export function wrongByteOrder(path: string, field: string, order: string): SamlabError {
  return new SamlabError("checkpoint-invalid", `${path} was saved on a ${order}-endian machine.`, {
    file: path,
    field,
    value: order,
    remedy: "Save it again on a little-endian machine.",
  });
}
