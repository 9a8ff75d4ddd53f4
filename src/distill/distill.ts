import { SamlabError, throwIfCanceled } from "../core/errors.js";
import { maskArea, maskBox, packMask } from "../core/mask.js";
import { checkOptionNames, type OptionNames } from "../core/option-names.js";
import { randomInteger, seededRandom } from "../core/random.js";
import type { Image2d } from "../io/image/image.js";
import { Adapter, trainedImages, withEarlierAdapter } from "../models/adapter.js";
import { adapterOrigin } from "../predict/adapter-origin.js";
import { type LoadedSam, samSource, samWeights } from "../predict/loaded-sam.js";
import { requireFloat32, requireSamDecoder } from "../predict/require-model.js";
import type { Provider } from "../runtime/provider.js";
import { checkSettings, wholeNumber } from "../train/check-settings.js";
import { adamW } from "../train/optimizer.js";
import { learningRateAt } from "../train/schedule.js";
import { wholeWeight } from "../train/trainable.js";
import { Trainer } from "../train/trainer.js";
import { answeredBoxes, promptedObjects } from "./first-round.js";
import { embeddingOf, type LabeledImage, type Lesson, maskOf, teach, teachLabeled } from "./lesson.js";
import { corrected, drawRound, tokensOf } from "./round.js";
import { syntheticPicture } from "./synthetic.js";

export interface DistillOptions {
  /** Images with the true mask of one object each, used in addition to regions found on them. Default none. */
  readonly labeled?: readonly LabeledImage[];
  /** Number of synthetic images: textured blobs with exact masks. Default a fifth of the number of real images. */
  readonly synthetic?: number;
  /** Optimizer steps, each with four objects of one image. Default 2000. */
  readonly steps?: number;
  /** Peak, after 50 steps of warm-up; falls to 0 by half a cosine. Default 4e-4. */
  readonly learningRate?: number;
  /** Default 0. */
  readonly seed?: number;
  /** Continue from an earlier distillation of the same model. */
  readonly from?: Adapter;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: DistillProgress) => void;
  /** Called with the current weights at regular intervals. */
  readonly onSnapshot?: (adapter: Adapter, step: number) => Promise<void>;
}

export interface DistillProgress {
  readonly phase: "looking" | "training";
  readonly done: number;
  readonly total: number;
  /** Mean loss of the last steps. */
  readonly loss: number;
  /** Number of training objects so far. */
  readonly objects: number;
}

const optionNames: OptionNames<DistillOptions> = {
  labeled: true,
  synthetic: true,
  steps: true,
  learningRate: true,
  seed: true,
  from: true,
  signal: true,
  onProgress: true,
  onSnapshot: true,
};

/** Objects per step. */
const batch = 4;

/** Steps between snapshots. */
const snapshotEvery = 250;

/** The trained weights: the mask decoder, and the prompt encoder's embeddings of clicks and of a missing mask. */
const isTrained = (name: string) =>
  name.startsWith("mask_decoder.") || /^prompt_encoder\.(point_embeddings\.[01]|not_a_point_embed)\.weight$/.test(name);

/**
 * Trains a box-prompted model to accept clicks, from unlabeled images, and optionally labeled ones. Regions of the
 * images are proposed from their gray values, the model predicts masks for the regions' boxes, and predictions that
 * agree with their region become the truth that clicks are sampled from. The image encoder and the box embeddings are
 * not changed.
 * @returns an adapter of the teacher's base model
 * @throws {SamlabError} `argument-invalid` for a setting that no training can have and when no object was found,
 * `training-diverged`, `canceled`
 */
export async function distillClicks(
  teacher: LoadedSam,
  images: readonly Image2d[],
  options: DistillOptions = {},
): Promise<Adapter> {
  const { labeled = [], steps = 2000, seed = 0, learningRate = 4e-4, from, signal, onProgress, onSnapshot } = options;
  checkOptionNames("distillClicks", options, optionNames);
  checkSettings({ steps, learningRate, seed });
  requireSamDecoder(teacher);
  requireFloat32(teacher, "Trainings");
  const source = samSource(teacher);
  from?.checkBase(source.baseHash, teacher.name);
  const synthetic = options.synthetic ?? Math.round((images.length + labeled.length) / 5);
  wholeNumber("synthetic", synthetic, 0);
  const lessons: Lesson[] = [];
  let objects = 0;
  let looked = 0;
  const learnFrom = (lesson: Lesson) => {
    looked++;
    const found = lesson.objects.length + (lesson.labeled ? 1 : 0);
    if (found > 0) lessons.push(lesson);
    objects += found;
    onProgress?.({
      phase: "looking",
      done: looked,
      total: images.length + labeled.length + synthetic,
      loss: Number.NaN,
      objects,
    });
  };
  for (const [n, image] of images.entries()) {
    throwIfCanceled(signal, "The distillation");
    learnFrom(await teach(teacher, image, seededRandom("regions", seed, n), signal));
  }
  for (const [n, one] of labeled.entries()) {
    throwIfCanceled(signal, "The distillation");
    learnFrom(await teachLabeled(teacher, one, seededRandom("labeled", seed, n), signal));
  }
  const side = teacher.lowResSize;
  for (let n = 0; n < synthetic; n++) learnFrom(syntheticLesson(side, seed, n));
  if (objects === 0) {
    throw new SamlabError(
      "argument-invalid",
      `Nothing that looks like an object was found on ${images.length + labeled.length} images.`,
      {
        field: "images",
        value: images.length,
        remedy: "Give more images, or images with more contrast.",
      },
    );
  }

  const weights = await samWeights(teacher, signal);
  const trainer = await Trainer.create(
    from ? from.applyTo(weights) : weights,
    {
      architecture: teacher.architecture,
      partOf: (name, dims, w) => (isTrained(name) ? wholeWeight(name, dims, w) : null),
      withEncoder: false,
      batch,
      loss: { dice: 1, bce: 1, iou: 0.2 },
      candidates: true,
      optimizer: adamW(),
      clip: 1,
    },
    teacher.provider as Provider,
  );
  const adapterNow = async () => {
    const trained = trainer.table.split((await trainer.state()).parameters);
    return Adapter.create(source.adapter ? withEarlierAdapter(trained, source.adapter, weights) : trained, {
      ...adapterOrigin(teacher),
      recipe: "clicks",
      recipeSummary: `mask decoder and point embeddings by self-distillation: regions → boxes → own masks${labeled.length > 0 ? ", beside true masks," : ""} → clicks`,
      prompts: JSON.stringify({ box: 1, point: 1, corrective: 1 }),
      steps: String(trainer.steps),
      learningRate: String(learningRate),
      seed: String(seed),
      images: [
        ...(labeled.length > 0 ? [`${labeled.length} labeled`] : []),
        `${images.length} and ${synthetic} synthetic`,
      ].join(", "),
      objects: String(objects),
      trainedImages: trainedImages(labeled, teacher.trainedImages),
      ...(from ? { from: from.hash } : {}),
      provider: teacher.provider,
    });
  };
  // A continued run uses a different random stream.
  const stage = from ? [from.hash] : [];
  try {
    const recent: number[] = [];
    let nextSnapshot = snapshotEvery;
    for (let episode = 0; trainer.steps < steps; episode++) {
      const random = seededRandom("distill", seed, ...stage, episode);
      const lesson = lessons[randomInteger(random, 0, lessons.length - 1)];
      for await (const loss of roundsOf(trainer, teacher, lesson, random, {
        rate: () =>
          learningRateAt({ kind: "cosine", warmup: Math.min(50, steps - 1) }, learningRate, trainer.steps, steps),
        isOver: () => trainer.steps >= steps,
        ...(signal ? { signal } : {}),
      })) {
        recent.push(loss);
        if (recent.length > 50) recent.shift();
      }
      const loss = recent.reduce((sum, value) => sum + value, 0) / recent.length;
      onProgress?.({ phase: "training", done: trainer.steps, total: steps, loss, objects });
      if (onSnapshot && trainer.steps >= nextSnapshot) {
        nextSnapshot += snapshotEvery;
        await onSnapshot(await adapterNow(), trainer.steps);
      }
    }
    return await adapterNow();
  } finally {
    await trainer.dispose();
  }
}

interface Rounds {
  /** Learning rate of the next step. */
  rate(): number;
  isOver(): boolean;
  readonly signal?: AbortSignal;
}

/** The steps on four objects of one image: a first prompt, then corrections. Yields their losses. */
async function* roundsOf(
  trainer: Trainer,
  teacher: LoadedSam,
  lesson: Lesson,
  random: () => number,
  { rate, isOver, signal }: Rounds,
): AsyncGenerator<number> {
  const side = teacher.lowResSize;
  const scale = teacher.architecture.imageSize / side;
  const { tensor } = await embeddingOf(teacher, lesson.image, signal);
  const kind = drawRound(random);
  const isBoxAlone = kind.box && kind.clicks === 0;
  // Most box-only prompts have the teacher's prediction as target, the others the object.
  const isAnswer = isBoxAlone && lesson.boxes.length > 0 && random() < 0.65;
  const first = isAnswer
    ? await answeredBoxes(teacher, lesson, batch, random, signal)
    : promptedObjects(lesson, kind, side, batch, random);
  let { prompts } = first;
  const { truths, target } = first;
  let mask: Float32Array | null = null;
  // A box alone is usually sufficient; corrective clicks need the training.
  const rounds = isAnswer ? 1 : randomInteger(random, 1, isBoxAlone ? 2 : 3);
  for (let round = 0; round < rounds && !isOver(); round++) {
    throwIfCanceled(signal, "The distillation");
    const candidateWeight = round > 0 || kind.box ? 0 : kind.clicks === 1 ? 1 : 0.4;
    const { loss, lowResLogits } = await trainer.step(
      { image: tensor, ...tokensOf(prompts, scale), mask, target, candidateWeight },
      rate(),
    );
    yield loss;
    const clicks = randomInteger(random, 1, 2);
    prompts = prompts.map((prompt, n) => {
      const answer = maskOf(lowResLogits.subarray(n * side * side, (n + 1) * side * side), side);
      return corrected(prompt, truths[n], answer, clicks, random);
    });
    mask = random() < 0.5 ? lowResLogits : null;
  }
}

function syntheticLesson(side: number, seed: number, n: number): Lesson {
  const { image, masks } = syntheticPicture(side, seededRandom("synthetic", seed, n), `synthetic ${n}`);
  const objects = masks.map((mask) => ({ mask: packMask(mask), area: maskArea(mask), isPair: false }));
  const boxes = masks.flatMap((mask) => {
    const box = maskBox(mask);
    return box ? [box] : [];
  });
  return { image, objects, boxes };
}
