import { isSamlabError, SamlabError } from "../core/errors.js";
import { checkpointFile, describeForeign } from "./foreign.js";
import { legacyMagic, openLegacyPth } from "./legacy-pth.js";
import { openPth } from "./pth.js";
import { RandomAccessFile } from "./random-access.js";
import { openSafetensors } from "./safetensors.js";
import type { Checkpoint, StoredTensor } from "./tensor-map.js";

/** Enough of a file to tell what it is. */
const headLength = 512;

/**
 * Opens a checkpoint by its content, not its name: PyTorch's (zip, or the format of torch < 1.6) or safetensors. Of a
 * folder, as Hugging Face's libraries write it, the weights in it.
 * @throws {SamlabError} `file-missing`, `file-unreadable`, `file-truncated`, `checkpoint-invalid`, `checkpoint-unsafe`
 */
export async function openCheckpoint(given: string): Promise<Checkpoint> {
  const path = await checkpointFile(given);
  return tagged(path, async () => {
    const checkpoint = await openByContent(path);
    const tensors = [...checkpoint.tensors].map(([name, tensor]): [string, StoredTensor] => [
      name,
      { ...tensor, read: () => tagged(path, tensor.read) },
    ]);
    return { ...checkpoint, tensors: new Map(tensors) };
  });
}

async function openByContent(path: string): Promise<Checkpoint> {
  const file = await RandomAccessFile.open(path);
  let head: Uint8Array;
  try {
    head = await file.read(0, Math.min(headLength, file.size));
  } finally {
    await file.close();
  }
  const foreign = describeForeign(path, head);
  if (foreign) throw foreign;
  if (head.length < 16) {
    throw new SamlabError("file-truncated", `${path} has only ${file.size} bytes, too few for a checkpoint.`, {
      file: path,
      remedy: "Copy or download it again.",
    });
  }
  if (head[0] === 0x50 && head[1] === 0x4b) return openPth(path);
  if (legacyMagic.every((byte, n) => head[n] === byte)) return openLegacyPth(path);
  if (head[8] === 0x7b) return openSafetensors(path);
  if (head[0] === 0x80) {
    throw new SamlabError("checkpoint-invalid", `${path} is a bare pickle, but not one of torch.save.`, {
      file: path,
      remedy: "Save the weights in PyTorch: torch.save(model.state_dict(), path).",
    });
  }
  throw new SamlabError("checkpoint-invalid", `${path} is neither a PyTorch checkpoint nor a safetensors file.`, {
    file: path,
    remedy: "Give a checkpoint saved by torch.save, or a .safetensors file.",
  });
}

/** Unexpected errors while parsing are reported as a damaged file. */
async function tagged<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isSamlabError(error)) throw error;
    throw new SamlabError("checkpoint-invalid", `${path} is damaged (${String(error)}).`, {
      file: path,
      remedy: "Download the file again.",
      cause: error,
    });
  }
}
