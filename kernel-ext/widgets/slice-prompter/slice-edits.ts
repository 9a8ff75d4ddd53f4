import { SamlabError } from "../../../src/core/errors.js";
import { type FreehandPath, lassoedMask, scribblePoints } from "../../../src/core/freehand.js";
import { type Mask2d, maskArea } from "../../../src/core/mask.js";
import { brushedMask, filledMask, largestPart, type Stroke } from "../../../src/core/mask-shape.js";
import { isEmptyPrompt, validatePrompt } from "../../../src/core/prompt.js";
import type { Sam } from "../../../src/predict/sam.js";
import { crossedText } from "../../../src/protocol/crossed-text.js";
import type { ListedPrompt, SlicePrompt } from "../../../src/protocol/slice-prompter.js";
import { frameOf, type Place, type SliceFrame } from "../../../src/protocol/slices.js";
import type { SliceSource } from "../shared/slice-source.js";
import * as books from "./book.js";
import type { BookSteps } from "./book-steps.js";
import { crossingOf, slotsCrossing } from "./crossing.js";
import { packed, unpacked } from "./packed-mask.js";
import { boxAround, withPoint, withPrompt } from "./prompt-edits.js";
import { maskAnswer } from "./run.js";

interface Hooks {
  /** Runs a change and notifies once. */
  readonly change: (change: () => void) => void;
  /** A point was set there. */
  readonly pointed: (place: Place, x: number, y: number) => void;
}

/**
 * What a user does to the active object's prompts and mask on a slice. Each is one undo step and shows the slice.
 * Throws {@link SamlabError} `argument-invalid` if the object is locked or its mask on the slice confirmed, and
 * `disposed` if the widget is closed.
 */
export class SliceEdits {
  readonly #sam: Sam;
  readonly #source: SliceSource;
  readonly #steps: BookSteps;
  readonly #hooks: Hooks;

  constructor(sam: Sam, source: SliceSource, steps: BookSteps, hooks: Hooks) {
    this.#sam = sam;
    this.#source = source;
    this.#steps = steps;
    this.#hooks = hooks;
  }

  /**
   * Replaces the prompts.
   * @throws {SamlabError} `prompt-invalid`, `prompt-unsupported`
   */
  setPrompts(set: books.SlicePromptSet, place: Place): books.Slot | null {
    const { width, height } = this.#frame(place);
    if (!isEmptyPrompt(set)) validatePrompt(set, width, height, this.#sam.prompts);
    this.#replace(place, books.promptsOf(set), false);
    return this.#slotAt(place);
  }

  /**
   * Removes the prompts from a slice.
   * @throws {SamlabError} `argument-invalid` if all that is there comes from slices of other planes
   */
  clear(place: Place): void {
    if (this.#slotAt(place)) this.#replace(place, [], true);
    else this.#checkOwn(place, "There are no prompts of the object on this slice");
  }

  /**
   * Adds clicks, a box, or lines to the slice's prompts. The first clicks or lines on a mask that was propagated or
   * drawn correct it: the mask's box becomes a prompt too, since a click alone would mean any object there.
   */
  addPrompts(place: Place, added: readonly SlicePrompt[]): void {
    const prompts = this.#promptsWith(place, added);
    const last = added.at(-1);
    if (last?.kind === "point") this.#hooks.pointed(place, last.x, last.y);
    this.#replace(place, prompts, true);
  }

  /** The slot that {@link addPrompts} would make, or null if it would refuse. Changes nothing. */
  slotWith(place: Place, added: readonly SlicePrompt[]): books.Slot | null {
    try {
      this.#checkChangeable(place);
      return books.slotOf(books.withPrompts(this.#steps.book, place, this.#promptsWith(place, added)), place);
    } catch (error) {
      if (error instanceof SamlabError) return null;
      throw error;
    }
  }

  #promptsWith(place: Place, added: readonly SlicePrompt[]): readonly (SlicePrompt | ListedPrompt)[] {
    const slot = this.#slotAt(place);
    const frame = this.#frame(place);
    const prompts = added.reduce(
      (all: readonly (SlicePrompt | ListedPrompt)[], prompt) => withPrompt(all, prompt, frame, this.#sam.prompts),
      slot?.prompts ?? [],
    );
    const isCorrection = slot !== null && slot.origin !== "prompted" && this.#sam.prompts.box;
    const box =
      isCorrection && added.every(({ kind }) => kind !== "box") ? boxAround(this.#maskAt(place), added) : null;
    return box ? [{ kind: "box", box }, ...prompts] : prompts;
  }

  /**
   * Adds a line drawn by hand, or points along it where the model takes no lines: see `scribblePoints`.
   * @throws {SamlabError} `prompt-invalid` if the line is outside the slice, `prompt-unsupported`
   */
  scribble(place: Place, path: FreehandPath, label: 0 | 1): void {
    const { width, height } = this.#frame(place);
    const points = scribblePoints(path, width, height);
    if (points.length === 0) {
      throw new SamlabError("prompt-invalid", "The scribble lies outside the slice.", {
        field: "path",
        value: path,
        remedy: "Give at least one position inside: pixels of the slice, 0 at the center of the first.",
      });
    }
    if (this.#sam.prompts.scribbles) this.addPrompts(place, [{ kind: "scribble", path, label }]);
    else
      this.addPrompts(
        place,
        points.map(({ x, y }) => ({ kind: "point", x, y, label })),
      );
  }

  movePoint(place: Place, id: number, x: number, y: number): void {
    const old = this.#slotAt(place)?.prompts ?? [];
    const moved = withPoint(old, id, { x, y }, this.#frame(place), this.#sam.prompts);
    if (moved) this.#replace(place, moved, true);
  }

  /** Removes a prompt, by default the last one. */
  removePrompt(place: Place, id?: number): void {
    const old = this.#slotAt(place)?.prompts ?? [];
    const gone = id ?? old.at(-1)?.id;
    const rest = old.filter((prompt) => prompt.id !== gone);
    if (rest.length < old.length) this.#replace(place, rest, true);
  }

  /**
   * Selects another candidate of a slice's answer; −1 is the single mask, as is the selected one with `toggle`.
   * @throws {SamlabError} `state-order` if it is being predicted
   */
  choose(place: Place, wanted: number, toggle = false): void {
    const slot = this.#slotAt(place);
    if (!slot) return;
    const answer = books.answerOf(slot);
    const candidate = toggle && slot.chosen === wanted ? -1 : wanted;
    if (slot.chosen === candidate) return;
    if (candidate >= 0 && !answer?.candidates[candidate]) {
      if (slot.run.status === "waiting") throw stillPredicted(place);
      return;
    }
    this.#checkChangeable(place);
    this.#hooks.change(() => {
      this.#steps.show(place);
      this.#steps.apply((book) => books.withChoice(book, slot, candidate), true);
    });
  }

  /**
   * Confirms the mask. Without a mask: confirms that the object is absent. A running propagation goes on.
   * @param toggle if it is as wanted already, do the reverse
   * @throws {SamlabError} `argument-invalid` if the mask is pending, or comes from slices of other planes
   */
  confirm(place: Place, wanted: boolean, toggle = false): void {
    const { book } = this.#steps;
    const old = books.slotOf(book, place);
    const isConfirmed = old?.confirmed ?? false;
    const confirmed = toggle ? !isConfirmed : wanted;
    if (!place.plane && confirmed) {
      throw new SamlabError("argument-invalid", "A picture has no slices to confirm.", { field: "slice" });
    }
    books.checkUnlocked(book, book.active);
    if (isConfirmed === confirmed) return;
    if (old && !books.answerOf(old)) {
      throw new SamlabError("argument-invalid", "There is no mask to confirm yet.", {
        remedy: "Wait for the mask of this slice.",
      });
    }
    if (confirmed && !(old && books.maskOf(old)?.candidate.area)) {
      this.#checkOwn(place, "The object has no mask of its own on this slice");
    }
    const slot = old ?? this.#drawn(place, this.#maskAt(place));
    // The slot only recorded that the object is absent.
    const isEmpty = !confirmed && slot.origin === "drawn" && books.maskOf(slot)?.candidate.area === 0;
    // Browsing finished slices does not stop the propagation. Edits outside it survive its undo.
    this.#steps.editMeanwhile(
      (now) => (isEmpty ? books.withoutSlot(now, slot) : books.withSlot(now, { ...slot, confirmed, doubt: "" })),
      (before) => !old || books.slotOf(before, place, old.object)?.run === old.run,
    );
  }

  /**
   * Sets the mask, replacing the model's answer. What slices of other planes have on this slice outside of it is
   * removed from them.
   * @throws {SamlabError} `argument-invalid` if one of them is confirmed
   */
  draw(place: Place, mask: Mask2d): void {
    this.#checkChangeable(place);
    const crossing = this.#crossingAt(place);
    const cleared = crossing ? this.#cleared(place, crossing, mask) : [];
    this.#hooks.change(() => {
      this.#steps.show(place);
      this.#steps.edit((book) => [this.#drawn(place, mask), ...cleared].reduce(books.withSlot, book));
    });
  }

  /** @throws {SamlabError} `state-order` if the mask is being predicted */
  paint(place: Place, stroke: Omit<Stroke, "spacing">, erase: boolean): void {
    const [x, y] = this.#frame(place).spacing;
    this.#reshape(place, (mask) => brushedMask(mask, { ...stroke, spacing: [x, y] }, erase));
  }

  /** Adds what a closed line goes around to the mask, or removes it. Throws as {@link paint}. */
  lasso(place: Place, path: FreehandPath, erase: boolean): void {
    this.#reshape(place, (mask) => lassoedMask(mask, path, erase));
  }

  /** Throws as {@link paint}. */
  fillHoles(place: Place): void {
    this.#reshape(place, filledMask);
  }

  /** Throws as {@link paint}. */
  keepLargestPart(place: Place): void {
    this.#reshape(place, largestPart);
  }

  #slotAt(place: Place): books.Slot | null {
    return books.slotOf(this.#steps.book, place);
  }

  #replace(place: Place, prompts: readonly (SlicePrompt | ListedPrompt)[], urgent: boolean): void {
    this.#hooks.change(() => {
      this.#steps.checkOpen();
      this.#checkChangeable(place);
      this.#steps.show(place);
      this.#steps.apply((book) => books.withPrompts(book, place, prompts), urgent);
    });
  }

  /** Changes the mask that is shown: the slice's own, and what slices of other planes have there. */
  #reshape(place: Place, shape: (mask: Mask2d) => Mask2d): void {
    this.#checkChangeable(place);
    const slot = this.#slotAt(place);
    // Its prompts would go, and with them the mask that the change is for.
    if (slot && slot.run.status === "waiting" && !books.answerOf(slot)) throw stillPredicted(place);
    const own = this.#maskAt(place);
    const crossing = this.#crossingAt(place);
    const before = crossing ? withPixels(own, (pixel) => own.data[pixel]! | crossing.data[pixel]!) : own;
    const after = shape(before);
    if (maskArea(after) === maskArea(before)) return;
    // What other slices have already is not the slice's own.
    const next = crossing
      ? withPixels(after, (pixel) => after.data[pixel]! & (own.data[pixel]! | (crossing.data[pixel]! ^ 1)))
      : after;
    const isOwnChanged = next.data.some((value, pixel) => value !== own.data[pixel]);
    const slots = [
      ...(isOwnChanged ? [this.#drawn(place, next)] : []),
      ...(crossing ? this.#cleared(place, crossing, after) : []),
    ];
    this.#hooks.change(() => {
      this.#steps.show(place);
      this.#steps.edit((book) => slots.reduce(books.withSlot, book));
    });
  }

  /** What slices of other planes have on a slice; null if nothing. */
  #crossingAt(place: Place): Mask2d | null {
    const { book } = this.#steps;
    const crossing = crossingOf(book, this.#source.subject, book.active, place);
    return crossing && unpacked(crossing, this.#frame(place));
  }

  /**
   * The slots of other planes without the pixels that they have on a slice outside of `kept`.
   * @throws {SamlabError} `argument-invalid` if one of them is confirmed, `state-order` if one is being predicted
   */
  #cleared(place: Place, crossing: Mask2d, kept: Mask2d): books.Slot[] {
    const { book } = this.#steps;
    const gone = crossing.data.map((value, pixel) => (kept.data[pixel] === 0 ? value : 0));
    const slots = slotsCrossing(book, this.#source.subject, book.active, place, gone);
    const confirmed = slots.find(({ slot }) => slot.confirmed)?.slot.place;
    if (confirmed) {
      const where = `${confirmed.plane} slice ${confirmed.index}`;
      throw new SamlabError("argument-invalid", `What lies here comes from ${where}, which is confirmed.`, {
        field: "slice",
        value: confirmed.index,
        remedy: "Take the confirmation back there (Y, or confirm(slice, false) in code) to change it.",
      });
    }
    const pending = slots.find(({ slot }) => !books.answerOf(slot))?.slot.place;
    if (pending) {
      const where = `${pending.plane} slice ${pending.index}`;
      throw new SamlabError("state-order", `What lies here comes from ${where}, which is being predicted.`, {
        field: "slice",
        value: pending.index,
        remedy: "Change it when its mask is there (await ready in code).",
      });
    }
    return slots.map(({ slot, mask, pixels }) => {
      const rest = unpacked(mask, this.#frame(slot.place));
      for (const pixel of pixels) rest.data[pixel] = 0;
      return this.#drawn(slot.place, rest);
    });
  }

  /** @throws {SamlabError} `argument-invalid` if slices of other planes have voxels of the object on the slice */
  #checkOwn(place: Place, what: string): void {
    const { book } = this.#steps;
    const crossing = crossingOf(book, this.#source.subject, book.active, place);
    if (!crossing) return;
    const from = crossedText(crossing.from);
    throw new SamlabError("argument-invalid", `${what}: what lies here comes from ${from}.`, {
      field: "slice",
      value: place.index,
      remedy: "Change it there, or erase here what does not belong to it.",
    });
  }

  /** Empty if there is none. */
  #maskAt(place: Place): Mask2d {
    const slot = this.#slotAt(place);
    const mask = slot && books.maskOf(slot)?.candidate;
    const { width, height } = this.#frame(place);
    return mask ? unpacked(mask, { width, height }) : { width, height, data: new Uint8Array(width * height) };
  }

  #drawn(place: Place, mask: Mask2d): books.Slot {
    const { book } = this.#steps;
    return books.maskSlot(book, book.active, place, "drawn", maskAnswer(packed(mask), mask, this.#sam.provider));
  }

  #frame({ plane }: Place): SliceFrame {
    return frameOf(this.#source.subject, plane);
  }

  #checkChangeable(place: Place): void {
    const { book } = this.#steps;
    books.checkUnlocked(book, book.active);
    if (!books.slotOf(book, place)?.confirmed) return;
    throw new SamlabError("argument-invalid", "The slice is confirmed.", {
      field: "slice",
      value: place.index,
      remedy: "Take the confirmation back (Y, or confirm(slice, false) in code) to change it.",
    });
  }
}

const stillPredicted = ({ index }: Place) =>
  new SamlabError("state-order", "The mask of this slice is being predicted.", {
    field: "slice",
    value: index,
    remedy: "Change it when it is there (await ready in code).",
  });

/** A mask of the same size. */
function withPixels({ width, height, data }: Mask2d, value: (pixel: number) => number): Mask2d {
  return { width, height, data: data.map((_, pixel) => value(pixel)) };
}
