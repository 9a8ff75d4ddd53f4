import { createHash } from "node:crypto";
import { openSafetensors } from "../checkpoint/safetensors.js";
import { readFloat32 } from "../checkpoint/tensor-map.js";
import { type Float32Tensor, safetensorsPieces } from "../checkpoint/write-safetensors.js";
import { SamlabError, show } from "../core/errors.js";
import { writeFileAtomic } from "../io/files/write-file.js";
import type { Image2d } from "../io/image/image.js";
import { pixelHash } from "../io/image/pixel-hash.js";
import { isAdapterTensor } from "./block-adapters.js";
import { isBoxPrototypes } from "./box-prototypes.js";
import { isMaskModule } from "./de-sam.js";
import { isDensePromptPart } from "./dense-prompt.js";
import { isLoraFactor, loraRank, loraTarget, loraUpdate } from "./lora.js";
import { isSurgicalSamBase } from "./surgical-sam.js";
import type { Weights } from "./weights.js";

const format = "samlab-adapter/1";

/** Provenance of an adapter. Every value is text, as safetensors requires. */
export interface AdapterMetadata extends Readonly<Record<string, string | undefined>> {
  /** `samlab-adapter/1` */
  readonly format: string;
  /** Name and sha256 of the model that was tuned. */
  readonly base: string;
  /** sha256 of the model that was tuned, hex. */
  readonly baseHash: string;
  /** What was trained, see {@link RecipeName}. */
  readonly recipe: string;
  /** Where the model's prompts and decoder are replaced: by what, such as `auto-sam`. */
  readonly head?: string;
  /** Of a model that segments without prompts: the names of its classes as a JSON list, the background first. */
  readonly classNames?: string;
  /** `best` where the best rated alternative was trained (SAM-Med2D), else left out. */
  readonly answer?: string;
  /** `probability` where mask prompts were given so (SAM-Med2D), else left out. */
  readonly maskPrompt?: string;
  /** Side of the input, where one was chosen when the model was loaded. */
  readonly imageSize?: string;
  /** `true` where HQ-SAM's own mask alone was trained, else left out. */
  readonly hqTokenOnly?: string;
  /** Of DeSAM: what it was trained with, see {@link DeSamMode}. */
  readonly deSamMode?: string;
  /** The training images' {@link pixelHash}es, separated by spaces. */
  readonly trainedImages?: string;
}

const isOfAdapter = (name: string) => isAdapterTensor(name) || isMaskModule(name) || isDensePromptPart(name);

/** The result of fine-tuning: the trained tensors with their provenance. */
export class Adapter {
  /** What was trained, by the tensors' names in the base model. */
  readonly tensors: ReadonlyMap<string, Float32Tensor>;
  /** How it was made: base model, recipe, settings, hashes of the data. */
  readonly metadata: AdapterMetadata;
  /** sha256 of the file's bytes, hex. */
  readonly hash: string;
  /** The training images by {@link pixelHash}; empty for adapters that do not say. */
  readonly trainedImages: ReadonlySet<string>;
  readonly #pieces: readonly Uint8Array[];

  private constructor(tensors: ReadonlyMap<string, Float32Tensor>, metadata: AdapterMetadata) {
    this.tensors = tensors;
    this.metadata = metadata;
    this.trainedImages = new Set(metadata.trainedImages?.match(/\S+/g));
    this.#pieces = safetensorsPieces(tensors, metadata);
    const hash = createHash("sha256");
    for (const piece of this.#pieces) hash.update(piece);
    this.hash = hash.digest("hex");
  }

  static create(
    tensors: ReadonlyMap<string, Float32Tensor>,
    metadata: Omit<AdapterMetadata, "format"> & { base: string; baseHash: string; recipe: string },
  ): Adapter {
    return new Adapter(tensors, { ...metadata, format });
  }

  /**
   * Reads an adapter file.
   * @throws {SamlabError} `checkpoint-invalid` for another file, and as reading a checkpoint
   */
  static async open(path: string): Promise<Adapter> {
    const file = await openSafetensors(path);
    try {
      const { metadata } = file;
      if (metadata.format !== format) {
        throw new SamlabError(
          "checkpoint-invalid",
          `${path} is not a samlab adapter: its format is ${metadata.format ?? "not given"}.`,
          {
            file: path,
            field: "format",
            value: metadata.format,
            remedy: "Give a file that adapter.save wrote; a whole checkpoint is loaded by its path alone.",
          },
        );
      }
      const tensors = new Map<string, Float32Tensor>();
      for (const [name, tensor] of file.tensors) {
        // A copy: the file is closed before the weights are used.
        tensors.set(name, { dims: tensor.dims, data: (await readFloat32(name, tensor)).slice() });
      }
      return new Adapter(tensors, metadata as AdapterMetadata);
    } finally {
      await file.close();
    }
  }

  /** Bytes of the file. */
  get byteLength(): number {
    return this.#pieces.reduce((sum, piece) => sum + piece.length, 0);
  }

  /**
   * Writes the adapter as .safetensors; an existing file is unchanged if writing fails.
   * @param options.precision float16 halves the file and rounds the weights: what is loaded from it is another adapter,
   * with a different hash
   * @throws {SamlabError} `argument-invalid` for another ending, `disk-full`, `file-write-failed`, `canceled`
   */
  async save(
    path: string,
    options: { readonly precision?: "float32" | "float16"; readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    const { precision = "float32", signal } = options;
    if (!path.endsWith(".safetensors")) {
      throw new SamlabError("argument-invalid", `An adapter is saved as a .safetensors file, not ${show(path)}.`, {
        field: "path",
        value: path,
        remedy: "Name it so.",
      });
    }
    const pieces = precision === "float32" ? this.#pieces : safetensorsPieces(this.tensors, this.metadata, precision);
    await writeFileAtomic(path, pieces, signal);
  }

  /**
   * Checks that it belongs to a model.
   * @param hash sha256 of the model without an adapter, hex
   * @param name for the message
   * @throws {SamlabError} `hash-mismatch` when it was trained on another model
   */
  checkBase(hash: string, name: string): void {
    const { base, baseHash, imageSize } = this.metadata;
    if (baseHash === hash) return;
    const size = imageSize ? `, imageSize: ${imageSize}` : "";
    throw new SamlabError(
      "hash-mismatch",
      `The adapter was trained on ${base} (${baseHash.slice(0, 12)}), not on ${name} (${hash.slice(0, 12)}).`,
      {
        field: "adapter",
        value: baseHash,
        remedy: `Load it with loadSam(${JSON.stringify(base)}, { adapter${size} }).`,
      },
    );
  }

  /** Whether the image encoder is another one with this adapter. */
  get changesEncoder(): boolean {
    return [...this.tensors.keys()].some((name) => name.startsWith("image_encoder."));
  }

  /** Whether the base's graphs are others with this adapter; prototypes of boxes stand beside them. */
  get changesGraphs(): boolean {
    return ![...this.tensors.keys()].every(isBoxPrototypes);
  }

  /** @internal The base's weights with this adapter in them; low-rank updates are merged, adapters of blocks added. */
  applyTo(w: Weights): Weights {
    if (this.metadata.head === "auto-sam")
      return w.only((name) => name.startsWith("image_encoder.")).withTensors(this.tensors);
    if (this.metadata.head === "surgical-sam") return w.only(isSurgicalSamBase).withTensors(this.tensors);
    const replaced = new Map<string, Float32Tensor>();
    for (const [name, tensor] of this.tensors)
      if (!isLoraFactor(name) && !isBoxPrototypes(name)) replaced.set(name, this.#checked(w, name, tensor));
    const targets = new Set([...this.tensors.keys()].filter(isLoraFactor).map(loraTarget));
    for (const target of targets) {
      const dims = w.dims(target);
      const stored = replaced.get(target)?.data ?? w.data(target);
      const update = dims && loraUpdate(target, dims, w, loraRank(this.tensors, target));
      if (!dims || !stored || !update) throw this.#misfit(target);
      const factors = update.factors.map(({ name, dims: expected }) => {
        const factor = this.tensors.get(name);
        if (factor?.dims.join() !== expected.join()) throw this.#misfit(name);
        return factor.data;
      });
      replaced.set(target, { dims, data: update.merge(stored, factors) });
    }
    return w.withTensors(replaced);
  }

  #checked(w: Weights, name: string, tensor: Float32Tensor): Float32Tensor {
    const dims = w.dims(name);
    // Tensors that the base lacks belong to what the adapter adds; their shapes are checked when the model is compiled.
    if (dims ? dims.join() !== tensor.dims.join() : !isOfAdapter(name)) throw this.#misfit(name);
    return tensor;
  }

  #misfit(name: string): SamlabError {
    return new SamlabError("tensor-shape", `The adapter's ${name} does not fit ${this.metadata.base}.`, {
      field: name,
      remedy: "Load it with the model that it was trained from.",
    });
  }
}

/**
 * Trained tensors together with what an earlier adapter of the model changed already: an adapter always applies to the
 * base model. Earlier low-rank factors are merged to full weights, since the new ones were trained on top of them.
 * @param w the weights that were trained from, the earlier adapter in them
 */
export function withEarlierAdapter(
  trained: ReadonlyMap<string, Float32Tensor>,
  earlier: Adapter,
  w: Weights,
): ReadonlyMap<string, Float32Tensor> {
  const names = [...earlier.tensors.keys()].map((name) => (isLoraFactor(name) ? loraTarget(name) : name));
  const tensors = names.flatMap((name): [string, Float32Tensor][] => {
    const [dims, data] = [w.dims(name), w.data(name)];
    return dims && data ? [[name, { dims, data }]] : [];
  });
  return new Map([...tensors, ...trained]);
}

/**
 * For an adapter's metadata: the images that it and the model `before` were trained on, so that an evaluation can tell
 * when it scores them.
 */
export function trainedImages(cases: readonly { readonly image: Image2d }[], before: ReadonlySet<string>): string {
  return [...new Set([...before, ...cases.map(({ image }) => pixelHash(image))])].join(" ");
}
