import type { WrittenFile } from "./export/written-file.js";
import type { FineTuned, FinetuneOptions, TrainingCase } from "./finetune/types.js";
import { LoadedSam } from "./predict/loaded-sam.js";
import type { WorkOptions } from "./predict/sam.js";

// Methods of a loaded model beyond prediction. They are attached here so that `predict/` does not depend on them; their
// code is loaded on first use.

declare module "./predict/loaded-sam.js" {
  interface LoadedSam {
    /**
     * Trains a part of the model on cases with truth and returns a new model; this one is not changed. Runs on ONNX
     * Runtime, on the model's device.
     *
     * @example
     * const tuned = await sam.finetune(slices, { steps: 120, onProgress: ({ note }) => console.log(note) });
     * await tuned.sam.setImage(volume.slice(90));
     * await tuned.adapter.save("white-matter.safetensors");
     *
     * @throws {SamlabError} `argument-invalid`, `geometry-mismatch` (a case), `training-diverged` (NaN before any
     * validation; names step and case), `hash-mismatch` (the model's files have changed since it was loaded),
     * `canceled`
     */
    finetune(cases: readonly TrainingCase[], options?: FinetuneOptions): Promise<FineTuned>;

    /**
     * Writes the whole model, its adapter merged in, as one .safetensors file with SAM's own tensor names, shapes and
     * buffers. PyTorch takes it as `model.load_state_dict(safetensors.torch.load_file(path))`, samlab as
     * `loadSam(path)`, with the same predictions to the last bit. The file's metadata says how the model was made. An
     * older file of that name survives a failure.
     *
     * @example
     * await tuned.sam.export("model.safetensors");
     *
     * @returns the file's sha256, which is the exported model's hash
     * @throws {SamlabError} `argument-invalid` (the name; one of the model's own files), `disk-full`,
     * `file-write-failed`, `canceled`
     */
    export(path: string, options?: WorkOptions): Promise<WrittenFile>;

    /**
     * Writes the model, its adapter merged in, as `encoder.onnx` and `decoder.onnx` for ONNX Runtime ≥ 1.17 in any
     * language (opset 20 and com.microsoft). The folder is made where it is missing; weights above 1.5 GB go to
     * `encoder.onnx.data` beside it.
     *
     * The encoder takes `image` [1, 3, inputSize, inputSize] float32, prepared as the file's metadata `samlab.prepare`
     * says, and gives `image_embedding` [1, width, embedSize, embedSize]; for HQ-SAM and DeSAM, one row of all values
     * that the decoder needs.
     *
     * The decoder takes that and, for a batch of prompts with as many points each: `point_coords` [batch, points, 2]
     * float32, x and y in pixels of the prepared picture in a frame of `imageSize`; `point_labels` [batch, points]
     * int32, 1 in and 0 outside the object, 2 and 3 the corners of a box, left top and right bottom, −1 padding (points
     * without a box end with one at 0, 0); `mask_input` [batch, 1, lowResSize, lowResSize] float32 logits of the
     * previous round, read only if `has_mask` (bool scalar), otherwise its batch may be 0. It gives `low_res_logits`
     * [batch, 4, lowResSize, lowResSize], mask where above 0, in the frame of the prepared picture, and `predicted_iou`
     * [batch, 4], the first for the single answer, the others from part to whole.
     *
     * @returns the files
     * @throws {SamlabError} as {@link LoadedSam.export}
     */
    exportOnnx(folder: string, options?: WorkOptions): Promise<readonly WrittenFile[]>;
  }
}

LoadedSam.prototype.finetune = async function (cases, options) {
  const { finetune } = await import("./finetune/finetune.js");
  return finetune(this, cases, options);
};

LoadedSam.prototype.export = async function (path, options) {
  const { exportSafetensors } = await import("./export/safetensors.js");
  return exportSafetensors(this, path, options);
};

LoadedSam.prototype.exportOnnx = async function (folder, options) {
  const { exportOnnx } = await import("./export/onnx.js");
  return exportOnnx(this, folder, options);
};
