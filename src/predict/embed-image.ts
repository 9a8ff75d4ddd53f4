import { SamlabError, throwIfCancelled } from "../core/errors.js";
import type { Image2d } from "../io/image/image.js";
import type { Architecture } from "../models/architecture.js";
import { graphNames } from "../models/compile.js";
import type { EmbeddingPrecision } from "../runtime/embedding-folder.js";
import type { QuietSession } from "../runtime/quiet-session.js";
import type { Session } from "../runtime/session.js";
import { checkFinite } from "./check-finite.js";
import { type EmbeddingStore, inPrecision, type KnownEmbedding, StoredEmbedding } from "./embedding-store.js";
import { rememberImage } from "./prediction-source.js";
import { modelFrame, modelInput, modelPicture } from "./preprocess.js";
import type { EncodeOptions, RunInfo } from "./sam.js";

/** Options of {@link LoadedSam.embed}. */
export interface EmbedOptions extends EncodeOptions {
  /**
   * Default `float32`: what predictions are made from, equal to the reference implementation's numbers. `float16` rounds the embedding to halves,
   * fresh or from the cache alike, and keeps it in half the room: for training. The rounding (a share of 2⁻¹¹ of a value at most) moves LiteMedSAM's
   * first losses by some 1e-5 and the outcome of a training about as another seed does, in either direction.
   */
  readonly precision?: EmbeddingPrecision;
}

/** What embedding an image takes. */
export interface ImageEncoder {
  readonly architecture: Architecture;
  readonly encoder: Session | QuietSession;
  readonly embeddings: EmbeddingStore;
}

/** Runs the image encoder, or takes its result from the disk. */
export async function embedImage(
  { architecture, encoder, embeddings }: ImageEncoder,
  image: Image2d,
  { signal, onProgress, precision = "float32", isFresh = false }: EmbedOptions,
): Promise<StoredEmbedding> {
  throwIfCancelled(signal, "Encoding the image");
  const { imageSize, embedSize, width, preprocessing } = architecture;
  const picture = modelPicture(image);
  const frame = modelFrame(image.width, image.height, imageSize, preprocessing);
  const dims = [1, width, embedSize, embedSize];
  const key = embeddings.key(picture);
  const stored = (known: KnownEmbedding, fromCache: boolean, info: RunInfo) =>
    rememberImage(
      new StoredEmbedding(
        // Two precisions of one picture are two embeddings.
        known.precision === "float32" ? key : `${key} ${known.precision}`,
        frame,
        { type: "float32", dims, data: known.data },
        fromCache,
        info,
      ),
      image,
    );
  const start = performance.now();
  const length = dims.reduce((product, dim) => product * dim, 1);
  const cached = isFresh ? null : await embeddings.read(key, length, precision);
  if (cached) return stored(cached, true, { provider: encoder.provider, milliseconds: performance.now() - start });
  onProgress?.("encoding the image");
  const input = modelInput(picture, frame, preprocessing);
  const { outputs, milliseconds } = await encoder.run({
    [graphNames.image]: { type: "float32", dims: [1, 3, imageSize, imageSize], data: input },
  });
  const tensor = outputs[graphNames.imageEmbedding];
  if (tensor.type !== "float32") throw new SamlabError("run-failed", `The image encoder gave ${tensor.type}.`);
  checkFinite(tensor.data, image.source);
  const fresh = inPrecision(tensor.data, precision);
  // Not awaited: the prompt need not wait for the disk. Kept even when cancelled meanwhile, since the work is done.
  void embeddings.keep(key, fresh);
  throwIfCancelled(signal, "Encoding the image");
  return stored(fresh, false, { provider: encoder.provider, milliseconds });
}
