import { SamlabError, show, throwIfCanceled } from "../core/errors.js";
import { longWork } from "../core/long-work.js";
import type { PromptSupport } from "../core/prompt.js";
import type { Volume } from "../io/image/volume.js";
import { graphNames } from "../models/compile.js";
import { samMed3dLowRes, samMed3dSize, tokenCount, volumeNames } from "../models/sam-med3d.js";
import type { Session } from "../runtime/session.js";
import { checkFinite } from "./check-finite.js";
import { sharedRun } from "./embed-image.js";
import type { EmbeddingStore } from "./embedding-store.js";
import { lowResStability } from "./postprocess.js";
import type {
  EmbedVolumeOptions,
  PredictVolumeOptions,
  Sam3d,
  VolumeEmbedding,
  VolumePrediction,
  VoxelPoint,
} from "./sam3d.js";
import { VolumeCrop, type Voxel } from "./volume-crop.js";
import type { RunInfo } from "./work.js";

export interface LoadedSam3dParts {
  /** As given to `loadSam3d`. */
  readonly nameOrPath: string;
  readonly name: string;
  readonly hash: string;
  readonly prompts: PromptSupport;
  /** For people. */
  readonly summary: string;
  /** Channels of the embedding. */
  readonly width: number;
  readonly encoder: Session;
  readonly decoder: Session;
  readonly embeddings: EmbeddingStore;
  readonly notes: readonly string[];
}

class StoredVolumeEmbedding implements VolumeEmbedding {
  constructor(
    readonly volume: Volume,
    readonly center: Voxel,
    readonly key: string,
    readonly fromCache: boolean,
    readonly info: RunInfo,
    readonly crop: VolumeCrop,
    /** [512, width] */
    readonly data: Float32Array,
    /** Of the {@link EmbeddingStore}: what made it. */
    readonly identity: string,
  ) {}
}

/** What a model for volumes was loaded by. */
export let sam3dSource: (sam: LoadedSam3d) => string;

/** SAM-Med3D on its sessions. Made by `loadSam3d`. */
export class LoadedSam3d implements Sam3d {
  static {
    sam3dSource = (sam) => sam.#parts.nameOrPath;
  }

  readonly name: string;
  readonly hash: string;
  readonly prompts: PromptSupport;
  /** The architecture, for people. */
  readonly summary: string;
  /** Notes on how it was loaded, one sentence each. Usually empty. */
  readonly notes: readonly string[];
  readonly #parts: LoadedSam3dParts;

  /** @internal */
  constructor(parts: LoadedSam3dParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.hash = parts.hash;
    this.prompts = parts.prompts;
    this.summary = parts.summary;
    this.notes = parts.notes;
  }

  get provider(): string {
    return this.#parts.decoder.provider;
  }

  /**
   * Encodes a cube of 128×128×128 voxels of 1.5 mm of a volume, or takes the result from the cache.
   * @throws {SamlabError} `argument-invalid` (a center outside of the volume, a volume without spacing),
   * `image-not-finite`, `image-empty`, `canceled`
   */
  async embed(volume: Volume, options: EmbedVolumeOptions): Promise<VolumeEmbedding> {
    this.#parts.encoder.checkOpen();
    checkVoxel(volume, options.center, "center", "argument-invalid");
    return longWork("encoding the volume", options, (work) => this.#embed(volume, { ...options, ...work }), {
      leave: false,
    });
  }

  async #embed(
    volume: Volume,
    { center, isFresh = false, signal, onProgress }: EmbedVolumeOptions,
  ): Promise<StoredVolumeEmbedding> {
    throwIfCanceled(signal, "Encoding the volume");
    const { encoder, embeddings, width } = this.#parts;
    onProgress?.("resampling the volume");
    const crop = new VolumeCrop(volume, center);
    const values = crop.values();
    const size = [samMed3dSize, samMed3dSize, samMed3dSize];
    const key = embeddings.keyOf(size, values);
    const stored = (data: Float32Array, fromCache: boolean, milliseconds: number) =>
      new StoredVolumeEmbedding(
        volume,
        center,
        key,
        fromCache,
        { provider: encoder.provider, milliseconds },
        crop,
        data,
        embeddings.identity,
      );
    const start = performance.now();
    const cached = isFresh ? null : await embeddings.read(key, tokenCount * width, "float32");
    if (cached) return stored(cached.data, true, performance.now() - start);
    onProgress?.("encoding the volume");
    const run = () => encoder.run({ [volumeNames.volume]: { type: "float32", dims: [1, 1, ...size], data: values } });
    const { outputs, milliseconds } = await (isFresh ? run() : sharedRun(encoder, key, run));
    const data = outputs[volumeNames.embedding].data as Float32Array;
    checkFinite(data, volume.source);
    // Not awaited, and saved even if canceled meanwhile, as of images.
    void embeddings.keep(key, { data, precision: "float32" });
    throwIfCanceled(signal, "Encoding the volume");
    return stored(data, false, milliseconds);
  }

  /**
   * Predicts one object (utils/infer_utils.py, `sam_model_infer`): the decoder runs once for each click, with all
   * clicks so far and the logits of the run before. Clicks outside of the object that the model does not see have no
   * effect.
   * @throws {SamlabError} `prompt-invalid` (no click, one outside of the volume, one inside of the object that the
   * model does not see, a `maskInput` of another size), `argument-invalid` (an embedding of another model), `canceled`
   */
  async predict(points: readonly VoxelPoint[], options: PredictVolumeOptions): Promise<VolumePrediction> {
    const embedding = this.#checked(options.embedding);
    const { volume, crop } = embedding;
    const seen = seenPoints(points, embedding);
    const side = samMed3dLowRes;
    let logits = checkedMask(options.maskInput);
    let milliseconds = 0;
    for (let count = 1; count <= seen.length; count++) {
      throwIfCanceled(options.signal, "The prediction");
      const asked = seen.slice(0, count);
      const coords = [...asked.flatMap(({ place }) => place), 0, 0, 0];
      const labels = [...asked.map(({ label }) => label), -1];
      const { outputs, milliseconds: spent } = await this.#parts.decoder.run({
        [volumeNames.embedding]: { type: "float32", dims: [1, tokenCount, this.#parts.width], data: embedding.data },
        [graphNames.pointCoords]: { type: "float32", dims: [1, count + 1, 3], data: Float32Array.from(coords) },
        [graphNames.pointLabels]: { type: "int32", dims: [1, count + 1], data: Int32Array.from(labels) },
        [graphNames.maskInput]: { type: "float32", dims: [1, 1, side, side, side], data: logits },
      });
      logits = outputs[graphNames.lowResLogits].data as Float32Array;
      milliseconds += spent;
    }
    throwIfCanceled(options.signal, "The prediction");
    checkFinite(logits, volume.source);
    return {
      mask: crop.onVolume(enlarged(logits)),
      predictedIou: lowResStability(logits),
      quality: "stability",
      lowResLogits: logits,
      info: { provider: this.provider, milliseconds },
    };
  }

  async dispose(): Promise<void> {
    await Promise.all([this.#parts.encoder.release(), this.#parts.decoder.release()]);
  }

  #checked(embedding: VolumeEmbedding): StoredVolumeEmbedding {
    this.#parts.encoder.checkOpen();
    const isOwn = embedding instanceof StoredVolumeEmbedding && embedding.identity === this.#parts.embeddings.identity;
    if (isOwn) return embedding;
    throw new SamlabError("argument-invalid", `The embedding was not made by embed of ${this.name}.`, {
      field: "embedding",
      remedy: `Give await sam.embed(volume, { center }) of ${this.name}.`,
    });
  }
}

interface SeenPoint {
  /** In voxels of the cube. */
  readonly place: readonly number[];
  readonly label: 0 | 1;
}

/** The clicks within the cube. */
function seenPoints(points: readonly VoxelPoint[], { volume, crop }: StoredVolumeEmbedding): SeenPoint[] {
  if (!Array.isArray(points) || points.length === 0) {
    throw new SamlabError("prompt-invalid", "There is no click.", {
      field: "points",
      value: points,
      remedy: "Give a list of clicks: [{ voxel: [i, j, k] }].",
    });
  }
  const seen = points.flatMap((point: VoxelPoint, n): SeenPoint[] => {
    const field = `points[${n}]`;
    checkVoxel(volume, point?.voxel, field, "prompt-invalid");
    const { voxel, label = 1 } = point;
    if (label !== 0 && label !== 1) {
      throw new SamlabError("prompt-invalid", `${field} has label ${show(label)}.`, {
        field,
        value: label,
        remedy: "Use 1 for a click inside the object and 0 for one outside.",
      });
    }
    const place = crop.place(voxel);
    if (place.every((at) => at >= -0.5 && at <= samMed3dSize - 0.5)) return [{ place, label }];
    if (label === 0) return [];
    throw new SamlabError(
      "prompt-invalid",
      `${field} at voxel ${show(voxel)} is outside of the 192×192×192 mm that were encoded.`,
      { field, value: voxel, remedy: "Encode around the object: await sam.embed(volume, { center })." },
    );
  });
  if (seen.length > 0) return seen;
  throw new SamlabError("prompt-invalid", "No click is within the 192×192×192 mm that were encoded.", {
    field: "points",
    value: points.map(({ voxel }) => voxel),
    remedy: "Give a click inside the object.",
  });
}

function checkVoxel(
  { size, source }: Volume,
  voxel: Voxel | undefined,
  field: string,
  code: "argument-invalid" | "prompt-invalid",
): void {
  const isThere =
    Array.isArray(voxel) && voxel.length === 3 && voxel.every((at, n) => at >= -0.5 && at <= size[n] - 0.5);
  if (isThere) return;
  throw new SamlabError(code, `${field} is ${show(voxel)}, which is no voxel of ${source}.`, {
    field,
    value: voxel,
    remedy: `Give indices [i, j, k] of the ${size.join("×")} voxels, from 0.`,
  });
}

function checkedMask(maskInput: Float32Array | undefined): Float32Array {
  const length = samMed3dLowRes ** 3;
  if (!maskInput) return new Float32Array(length);
  if (maskInput.length === length) return maskInput;
  throw new SamlabError("prompt-invalid", `maskInput has ${maskInput.length} values, not ${length}.`, {
    field: "maskInput",
    value: maskInput.length,
    remedy: "Give the lowResLogits of an earlier prediction by the same model.",
  });
}

/** The mask of the cube: where the logits between those of the low-resolution cube are above 0. */
function enlarged(logits: Float32Array): Uint8Array {
  const [small, large] = [samMed3dLowRes, samMed3dSize];
  const last = alongAxis(logits, small * small, 1);
  const middle = alongAxis(last, small, large);
  const plane = large * large;
  const mask = new Uint8Array(large * plane);
  for (const [n, { lower, upper, share }] of enlargedSamples.entries()) {
    const [low, high, to] = [lower * plane, upper * plane, n * plane];
    for (let i = 0; i < plane; i++) {
      if ((1 - share) * middle[low + i] + share * middle[high + i] > 0) mask[to + i] = 1;
    }
  }
  return mask;
}

/** For each voxel of the cube on an axis, the logits that it lies between. */
const enlargedSamples = Array.from({ length: samMed3dSize }, (_, n) => {
  const at = Math.max(0, ((n + 0.5) * samMed3dLowRes) / samMed3dSize - 0.5);
  const lower = Math.floor(at);
  return { lower, upper: Math.min(lower + 1, samMed3dLowRes - 1), share: at - lower };
});

/** One axis of 32 made 128 long. @param inner elements on the axes behind it */
function alongAxis(values: Float32Array, outer: number, inner: number): Float32Array {
  const out = new Float32Array(outer * samMed3dSize * inner);
  let to = 0;
  for (let o = 0; o < outer; o++) {
    for (const { lower, upper, share } of enlargedSamples) {
      const low = (o * samMed3dLowRes + lower) * inner;
      const high = (o * samMed3dLowRes + upper) * inner;
      for (let i = 0; i < inner; i++, to++) out[to] = (1 - share) * values[low + i] + share * values[high + i];
    }
  }
  return out;
}
