import { resolve } from "node:path";
import { storedBytes } from "../checkpoint/tensor-map.js";
import { safetensorsStream } from "../checkpoint/write-safetensors.js";
import { SamlabError, show } from "../core/errors.js";
import { longWork } from "../core/long-work.js";
import { writeFilesAtomic } from "../io/files/write-file.js";
import { checkUnchanged } from "../predict/compiled-model.js";
import { type LoadedSam, samSource } from "../predict/loaded-sam.js";
import { requireFloat32 } from "../predict/require-model.js";
import type { WorkOptions } from "../predict/sam.js";
import { provenanceOf } from "./provenance.js";
import { openStateDict } from "./state-dict.js";
import { noted, type WrittenFile } from "./written-file.js";

/** See `sam.export`. */
export async function exportSafetensors(sam: LoadedSam, path: string, options: WorkOptions = {}): Promise<WrittenFile> {
  requireFloat32(sam, "Exports");
  const { files } = samSource(sam);
  if (!path.endsWith(".safetensors")) {
    throw new SamlabError("argument-invalid", `A model is exported as a .safetensors file, not ${show(path)}.`, {
      field: "path",
      value: path,
      remedy: "Name it so; PyTorch takes it as model.load_state_dict(safetensors.torch.load_file(path)).",
    });
  }
  if (
    [files.checkpoint, files.base, files.overlay].some((own) => own !== undefined && resolve(own) === resolve(path))
  ) {
    throw new SamlabError("argument-invalid", `${path} is the file that ${sam.name} is made from.`, {
      field: "path",
      value: path,
      remedy: "Give the export a name of its own.",
    });
  }
  return longWork("exporting the model", options, (work) => writeSafetensors(sam, path, { ...options, ...work }));
}

async function writeSafetensors(
  sam: LoadedSam,
  path: string,
  { signal, onProgress }: WorkOptions,
): Promise<WrittenFile> {
  const { files, fileHashes, adapter } = samSource(sam);
  onProgress?.("merging the weights");
  await checkUnchanged(files, fileHashes, signal);
  const state = await openStateDict(files, adapter, signal);
  try {
    const sizes = [...state.tensors.values()].map(({ dtype, dims }) =>
      dims.reduce((n, dim) => n * dim, storedBytes[dtype]),
    );
    const total = sizes.reduce((sum, size) => sum + size, 0);
    // Hugging Face's readers need `format` to recognize PyTorch tensors.
    const pieces = safetensorsStream(state.tensors, { format: "pt", ...provenanceOf(sam) });
    const file = noted(path, pieces, (bytes) => onProgress?.(`writing ${path}`, Math.min(1, bytes / total)));
    await writeFilesAtomic([file], signal);
    return file.written();
  } finally {
    await state.close();
  }
}
