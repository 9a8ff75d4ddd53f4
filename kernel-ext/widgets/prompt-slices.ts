import { SamlabError } from "../../src/core/errors.js";
import { RunWriter } from "../../src/core/mask-runs.js";
import { type Plane, sliceStrides } from "../../src/core/plane.js";
import type { Image2d } from "../../src/io/image/image.js";
import type { Volume } from "../../src/io/image/volume.js";
import { checkColor } from "../../src/io/mask/label-color.js";
import { type MaskVolume, maskOnGrid } from "../../src/io/mask/mask-volume.js";
import type { Sam } from "../../src/predict/sam.js";
import type { PropagationRule } from "../../src/volume/types.js";
import type { CommHost } from "../comm/comm.js";
import { currentKernel, kernelContext } from "../context.js";
import { SliceSource } from "./shared/slice-source.js";
import { freshName } from "./slice-prompter/book.js";
import { checkRule } from "./slice-prompter/given-arguments.js";
import type { PackedMask } from "./slice-prompter/packed-mask.js";
import { hasStoredWork, PromptStore, storePlace } from "./slice-prompter/prompt-store.js";
import type { GivenMask } from "./slice-prompter/session.js";
import { SlicePrompter } from "./slice-prompter/slice-prompter.js";

/** Initial view and options of {@link promptSlices}. */
export interface PromptSlicesOptions {
  /** Default `axial`. */
  readonly plane?: Plane;
  /** Initial slice, counted from 0. Default: the middle one. */
  readonly slice?: number;
  /** Names of the objects to segment. Default: one, `object 1`; more can be added in the widget. */
  readonly objects?: readonly string[];
  /**
   * Initial segmentation on the volume's grid: label n becomes the nth object (an only label, such as 255, the first),
   * on the slices of `plane`. Names and colors are the mask's, unless `objects` names them. Prompts saved by an earlier
   * run of the cell take precedence: then `masks` only names objects.
   */
  readonly masks?: MaskVolume;
  /**
   * A truth to compare with while working, on the grid of the volume: Dice and HD95 of the slice and the 3D Dice are
   * shown for the active object. Label n belongs to the nth object, a single label, such as 255, to the first, also
   * when it is renamed or moved later; an object that is added gets the lowest label that no object has.
   */
  readonly truth?: MaskVolume;
  /**
   * Save prompts to disk while working, and restore them when the cell runs again on the same image, also after a
   * kernel restart. What the cell changes takes precedence: new names in `objects`, `slice`, `plane`, and the image's
   * window, which new prompts get. Default true, if the front end provides cell ids (JupyterLab and Notebook do).
   */
  readonly keep?: boolean;
  /**
   * Encode slices in advance while idle: the current slice first, then its neighbors, in a process of lowest priority.
   * Default true.
   */
  readonly lookAhead?: boolean;
  /**
   * How `P` and `propagate` derive a slice's prompt from its neighbor. Default `samlab`; `memory` is for SAM 2 and
   * MedSAM2.
   */
  readonly rule?: PropagationRule;
  /** Show the three planes through a crosshair, and the masks' surfaces in 3D. Default false; `V` in the widget. */
  readonly overview?: boolean;
  /** Where the widget's comm is opened. Default: the running kernel. */
  readonly host?: CommHost;
}

/**
 * A widget to segment the slices of a volume (or a 2D image) with clicks and boxes. Return it as the last value of a
 * cell.
 *
 * @example
 * const sam = await loadSam("lite-medsam-clicks");
 * const ct = await loadVolume("ct.nii.gz");
 * const w = promptSlices(sam, ct, { slice: 57, objects: ["liver", "spleen"] });
 * w
 * @throws {SamlabError} `environment` outside a samlab kernel, `argument-invalid` for a slice or plane that does not
 * exist, `geometry-mismatch` if `masks` or `truth` are on another grid
 */
export function promptSlices(sam: Sam, image: Volume | Image2d, options: PromptSlicesOptions = {}): SlicePrompter {
  const source = new SliceSource(image);
  const plane = options.plane ?? (source.volume ? "axial" : null);
  const count = source.subject.frames.find((frame) => frame.plane === plane)?.count ?? 1;
  const place = source.place(options.slice ?? Math.floor(count / 2), plane);
  const labels = options.masks?.labels ?? [];
  const objects = namesFor(labels, options);
  if (objects.length === 0 || new Set(objects).size < objects.length || objects.some((name) => name.trim() === "")) {
    throw new SamlabError("argument-invalid", "objects must be one or more names, different and not empty.", {
      field: "objects",
      value: objects,
      remedy: "Give a list of names, or leave it out for one object.",
    });
  }
  if (options.rule !== undefined) checkRule(options.rule);
  const host = options.host ?? kernelContext("promptSlices").comms;
  const store = options.keep === false ? undefined : storeFor(image);
  const { slice, lookAhead = true } = options;
  const masks = givenMasks(source, options.masks, labels, plane);
  if (options.truth && !source.volume) {
    throw new SamlabError("argument-invalid", "A picture has no mask volume to compare with.", {
      field: "truth",
      remedy: "Leave truth out, or use compareMasks.",
    });
  }
  const truth = options.truth && source.volume ? maskOnGrid(options.truth, source.volume) : undefined;
  const colors = colorsFor(labels, options.masks);
  const start = {
    place,
    objects,
    colors,
    masks,
    truth,
    store,
    isPlaceGiven: slice !== undefined,
    isPlaneGiven: options.plane !== undefined,
    lookAhead,
    rule: options.rule,
  };
  const prompter = new SlicePrompter(sam, source, start, host);
  if (options.overview) prompter.overview = true;
  return prompter;
}

function storeFor(image: Volume | Image2d): PromptStore | undefined {
  const kernel = currentKernel();
  if (kernel?.cell) return new PromptStore(storePlace(image, kernel.cell));
  if (kernel && hasStoredWork(image)) {
    process.stderr.write(
      "promptSlices starts without the prompts kept for this image: the program that runs the notebook gives no cell ids. Save masks to a file, and pass them as masks; keep: false leaves this message out.\n",
    );
  }
  return undefined;
}

/** A name for each label: the given one, that of the mask, or a number. */
function namesFor(
  labels: readonly number[],
  { objects: given = [], masks }: Pick<PromptSlicesOptions, "objects" | "masks">,
): readonly string[] {
  if (labels.length === 0) return given.length > 0 ? given : ["object 1"];
  const names = [...given];
  while (names.length < objectCount(labels)) {
    const own = masks?.names.get(labelOf(labels, names.length));
    names.push(own?.trim() && !names.includes(own) ? own : freshName(names));
  }
  return names;
}

/** The mask's color for each object, where it has one. */
function colorsFor(labels: readonly number[], masks: MaskVolume | undefined): (string | undefined)[] {
  return Array.from({ length: objectCount(labels) }, (_, n) => {
    const color = masks?.colors.get(labelOf(labels, n));
    return color === undefined ? color : checkColor(color);
  });
}

/** An only label belongs to the first object. */
function objectCount(labels: readonly number[]): number {
  return labels.length > 1 ? labels.at(-1)! : labels.length;
}

function labelOf(labels: readonly number[], object: number): number {
  return labels.length === 1 ? labels[0]! : object + 1;
}

function givenMasks(
  source: SliceSource,
  masks: MaskVolume | undefined,
  labels: readonly number[],
  plane: Plane | null,
): GivenMask[] {
  if (!masks || labels.length === 0) return [];
  const { volume } = source;
  if (!volume || !plane) {
    throw new SamlabError("argument-invalid", "A picture has no mask volume to start from.", {
      field: "masks",
      remedy: "Leave masks out; setMask gives a mask to the picture.",
    });
  }
  const aligned = maskOnGrid(masks, volume);
  const given: GivenMask[] = [];
  for (let index = 0; index < volume.view(plane).count; index++) {
    for (const [label, mask] of labelsOnSlice(aligned, index, plane)) {
      given.push({ place: { plane, index }, object: labels.length === 1 ? 0 : label - 1, mask });
    }
  }
  return given;
}

/** The mask of each label that a slice has, read in one pass. */
function labelsOnSlice(masks: MaskVolume, index: number, plane: Plane): Map<number, PackedMask> {
  const { width, height } = masks.view(plane);
  const { offset, strideX, strideY } = sliceStrides(masks.view(plane), index);
  const { data } = masks;
  const pixels = width * height;
  const writers = new Map<number, RunWriter>();
  let [label, start] = [0, 0];
  const end = (pixel: number) => {
    if (label === 0) return;
    const writer = writers.get(label) ?? new RunWriter();
    writers.set(label, writer);
    writer.add(start, pixel);
  };
  for (let y = 0, pixel = 0; y < height; y++) {
    for (let x = 0, voxel = offset + y * strideY; x < width; x++, pixel++, voxel += strideX) {
      const next = data[voxel]!;
      if (next === label) continue;
      end(pixel);
      label = next;
      start = pixel;
    }
  }
  end(pixels);
  return new Map([...writers].map(([of, writer]) => [of, { runs: writer.runs(pixels), pixels, area: writer.area }]));
}
