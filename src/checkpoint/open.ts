import { SamlabError } from "../core/errors.js";
import { openPth } from "./pth.js";
import { RandomAccessFile } from "./random-access.js";
import { openSafetensors } from "./safetensors.js";
import type { Checkpoint } from "./tensor-map.js";

/**
 * Opens a checkpoint by its content, not its name: zip (PyTorch) or safetensors.
 * @throws {SamlabError} `file-missing`, `file-unreadable`, `file-truncated`, `checkpoint-invalid`, `checkpoint-unsafe`
 */
export async function openCheckpoint(path: string): Promise<Checkpoint> {
  const file = await RandomAccessFile.open(path);
  let head: Uint8Array;
  try {
    if (file.size < 16) {
      throw new SamlabError("file-truncated", `${path} has only ${file.size} bytes: no checkpoint.`, { file: path });
    }
    head = await file.read(0, 9);
  } finally {
    await file.close();
  }
  if (head[0] === 0x50 && head[1] === 0x4b) return openPth(path);
  if (head[8] === 0x7b) return openSafetensors(path);
  if (head[0] === 0x80) {
    throw new SamlabError("checkpoint-invalid", `${path} is a bare pickle, the format of torch < 1.6.`, {
      file: path,
      remedy: "Load it in PyTorch once and save it again: torch.save(torch.load(path), path).",
    });
  }
  throw new SamlabError("checkpoint-invalid", `${path} is neither a PyTorch zip archive nor a safetensors file.`, {
    file: path,
    remedy: "Give a checkpoint saved by torch.save of PyTorch ≥ 1.6, or a .safetensors file.",
  });
}
