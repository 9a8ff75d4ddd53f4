import { samTensors } from "../checkpoint/layout.js";
import { openCheckpoint } from "../checkpoint/open.js";
import { toSam2 } from "../checkpoint/sam2-names.js";
import type { Checkpoint, StoredTensor } from "../checkpoint/tensor-map.js";
import { bytesView } from "../core/dtype.js";
import type { Adapter } from "../models/adapter.js";
import { samMasksOff } from "../models/hq-sam.js";
import { isSam2 } from "../models/sam2.js";
import type { Loaded } from "../models/weights.js";
import { type ModelFiles, readModel } from "../predict/model-files.js";

/**
 * All tensors of a model under SAM's own names, or SAM 2's. Tensors are read from the model's files, which stay open
 * until `close`.
 */
export interface StateDict {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  close(): Promise<void>;
}

/**
 * The model's state dict, as PyTorch's `model.state_dict()` would give it: every tensor of the base with its stored
 * bytes and type, including counters and running statistics of batch norms; tensors that an overlay or adapter changed
 * (merged, as float32); and tensors that an adapter added. Prefixes of training wrappers (`module.`, `sam.`) are
 * removed, and so are SAM's normalization constants, which are not in its state dict.
 * @throws {SamlabError} as reading checkpoints; `tensor-shape` when the adapter does not fit; `canceled`
 */
export async function openStateDict(
  files: ModelFiles,
  adapter: Adapter | null,
  signal?: AbortSignal,
): Promise<StateDict> {
  const checkpoints: Checkpoint[] = [];
  const close = async () => {
    await Promise.all(checkpoints.map((opened) => opened.close()));
  };
  try {
    const { checkpoint, overlay } = files;
    const tensors = new Map<string, StoredTensor>();
    for (const path of overlay === undefined ? [checkpoint] : [checkpoint, overlay]) {
      const opened = await openCheckpoint(path);
      checkpoints.push(opened);
      for (const [name, tensor] of samTensors(opened).tensors) tensors.set(name, tensor);
    }
    const { weights, onBase } = await readModel(files, signal);
    if (onBase) {
      // Merged, as float32.
      tensors.clear();
      for (const name of weights.names()) {
        const [dims, data] = [weights.dims(name), weights.data(name)];
        if (dims && data) tensors.set(name, stored({ dims, data }));
      }
    }
    if (files.hqTokenOnly) for (const [name, tensor] of samMasksOff(tensors)) tensors.set(name, stored(tensor));
    if (adapter) {
      const base = weights;
      const adapted = adapter.applyTo(base);
      // A class decoder replaces the prompt encoder.
      for (const name of base.names()) if (!adapted.has(name)) tensors.delete(name);
      for (const name of adapted.names()) {
        const [dims, data] = [adapted.dims(name), adapted.data(name)];
        // Weights that the adapter did not change are the base's arrays.
        if (!dims || !data || data === base.data(name)) continue;
        tensors.set(name, stored({ dims, data }));
      }
    }
    return {
      tensors: isSam2(tensors) ? new Map([...tensors].map(([name, one]) => [toSam2(name), one])) : tensors,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const stored = ({ dims, data }: Loaded): StoredTensor => ({
  dtype: "float32",
  dims,
  read: async () => bytesView(data),
});
