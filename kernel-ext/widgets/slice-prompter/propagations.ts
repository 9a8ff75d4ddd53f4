import { SamlabError } from "../../../src/core/errors.js";
import type { Sam } from "../../../src/predict/sam.js";
import type { Place } from "../../../src/protocol/slices.js";
import type { PropagationRule } from "../../../src/volume/types.js";
import type { SliceSource } from "../shared/slice-source.js";
import { interruptible } from "../shared/until-interrupted.js";
import * as books from "./book.js";
import type { BookSteps } from "./book-steps.js";

/** Slices of a plane, `first` to `last`, in which an object is propagated. */
interface Stretch {
  readonly object: number;
  readonly plane: Place["plane"];
  readonly first: number;
  readonly last: number;
}

/** Propagation of objects through slices, on request. */
export class Propagations {
  readonly #sam: Sam;
  readonly #source: SliceSource;
  readonly #steps: BookSteps;
  /** Resolves when no prediction is pending. */
  readonly #predicted: () => Promise<void>;

  readonly #usualRule: PropagationRule | undefined;

  constructor(
    sam: Sam,
    source: SliceSource,
    steps: BookSteps,
    predicted: () => Promise<void>,
    usualRule: PropagationRule | undefined,
  ) {
    this.#usualRule = usualRule;
    this.#sam = interruptible(sam);
    this.#source = source;
    this.#steps = steps;
    this.#predicted = predicted;
  }

  /**
   * Propagates the active object through the slices `first` to `last` of the current plane, starting from its masks
   * there that are prompted, drawn or confirmed. Replaces masks propagated there before, unless confirmed. One undo
   * step.
   * @throws {SamlabError} `argument-invalid` (a 2D image, a locked object, slices that do not exist), `prompt-invalid`
   * if there is no mask to start from
   */
  start(first: number, last: number, rule?: PropagationRule): Promise<void> {
    const { book, place } = this.#steps;
    return this.#propagate({ object: book.active, plane: place.plane, first, last }, rule);
  }

  /**
   * Makes the masks again, on all slices, that were made with a window other than the model's: predicts the prompted
   * ones, as one undo step, and then propagates again where masks were propagated, each as one step.
   * @throws {SamlabError} `prompt-invalid` if propagated masks have lost the mask that they came from
   */
  async repredict(): Promise<void> {
    this.#steps.edit(books.withOutdatedAnew);
    let failed: { readonly error: unknown } | undefined;
    for (const stretch of books.outdatedRanges(this.#steps.book)) {
      try {
        if (this.#isOutdated(stretch)) await this.#propagate(stretch);
      } catch (error) {
        failed ??= { error };
        continue;
      }
      // The user has stopped it.
      if (this.#isOutdated(stretch)) return;
    }
    if (failed) throw failed.error;
  }

  #isOutdated({ object, plane, first, last }: Stretch): boolean {
    return books.outdatedRanges(this.#steps.book).some((range) => {
      return range.object === object && range.plane === plane && range.first <= last && range.last >= first;
    });
  }

  async #propagate({ object, plane, first, last }: Stretch, rule = this.#usualRule): Promise<void> {
    this.#steps.checkOpen();
    const { volume } = this.#source;
    if (!volume || !plane) throw new SamlabError("argument-invalid", "A picture has no slices to propagate through.");
    books.checkUnlocked(this.#steps.book, object);
    for (const index of [first, last]) this.#source.place(index, plane);
    if (first > last) {
      throw new SamlabError("argument-invalid", `The range begins at slice ${first} and ends at ${last}.`, {
        field: "range",
        value: [first, last],
        remedy: "Give the lower number first.",
      });
    }
    const job = { volume, plane, object, range: [first, last], rule } as const;
    await this.#steps.propagate(this.#sam, job, this.#predicted);
  }
}
