import { SamlabError } from "../../core/errors.js";
import { Adapter } from "../../models/adapter.js";
import { type LoadSamOptions, loadSam } from "../../predict/load-sam.js";
import { isModelForVolumes, loadSam3d, refuseSliceOptions } from "../../predict/load-sam3d.js";
import { LoadedSam, samSource } from "../../predict/loaded-sam.js";
import { LoadedSam3d, sam3dSource } from "../../predict/loaded-sam3d.js";
import type { CheckpointOptions } from "../../predict/model-files.js";
import type { Sam } from "../../predict/sam.js";
import { isSam3d, type Sam3d } from "../../predict/sam3d.js";
import { VolumesOnly } from "../../predict/volumes-only.js";
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
  if (model instanceof LoadedSam3d) {
    const where = device ?? deviceOf[model.provider];
    return { model: sam3dSource(model), adapter: null, device: where, options: {}, hash: model.hash };
  }
  if (isLoaded(model)) {
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
  return loadModel(model, {
    ...options,
    ...(adapter ? { adapter: Adapter.create(adapter.tensors, adapter.metadata) } : {}),
    ...(device ? { device } : {}),
  });
}

/** Loads a model, also one for volumes. @throws {SamlabError} as `loadSam` and `loadSam3d` */
export async function loadModel(nameOrPath: string | undefined, options: LoadSamOptions): Promise<Sam> {
  if (nameOrPath === undefined || options.adapter || !(await isModelForVolumes(nameOrPath)))
    return loadSam(nameOrPath, options);
  const { device, signal, onProgress, adapter: _, ...others } = options;
  refuseSliceOptions(nameOrPath, others);
  const sam = await loadSam3d(nameOrPath, {
    ...(device ? { device } : {}),
    ...(signal ? { signal } : {}),
    ...(onProgress ? { onProgress } : {}),
  });
  return new VolumesOnly(sam);
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

/** Whether it need not be loaded any more. */
export function isLoaded(model: EvaluatedModel): model is Sam | Sam3d {
  return typeof model !== "string" && "dispose" in model;
}

/** A loaded model as one for slices. */
export function asSam(model: Sam | Sam3d): Sam {
  return isSam3d(model) ? new VolumesOnly(model) : model;
}

function contentOf({ tensors, metadata }: Adapter): Pick<Adapter, "tensors" | "metadata"> {
  return { tensors, metadata };
}
