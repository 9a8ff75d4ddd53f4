import { SamlabError, throwIfCanceled } from "../core/errors.js";
import type { Image2d } from "../io/image/image.js";
import type { Architecture } from "../models/architecture.js";
import { embeddingDims, graphNames } from "../models/compile.js";
import type { EmbeddingPrecision } from "../runtime/embedding-folder.js";
import type { QuietSession } from "../runtime/quiet-session.js";
import type { Session } from "../runtime/session.js";
import { checkFinite } from "./check-finite.js";
import { type EmbeddingStore, inPrecision, type KnownEmbedding, StoredEmbedding } from "./embedding-store.js";
import { rememberImage } from "./prediction-source.js";
import { encoderInput, frameOf, modelPicture } from "./preprocess.js";
import type { EncodeOptions, RunInfo } from "./sam.js";

/** Options of {@link LoadedSam.embed}. */
export interface EmbedOptions extends EncodeOptions {
  /**
   * Default `float32`: used for prediction, equal to the reference implementation. `float16` rounds the embedding to
   * half precision, fresh or cached, and halves its size; meant for training. The rounding (relative error up to 2⁻¹¹)
   * changes LiteMedSAM's first losses by about 1e-5, and the result of a training about as much as a different seed, in
   * either direction.
   */
  readonly precision?: EmbeddingPrecision;
}

/** Dependencies of {@link embedImage}. */
export interface ImageEncoder {
  readonly architecture: Architecture;
  readonly encoder: Session | QuietSession;
  readonly embeddings: EmbeddingStore;
}

type Run = Awaited<ReturnType<Session["run"]>>;

/** Runs at work, by the key of their embedding: calls at once for one image share a run. */
const atWork = new WeakMap<ImageEncoder["encoder"], Map<string, Promise<Run>>>();

/** A run of an encoder that is shared by calls at once for one input. @param key of the embedding */
export function sharedRun(encoder: ImageEncoder["encoder"], key: string, start: () => Promise<Run>): Promise<Run> {
  const runs = atWork.get(encoder) ?? new Map<string, Promise<Run>>();
  atWork.set(encoder, runs);
  const running = runs.get(key) ?? start().finally(() => runs.delete(key));
  runs.set(key, running);
  return running;
}

/** Runs the image encoder, or reads its result from the disk cache. */
export async function embedImage(
  { architecture, encoder, embeddings }: ImageEncoder,
  image: Image2d,
  { signal, onProgress, precision = "float32", isFresh = false, isBlankAllowed }: EmbedOptions,
): Promise<StoredEmbedding> {
  throwIfCanceled(signal, "Encoding the image");
  const picture = modelPicture(image, isBlankAllowed ? { isBlankAllowed } : {});
  const frame = frameOf(image, architecture);
  const dims = embeddingDims(architecture);
  const key = embeddings.key(picture);
  const stored = (known: KnownEmbedding, fromCache: boolean, info: RunInfo) =>
    rememberImage(
      new StoredEmbedding(
        // Embeddings of different precision have different keys.
        known.precision === "float32" ? key : `${key} ${known.precision}`,
        frame,
        { type: "float32", dims, data: known.data },
        fromCache,
        info,
        embeddings.identity,
      ),
      image,
    );
  const start = performance.now();
  const length = dims.reduce((product, dim) => product * dim, 1);
  const cached = isFresh ? null : await embeddings.read(key, length, precision);
  if (cached) return stored(cached, true, { provider: encoder.provider, milliseconds: performance.now() - start });
  onProgress?.("encoding the image");
  const run = () => encoder.run({ [graphNames.image]: encoderInput(picture, architecture) });
  const { outputs, milliseconds } = await (isFresh ? run() : sharedRun(encoder, key, run));
  const tensor = outputs[graphNames.imageEmbedding];
  if (tensor.type !== "float32") throw new SamlabError("run-failed", `The image encoder gave ${tensor.type}.`);
  checkFinite(tensor.data, image.source);
  const fresh = inPrecision(tensor.data, precision);
  // Not awaited, so that prompts do not wait for the disk. Saved even if canceled meanwhile, since the result is
  // complete.
  void embeddings.keep(key, fresh);
  throwIfCanceled(signal, "Encoding the image");
  return stored(fresh, false, { provider: encoder.provider, milliseconds });
}
