import { unseen } from "../core/long-work.js";
import type { Mask2d } from "../core/mask.js";
import type { PromptSet } from "../core/prompt.js";
import type { Preprocessing } from "../models/preprocessing.js";
import { classLabels, maskLabels } from "../predict/class-labels.js";
import { StoredEmbedding } from "../predict/embedding-store.js";
import type { LoadedSam } from "../predict/loaded-sam.js";
import { lowResTarget } from "../predict/mask-input.js";
import { logitsToMask } from "../predict/postprocess.js";
import { encoderInput, frameOf, type ModelFrame, modelPicture } from "../predict/preprocess.js";
import { promptTokens } from "../predict/prompt-tokens.js";
import type { HeldReference, RunTensor } from "../runtime/tensor.js";
import type { Decoded, TrainingExample } from "../train/trainer.js";
import type { HeldImages } from "./held-images.js";
import type { TrainingCase } from "./types.js";

/** Distinguishes studies in {@link HeldImages}. */
let made = 0;

/** A prepared case: its image (or embedding) for the inference thread and the truth in the model's frame. */
export class Study {
  readonly case: TrainingCase;
  /** [side²], the truth's values in the model's low-resolution frame. */
  readonly target: Float32Array;
  /** The picture's place in the model's input. */
  readonly frame: ModelFrame;
  readonly #side: number;
  readonly #preprocessing: Preprocessing;
  readonly #held: HeldImages;
  readonly #key = `${made++}`;
  readonly #image: () => Promise<RunTensor>;

  private constructor(
    source: TrainingCase,
    frame: ModelFrame,
    side: number,
    preprocessing: Preprocessing,
    held: HeldImages,
    image: () => Promise<RunTensor>,
  ) {
    this.#preprocessing = preprocessing;
    this.case = source;
    this.frame = frame;
    this.#side = side;
    this.#held = held;
    this.#image = image;
    this.target = lowResTarget(source.truth, frame, side);
  }

  /**
   * Encodes the image where the encoder is frozen, or prepares it.
   * @param withEncoder whether the trainer takes the image instead of its embedding
   */
  static async prepare(
    sam: LoadedSam,
    source: TrainingCase,
    withEncoder: boolean,
    held: HeldImages,
    signal?: AbortSignal,
  ): Promise<Study> {
    const { image } = source;
    const frame = frameOf(image, sam.architecture);
    const make = async (): Promise<RunTensor> => {
      if (withEncoder) return encoderInput(modelPicture(image), sam.architecture);
      const embedding = await sam.embed(image, {
        precision: "float16",
        onProgress: unseen,
        ...(signal ? { signal } : {}),
      });
      if (!(embedding instanceof StoredEmbedding)) throw new TypeError("the embedding is not this model's");
      return embedding.tensor;
    };
    const study = new Study(source, frame, sam.lowResSize, sam.architecture.preprocessing, held, make);
    await held.get(study.#key, make);
    return study;
  }

  /** The image's embedding (or the prepared image) on the inference thread, valid until the next call. */
  image(): Promise<HeldReference> {
    return this.#held.get(this.#key, this.#image);
  }

  /** The trainer's inputs for one prompt, valid until the next call. Includes the prompt's mask input. */
  async example(prompt: PromptSet): Promise<TrainingExample> {
    return { image: await this.image(), ...this.tokens(prompt), mask: prompt.maskInput ?? null };
  }

  /** Points and box of a prompt as the decoder takes them. */
  tokens(prompt: PromptSet): Pick<TrainingExample, "coords" | "labels"> {
    const { coords, labels } = promptTokens(prompt, this.frame);
    return { coords: Float32Array.from(coords), labels: Int32Array.from(labels) };
  }

  /** The mask on the image's own grid. */
  mask({ lowResLogits }: Pick<Decoded, "lowResLogits">): Mask2d {
    return logitsToMask(lowResLogits, this.#side, this.frame);
  }

  /** The classes on the image's own grid. @param logits [count, side²] */
  labels(logits: Float32Array, count: number): Uint8Array {
    return classLabels(logits, count, this.#side, this.frame, this.#preprocessing);
  }

  /**
   * The classes on the image's own grid, from one mask per class.
   * @param logits [classes, side²], without the background
   */
  maskLabels(logits: Float32Array, ious: Float32Array): Uint8Array {
    return maskLabels(logits, ious, this.#side, this.frame);
  }

  async release(): Promise<void> {
    await this.#held.drop(this.#key);
  }
}
