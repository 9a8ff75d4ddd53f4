import { access, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { SamlabError } from "../core/errors.js";

/** Weights in a folder of Hugging Face's libraries, the safe one first. */
const folderFiles = ["model.safetensors", "adapter_model.safetensors", "pytorch_model.bin", "adapter_model.bin"];

/** The class of transformers that a folder's configuration names. */
async function modelClass(folder: string): Promise<string> {
  try {
    const { architectures } = JSON.parse(await readFile(join(folder, "config.json"), "utf8"));
    if (/^\w+$/.test(architectures[0])) return architectures[0];
  } catch {
    // No configuration, or it does not say.
  }
  return "SamModel";
}

/**
 * The file to open for a path: the path itself, or the weights in a folder.
 * @throws {SamlabError} `file-missing` when a folder holds none
 */
export async function checkpointFile(path: string): Promise<string> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return path;
  for (const name of folderFiles) {
    const file = join(path, name);
    if (await exists(file)) return file;
  }
  const isSplit =
    (await exists(join(path, "model.safetensors.index.json"))) ||
    (await exists(join(path, "pytorch_model.bin.index.json")));
  throw new SamlabError(
    "file-missing",
    isSplit ? `${path} holds weights in several pieces.` : `${path} is a folder without ${folderFiles.join(", ")}.`,
    {
      file: path,
      remedy: isSplit
        ? `Join them: ${await modelClass(path)}.from_pretrained(path).save_pretrained(other, max_shard_size='100GB').`
        : "Give the path of the checkpoint, or of the folder that holds it.",
    },
  );
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

/** What a file is if it is not a checkpoint; `null` for what may be one. */
export function describeForeign(path: string, head: Uint8Array): SamlabError | null {
  const text = new TextDecoder("latin1").decode(head);
  const refuse = (what: string, remedy: string, field: string) =>
    new SamlabError("checkpoint-invalid", `${path} is ${what}, not a checkpoint.`, { file: path, field, remedy });
  if (text.startsWith("version https://git-lfs.github.com/spec/")) {
    const size = /\nsize (\d+)/.exec(text)?.[1];
    return refuse(
      `a Git LFS pointer${size ? ` to a file of ${size} bytes` : ""}`,
      "Fetch the file itself: git lfs pull in its repository, or its download link.",
      "Git LFS",
    );
  }
  if (/^\s*(?:<!doctype html|<html|<\?xml|<head)/i.test(text)) {
    return refuse(
      "a web page",
      "The address returned a web page instead of the file (Google Drive asks for a confirmation, or a login is needed): download it in a browser.",
      "HTML",
    );
  }
  if (/^\s*\{\s*"(?:error|message|detail)"/i.test(text)) {
    return refuse(`an error message of a server (${text.slice(0, 80).trim()})`, "Download the file again.", "JSON");
  }
  const weights = "Give PyTorch weights (.pth, .safetensors).";
  if (text.slice(1, 4) === "HDF" && head[0] === 0x89) return refuse("an HDF5 file", weights, "HDF5");
  if (text.slice(1, 6) === "NUMPY" && head[0] === 0x93) return refuse("a NumPy array", weights, "NumPy");
  if (head[0] === 0x1f && head[1] === 0x8b) return refuse("gzipped", "Unzip it first (gunzip).", "gzip");
  if (text.startsWith("GGUF")) return refuse("a GGUF model", weights, "GGUF");
  if (text.slice(257, 262) === "ustar") {
    return refuse(
      "a tar archive (unpacked by hand, or written by torch < 0.2)",
      "Unpack it, and give the checkpoint in it.",
      "tar",
    );
  }
  // ONNX: the field ir_version, then the producer's name.
  if (head[0] === 8 && head[2] === 0x12 && /^(?:pytorch|onnx|samlab|tf2onnx)/.test(text.slice(4))) {
    return refuse("an ONNX model", "Give the PyTorch weights it was made from (.pth, .safetensors).", "ONNX");
  }
  return null;
}
