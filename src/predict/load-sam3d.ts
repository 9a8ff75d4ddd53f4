import { basename } from "node:path";
import { checkpointFile } from "../checkpoint/foreign.js";
import { samTensors } from "../checkpoint/layout.js";
import { openCheckpoint } from "../checkpoint/open.js";
import { SamlabError, throwIfCanceled } from "../core/errors.js";
import { longWork } from "../core/long-work.js";
import { sha256OfFile } from "../io/files/hash-file.js";
import { compilerVersion } from "../models/compile.js";
import { compileSamMed3d, isForVolumes } from "../models/sam-med3d.js";
import { devices } from "../runtime/devices.js";
import { GraphCache } from "../runtime/graph-cache.js";
import type { ModelSource } from "../runtime/messages.js";
import { candidatesFor, type Device } from "../runtime/provider.js";
import { Session } from "../runtime/session.js";
import { chooseModel, type ModelChoice } from "./catalog.js";
import { checkUnchanged, notKept } from "./compiled-model.js";
import { EmbeddingStore } from "./embedding-store.js";
import { clicksInVolumes } from "./known-checkpoints.js";
import { LoadedSam3d } from "./loaded-sam3d.js";
import { type CheckpointOptions, modelFiles, readModel } from "./model-files.js";
import { availableProviders, startSessions } from "./providers.js";
import type { WorkOptions } from "./work.js";

/** Options of {@link loadSam3d}. */
export interface LoadSam3dOptions extends WorkOptions {
  /** Where to run. Default `auto`: the first of CUDA, WebGPU and CPU that works here (see `devices()`). */
  readonly device?: Device;
}

/**
 * Loads SAM-Med3D, which segments a volume at once from clicks: by name (`sam-med3d`), or its checkpoint by path, which
 * is compiled to ONNX.
 *
 * @example
 * const sam = await loadSam3d("sam-med3d");
 * const { mask } = await segmentVolume(sam, ct, { prompts: [{ slice: 57, points: [{ x: 120, y: 88 }] }] });
 * @throws {SamlabError} `model-unknown`, `file-missing`, `checkpoint-invalid`, `tensor-missing`, `tensor-shape`,
 * `provider-unavailable`, `canceled`
 */
export function loadSam3d(nameOrPath = "sam-med3d", options: LoadSam3dOptions = {}): Promise<LoadedSam3d> {
  return longWork(`loading ${basename(String(nameOrPath))}`, options, (work) =>
    load(nameOrPath, { ...options, ...work }),
  );
}

async function load(nameOrPath: string, options: LoadSam3dOptions): Promise<LoadedSam3d> {
  const { signal, onProgress, device = (process.env.SAMLAB_DEVICE as Device | undefined) ?? "auto" } = options;
  throwIfCanceled(signal, "Loading the model");
  const wanted = candidatesFor(device);
  const tried = device === "cpu" ? null : devices();
  const choice = chooseModel(nameOrPath);
  const { hash, summary, width, encoder: graph, decoder: decoderGraph, notes: found } = await compiled(choice, options);
  const providers = await availableProviders(device, wanted, tried);
  throwIfCanceled(signal, "Loading the model");
  onProgress?.(`starting ONNX Runtime on ${providers[0]}`);
  const notes = [...found];
  const { encoder, decoder } = await startSessions(
    graph,
    (provider) => Session.create(decoderGraph, provider),
    providers,
    notes,
  );
  return new LoadedSam3d({
    nameOrPath,
    name: "entry" in choice ? choice.entry.name : nameOrPath,
    hash,
    prompts: clicksInVolumes,
    summary,
    width,
    encoder,
    decoder,
    embeddings: new EmbeddingStore(`${hash} v${compilerVersion} volume ${encoder.provider}`, (note) => {
      notes.push(note);
      onProgress?.(note);
    }),
    notes,
  });
}

interface Description {
  readonly summary: string;
  readonly width: number;
  readonly notes: readonly string[];
}

const graphs = ["encoder", "decoder"] as const;

type Compiled = Description & Readonly<Record<(typeof graphs)[number], ModelSource>> & { readonly hash: string };

async function compiled(choice: ModelChoice, { signal, onProgress }: WorkOptions): Promise<Compiled> {
  onProgress?.("checking the checkpoint");
  const files = await modelFiles(choice, {});
  const hash = await sha256OfFile(files.checkpoint, signal);
  const cache = new GraphCache<Description, (typeof graphs)[number]>(`${hash}-volume-v${compilerVersion}`, graphs);
  const known = await cache.read();
  if (known?.sources.encoder && known.sources.decoder) {
    const { encoder, decoder } = known.sources;
    return { ...known.description, encoder, decoder, hash };
  }
  onProgress?.("compiling the checkpoint");
  const { weights, notes } = await readModel(files, signal);
  // Else graphs of other weights would be kept under this hash.
  await checkUnchanged(files, [hash], signal);
  if (!isForVolumes(weights)) {
    throw new SamlabError("model-unknown", `${files.checkpoint} is not a SAM for volumes.`, {
      file: files.checkpoint,
      field: "image_encoder.pos_embed",
      remedy: "Load it with loadSam. Models for volumes, such as SAM-Med3D, have positions in three axes.",
    });
  }
  const { summary, encoder, decoder } = compileSamMed3d(weights);
  const description = { summary, width: encoder.outputs[0].dims[2] as number, notes };
  const { sources, unwritten } = await cache.keep(description, { encoder, decoder });
  return { ...description, ...sources, hash, notes: unwritten === null ? notes : [...notes, notKept(unwritten)] };
}

/**
 * Checks that a model for volumes is not given options of models for slices.
 * @throws {SamlabError} `argument-invalid`
 */
export function refuseSliceOptions(name: string, options: CheckpointOptions): void {
  const { precision = "float32", ...others } = options;
  const asked = { ...others, ...(precision === "int8" ? { precision } : {}) };
  const [given] = Object.entries(asked).find(([, value]) => value !== undefined) ?? [];
  if (given === undefined) return;
  throw new SamlabError("argument-invalid", `${name} is a model for volumes, which has no option ${given}.`, {
    field: given,
    value: asked[given as keyof typeof asked],
    remedy: `Leave ${given} out.`,
  });
}

/**
 * Whether a model is one for volumes, which `loadSam3d` loads; by its file's tensors if it is given by path.
 * @throws {SamlabError} of finding and opening it
 */
export async function isModelForVolumes(nameOrPath: string): Promise<boolean> {
  const choice = chooseModel(nameOrPath);
  if ("entry" in choice) return choice.entry.preprocessing === null;
  const checkpoint = await openCheckpoint(await checkpointFile(choice.path));
  try {
    return samTensors(checkpoint).tensors.get("image_encoder.pos_embed")?.dims.length === 5;
  } finally {
    await checkpoint.close();
  }
}
