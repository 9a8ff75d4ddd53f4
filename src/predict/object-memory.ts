import { connectedComponents } from "../core/components.js";
import { SamlabError, show } from "../core/errors.js";
import { roundedToBfloat16 } from "../core/half.js";
import type { Mask2d } from "../core/mask.js";
import type { PromptSet } from "../core/prompt.js";
import { resizeAntialiased } from "../core/resize-pillow.js";
import { decoderMask } from "../models/architecture.js";
import { graphNames } from "../models/compile.js";
import { memorySlices } from "../models/memory-attention.js";
import { memoryNames, mostPointers } from "../models/sam2-memory.js";
import type { Outputs, RunTensor } from "../runtime/tensor.js";
import { checkFinite } from "./check-finite.js";
import type { StoredEmbedding } from "./embedding-store.js";
import type { MemoryGraphs } from "./memory-graphs.js";
import { isStable } from "./postprocess.js";
import { rememberSource, sourceOfEmbedding } from "./prediction-source.js";
import { bestRated, maskCandidate } from "./predictions.js";
import { promptTokens } from "./prompt-tokens.js";
import type { ImageEmbedding, ObjectMemory, Prediction } from "./sam.js";

/** What is remembered of a slice. */
interface Remembered {
  /** [1, embedSize², memory's width], in half precision as in `SAM2VideoPredictor` */
  readonly memory: RunTensor & { type: "float32" };
  /** [width] */
  readonly pointer: Float32Array;
}

/** An object on a slice, as the model sees it. */
interface Found {
  /** 4·embedSize squared; all far below 0 where the object is not on the slice */
  readonly logits: Float32Array;
  readonly predictedIou: number;
  readonly pointer: Float32Array;
  /** Above 0 if the object is on the slice. */
  readonly score: number;
  readonly milliseconds: number;
}

/** The logit of a slice without the object (sam2_base.py, `NO_OBJ_SCORE`). */
const absentLogit = -1024;

/** Holes of up to this many pixels are filled, at the size of the logits (build_sam.py, `fill_hole_area`). */
const largestHole = 8;

/** Logits outside and inside of a mask that is given (sam2_base.py, `_use_mask_as_output`). */
const [givenOutside, givenInside] = [-10, 10];

/** What an {@link Sam2Memory} asks of its model. */
export interface MemoryOwner {
  readonly graphs: MemoryGraphs;
  /** Checks prompts against an embedding of the model. */
  checked(prompts: readonly PromptSet[], embedding: ImageEmbedding): StoredEmbedding;
}

/**
 * SAM 2's memory of an object (`SAM2VideoPredictor`, for one object). Both directions start from the slices with
 * prompts, as in MedSAM2 (medsam2_infer_3D_CT.py).
 */
export class Sam2Memory implements ObjectMemory {
  readonly #owner: MemoryOwner;
  readonly #slices: number;
  /** Farthest pointer that is used, in slices. */
  readonly #farthest: number;
  readonly #prompted = new Map<number, Promise<Remembered>>();
  readonly #tracked = new Map<number, Promise<Remembered>>();
  #step: 1 | -1 = 1;

  /** @param slices how many the volume has */
  constructor(owner: MemoryOwner, slices: number) {
    this.#owner = owner;
    this.#slices = slices;
    this.#farthest = Math.max(1, Math.min(slices, mostPointers) - 1);
  }

  async prompt(slice: number, prompt: PromptSet, given: ImageEmbedding): Promise<Prediction> {
    const { graphs } = this.#owner;
    const embedding = this.#checked(slice, [prompt], given);
    const { coords, labels } = promptTokens(prompt, embedding.frame);
    const side = 4 * graphs.architecture.embedSize;
    const mask = prompt.maskInput;
    const { outputs, milliseconds } = await graphs.run("prompt", {
      [graphNames.imageEmbedding]: embedding.tensor,
      [graphNames.pointCoords]: float32([1, labels.length, 2], Float32Array.from(coords)),
      [graphNames.pointLabels]: { type: "int32", dims: [1, labels.length], data: Int32Array.from(labels) },
      [graphNames.maskInput]: float32(
        [1, 1, side, side],
        mask ? decoderMask(mask, graphs.architecture) : new Float32Array(side * side),
      ),
      [graphNames.hasMask]: { type: "bool", dims: [], data: Uint8Array.of(mask ? 1 : 0) },
    });
    const clicks = (prompt.points?.length ?? 0) + (prompt.box ? 2 : 0);
    const found = this.#found(outputs, milliseconds, clicks <= 1, embedding);
    const logits = withHolesFilled(found.logits, side);
    this.#keep(this.#prompted, slice, this.#remember(embedding, { ...found, logits }, true));
    const prediction = this.#prediction({ ...found, logits }, embedding);
    rememberSource(prediction, embedding, prompt);
    return prediction;
  }

  async give(slice: number, mask: Mask2d, given: ImageEmbedding): Promise<void> {
    const embedding = this.#checked(slice, [], given);
    const { width, height } = embedding;
    if (mask.width !== width || mask.height !== height) {
      throw new SamlabError(
        "geometry-mismatch",
        `The mask given for slice ${slice} is ${mask.width}×${mask.height}, the slice ${width}×${height}.`,
        {
          field: "mask",
          value: [mask.width, mask.height],
          remedy: "Give a mask with the width and height of the slice.",
        },
      );
    }
    const remembered = this.#rememberGiven(mask, embedding);
    this.#keep(this.#prompted, slice, remembered);
    await remembered;
  }

  async track(slice: number, step: 1 | -1, given: ImageEmbedding): Promise<Prediction> {
    const embedding = this.#checked(slice, [], given);
    if (this.#prompted.size === 0) {
      throw new SamlabError("state-order", "Nothing is remembered of the object.", {
        remedy: "Call prompt or give for a slice before track.",
      });
    }
    if (step !== this.#step) this.#tracked.clear();
    this.#step = step;
    const { outputs, milliseconds } = await this.#owner.graphs.run("track", {
      [graphNames.imageEmbedding]: embedding.tensor,
      ...(await this.#past(slice)),
    });
    const found = this.#found(outputs, milliseconds, true, embedding);
    // Those that are farther from the next slice are not used again.
    for (const other of this.#tracked.keys()) if (step * (slice - other) >= this.#farthest) this.#tracked.delete(other);
    this.#keep(this.#tracked, slice, this.#remember(embedding, found, false));
    const side = 4 * this.#owner.graphs.architecture.embedSize;
    return this.#prediction({ ...found, logits: withHolesFilled(found.logits, side) }, embedding);
  }

  #checked(slice: number, prompts: readonly PromptSet[], given: ImageEmbedding): StoredEmbedding {
    const isThere = Number.isInteger(slice) && slice >= 0 && slice < this.#slices;
    if (isThere) return this.#owner.checked(prompts, given);
    throw new SamlabError("argument-invalid", `There is no slice ${show(slice)} of ${this.#slices}.`, {
      field: "slice",
      value: slice,
      remedy: `Slices are numbered 0 to ${this.#slices - 1}.`,
    });
  }

  /** A failure is thrown where what is remembered is needed. */
  #keep(where: Map<number, Promise<Remembered>>, slice: number, remembered: Promise<Remembered>): void {
    remembered.catch(() => undefined);
    this.#tracked.delete(slice);
    where.set(slice, remembered);
  }

  /** What `track` takes (sam2_base.py, `_prepare_memory_conditioned_features`). */
  async #past(slice: number) {
    const { embedSize, width } = this.#owner.graphs.architecture;
    const away = (other: number) => this.#step * (slice - other);
    // Slices with prompts are passed, so that the last one found may be farther than the next one; and slices may be
    // gone through again.
    const tracked = [...this.#tracked].filter(([other]) => away(other) >= 1 && away(other) <= this.#farthest);
    const recent = tracked.filter(([other]) => away(other) < memorySlices);
    const memories = [
      ...[...this.#prompted].map(([, remembered]) => ({ remembered, age: memorySlices - 1 })),
      ...recent.map(([other, remembered]) => ({ remembered, age: away(other) - 1 })),
    ];
    const isPast = ([other]: readonly [number, unknown]) => away(other) >= 0;
    const pointers = [...[...this.#prompted].filter(isPast), ...tracked].map(([other, remembered]) => ({
      remembered,
      age: away(other) / this.#farthest,
    }));
    const [kept, pointed] = await Promise.all(
      [memories, pointers].map((all) => Promise.all(all.map(({ remembered }) => remembered))),
    );
    const inner = kept[0].memory.dims[2];
    return {
      [memoryNames.memories]: float32(
        [kept.length, embedSize * embedSize, inner],
        joined(kept.map(({ memory }) => memory.data)),
      ),
      [memoryNames.memoryAges]: int32(memories.map(({ age }) => age)),
      [memoryNames.pastPointers]: float32([pointed.length, width], joined(pointed.map(({ pointer }) => pointer))),
      [memoryNames.pointerAges]: float32(
        [pointers.length],
        Float32Array.from(pointers, ({ age }) => age),
      ),
    };
  }

  /**
   * @param isOfSeveral whether the best rated of the alternatives is taken; else the single mask, where it is stable,
   * and its pointer in any case
   */
  #found(outputs: Outputs, milliseconds: number, isOfSeveral: boolean, embedding: StoredEmbedding): Found {
    const { embedSize, width } = this.#owner.graphs.architecture;
    const values = (name: string) => {
      const data = outputs[name].data as Float32Array;
      checkFinite(data, sourceOfEmbedding(embedding));
      return data;
    };
    const size = (4 * embedSize) ** 2;
    const all = values(graphNames.lowResLogits);
    const ious = values(graphNames.predictedIou);
    const logitsOf = (mask: number) => all.slice(mask * size, (mask + 1) * size);
    const isSingle = !isOfSeveral && isStable(logitsOf(0));
    const mask = isSingle ? 0 : bestRated(ious);
    const pointer = isOfSeveral ? mask : 0;
    const score = values(memoryNames.score)[0];
    return {
      logits: score > 0 ? logitsOf(mask) : new Float32Array(size).fill(absentLogit),
      predictedIou: ious[mask],
      pointer: values(memoryNames.pointers).slice(pointer * width, (pointer + 1) * width),
      score,
      milliseconds,
    };
  }

  async #remember(
    embedding: StoredEmbedding,
    { logits, score, pointer }: Pick<Found, "logits" | "score" | "pointer">,
    isFixed: boolean,
  ): Promise<Remembered> {
    const side = 4 * this.#owner.graphs.architecture.embedSize;
    const { outputs } = await this.#owner.graphs.run("remember", {
      [graphNames.imageEmbedding]: embedding.tensor,
      [memoryNames.logits]: float32([1, 1, side, side], logits),
      [memoryNames.isFixed]: { type: "bool", dims: [], data: Uint8Array.of(isFixed ? 1 : 0) },
      [memoryNames.score]: float32([1, 1], Float32Array.of(score)),
    });
    const { dims, data } = outputs[memoryNames.memory];
    checkFinite(data as Float32Array, sourceOfEmbedding(embedding));
    return { memory: float32(dims, roundedToBfloat16(data as Float32Array)), pointer };
  }

  async #rememberGiven({ width, height, data }: Mask2d, embedding: StoredEmbedding): Promise<Remembered> {
    const { imageSize, embedSize } = this.#owner.graphs.architecture;
    const side = 4 * embedSize;
    const picture = { width, height, data: Float32Array.from(data, (value) => (value === 0 ? 0 : 1)) };
    const mask = resizeAntialiased(picture, imageSize, imageSize).map((share) => (share >= 0.5 ? 1 : 0));
    const { outputs } = await this.#owner.graphs.run("given", {
      [graphNames.imageEmbedding]: embedding.tensor,
      [memoryNames.mask]: float32([1, 1, imageSize, imageSize], mask),
    });
    const isThere = mask.includes(1);
    const large = mask.map((value) => (value === 1 ? givenInside : givenOutside));
    const logits = resizeAntialiased({ width: imageSize, height: imageSize, data: large }, side, side);
    const pointer = outputs[isThere ? memoryNames.pointer : memoryNames.noPointer].data as Float32Array;
    const score = isThere ? givenInside : givenOutside;
    return this.#remember(embedding, { logits: withHolesFilled(logits, side), score, pointer }, true);
  }

  #prediction({ logits, predictedIou, milliseconds }: Found, embedding: StoredEmbedding): Prediction {
    const { architecture, provider } = this.#owner.graphs;
    const candidate = maskCandidate(logits, predictedIou, architecture, embedding.frame);
    return { ...candidate, candidates: [], info: { provider, milliseconds } };
  }
}

/** Logits with small holes in the mask at 0.1 (sam2/utils/misc.py, `fill_holes_in_mask_scores`). */
function withHolesFilled(logits: Float32Array, side: number): Float32Array {
  const outside = { width: side, height: side, data: Uint8Array.from(logits, (logit) => (logit <= 0 ? 1 : 0)) };
  const { labels, areas } = connectedComponents(outside);
  return logits.map((logit, n) => (labels[n] > 0 && areas[labels[n] - 1] <= largestHole ? 0.1 : logit));
}

const float32 = (dims: readonly number[], data: Float32Array) => ({ type: "float32", dims, data }) as const;

const int32 = (values: readonly number[]) =>
  ({ type: "int32", dims: [values.length], data: Int32Array.from(values) }) as const;

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
