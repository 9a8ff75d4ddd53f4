import type { Mask2d } from "../../core/mask.js";
import type { PromptSet } from "../../core/prompt.js";
import { dropTensor, holdTensor } from "../../runtime/session.js";
import type { HeldReference } from "../../runtime/tensor.js";
import type { Decoded, TrainingExample } from "../../train/trainer.js";
import { StoredEmbedding } from "../embedding-store.js";
import type { LoadedSam } from "../loaded-sam.js";
import { logitsToMask } from "../postprocess.js";
import { type ModelFrame, modelFrame, modelInput, modelPicture } from "../preprocess.js";
import { promptTokens } from "../prompt-tokens.js";
import { lowResTarget } from "./target.js";
import type { TrainingCase } from "./types.js";

/** A case made ready for the trainer: its image (or embedding) on the inference thread and the truth in the model's frame. */
export class Study {
  readonly case: TrainingCase;
  readonly target: Float32Array;
  readonly #frame: ModelFrame;
  readonly #side: number;
  readonly #image: HeldReference;

  private constructor(source: TrainingCase, frame: ModelFrame, side: number, image: HeldReference) {
    this.case = source;
    this.#frame = frame;
    this.#side = side;
    this.#image = image;
    this.target = lowResTarget(source.truth, frame, side);
  }

  /** @param withEncoder whether the trainer wants the picture itself */
  static async prepare(
    sam: LoadedSam,
    source: TrainingCase,
    withEncoder: boolean,
    signal?: AbortSignal,
  ): Promise<Study> {
    const { imageSize, preprocessing } = sam.architecture;
    const { image } = source;
    const frame = modelFrame(image.width, image.height, imageSize, preprocessing);
    if (withEncoder) {
      const data = modelInput(modelPicture(image), frame, preprocessing);
      const held = await holdTensor({ type: "float32", dims: [1, 3, imageSize, imageSize], data });
      return new Study(source, frame, sam.lowResSize, held);
    }
    const embedding = await sam.embed(image, { precision: "float16", ...(signal ? { signal } : {}) });
    if (!(embedding instanceof StoredEmbedding)) throw new TypeError("the embedding is not this model's");
    return new Study(source, frame, sam.lowResSize, await holdTensor(embedding.tensor));
  }

  /** What the trainer sees of one prompt. A mask input of the prompt is fed back. */
  example(prompt: PromptSet): TrainingExample {
    const { coords, labels } = promptTokens(prompt, this.#frame);
    return {
      image: this.#image,
      coords: Float32Array.from(coords),
      labels: Int32Array.from(labels),
      mask: prompt.maskInput ?? null,
    };
  }

  /** The mask on the image's own grid. */
  mask({ lowResLogits }: Decoded): Mask2d {
    return logitsToMask(lowResLogits, this.#side, this.#frame);
  }

  async release(): Promise<void> {
    await dropTensor(this.#image);
  }
}
