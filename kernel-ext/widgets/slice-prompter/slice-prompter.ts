import { SamlabError } from "../../../src/core/errors.js";
import type { Mask2d } from "../../../src/core/mask.js";
import type { Plane } from "../../../src/core/plane.js";
import type { PromptSet } from "../../../src/core/prompt.js";
import type { Volume } from "../../../src/io/image/volume.js";
import { checkMaskPath } from "../../../src/io/mask/mask-save.js";
import type { MaskVolume } from "../../../src/io/mask/mask-volume.js";
import type { Sam } from "../../../src/predict/sam.js";
import type { WindowRange } from "../../../src/protocol/samples.js";
import type { OverlapRule, SlicePrompt } from "../../../src/protocol/slice-prompter.js";
import { frameOf, type Place } from "../../../src/protocol/slices.js";
import type { CommHost } from "../../comm/comm.js";
import type { MimeBundle } from "../../context.js";
import { DISPLAY_ID } from "../../display/format.js";
import { checkedWindow, type GivenWindow } from "../shared/given-window.js";
import type { SliceSource } from "../shared/slice-source.js";
import { promptSetOf, type SlicePromptSet, withLock, withName, withObject, withPosition } from "./book.js";
import {
  checkedPath,
  checkedVoxel,
  checkMaskSize,
  checkOverlap,
  checkPosition,
  objectNamed,
} from "./given-arguments.js";
import { labelMapOf, objectVolumeOf } from "./mask-volume-of.js";
import { orAborted } from "./model-work.js";
import { PrompterLink } from "./prompter-link.js";
import type {
  FreehandOptions,
  PlaceOptions,
  PromptObject,
  PropagateOptions,
  SlicePrediction,
  SliceReport,
} from "./public-types.js";
import { predictionOf, shownMaskOf, sliceReports } from "./reports.js";
import { type SavedObject, type SaveObjectsOptions, saveObjects } from "./save-objects.js";
import { PromptSession, type SessionStart } from "./session.js";

/**
 * Interactive segmentation of the slices of an image, created by `promptSlices(sam, image)`. Changes in the widget can
 * be read in the next cell, and changes made in code show in the widget.
 *
 * @example
 * const w = promptSlices(sam, ct);
 * w                                    // the last value of a cell is displayed
 * // next cell
 * await w.setPrompts({ box: [40, 60, 120, 140] }, { slice: 57 });
 * w.mask                               // the mask of slice 57
 */
export class SlicePrompter {
  readonly #session: PromptSession;
  readonly #link: PrompterLink;

  /** Use `promptSlices`, which finds the kernel's comm host. */
  constructor(sam: Sam, source: SliceSource, start: SessionStart, host: CommHost) {
    this.#session = new PromptSession(sam, source, start);
    this.#link = new PrompterLink(this.#session, host, () => this.toString());
  }

  /**
   * The active object's mask on the current slice (pixels of the slice as shown), with what its masks on slices of
   * other planes add, as in {@link maskVolume}; null if it has none or a prediction is running.
   */
  get mask(): Mask2d | null {
    const { book, place, source } = this.#session;
    return shownMaskOf(book, source.subject, place);
  }

  /**
   * The masks of all segmented slices, of every plane, on the volume's grid: label 1 is the first object of
   * {@link objects}, and so on, with their names and colors. {@link overlap} decides voxels claimed by several objects;
   * {@link maskVolumeOf} returns each object complete. A new volume each time. With more than 255 objects its `data` is
   * a Uint16Array. Masks that are still predicted are not in it: see {@link ready}.
   * @throws {SamlabError} `argument-invalid` for a 2D image, which only has {@link mask}
   */
  get maskVolume(): MaskVolume {
    return labelMapOf(this.#volume, this.#session.book).mask;
  }

  /**
   * One object's complete mask on the volume's grid, as label 1, ignoring overlaps with other objects. Masks that are
   * still predicted are not in it: see {@link ready}.
   * @throws {SamlabError} `argument-invalid` for a 2D image, or an object that does not exist
   */
  maskVolumeOf(object: string): MaskVolume {
    return objectVolumeOf(this.#volume, this.#session.book, objectNamed(this.#session.book, object).id);
  }

  /**
   * Saves all objects to one file, with names and colors: a label map (.nii.gz, .nii, .nrrd), .seg.nrrd, or a DICOM SEG
   * (.dcm). A voxel that several objects claim goes to one of them, as {@link overlap} says. Waits for masks that are
   * still predicted or propagated.
   *
   * @example
   * const saved = await w.save("organs.nii.gz");
   * console.table(saved);                        // label, name, color, voxels, and what is not in the file
   * @throws {SamlabError} as `saveMask`; `argument-invalid` for a 2D image
   */
  async save(path: string, options: SaveObjectsOptions = {}): Promise<readonly SavedObject[]> {
    checkOverlap(options.overlap ?? this.overlap);
    checkMaskPath(path, "volume");
    const volume = this.#volume;
    const { signal } = options;
    const settled = this.#session.settled();
    await (signal ? orAborted(settled, signal, "Saving the masks") : settled);
    return saveObjects(path, volume, this.#session.book, options);
  }

  /**
   * Which object gets a voxel of {@link maskVolume} that several objects claim: the `upper` one in the list (default)
   * or the `lower` one. Locked objects take precedence.
   */
  get overlap(): OverlapRule {
    return this.#session.book.overlap;
  }

  set overlap(rule: OverlapRule) {
    checkOverlap(rule);
    this.#session.setOverlap(rule);
  }

  /** The active object's prompts on the current slice, in order. */
  get prompts(): readonly SlicePrompt[] {
    return (this.#session.slot?.prompts ?? []).map(({ id: _, ...prompt }) => prompt);
  }

  /** Sets the current slice's prompts without waiting for the mask: see {@link setPrompts} and {@link ready}. */
  set prompts(prompts: SlicePromptSet | readonly SlicePrompt[]) {
    const set = Array.isArray(prompts) ? promptSetOf(prompts) : (prompts as PromptSet);
    this.#session.edits.setPrompts(set, this.#session.place);
  }

  /** The same prompts as one set, for `sam.predict`. */
  get promptSet(): PromptSet {
    return promptSetOf(this.prompts);
  }

  /** The current slice, counted from 0 towards superior, anterior, right. */
  get slice(): number {
    return this.#session.place.index;
  }

  /** Plane of the slices; null for a 2D image. */
  get plane(): Plane | null {
    return this.#session.place.plane;
  }

  /**
   * The model's answer to the prompts on the current slice; null if there is none yet or the mask has another source.
   */
  get prediction(): SlicePrediction | null {
    return predictionOf(this.#session.slot);
  }

  /** The objects in the widget's list. */
  get objects(): readonly PromptObject[] {
    return this.#session.book.objects.map(({ name, color, locked }) => ({ name, color, locked }));
  }

  /** The name of the active object, which prompts belong to. Set it to switch objects. */
  get object(): string {
    return objectNamed(this.#session.book).name;
  }

  set object(name: string) {
    this.#session.selectObject(objectNamed(this.#session.book, name).id);
  }

  /**
   * Adds an object and makes it active. Default name: `object` and a number.
   * @throws {SamlabError} `argument-invalid` for a name that is empty or taken
   */
  addObject(name?: string): void {
    this.#session.editObjects((book) => withObject(book, name));
  }

  /**
   * Renames an object.
   * @throws {SamlabError} `argument-invalid` for an object that does not exist, or a name that is empty or taken
   */
  renameObject(name: string, to: string): void {
    const { id } = objectNamed(this.#session.book, name);
    this.#session.editObjects((book) => withName(book, id, to));
  }

  /** Removes an object and its prompts on all slices (can be undone). The last object cannot be removed. */
  removeObject(name: string): void {
    this.#session.removeObject(objectNamed(this.#session.book, name).id);
  }

  /**
   * Moves an object to a position in the list, from 0. The order decides the labels, and which object is the upper one
   * where they overlap.
   * @throws {SamlabError} `argument-invalid` for an object or a position that does not exist
   */
  moveObject(name: string, to: number): void {
    const { id } = objectNamed(this.#session.book, name);
    checkPosition(to, this.objects.length);
    this.#session.editObjects((book) => withPosition(book, id, to));
  }

  /** Marks an object as finished: its prompts cannot change and it keeps its voxels, until unlocked with `false`. */
  lockObject(name: string, locked = true): void {
    const { id } = objectNamed(this.#session.book, name);
    this.#session.editObjects((book) => withLock(book, id, locked));
  }

  /**
   * Replaces the active object's prompts on a slice, like clicking, shows the slice, and resolves when the mask is
   * ready. An empty set removes the prompts.
   * @throws {SamlabError} `prompt-invalid`, `prompt-unsupported`, `argument-invalid`, or what the model throws
   */
  async setPrompts(prompts: SlicePromptSet, where: PlaceOptions = {}): Promise<void> {
    const slot = this.#session.edits.setPrompts(prompts, this.#place(where.slice, where.plane));
    await slot?.run.settled();
    if (slot?.run.status === "failed") throw slot.run.error;
  }

  /**
   * Propagates the active object through the slices of the current plane, from its masks that were prompted, drawn or
   * confirmed. Slices appear in the widget as they are done; earlier propagated masks are replaced unless confirmed.
   * Resolves at the end, also if stopped. One undo step.
   * @throws {SamlabError} `prompt-invalid` without a mask to start from, `argument-invalid`, or what the model throws
   */
  propagate(options: PropagateOptions = {}): Promise<void> {
    const [first, last] = options.range ?? [0, frameOf(this.#session.source.subject, this.plane).count - 1];
    return this.#session.propagations.start(first, last, options.rule);
  }

  /** Stops propagation (slices so far are kept) and predictions (prompts are kept). */
  stop(): void {
    this.#session.cancel();
  }

  /**
   * Confirms the active object's mask on a slice (default: the current one): nothing changes it until `confirm(slice,
   * false)`. Without a mask: confirms that the object is absent. Slices of other planes may still add voxels.
   * @throws {SamlabError} `argument-invalid`, also if all that the object has there comes from slices of other planes
   */
  confirm(slice?: number, confirmed = true): void {
    this.#session.edits.confirm(this.#place(slice, undefined), confirmed);
  }

  /**
   * Sets the active object's mask on a slice, replacing the model's answer, and shows the slice. Voxels outside of it
   * are removed from slices of other planes too. One undo step.
   * @throws {SamlabError} `geometry-mismatch` (not the slice's size), `argument-invalid` (a confirmed slice, a locked
   * object)
   */
  setMask(mask: Mask2d, where: PlaceOptions = {}): void {
    const place = this.#place(where.slice, where.plane);
    checkMaskSize(mask, frameOf(this.#session.source.subject, place.plane));
    this.#session.edits.draw(place, mask);
  }

  /**
   * Adds a line to the active object's prompts, like scribbling, shows the slice, and resolves when the mask is ready.
   * One undo step. A model that takes no lines gets points along it, at most eight.
   * @param path [x, y] positions in pixels of the slice
   * @throws {SamlabError} `prompt-invalid` (outside the slice), `prompt-unsupported`, `argument-invalid` (a confirmed
   * slice, a locked object), or what the model throws
   */
  async scribble(
    path: readonly (readonly [x: number, y: number])[],
    { include = true, ...where }: FreehandOptions = {},
  ): Promise<void> {
    const place = this.#place(where.slice, where.plane);
    this.#session.edits.scribble(place, checkedPath(path, 1), include ? 1 : 0);
    const run = this.#session.slot?.run;
    await run?.settled();
    if (run?.status === "failed") throw run.error;
  }

  /**
   * Adds what a closed line goes around to the active object's mask, or removes it (`include: false`), also from slices
   * of other planes, and shows the slice. One undo step.
   * @param path at least three [x, y] positions in pixels of the slice
   * @throws {SamlabError} `prompt-invalid`, `argument-invalid` (a confirmed slice, a locked object), `state-order` (the
   * mask is being predicted)
   */
  lasso(path: readonly (readonly [x: number, y: number])[], { include = true, ...where }: FreehandOptions = {}): void {
    this.#session.edits.lasso(this.#place(where.slice, where.plane), checkedPath(path, 3), !include);
  }

  /** Status of the slices of the current plane, by slice: where masks come from, and which need review. */
  get slices(): readonly SliceReport[] {
    const { book, place, crossed } = this.#session;
    return sliceReports(book, place, crossed);
  }

  /** True if prompts or masks of an earlier run of this cell were restored. */
  get restored(): boolean {
    return (this.#session.restored?.slices ?? 0) > 0;
  }

  /** Removes all prompts, and objects beyond the initial ones; can be undone. */
  reset(): void {
    this.#session.reset();
  }

  /** True while the three planes through {@link crosshair} and the masks' surfaces are shown; may be set. */
  get overview(): boolean {
    return this.#session.overview?.isOpen ?? false;
  }

  /** @throws {SamlabError} `argument-invalid` for a 2D image */
  set overview(isOpen: boolean) {
    this.#session.showOverview(isOpen);
  }

  /** The voxel [i, j, k] where the three planes meet; on the current slice. Null for a 2D image. */
  get crosshair(): readonly [number, number, number] | null {
    return this.#session.overview?.crosshair ?? null;
  }

  /** Moves it, and shows the slice through it. @throws {SamlabError} `argument-invalid` outside the volume */
  set crosshair(voxel: readonly [number, number, number] | null) {
    const at = checkedVoxel(voxel, this.#volume.size);
    this.#session.moveCrosshair((overview) => overview.moveTo(at));
  }

  /** Shows a slice. */
  goTo(slice: number, plane?: Plane): void {
    this.#session.goTo(this.#place(slice, plane));
  }

  /**
   * Sets the window the slices are shown with. The model has its own: {@link setModelWindow}.
   * @throws {SamlabError} `argument-invalid`
   */
  setWindow(window: GivenWindow): void {
    this.#session.setWindow(checkedWindow(window));
  }

  /**
   * The model's window for new predictions, on all slices; null if it takes the image as it is. Existing masks stay
   * until {@link repredict}.
   */
  get modelWindow(): WindowRange | null {
    return this.#session.book.window;
  }

  /** Changes {@link modelWindow}; can be undone. @throws {SamlabError} `argument-invalid` */
  setModelWindow(window: GivenWindow): void {
    this.#session.setModelWindow(checkedWindow(window));
  }

  /**
   * Makes again, on all slices, the masks made with a window other than {@link modelWindow}: predicts those from
   * prompts, then propagates where they were propagated, by the default rule. Resolves when they are done.
   * @throws {SamlabError} `prompt-invalid` if propagated masks have lost the mask that they came from, or what the
   * model throws
   */
  async repredict(): Promise<void> {
    await this.#session.propagations.repredict();
    await this.idle();
  }

  /** Undoes the last step; false if there is none. */
  undo(): boolean {
    return this.#session.undo();
  }

  /** Redoes what {@link undo} undid; false if there is nothing to redo. */
  redo(): boolean {
    return this.#session.redo();
  }

  /**
   * Removes the active object's prompts from the current slice.
   * @throws {SamlabError} `argument-invalid` if all that it has there comes from slices of other planes
   */
  clear(): void {
    this.#session.edits.clear(this.#session.place);
  }

  /** Resolves when no prediction is pending; rejects if the one of the current slice failed. */
  get ready(): Promise<void> {
    return this.idle();
  }

  /** Same as {@link ready}. */
  idle(): Promise<void> {
    return this.#session.idle();
  }

  /** Calls `listener` after every change of prompts, masks, slice or window. Returns a function that unsubscribes. */
  on(_event: "change", listener: (prompter: SlicePrompter) => void): () => void {
    return this.#link.listen(() => listener(this));
  }

  /** Removes the widget from the page and stops its work. Does not dispose the model. Idempotent. */
  close(): void {
    this.#link.close();
  }

  /** The current view as a still picture: PNG bytes, displayed if they are the last value of a cell. */
  picture(): Promise<Uint8Array> {
    return this.#link.picture();
  }

  /** The widget, with a still picture for front ends that cannot run it. */
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

  #place(slice: number | undefined, plane: Plane | undefined): Place {
    const here = this.#session.place;
    return this.#session.source.place(slice ?? here.index, plane ?? here.plane);
  }
}
