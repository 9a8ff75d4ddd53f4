import { SamlabError, show } from "../../../src/core/errors.js";
import { type Mask2d, unpackMask } from "../../../src/core/mask.js";
import type { Plane } from "../../../src/core/plane.js";
import type { PromptSet } from "../../../src/core/prompt.js";
import type { Volume } from "../../../src/io/image/volume.js";
import type { MaskVolume } from "../../../src/io/mask/mask-volume.js";
import type { Sam } from "../../../src/predict/sam.js";
import type { WindowRange } from "../../../src/protocol/samples.js";
import { type OverlapRule, overlapRules, type SlicePrompt } from "../../../src/protocol/slice-prompter.js";
import { frameOf, type Place } from "../../../src/protocol/slices.js";
import type { CommHost } from "../../comm/comm.js";
import type { MimeBundle } from "../../context.js";
import { DISPLAY_ID } from "../../display/format.js";
import { checkedWindow, type GivenWindow } from "../shared/given-window.js";
import type { SliceSource } from "../shared/slice-source.js";
import { type BookObject, promptSetOf, slotOf, withLock, withName, withObject } from "./book.js";
import { maskVolumeOf, objectVolumeOf } from "./mask-volume-of.js";
import { PrompterLink } from "./prompter-link.js";
import type { PlaceOptions, PromptObject, PropagateOptions, SlicePrediction, SliceReport } from "./public-types.js";
import { chosenOf, type PackedCandidate, type SliceAnswer } from "./run.js";
import { PromptSession, type SessionStart } from "./session.js";
import { marksOf } from "./view-state.js";

/**
 * Slices of an image, to be clicked on: made by `promptSlices(sam, image)`. What is done in the widget can be read here in the next cell, and
 * what is done here shows in the widget.
 *
 * @example
 * const w = promptSlices(sam, ct);
 * w                                    // the last value of a cell is shown
 * // next cell
 * await w.setPrompts({ box: [40, 60, 120, 140] }, { slice: 57 });
 * w.mask                               // the mask of slice 57
 */
export class SlicePrompter {
  readonly #session: PromptSession;
  readonly #link: PrompterLink;

  /** Use `promptSlices`, which finds the kernel's comms by itself. */
  constructor(sam: Sam, source: SliceSource, start: SessionStart, host: CommHost) {
    this.#session = new PromptSession(sam, source, start);
    this.#link = new PrompterLink(this.#session, host, () => this.toString());
  }

  /** The active object's mask on the current slice (pixels of the slice as shown); null without one. While a prediction runs: null. */
  get mask(): Mask2d | null {
    const answer = this.#answer;
    return answer && this.#session.slot && unpack(answer, chosenOf(answer, this.#session.slot.chosen));
  }

  /**
   * The masks of all prompted slices, of every plane, on the volume's grid: label 1 is the first object of {@link objects}, and so on.
   * Whose a voxel is that several objects claim says {@link overlap}; {@link maskVolumeOf} has each object whole. Made anew each time.
   * @throws {SamlabError} `argument-invalid` for a picture, which has {@link mask} only
   */
  get maskVolume(): MaskVolume {
    return maskVolumeOf(this.#volume, this.#session.book);
  }

  /**
   * One object's whole mask on the volume's grid, as label 1, whatever other objects claim of it.
   * @throws {SamlabError} `argument-invalid` for a picture, or an object that is not there
   */
  maskVolumeOf(object: string): MaskVolume {
    return objectVolumeOf(this.#volume, this.#session.book, this.#object(object).id);
  }

  /** Whose a voxel of {@link maskVolume} is that several objects claim: the `upper` one's in the list (the first use), or the `lower` one's. A locked one comes first. */
  get overlap(): OverlapRule {
    return this.#session.book.overlap;
  }

  set overlap(rule: OverlapRule) {
    if (!overlapRules.includes(rule)) {
      throw new SamlabError("argument-invalid", `There is no rule ${show(rule)} for overlap.`, {
        field: "overlap",
        value: rule,
        remedy: `Rules are ${overlapRules.join(", ")}.`,
      });
    }
    this.#session.setOverlap(rule);
  }

  /** The active object's prompts on the current slice, in the order they were given. */
  get prompts(): readonly SlicePrompt[] {
    return (this.#session.slot?.prompts ?? []).map(({ id: _, ...prompt }) => prompt);
  }

  /** Sets the current slice's prompts, without waiting for the mask: see {@link setPrompts} and {@link ready}. */
  set prompts(prompts: Pick<PromptSet, "points" | "box"> | readonly SlicePrompt[]) {
    const set = Array.isArray(prompts) ? promptSetOf(prompts) : (prompts as PromptSet);
    this.#session.setPrompts(set, this.#session.place);
  }

  /** The same prompts as one set, for `sam.predict`. */
  get promptSet(): PromptSet {
    return promptSetOf(this.prompts);
  }

  /** The slice that is shown, counted from 0 towards superior, anterior, right; the widget's own label counts from 1. */
  get slice(): number {
    return this.#session.place.index;
  }

  /** The plane of the slices; null for a picture. */
  get plane(): Plane | null {
    return this.#session.place.plane;
  }

  /** What the model answered to the prompts on the current slice; null while there is no answer, and for masks that came about otherwise. */
  get prediction(): SlicePrediction | null {
    const answer = this.#answer;
    const chosen = this.#session.slot?.chosen ?? -1;
    if (!answer || this.#session.slot?.origin !== "prompted") return null;
    return {
      predictedIou: chosenOf(answer, chosen).predictedIou,
      candidates: answer.candidates.map((candidate) => ({
        mask: unpack(answer, candidate),
        predictedIou: candidate.predictedIou,
      })),
      chosen,
      window: this.#session.slot?.window ?? null,
      predictMs: answer.predictMs,
      encodeMs: answer.encodeMs,
      provider: answer.provider,
    };
  }

  /** The objects in the widget's list. */
  get objects(): readonly PromptObject[] {
    return this.#session.book.objects.map(({ name, color, locked }) => ({ name, color, locked }));
  }

  /** The name of the object that prompts belong to. Set it to change the object. */
  get object(): string {
    return this.#object().name;
  }

  set object(name: string) {
    this.#session.selectObject(this.#object(name).id);
  }

  /** Adds an object, which becomes the active one. */
  addObject(name?: string): void {
    this.#session.editObjects((book) => withObject(book, name));
  }

  /**
   * Gives an object another name.
   * @throws {SamlabError} `argument-invalid` for an object that is not there
   */
  renameObject(name: string, to: string): void {
    const { id } = this.#object(name);
    this.#session.editObjects((book) => withName(book, id, to));
  }

  /** Removes an object and its prompts on all slices (undo brings them back). The last object stays. */
  removeObject(name: string): void {
    this.#session.removeObject(this.#object(name).id);
  }

  /** Says that an object is finished: its prompts stay as they are and its voxels are its own, until it is unlocked with `false`. */
  lockObject(name: string, locked = true): void {
    const { id } = this.#object(name);
    this.#session.editObjects((book) => withLock(book, id, locked));
  }

  /**
   * Does what clicking would do: replaces the active object's prompts on a slice, shows the slice, and resolves when the mask is there.
   * An empty set removes the prompts.
   * @throws {SamlabError} `prompt-invalid`, `prompt-unsupported`, `argument-invalid`, or what the model throws
   */
  async setPrompts(prompts: Pick<PromptSet, "points" | "box">, where: PlaceOptions = {}): Promise<void> {
    const slot = this.#session.setPrompts(prompts, this.#place(where.slice, where.plane));
    await slot?.run.settled();
    if (slot?.run.status === "failed") throw slot.run.error;
  }

  /**
   * Follows the active object through the slices of the current plane, from its masks that were prompted, drawn or confirmed. Slices come into the widget as they
   * are done; what was propagated before is replaced unless it is confirmed. Resolves at the end, also when it was stopped. One step of undo.
   * @throws {SamlabError} `prompt-invalid` without a mask to start from, `argument-invalid`, or what the model throws
   */
  propagate(options: PropagateOptions = {}): Promise<void> {
    const [first, last] = options.range ?? [0, frameOf(this.#session.source.subject, this.plane).count - 1];
    return this.#session.propagate(first, last, options.rule);
  }

  /** Stops what is at work: a propagation, whose slices so far stay, and predictions, whose prompts stay. */
  stop(): void {
    this.#session.cancel();
  }

  /**
   * Says that the active object's mask on a slice (default: the one that is shown) is right: nothing changes it until `confirm(slice, false)`. Where there
   * is no mask: that the object is not there.
   * @throws {SamlabError} `argument-invalid`
   */
  confirm(slice?: number, confirmed = true): void {
    this.#session.confirm(this.#place(slice, undefined), confirmed);
  }

  /**
   * Makes a mask the active object's on a slice, in the place of what the model answered there, and shows the slice.
   * @throws {SamlabError} `geometry-mismatch` (not of the slice's size), `argument-invalid` (a confirmed slice, a locked object)
   */
  setMask(mask: Mask2d, where: PlaceOptions = {}): void {
    const place = this.#place(where.slice, where.plane);
    const { width, height } = frameOf(this.#session.source.subject, place.plane);
    if (mask.width !== width || mask.height !== height) {
      throw new SamlabError(
        "geometry-mismatch",
        `The mask is ${mask.width}×${mask.height}, the slice ${width}×${height}.`,
        {
          field: "mask",
          value: [mask.width, mask.height],
        },
      );
    }
    this.#session.draw(place, mask);
  }

  /** What is known of the slices of the current plane, by slice: where masks come from, and which should be looked at. */
  get slices(): readonly SliceReport[] {
    const { book, place } = this.#session;
    return marksOf(book, place).map(({ index, object, origin, masked, confirmed }) => ({
      slice: index,
      object: book.objects.find(({ id }) => id === object)!.name,
      origin,
      hasMask: masked,
      confirmed,
      doubt: slotOf(book, { ...place, index }, object)?.doubt ?? "",
    }));
  }

  /** True if prompts of an earlier run of this cell have come back. */
  get restored(): boolean {
    return (this.#session.restored?.prompts ?? 0) > 0;
  }

  /** Removes all prompts, and objects beyond those it began with; undo brings them back. */
  startAfresh(): void {
    this.#session.startAfresh();
  }

  /** Shows a slice. */
  goTo(slice: number, plane?: Plane): void {
    this.#session.goTo(this.#place(slice, plane));
  }

  /**
   * The window the slices are shown with. The model sees its own: {@link setModelWindow}.
   * @throws {SamlabError} `argument-invalid`
   */
  setWindow(window: GivenWindow): void {
    this.#session.setWindow(checkedWindow(window));
  }

  /**
   * The window the model sees from now on, on all slices; null if it takes the picture as it is. Masks that are there stay as they are until
   * {@link predictAnew}.
   */
  get modelWindow(): WindowRange | null {
    return this.#session.book.window;
  }

  /** Changes {@link modelWindow}, which undo takes back. @throws {SamlabError} `argument-invalid` */
  setModelWindow(window: GivenWindow): void {
    this.#session.setModelWindow(checkedWindow(window));
  }

  /** Predicts anew, on all slices, the masks that were made from another window than {@link modelWindow}. Resolves when they are there. */
  predictAnew(): Promise<void> {
    this.#session.predictAnew();
    return this.idle();
  }

  /** Takes back the last step; false if there is none. */
  undo(): boolean {
    return this.#session.undo();
  }

  /** Does again what {@link undo} took back; false if there is nothing. */
  redo(): boolean {
    return this.#session.redo();
  }

  /** Removes the active object's prompts from the current slice. */
  clear(): void {
    this.#session.clear();
  }

  /** Resolves when no prediction is awaited any more; rejects with the error if that of the current slice failed. */
  get ready(): Promise<void> {
    return this.idle();
  }

  /** As {@link ready}. */
  idle(): Promise<void> {
    return this.#session.idle();
  }

  /** Calls back after every change of prompts, masks, slice or window. Returns the function that stops it. */
  on(_event: "change", listener: (prompter: SlicePrompter) => void): () => void {
    return this.#link.listen(() => listener(this));
  }

  /** Removes the widget from the page and stops its work. The model stays. Idempotent. */
  close(): void {
    this.#link.close();
  }

  /** What the widget shows now as a still picture: the bytes of a PNG. As a cell's last value it is shown. */
  picture(): Promise<Uint8Array> {
    return this.#link.picture();
  }

  /** The widget, and a still picture for places that cannot run it. */
  [Symbol.for("Jupyter.display")](): Promise<MimeBundle> {
    return this.#link.shown();
  }

  get [DISPLAY_ID](): string {
    return this.#link.displayId;
  }

  toString(): string {
    const { source, sam } = this.#session;
    const { width, height, count } = frameOf(source.subject, this.plane);
    const where = this.plane ? `${this.plane} slice ${this.slice} of 0–${count - 1}` : "picture";
    return `SlicePrompter(${sam.name} on ${source.subject.source}, ${where}, ${width}×${height} pixels)`;
  }

  /** What `console.log` shows. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  get #volume(): Volume {
    const { volume } = this.#session.source;
    if (volume) return volume;
    throw new SamlabError("argument-invalid", "A picture has no mask volume.", { remedy: "Use mask." });
  }

  get #answer(): SliceAnswer | null {
    return this.#session.slot?.run.answer ?? null;
  }

  #object(name?: string): BookObject {
    const { objects, active } = this.#session.book;
    const found = objects.find((object) => (name === undefined ? object.id === active : object.name === name));
    if (found) return found;
    throw new SamlabError("argument-invalid", `There is no object ${show(name)}.`, {
      field: "object",
      value: name,
      remedy: `Objects are ${objects.map((object) => show(object.name)).join(", ")}; addObject makes a new one.`,
    });
  }

  #place(slice: number | undefined, plane: Plane | undefined): Place {
    const here = this.#session.place;
    return this.#session.source.place(slice ?? here.index, plane ?? here.plane);
  }
}

function unpack({ width, height }: SliceAnswer, { bits }: PackedCandidate): Mask2d {
  return unpackMask(bits, width, height);
}
