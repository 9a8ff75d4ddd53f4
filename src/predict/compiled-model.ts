import { createHash } from "node:crypto";
import { samTensors } from "../checkpoint/layout.js";
import { openCheckpoint } from "../checkpoint/open.js";
import { SamlabError } from "../core/errors.js";
import { sampleCase } from "../datasets/samples.js";
import { sha256OfFile } from "../io/files/hash-file.js";
import type { Adapter } from "../models/adapter.js";
import { type Architecture, medSam2Size, sam2Size } from "../models/architecture.js";
import { compilerVersion, compileSam, graphNames } from "../models/compile.js";
import type { Weights } from "../models/weights.js";
import { GraphCache } from "../runtime/graph-cache.js";
import { exactWeightType, hasInt8, int8Scheme, toInt8 } from "../runtime/int8.js";
import type { ModelSource } from "../runtime/messages.js";
import type { Feeds } from "../runtime/tensor.js";
import { type ModelFiles, readModel, sam2File } from "./model-files.js";
import { encoderInput, modelPicture } from "./preprocess.js";
import { knownKind } from "./preprocessing-choice.js";
import type { WorkOptions } from "./sam.js";

/** A model's graphs, ready for sessions. */
export interface CompiledModel {
  readonly architecture: Architecture;
  readonly encoder: ModelSource;
  readonly decoder: ModelSource;
  /** `null` for decoders of classes that take no prompts, which are one graph. */
  readonly projection: ModelSource | null;
  /** As `projection`. */
  readonly promptDecoder: ModelSource | null;
  /**
   * sha256 of the checkpoint, or of the hashes of checkpoint, overlay, adapter, and what else changes the graphs, hex.
   */
  readonly hash: string;
  /** As `hash`, without the adapter and the precision. */
  readonly baseHash: string;
  /** Hash of everything that affects embeddings: equal for models that differ only in the decoder. */
  readonly encoderHash: string;
  /** sha256 of the checkpoint and its base. */
  readonly fileHashes: readonly string[];
  /** The preprocessing named in the file's metadata; `null` if none. */
  readonly declaredPreprocessing: string | null;
  /** Fallbacks are reported here. */
  readonly notes: readonly string[];
}

const pathsOf = ({ checkpoint, base, overlay }: ModelFiles) =>
  [checkpoint, base, overlay].filter((path) => path !== undefined);

function hashesOf(files: ModelFiles, signal: AbortSignal | undefined): Promise<string[]> {
  return Promise.all(pathsOf(files).map((path) => sha256OfFile(path, signal)));
}

/**
 * Checks that a model's files are those that were loaded.
 * @throws {SamlabError} `hash-mismatch`
 */
export async function checkUnchanged(
  files: ModelFiles,
  fileHashes: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const found = await hashesOf(files, signal);
  const n = found.findIndex((hash, m) => hash !== fileHashes[m]);
  if (n < 0) return;
  const path = pathsOf(files)[n];
  throw new SamlabError(
    "hash-mismatch",
    `${path} has changed since it was loaded: its sha256 is ${found[n]}, was ${fileHashes[n]}.`,
    {
      file: path,
      field: "sha256",
      value: found[n],
      remedy: "Load the model again, or put the file back. Give a checkpoint that is rewritten a new name each time.",
    },
  );
}

/** The weights used for prediction. */
export async function modelWeights(files: ModelFiles, adapter: Adapter | null, signal?: AbortSignal): Promise<Weights> {
  const { weights } = await readModel(files, signal);
  return adapter ? adapter.applyTo(weights) : weights;
}

/**
 * The input size, where it is another than the file implies; `undefined` if the file tells it. A model is another one
 * at another size.
 */
async function chosenSize(files: ModelFiles, hash: string): Promise<number | undefined> {
  const isNamedMedSam2 = files.isMedSam2 || knownKind([hash]) === "medsam2";
  if (files.imageSize === undefined && !isNamedMedSam2) return undefined;
  const { isSam2, imageSize: named } = await sam2File(files);
  if (!isSam2) return files.imageSize;
  const chosen = files.imageSize ?? named ?? medSam2Size;
  return chosen === (named ?? sam2Size) ? undefined : chosen;
}

const graphs = ["encoder", "decoder", "projection", "promptDecoder"] as const;

interface Description {
  readonly architecture: Architecture;
  readonly encoderHash: string;
  readonly declaredPreprocessing: string | null;
  /** Notes on unused parts of the files. */
  readonly notes: readonly string[];
}

/**
 * Compiles a model's checkpoint, or takes its graphs from the cache.
 * @throws {SamlabError} of reading and compiling; `hash-mismatch` when the file's hash differs from the published one,
 * or the adapter belongs to another model
 */
export async function compiledModel(
  files: ModelFiles,
  adapter: Adapter | null,
  { signal, onProgress }: WorkOptions,
): Promise<CompiledModel> {
  onProgress?.("checking the checkpoint");
  const fileHashes = await hashesOf(files, signal);
  const hqToken = files.hqTokenOnly ? "HQ token only" : undefined;
  const size = await chosenSize(files, fileHashes[0]);
  const settings = [files.peft?.hash, size?.toString(), hqToken].filter((part) => part !== undefined);
  const hashes = [...fileHashes, ...settings];
  if (typeof files.sha256 === "string" && hashes[0] !== files.sha256) {
    throw new SamlabError("hash-mismatch", `${files.checkpoint} has the sha256 ${hashes[0]}, not ${files.sha256}.`, {
      file: files.checkpoint,
      field: "sha256",
      value: hashes[0],
      remedy:
        "It is damaged or another file: delete it and download it again (samlab models get NAME, or samlab setup for LiteMedSAM).",
    });
  }
  const baseHash = joinHashes(hashes);
  adapter?.checkBase(baseHash, files.checkpoint);
  const precision = files.isInt8 ? [int8Scheme] : [];
  const hash = joinHashes([baseHash, ...(adapter ? [adapter.hash] : []), ...precision]);
  // `null` is refused when the precision is chosen.
  const weightType = files.isInt8 ? ((await exactWeightType()) ?? "int8") : null;
  const unadaptedGraphs = adapter?.changesGraphs === false ? joinHashes([baseHash, ...precision]) : hash;
  const graphHash = weightType === "uint8" ? joinHashes([unadaptedGraphs, weightType]) : unadaptedGraphs;
  const cache = new GraphCache<Description, (typeof graphs)[number]>(`${graphHash}-v${compilerVersion}`, graphs);
  const always = { hash, baseHash, fileHashes };
  const known = await cache.read();
  if (known && isComplete(known.sources)) return { ...known.description, ...known.sources, ...always };

  onProgress?.("compiling the checkpoint");
  const model = await readModel(files, signal);
  // Else graphs of other weights would be kept under these hashes.
  await checkUnchanged(files, fileHashes, signal);
  const weights = adapter ? adapter.applyTo(model.weights) : model.weights;
  const { architecture, ...exact } = compileSam(weights, size ?? model.imageSize);
  if (weightType) onProgress?.("rounding the encoder to 8 bits, with three examples");
  const encoder = weightType
    ? await toInt8(exact.encoder, { weightType, examples: () => exampleInputs(architecture, signal), signal })
    : exact.encoder;
  const compiled = { ...exact, encoder };
  const isWhole = files.base === undefined && !model.onBase;
  const isEncoderOfFile = isWhole && (files.overlay === undefined || !(await changesEncoder(files.overlay)));
  const unadapted = isEncoderOfFile ? fileHashes[0] : baseHash;
  const encoderHash = adapter?.changesEncoder ? hash : joinHashes([unadapted, ...precision]);
  const description: Description = {
    architecture,
    encoderHash: [
      encoderHash,
      // Features are returned with the embedding.
      ...(architecture.features.length > 0 ? ["features"] : []),
      // A file of SAM 2 can be fed at several sizes.
      ...(architecture.encoder === "hiera" ? [architecture.imageSize] : []),
    ].join(" "),
    declaredPreprocessing: model.preprocessing,
    notes: files.isInt8 && !hasInt8(compiled.encoder) ? [...model.notes, nothingToQuantize] : model.notes,
  };
  const { sources, unwritten } = await cache.keep(description, compiled);
  const notes = unwritten === null ? description.notes : [...description.notes, notKept(unwritten)];
  return { ...description, ...sources, ...always, notes };
}

/** A note on graphs that could not be written. */
export const notKept = (why: string) => `The compiled model is not kept: ${why}`;

/** Pictures of three modalities, from the samples, as an encoder takes them. */
async function exampleInputs(architecture: Architecture, signal: AbortSignal | undefined): Promise<Feeds[]> {
  const cases = await Promise.all(["brain1", "lung1", "nuclei"].map((id) => sampleCase(id, signal ? { signal } : {})));
  return cases.map((sample) => {
    const isImage = sample.kind === "image";
    const image = isImage ? sample.image : sample.volume.slice(Math.floor(sample.volume.view().count / 2));
    return { [graphNames.image]: encoderInput(modelPicture(image), architecture) };
  });
}

const nothingToQuantize = "int8 changes nothing: this image encoder has no large matrix products.";

type Sources = Pick<CompiledModel, (typeof graphs)[number]>;

function isComplete(sources: Readonly<Record<keyof Sources, ModelSource | null>>): sources is Sources {
  return sources.encoder !== null && sources.decoder !== null;
}

/** Combines the hashes of several files, in this order. */
function joinHashes(hashes: readonly string[]): string {
  return hashes.length === 1 ? hashes[0] : createHash("sha256").update(hashes.join(" ")).digest("hex");
}

async function changesEncoder(overlay: string): Promise<boolean> {
  const checkpoint = await openCheckpoint(overlay);
  try {
    return [...samTensors(checkpoint).tensors.keys()].some((name) => name.startsWith("image_encoder."));
  } finally {
    await checkpoint.close();
  }
}
