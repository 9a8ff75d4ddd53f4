import { SamlabError } from "../../core/errors.js";
import { Adapter } from "../../models/adapter.js";
import { loadSam } from "../../predict/load-sam.js";
import { LoadedSam, samSource } from "../../predict/loaded-sam.js";
import type { CheckpointOptions } from "../../predict/model-files.js";
import type { Sam } from "../../predict/sam.js";
import type { Device } from "../../runtime/provider.js";
import type { EvaluatedModel, ModelToLoad } from "../options.js";

/** Description of a model sent to a worker. Contains the adapter itself, which may not be in a file. */
export interface WorkerModel {
  readonly model: string | undefined;
  readonly adapter: Pick<Adapter, "tensors" | "metadata"> | null;
  readonly device: Device | undefined;
  /** Other options that it was loaded with. */
  readonly options: CheckpointOptions;
  /** Expected hash of the loaded model, if known. */
  readonly hash: string | undefined;
}

/** The device for a loaded model's provider. */
const deviceOf: Readonly<Record<string, Device>> = { CPU: "cpu", CUDA: "cuda", WebGPU: "webgpu" };

/**
 * Describes a model for worker processes. A loaded model is loaded again there, from its files and its adapter, for the
 * same device.
 * @throws {SamlabError} `argument-invalid` for a model not made by `loadSam`; as `Adapter.open`
 */
export async function workerModel(model: EvaluatedModel, device: Device | undefined): Promise<WorkerModel> {
  if (typeof model === "string") return { model, adapter: null, device, options: {}, hash: undefined };
  if (model instanceof LoadedSam) {
    const { nameOrPath, adapter, options } = samSource(model);
    const { hash, provider } = model;
    const where = device ?? deviceOf[provider];
    return { model: nameOrPath, adapter: adapter && contentOf(adapter), device: where, options, hash };
  }
  if (isSam(model)) {
    throw new SamlabError("argument-invalid", `Worker processes cannot take the model ${model.name}.`, {
      field: "models",
      remedy: "Give a model of loadSam, its name or its checkpoint's path, or workers: 1.",
    });
  }
  const { model: base, adapter: given, ...options } = checkedModel(model);
  const adapter = typeof given === "string" ? await Adapter.open(given) : given;
  return { model: base, adapter: adapter ? contentOf(adapter) : null, device, options, hash: undefined };
}

/** Loads, in the worker, a model described by {@link workerModel}. @throws {SamlabError} as `loadSam` */
export function loadWorkerModel({ model, adapter, device, options }: WorkerModel): Promise<Sam> {
  return loadSam(model, {
    ...options,
    ...(adapter ? { adapter: Adapter.create(adapter.tensors, adapter.metadata) } : {}),
    ...(device ? { device } : {}),
  });
}

/** @throws {SamlabError} `argument-invalid` if neither a model nor an adapter is named */
export function checkedModel(model: ModelToLoad): ModelToLoad {
  if (model.model !== undefined || model.adapter !== undefined) return model;
  throw new SamlabError("argument-invalid", "A model to load names neither a model nor an adapter.", {
    field: "models",
    value: Object.keys(model),
    remedy: 'Give { model: "sam-vit-b" } or { adapter: "adapter.safetensors" }.',
  });
}

export function isSam(model: EvaluatedModel): model is Sam {
  return typeof model !== "string" && "predictBatch" in model;
}

function contentOf({ tensors, metadata }: Adapter): Pick<Adapter, "tensors" | "metadata"> {
  return { tensors, metadata };
}
