import { SamlabError } from "../../../src/core/errors.js";
import type { Mask2d } from "../../../src/core/mask.js";
import type { PromptSet, PromptSupport } from "../../../src/core/prompt.js";
import type { Image2d } from "../../../src/io/image/image.js";
import type { ImageEmbedding, Prediction, PredictOptions, Sam, WorkOptions } from "../../../src/predict/sam.js";

const info = { provider: "CPU", milliseconds: 5 };

/** A run of the model that waits to be told how it ends. */
interface Call<In, Out> {
  readonly input: In;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: WorkOptions["onProgress"];
  finish(output?: Out): void;
  fail(error: Error): void;
}

/**
 * A model whose runs the test ends explicitly, or immediately with `automatic`. A box gives itself, points give the
 * pixels they are on; with `multimask`, the alternatives are the whole slice, the answer, and an empty mask. When
 * `deaf`, it ignores signals, as some runtimes do.
 */
export class ControlledSam implements Sam {
  readonly name = "controlled";
  readonly hash = "0";
  readonly provider = "CPU";
  readonly lowResSize = 1;
  readonly prompts: PromptSupport;
  readonly encoding: Call<Image2d, ImageEmbedding>[] = [];
  readonly predicting: Call<PromptSet, Prediction>[] = [];
  /** Images given to the encoder and prompts given to the decoder, in order. */
  readonly encoded: Image2d[] = [];
  readonly predicted: { readonly prompt: PromptSet; readonly multimask: boolean }[] = [];
  readonly #automatic: boolean;
  readonly #deaf: boolean;

  constructor(options: { automatic?: boolean; deaf?: boolean; prompts?: Partial<PromptSupport> } = {}) {
    this.#automatic = options.automatic ?? false;
    this.#deaf = options.deaf ?? false;
    this.prompts = { points: true, box: true, mask: false, note: "", ...options.prompts };
  }

  embed(image: Image2d, { signal, onProgress }: WorkOptions = {}): Promise<ImageEmbedding> {
    this.encoded.push(image);
    const { width, height, source: key } = image;
    const embedding = { width, height, key, fromCache: false, info: { provider: "CPU", milliseconds: 300 } };
    return this.#call(this.encoding, image, embedding, signal, onProgress);
  }

  predict(prompt: PromptSet, { embedding, multimask = false, signal }: PredictOptions = {}): Promise<Prediction> {
    this.predicted.push({ prompt, multimask });
    return this.#call(this.predicting, prompt, answer(prompt, embedding!, multimask), signal);
  }

  setImage(image: Image2d): Promise<ImageEmbedding> {
    return this.embed(image);
  }

  predictBatch(prompts: readonly PromptSet[], options?: PredictOptions): Promise<Prediction[]> {
    return Promise.all(prompts.map((prompt) => this.predict(prompt, options)));
  }

  async dispose(): Promise<void> {}

  #call<In, Out>(
    calls: Call<In, Out>[],
    input: In,
    usual: Out,
    signal?: AbortSignal,
    onProgress?: WorkOptions["onProgress"],
  ): Promise<Out> {
    return new Promise((resolve, reject) => {
      if (this.#automatic) return resolve(usual);
      const stop = () => reject(new SamlabError("canceled", "It was canceled."));
      if (!this.#deaf) signal?.addEventListener("abort", stop);
      const ended = () => signal?.removeEventListener("abort", stop);
      calls.push({
        input,
        signal,
        onProgress,
        finish: (output = usual) => {
          ended();
          resolve(output);
        },
        fail: (error) => {
          ended();
          reject(error);
        },
      });
    });
  }
}

function answer({ points = [], box }: PromptSet, { width, height }: ImageEmbedding, multimask: boolean): Prediction {
  const single = mask(width, height, (x, y) => {
    const inBox = box !== undefined && x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3];
    return inBox || points.some((point) => point.label !== 0 && point.x === x && point.y === y);
  });
  const candidate = (shape: Mask2d, predictedIou: number) => ({
    mask: shape,
    predictedIou,
    lowResLogits: new Float32Array(1),
  });
  const all = mask(width, height, () => true);
  const none = mask(width, height, () => false);
  const candidates = multimask ? [candidate(all, 0.25), candidate(single, 0.5), candidate(none, 0.75)] : [];
  return { ...candidate(single, 0.875), candidates, info };
}

export function mask(width: number, height: number, inside: (x: number, y: number) => boolean): Mask2d {
  const data = Uint8Array.from({ length: width * height }, (_, n) => Number(inside(n % width, Math.floor(n / width))));
  return { width, height, data };
}

/** Lets everything happen that waits for no timer. */
export async function settle(): Promise<void> {
  // An answer's alternatives come in a turn of their own.
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
