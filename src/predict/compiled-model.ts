import { createHash } from "node:crypto";
import { openCheckpoint } from "../checkpoint/open.js";
import { samName } from "../checkpoint/rename.js";
import type { Checkpoint } from "../checkpoint/tensor-map.js";
import { isSamlabError, SamlabError } from "../core/errors.js";
import { sha256OfFile } from "../io/hash-file.js";
import type { Architecture } from "../models/architecture.js";
import { compilerVersion, compileSam } from "../models/compile.js";
import { Weights } from "../models/weights.js";
import { serializeModel } from "../onnx/serialize.js";
import { GraphCache } from "../runtime/graph-cache.js";
import type { ModelSource } from "../runtime/messages.js";
import type { Adapter } from "./finetune/adapter.js";
import type { WorkOptions } from "./sam.js";

/** A model's graphs, ready for sessions. */
export interface CompiledModel {
  readonly architecture: Architecture;
  readonly encoder: ModelSource;
  readonly decoder: ModelSource;
  /** sha256 of the checkpoint, or of the hashes of checkpoint, overlay and adapter, hex. */
  readonly hash: string;
  /** The same without the adapter. */
  readonly baseHash: string;
  /** Changes with whatever changes embeddings: equal for models that differ in the decoder only. */
  readonly encoderHash: string;
  /** Falling back on something is reported here. */
  readonly notes: readonly string[];
}

/** Which files make up a model: a checkpoint and what replaces some of its tensors. */
export interface ModelFiles {
  readonly checkpoint: string;
  /** The checkpoint's known sha256, where there is one. */
  readonly sha256?: string | undefined;
  readonly overlay?: string | undefined;
}

/** The weights of a model as it is predicted with. */
export async function modelWeights(
  { checkpoint, overlay }: ModelFiles,
  adapter: Adapter | null,
  signal?: AbortSignal,
): Promise<Weights> {
  const checkpoints: Checkpoint[] = [];
  try {
    for (const path of overlay === undefined ? [checkpoint] : [checkpoint, overlay]) {
      checkpoints.push(await openCheckpoint(path));
    }
    const weights = await Weights.load(checkpoints, samName, signal);
    return adapter ? adapter.applyTo(weights) : weights;
  } finally {
    await Promise.all(checkpoints.map((opened) => opened.close()));
  }
}

const graphs = ["encoder", "decoder"] as const;

interface Description {
  readonly architecture: Architecture;
  readonly encoderHash: string;
}

/**
 * Compiles a model's checkpoint, or takes its graphs from the cache.
 * @throws {SamlabError} of reading and compiling; `hash-mismatch` when the file is not the one known by that name, or the adapter is another
 *   model's
 */
export async function compiledModel(
  files: ModelFiles,
  adapter: Adapter | null,
  { signal, onProgress }: WorkOptions,
): Promise<CompiledModel> {
  const paths = files.overlay === undefined ? [files.checkpoint] : [files.checkpoint, files.overlay];
  onProgress?.("checking the checkpoint");
  const hashes = await Promise.all(paths.map((path) => sha256OfFile(path, signal)));
  if (files.sha256 !== undefined && hashes[0] !== files.sha256) {
    throw new SamlabError("hash-mismatch", `${files.checkpoint} has the sha256 ${hashes[0]}, not ${files.sha256}.`, {
      file: files.checkpoint,
      field: "sha256",
      value: hashes[0],
      remedy: "Delete it and run npm run setup, which fetches it again.",
    });
  }
  const baseHash = joinHashes(hashes);
  adapter?.checkBase(baseHash, files.checkpoint);
  const hash = adapter ? joinHashes([baseHash, adapter.hash]) : baseHash;
  const cache = new GraphCache<Description, (typeof graphs)[number]>(`${hash}-v${compilerVersion}`, graphs);
  const known = await cache.read();
  if (known) return { ...known.description, ...known.sources, hash, baseHash, notes: [] };

  onProgress?.("compiling the checkpoint");
  const { architecture, encoder, decoder } = compileSam(await modelWeights(files, adapter, signal));
  const unadapted = files.overlay !== undefined && (await changesEncoder(files.overlay)) ? baseHash : hashes[0];
  const description: Description = { architecture, encoderHash: adapter?.changesEncoder ? hash : unadapted };
  try {
    const { sources } = await cache.write(description, { encoder, decoder });
    return { ...description, ...sources, hash, baseHash, notes: [] };
  } catch (error) {
    if (!isSamlabError(error)) throw error;
    const inMemory = {
      encoder: { bytes: serializeModel(encoder).model },
      decoder: { bytes: serializeModel(decoder).model },
    };
    const notes = [`The compiled model is not kept: ${error.message}`];
    return { ...description, ...inMemory, hash, baseHash, notes };
  }
}

/** One hash for several files in this order. */
function joinHashes(hashes: readonly string[]): string {
  return hashes.length === 1 ? hashes[0] : createHash("sha256").update(hashes.join(" ")).digest("hex");
}

async function changesEncoder(overlay: string): Promise<boolean> {
  const checkpoint = await openCheckpoint(overlay);
  try {
    return [...checkpoint.tensors.keys()].some((stored) => samName(stored)?.startsWith("image_encoder."));
  } finally {
    await checkpoint.close();
  }
}
