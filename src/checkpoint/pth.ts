import { SamlabError } from "../core/errors.js";
import { readPickle } from "./pickle.js";
import type { RandomAccessFile } from "./random-access.js";
import type { Checkpoint } from "./tensor-map.js";
import { openTorch, wrongByteOrder } from "./torch-checkpoint.js";
import { torchPickle } from "./torch-objects.js";
import { readZipDirectory, readZipEntry, readZipRange, type ZipEntry } from "./zip.js";

/** Bytes of a pickle, which holds no elements of tensors. A zip archive may have it a thousand times smaller. */
const longestPickle = 2 ** 29;

/**
 * Opens a PyTorch checkpoint (zip format, torch ≥ 1.6). Only its directory and pickle are read now; tensors are read
 * from the file when asked for, so a file of any size can be opened. Nothing in the file is executed.
 * @throws {SamlabError} `file-missing`, `file-truncated`, `checkpoint-invalid`, `checkpoint-unsafe`
 */
export async function openPth(path: string): Promise<Checkpoint> {
  return openTorch(path, async (file) => {
    const entries = await readZipDirectory(file);
    const pickle = [...entries.values()].find((entry) => entry.name.endsWith("data.pkl"));
    if (!pickle) throw noCheckpoint(path, [...entries.keys()]);
    if (pickle.size > longestPickle) throw tooLong(path, pickle.size);
    const folder = pickle.name.slice(0, -"data.pkl".length);
    if (entries.has(`${folder}constants.pkl`)) throw torchScript(path);
    await checkByteOrder(file, entries.get(`${folder}byteorder`));
    return {
      root: readPickle(await readZipEntry(file, pickle), torchPickle(path)),
      locate: (key) => {
        const entry = entries.get(`${folder}data/${key}`);
        return entry ? { size: entry.size, read: (begin, length) => readZipRange(file, entry, begin, length) } : null;
      },
    };
  });
}

function tooLong(path: string, size: number): SamlabError {
  return new SamlabError("checkpoint-invalid", `${path}: its pickle has ${size} bytes.`, {
    file: path,
    field: "data.pkl",
    value: size,
    remedy: "Save the weights alone: torch.save(model.state_dict(), path).",
  });
}

async function checkByteOrder(file: RandomAccessFile, entry: ZipEntry | undefined): Promise<void> {
  if (!entry) return;
  const order = new TextDecoder().decode(await readZipEntry(file, entry));
  if (order !== "little") throw wrongByteOrder(file.path, "byteorder", order);
}

function torchScript(path: string): SamlabError {
  return new SamlabError("checkpoint-invalid", `${path} is a TorchScript program (torch.jit.save), not weights.`, {
    file: path,
    field: "constants.pkl",
    remedy: "Extract its weights in PyTorch: torch.save(torch.jit.load(path).state_dict(), other).",
  });
}

function noCheckpoint(path: string, names: readonly string[]): SamlabError {
  const isNumpy = names.some((name) => name.endsWith(".npy"));
  const what = isNumpy ? "a NumPy archive (.npz)" : "a zip archive without data.pkl";
  return new SamlabError("checkpoint-invalid", `${path} is ${what}, not a PyTorch checkpoint.`, {
    file: path,
    field: "data.pkl",
    remedy: isNumpy ? undefined : "If the checkpoint lies inside, unzip it first.",
  });
}
