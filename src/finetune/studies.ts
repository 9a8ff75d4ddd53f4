import { throwIfCanceled } from "../core/errors.js";
import { seededRandom, shuffled } from "../core/random.js";
import type { LoadedSam } from "../predict/loaded-sam.js";
import { augmented } from "./augment/augmented.js";
import { drawVariant, finiteVariants, plain } from "./augment/variant.js";
import { HeldImages } from "./held-images.js";
import type { CasePlan } from "./plan.js";
import { Study } from "./study.js";
import type { TrainingCase } from "./types.js";

/** What studies are made of. */
export interface StudyPlan extends Pick<CasePlan, "cases" | "validation" | "augment" | "seed"> {
  /** Whether the trainer takes images instead of their embeddings. */
  readonly withEncoder: boolean;
}

/**
 * The prepared cases of a training run: training cases with their variants, and validation cases without augmentation.
 */
export class Studies {
  readonly watched: Study[] = [];
  readonly #sam: LoadedSam;
  readonly #plan: StudyPlan;
  readonly #held = new HeldImages();
  /** The variants of each case. If variants are drawn for each step, only the unchanged image. */
  readonly #trained: Study[][] = [];
  #drawn: Study | undefined;

  constructor(sam: LoadedSam, plan: StudyPlan) {
    this.#sam = sam;
    this.#plan = plan;
  }

  /**
   * Encodes (or prepares) all images.
   * @param onImage called with the number of the next image and the total
   * @throws {SamlabError} as `sam.embed`; `canceled`
   */
  async prepare(
    signals: readonly (AbortSignal | undefined)[],
    onImage: (n: number, total: number) => void,
  ): Promise<void> {
    const { cases, validation, withEncoder, augment } = this.#plan;
    const variants = augment && !withEncoder ? finiteVariants(augment) : [plain];
    const total = cases.length * variants.length + validation.length;
    let n = 0;
    const prepare = (source: TrainingCase): Promise<Study> => {
      onImage(n++, total);
      for (const signal of signals) throwIfCanceled(signal, "The fine-tuning");
      return Study.prepare(this.#sam, source, withEncoder, this.#held, signals[0]);
    };
    for (const source of cases) {
      const studies: Study[] = [];
      this.#trained.push(studies);
      for (const variant of variants) studies.push(await prepare(augmented(source, variant)));
    }
    for (const source of validation) this.watched.push(await prepare(source));
  }

  /** Each case once per round, in random order. The variant depends on the episode number and the seed. */
  async ofEpisode(episode: number): Promise<Study> {
    const { seed, augment, withEncoder, cases } = this.#plan;
    const count = this.#trained.length;
    const order = shuffled(seededRandom("order", seed, Math.floor(episode / count)), count);
    const at = order[episode % count];
    if (!augment) return this.#trained[at][0];
    const random = seededRandom("augment", seed, episode);
    if (!withEncoder) {
      const variants = this.#trained[at];
      return variants[Math.floor(random() * variants.length)];
    }
    await this.#drawn?.release();
    const source = augmented(cases[at], drawVariant(augment, random));
    this.#drawn = await Study.prepare(this.#sam, source, true, this.#held);
    return this.#drawn;
  }

  async release(): Promise<void> {
    await this.#held.clear();
  }
}
