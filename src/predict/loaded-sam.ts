import { SamlabError, show, throwIfCanceled } from "../core/errors.js";
import { longWork } from "../core/long-work.js";
import type { Mask2d } from "../core/mask.js";
import { type PromptSet, type PromptSupport, validatePrompt } from "../core/prompt.js";
import type { Image2d } from "../io/image/image.js";
import type { Adapter } from "../models/adapter.js";
import type { Architecture } from "../models/architecture.js";
import type { BoxPrototypes } from "../models/box-prototypes.js";
import type { DeSamMode } from "../models/de-sam-mode.js";
import { preprocessingTexts } from "../models/preprocessing.js";
import type { Weights } from "../models/weights.js";
import type { QuietSession } from "../runtime/quiet-session.js";
import type { Session } from "../runtime/session.js";
import type { AutomaskSettings } from "./automask/options.js";
import type { Proposer } from "./box-proposals.js";
import { checkFinite } from "./check-finite.js";
import { checkUnchanged, modelWeights } from "./compiled-model.js";
import { type EmbedOptions, embedImage } from "./embed-image.js";
import { type EmbeddingStore, StoredEmbedding } from "./embedding-store.js";
import type { MaskDecoder } from "./mask-decoder.js";
import { maskInputOf } from "./mask-input.js";
import { MemoryGraphs } from "./memory-graphs.js";
import type { CheckpointOptions, ModelFiles } from "./model-files.js";
import { Sam2Memory } from "./object-memory.js";
import { rememberSource, sourceOfEmbedding } from "./prediction-source.js";
import { predictionsOf } from "./predictions.js";
import { groupPrompts, type PromptGroup } from "./prompt-groups.js";
import type {
  ImageEmbedding,
  MaskQuality,
  ObjectMemory,
  Prediction,
  PredictOptions,
  Sam,
  SegmentOptions,
  WorkOptions,
} from "./sam.js";
import { segmentImage } from "./segment-image.js";
import type { Segmentation } from "./segmentation.js";

/** Where a model's weights come from. */
export interface SamSource {
  /** As given to `loadSam`. */
  readonly nameOrPath: string;
  readonly files: ModelFiles;
  /** Their sha256 when they were loaded. */
  readonly fileHashes: readonly string[];
  /** The model's hash without its adapter. */
  readonly baseHash: string;
  readonly adapter: Adapter | null;
  /** What else was given to `loadSam`, to load the same model again. */
  readonly options: CheckpointOptions;
}

export interface LoadedSamParts {
  readonly name: string;
  readonly hash: string;
  readonly source: SamSource;
  readonly prompts: PromptSupport;
  readonly architecture: Architecture;
  readonly classNames: readonly string[];
  /** Hashes of the pixels of the images that its adapter was trained on, and those of an export with its file. */
  readonly trainedImages: ReadonlySet<string>;
  /** `null` for other models than DeSAM. */
  readonly deSamMode: DeSamMode | null;
  /** What it proposes boxes by; `null` for most models. */
  readonly proposals: BoxPrototypes | null;
  readonly encoder: Session;
  readonly decoder: MaskDecoder;
  /** The encoder for background embedding; null if there is none. */
  readonly quietEncoder: QuietSession | null;
  readonly embeddings: EmbeddingStore;
  readonly notes: readonly string[];
}

/**
 * Number of microtask turns after which code following `await sam.setImage()` has run, but code following a
 * `Promise.all` of several calls has not.
 */
const SUPERSEDED_TURNS = 2;

/** Maximum number of prompts of a batch that wait on the inference thread. More would delay a click meanwhile. */
const REQUESTED_AHEAD = 4;

/** Where a loaded model's weights come from, for training, export and reloading. */
export let samSource: (sam: LoadedSam) => SamSource;

/** What a model proposes boxes with, or `null` if it does not. */
export let proposerOf: (sam: LoadedSam) => Proposer | null;

/** A compiled model on its sessions. Made by `loadSam`. */
export class LoadedSam implements Sam {
  static {
    samSource = (sam) => sam.#parts.source;
    proposerOf = (sam) => sam.#proposer;
  }

  readonly name: string;
  readonly hash: string;
  /** Which prompts the model was trained with. */
  readonly prompts: PromptSupport;
  /** The architecture, detected from the tensors, and the preprocessing. */
  readonly architecture: Architecture;
  /** The classes that {@link segment} tells apart, the background first; empty for a model that only takes prompts. */
  readonly classNames: readonly string[];
  /** What DeSAM's {@link segment} prompts it with, unless asked otherwise; `null` for other models. */
  readonly deSamMode: DeSamMode | null;
  /**
   * Notes on how it was loaded, one sentence each: guessed preprocessing, a device that did not work. Usually empty.
   */
  readonly notes: readonly string[];
  readonly #parts: LoadedSamParts;
  #current: StoredEmbedding | undefined;
  #memory: Promise<MemoryGraphs> | undefined;
  /** Number of the last call of {@link setImage}, and the numbers of pending calls. */
  #lastCall = 0;
  readonly #openCalls = new Set<number>();
  /** True while code that awaited a superseded call continues. */
  #isSuperseded = false;

  /** @internal */
  constructor(parts: LoadedSamParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.hash = parts.hash;
    this.prompts = parts.prompts;
    this.architecture = parts.architecture;
    this.classNames = parts.classNames;
    this.deSamMode = parts.deSamMode;
    this.notes = parts.notes;
  }

  get provider(): string {
    return this.#parts.decoder.provider;
  }

  /** Arithmetic of the image encoder. */
  get precision(): "float32" | "int8" {
    return this.#parts.source.files.isInt8 ? "int8" : "float32";
  }

  get adapterHash(): string {
    return this.#parts.source.adapter?.hash ?? "";
  }

  get trainedImages(): ReadonlySet<string> {
    return this.#parts.trainedImages;
  }

  get preprocessing(): string {
    return preprocessingTexts[this.architecture.preprocessing].name;
  }

  get quality(): MaskQuality {
    return this.architecture.quality ?? "predicted IoU";
  }

  get lowResSize(): number {
    return 4 * this.architecture.embedSize;
  }

  /** The embedding of the last image set, which prompts are answered for; null if there is none. */
  get embedding(): ImageEmbedding | null {
    return this.#current ?? null;
  }

  async setImage(image: Image2d, options: WorkOptions = {}): Promise<ImageEmbedding> {
    const call = ++this.#lastCall;
    this.#openCalls.add(call);
    try {
      const embedding = await this.#embed(image, options);
      if (call === this.#lastCall) this.#current = embedding;
      else void this.#refuseSuperseded();
      return embedding;
    } catch (error) {
      // A prompt after it must not be answered for the image before.
      if (call === this.#lastCall) this.#current = undefined;
      throw error;
    } finally {
      this.#openCalls.delete(call);
    }
  }

  async embed(image: Image2d, options: EmbedOptions = {}): Promise<ImageEmbedding> {
    return this.#embed(image, options);
  }

  async #embed(image: Image2d, options: EmbedOptions): Promise<StoredEmbedding> {
    // What is on disk would be found without it.
    this.#parts.encoder.checkOpen();
    return longWork("encoding the image", options, (work) => embedImage(this.#parts, image, { ...options, ...work }), {
      leave: false,
    });
  }

  async embedAhead(image: Image2d, options: WorkOptions = {}): Promise<ImageEmbedding | null> {
    const { encoder, quietEncoder } = this.#parts;
    if (quietEncoder?.isAvailable) return embedImage({ ...this.#parts, encoder: quietEncoder }, image, options);
    return encoder.provider === "CPU" ? null : embedImage(this.#parts, image, options);
  }

  maskInput(mask: Mask2d): Float32Array {
    return maskInputOf(mask, this.lowResSize, this.architecture.preprocessing);
  }

  async predict(prompt: PromptSet, options: PredictOptions = {}): Promise<Prediction> {
    const [prediction] = await this.predictBatch([prompt], options);
    return prediction;
  }

  async predictBatch(prompts: readonly PromptSet[], options: PredictOptions = {}): Promise<Prediction[]> {
    const embedding = this.#checked(prompts, options.embedding);
    const predictions = new Array<Prediction>(prompts.length);
    const decode = async (group: PromptGroup) => {
      const results = await this.#decode(group, embedding, options.multimask ?? false);
      group.indices.forEach((index, n) => {
        predictions[index] = results[n];
        rememberSource(results[n], embedding, prompts[index]);
      });
    };
    const decodings: Promise<void>[] = [];
    const groups = groupPrompts(prompts, embedding, this.architecture, this.#parts.decoder.provider);
    for (const [n, group] of groups.entries()) {
      // The first ones are requested in this turn, so that no image that is encoded meanwhile comes between them.
      if (n >= REQUESTED_AHEAD) await decodings[n - REQUESTED_AHEAD];
      throwIfCanceled(options.signal, "The prediction");
      const decoding = decode(group);
      decoding.catch(() => undefined);
      decodings.push(decoding);
    }
    await Promise.all(decodings);
    throwIfCanceled(options.signal, "The prediction");
    return predictions;
  }

  /**
   * Begins to follow an object through the slices of a volume, by SAM 2's memory. `segmentVolume` does so with the rule
   * `memory`.
   * @param slices how many the volume has
   * @throws {SamlabError} `argument-invalid` for another model than SAM 2, or for a file without its memory;
   * `hash-mismatch` where the file has changed since it was loaded
   */
  async startMemory(slices: number): Promise<ObjectMemory> {
    const { decoder, encoder } = this.#parts;
    encoder.checkOpen();
    if (!Number.isInteger(slices) || slices < 1) {
      throw new SamlabError("argument-invalid", `A volume cannot have ${show(slices)} slices.`, {
        field: "slices",
        value: slices,
        remedy: "Give how many slices the volume has.",
      });
    }
    if (!this.#memory) {
      const { name, hash, architecture } = this;
      const weights = () => samWeights(this);
      this.#memory = MemoryGraphs.open({ name, hash, architecture, provider: decoder.provider, weights });
      this.#memory.catch(() => {
        this.#memory = undefined;
      });
    }
    const graphs = await this.#memory;
    return new Sam2Memory({ graphs, checked: (prompts, given) => this.#checked(prompts, given) }, slices);
  }

  /**
   * Segments an image without a prompt. A model that was trained on classes gives the class of each pixel. So does a
   * model of `boxProposals`, from boxes that it finds itself. Any other model gives the regions of everything mode,
   * numbered by size ({@link Segmentation.kind}). Does not change the image of {@link setImage}.
   *
   * @example
   * const sam = await loadSam("samed_epoch_159.pth", { base: "sam-vit-b" });
   * const found = await sam.segment(ct.slice(60));
   * console.log(found.classNames, dice(found.only("liver"), truth));
   *
   * @throws {SamlabError} `argument-invalid` (an embedding of another image, an unknown mode, a mode for another model
   * than DeSAM), `prompt-unsupported` (a model with neither classes nor points), `canceled`, and as {@link embed}
   */
  segment(image: Image2d, options: SegmentOptions = {}): Promise<Segmentation> {
    const parts = {
      sam: this,
      proposer: this.#proposer,
      embeddingFor: (given: ImageEmbedding) => this.#embeddingFor(given),
      run: (group: PromptGroup, embedding: StoredEmbedding) => this.#run(group, embedding),
    };
    return longWork("segmenting the image", options, (work) => segmentImage(parts, image, { ...options, ...work }));
  }

  async dispose(): Promise<void> {
    this.#current = undefined;
    const { encoder, decoder, quietEncoder } = this.#parts;
    quietEncoder?.release();
    const memory = this.#memory?.then(
      (graphs) => graphs.release(),
      () => undefined,
    );
    await Promise.all([encoder.release(), decoder.release(), memory]);
  }

  get #proposer(): Proposer | null {
    const { proposals: prototypes, source, classNames } = this.#parts;
    const automask: Partial<AutomaskSettings> = JSON.parse(source.adapter?.metadata.automask ?? "{}");
    return prototypes && { sam: this, prototypes, classNames, automask };
  }

  /** Code that awaited this call runs in the next turn, unaware that its image is not the current one. */
  async #refuseSuperseded(): Promise<void> {
    this.#isSuperseded = true;
    for (let turn = 0; turn < SUPERSEDED_TURNS; turn++) await null;
    this.#isSuperseded = false;
  }

  #embeddingFor(given: ImageEmbedding | undefined): StoredEmbedding {
    this.#parts.encoder.checkOpen();
    if (!given && (this.#isSuperseded || this.#openCalls.has(this.#lastCall))) {
      const why = this.#isSuperseded ? "was called with another image since" : "has not ended";
      throw new SamlabError("state-order", `setImage ${why}, so this prompt has no image.`, {
        remedy: "Await the last setImage before predict, or pass { embedding: await sam.embed(image) }.",
      });
    }
    const embedding = given ?? this.#current;
    if (!embedding) {
      throw new SamlabError("state-order", "No image has been set.", {
        remedy: "Call await sam.setImage(image) before predict, or pass { embedding: await sam.embed(image) }.",
      });
    }
    if (!(embedding instanceof StoredEmbedding)) {
      throw new SamlabError("argument-invalid", "The embedding was not made by sam.embed.", {
        field: "embedding",
        remedy: "Give await sam.embed(image).",
      });
    }
    if (embedding.identity !== this.#parts.embeddings.identity) {
      throw new SamlabError(
        "argument-invalid",
        `The embedding of ${sourceOfEmbedding(embedding)} was made by another image encoder, or for another preprocessing or device.`,
        { field: "embedding", remedy: `Give await sam.embed(image) of ${this.name}.` },
      );
    }
    return embedding;
  }

  /** The embedding that prompts are for. */
  #checked(prompts: readonly PromptSet[], given: ImageEmbedding | undefined): StoredEmbedding {
    const embedding = this.#embeddingFor(given);
    for (const prompt of prompts) {
      validatePrompt(prompt, embedding.width, embedding.height, this.prompts);
      this.#validateMaskInput(prompt);
    }
    return embedding;
  }

  #validateMaskInput({ maskInput }: PromptSet): void {
    const length = this.lowResSize ** 2;
    if (maskInput && maskInput.length !== length) {
      throw new SamlabError(
        "prompt-invalid",
        `maskInput has ${maskInput.length} values, this model's low-resolution frame has ${length}.`,
        {
          field: "maskInput",
          value: maskInput.length,
          remedy: "Give the lowResLogits of an earlier prediction by the same model.",
        },
      );
    }
  }

  async #run(group: PromptGroup, embedding: StoredEmbedding) {
    const result = await this.#parts.decoder.run(group, embedding);
    for (const values of [result.ious, result.logits]) checkFinite(values, sourceOfEmbedding(embedding));
    return result;
  }

  async #decode(group: PromptGroup, embedding: StoredEmbedding, multimask: boolean): Promise<Prediction[]> {
    const result = await this.#run(group, embedding);
    return predictionsOf(result, group.indices.length, this.architecture, embedding.frame, multimask);
  }
}

/**
 * The weights used for prediction, read again from the files.
 * @throws {SamlabError} `hash-mismatch` where these have changed since they were loaded, and of reading
 */
export async function samWeights(sam: LoadedSam, signal?: AbortSignal): Promise<Weights> {
  const { files, fileHashes, adapter } = samSource(sam);
  await checkUnchanged(files, fileHashes, signal);
  return modelWeights(files, adapter, signal);
}
