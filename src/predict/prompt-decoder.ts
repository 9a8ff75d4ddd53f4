import { graphNames } from "../models/compile.js";
import type { ModelSource } from "../runtime/messages.js";
import type { Provider } from "../runtime/provider.js";
import { beginHold, dropTensor, Session } from "../runtime/session.js";
import type { Feeds, HeldReference } from "../runtime/tensor.js";
import type { CompiledModel } from "./compiled-model.js";
import type { StoredEmbedding } from "./embedding-store.js";
import { type DecoderResult, decoderResult, type MaskDecoder } from "./mask-decoder.js";
import type { PromptGroup } from "./prompt-groups.js";
import { ScribblePromptDecoder } from "./scribble-prompt-decoder.js";

/** Maximum number of images on the inference thread. The current slice is prompted many times, older ones rarely. */
const heldAtMost = 8;

/** Tensors of an image on the inference thread. */
interface HeldImage {
  readonly feeds: Readonly<Record<string, HeldReference>>;
  /** Milliseconds that making them took, when they are there. */
  readonly done: Promise<number>;
}

/** The decoder of a model. @throws {SamlabError} `run-failed` when the provider rejects a graph */
export async function createDecoder(model: CompiledModel, provider: Provider): Promise<MaskDecoder> {
  const { projection, promptDecoder } = model;
  if (projection && promptDecoder) return PromptDecoder.create({ ...model, projection, promptDecoder }, provider);
  if (model.architecture.head === "scribble-prompt")
    return new ScribblePromptDecoder(await Session.create(model.decoder, provider));
  return new SingleGraphDecoder(await Session.create(model.decoder, provider));
}

/** A decoder of one graph, which takes no prompts. */
class SingleGraphDecoder implements MaskDecoder {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  get provider(): Provider {
    return this.#session.provider;
  }

  async run(_prompts: PromptGroup, embedding: StoredEmbedding): Promise<DecoderResult> {
    return decoderResult(await this.#session.run({ [graphNames.imageEmbedding]: embedding.tensor }), this.provider);
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}

function promptFeeds({ indices, tokens, coords, labels }: PromptGroup): Feeds {
  const batch = indices.length;
  return {
    [graphNames.pointCoords]: { type: "float32", dims: [batch, tokens, 2], data: Float32Array.from(coords) },
    [graphNames.pointLabels]: { type: "int32", dims: [batch, tokens], data: Int32Array.from(labels) },
  };
}

/**
 * SAM's prompt encoder and mask decoder, or DeSAM's, ready to run. What the decoder computes from the image alone runs
 * once per image, with its first prompt; a prompt with a mask changes that part and runs the whole decoder.
 */
class PromptDecoder implements MaskDecoder {
  readonly #model: CompiledModel;
  readonly #projection: Session;
  readonly #decoder: Session;
  #wholeDecoder: Promise<Session> | undefined;
  readonly #projected = new HeldImages();
  readonly #plain = new HeldImages();

  private constructor(model: CompiledModel, projection: Session, decoder: Session) {
    this.#model = model;
    this.#projection = projection;
    this.#decoder = decoder;
  }

  /** @throws {SamlabError} `run-failed` when the provider rejects a graph */
  static async create(
    model: CompiledModel & { projection: ModelSource; promptDecoder: ModelSource },
    provider: Provider,
  ): Promise<PromptDecoder> {
    const projection = await Session.create(model.projection, provider);
    try {
      return new PromptDecoder(model, projection, await Session.create(model.promptDecoder, provider));
    } catch (error) {
      await projection.release();
      throw error;
    }
  }

  get provider(): Provider {
    return this.#decoder.provider;
  }

  async run(group: PromptGroup, embedding: StoredEmbedding): Promise<DecoderResult> {
    const { indices, masks } = group;
    const batch = indices.length;
    const prompts = promptFeeds(group);
    const run = masks
      ? await this.#runWhole(prompts, batch, masks, embedding)
      : await this.#runProjected(prompts, embedding);
    return decoderResult(run, this.provider);
  }

  async release(): Promise<void> {
    await Promise.all([
      this.#projected.clear(),
      this.#plain.clear(),
      this.#projection.release(),
      this.#decoder.release(),
      this.#wholeDecoder?.then(
        (session) => session.release(),
        () => undefined,
      ),
    ]);
  }

  async #runProjected(prompts: Feeds, embedding: StoredEmbedding) {
    let isNew = false;
    const image = this.#projected.of(embedding.key, () => {
      isNew = true;
      const { held, done } = this.#projection.runHeld({ [graphNames.imageEmbedding]: embedding.tensor });
      return { feeds: held, done };
    });
    // Requested at once, so that no other run comes between the two.
    const decoding = this.#decoder.run({ ...image.feeds, ...prompts });
    const [spent, { outputs, milliseconds }] = await Promise.all([image.done, decoding]);
    return { outputs, milliseconds: milliseconds + (isNew ? spent : 0) };
  }

  async #runWhole(prompts: Feeds, batch: number, masks: NonNullable<PromptGroup["masks"]>, embedding: StoredEmbedding) {
    // Its session may not be there yet, which would be made for a model that is disposed of.
    this.#decoder.checkOpen();
    this.#wholeDecoder ??= Session.create(this.#model.decoder, this.provider);
    const decoder = await this.#wholeDecoder;
    const { feeds, done } = this.#plain.of(embedding.key, () => {
      const { held, done } = beginHold(embedding.tensor);
      return { feeds: { [graphNames.imageEmbedding]: held }, done: done.then(() => 0) };
    });
    const side = 4 * this.#model.architecture.embedSize;
    const decoding = decoder.run({
      ...feeds,
      ...prompts,
      [graphNames.maskInput]: { type: "float32", dims: [batch, 1, side, side], data: masks(side * side) },
      [graphNames.hasMask]: { type: "bool", dims: [], data: Uint8Array.of(1) },
    });
    return (await Promise.all([done, decoding]))[1];
  }
}

/** The least recently used are dropped. */
class HeldImages {
  readonly #images = new Map<string, HeldImage>();

  of(key: string, make: () => HeldImage): HeldImage {
    const image = this.#images.get(key) ?? make();
    // Re-inserted at the end: the map's order is the order of last use.
    this.#images.delete(key);
    this.#images.set(key, image);
    image.done.catch(() => {
      if (this.#images.get(key) === image) this.#images.delete(key);
    });
    for (const [key, oldest] of this.#images) {
      if (this.#images.size <= heldAtMost) break;
      this.#images.delete(key);
      void drop(oldest);
    }
    return image;
  }

  async clear(): Promise<void> {
    const images = [...this.#images.values()];
    this.#images.clear();
    await Promise.all(images.map(drop));
  }
}

async function drop({ feeds }: HeldImage): Promise<void> {
  await Promise.all(Object.values(feeds).map(dropTensor));
}
