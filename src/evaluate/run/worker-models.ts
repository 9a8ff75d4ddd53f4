import { SamlabError } from "../../core/errors.js";
import { Adapter } from "../../models/adapter.js";
import { loadSam } from "../../predict/load-sam.js";
import { LoadedSam, samSource } from "../../predict/loaded-sam.js";
import type { CheckpointOptions } from "../../predict/model-files.js";
import type { Sam } from "../../predict/sam.js";
import type { Device } from "../../runtime/provider.js";
import type { EvaluatedModel, ModelToLoad } from "../options.js";

/**
 * A model as a worker process is told of it: what it loads it from, and an adapter's whole content, since it may lie in
 * no file.
 */
export interface WorkerModel {
  readonly model: string | undefined;
  readonly adapter: Pick<Adapter, "tensors" | "metadata"> | null;
  readonly device: Device | undefined;
  /** What else it was loaded with. */
  readonly options: CheckpointOptions;
  /** What the loaded model's hash must be, where it is known. */
  readonly hash: string | undefined;
}

/** ONNX Runtime's provider of a loaded model, as the device to ask for. */
const deviceOf: Readonly<Record<string, Device>> = { CPU: "cpu", CUDA: "cuda", WebGPU: "webgpu" };

/**
 * How worker processes get a model. A loaded one is loaded there again, from its files and its adapter, for the same
 * device.
 * @throws {SamlabError} `argument-invalid` for a model that did not come from `loadSam`; as opening an adapter
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

/** Loads, in the worker, what {@link workerModel} described. @throws {SamlabError} as `loadSam` */
export function loadWorkerModel({ model, adapter, device, options }: WorkerModel): Promise<Sam> {
  return loadSam(model, {
    ...options,
    ...(adapter ? { adapter: Adapter.create(adapter.tensors, adapter.metadata) } : {}),
    ...(device ? { device } : {}),
  });
}

/** @throws {SamlabError} `argument-invalid` for one that names neither model nor adapter */
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
