import { SamlabError, show } from "../core/errors.js";
import type { Mask2d } from "../core/mask.js";
import { LabelImage } from "../io/mask/label-image.js";
import type { DeSamMode } from "../models/de-sam-mode.js";
import type { RunInfo } from "./work.js";

/** How a {@link Segmentation} was made. */
export interface SegmentationInfo extends RunInfo {
  /** Of DeSAM alone: what it was prompted with. */
  readonly mode?: DeSamMode;
}

/** What a {@link Segmentation} is made of. */
export interface SegmentationInit {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** `width` · `height` labels, row-major; 0 is the background. */
  readonly data: Uint8Array | Uint16Array;
  /** Of the image. */
  readonly source: string;
  /** See {@link Segmentation.kind}. */
  readonly kind: Segmentation["kind"];
  /** See {@link Segmentation.classNames}. */
  readonly classNames: readonly string[];
  /** See {@link Segmentation.info}. */
  readonly info: SegmentationInfo;
}

/** What a model finds in an image without a prompt: a label for each pixel, and the labels' names. */
export class Segmentation extends LabelImage {
  /**
   * `classes`: the labels are the classes that the model was trained on. `regions`: the labels number the regions that
   * everything mode found, the largest first; what a region shows is unknown.
   */
  readonly kind: "classes" | "regions";
  /** The name of each label; the first is the background. Includes classes that do not occur in the image. */
  readonly classNames: readonly string[];
  /** Provider and time, without that of the image encoder; of DeSAM also its mode. */
  readonly info: SegmentationInfo;

  constructor({ kind, classNames, info, ...image }: SegmentationInit) {
    super(image);
    this.kind = kind;
    this.classNames = classNames;
    this.info = info;
  }

  /**
   * 1 where the image is this label, given by number or name.
   * @throws {SamlabError} `argument-invalid` for a name that the model does not know
   */
  override only(label: number | string): Mask2d {
    if (typeof label === "number") return super.only(label);
    const found = this.classNames.indexOf(label);
    if (found >= 0) return super.only(found);
    throw new SamlabError("argument-invalid", `There is no class ${show(label)}.`, {
      field: "label",
      value: label,
      remedy: `Use ${this.classNames.join(", ")}.`,
    });
  }
}

/** The label of the class of this name, ignoring case; −1 if there is none. The background is no class. */
export function labelOfClass(classNames: readonly string[], name: string): number {
  const plain = (text: string) => text.trim().toLowerCase();
  return classNames.findIndex((known, label) => label > 0 && plain(known) === plain(name));
}

/** The name of the label 0. */
export const background = "background";

/**
 * The names of classes, the background first.
 * @param given names of the classes, with or without the background; `undefined` numbers them
 * @param count of the classes, the background included
 * @throws {SamlabError} `argument-invalid` when the number of names differs from that of the classes, or a name occurs
 * twice
 */
export function namesOfClasses(given: readonly string[] | undefined, count: number): readonly string[] {
  if (!given) return [background, ...Array.from({ length: count - 1 }, (_, n) => `class ${n + 1}`)];
  const all = given.length === count - 1 ? [background, ...given] : given;
  const isList = Array.isArray(given) && given.every((name) => typeof name === "string" && name.trim() !== "");
  if (isList && all.length === count && new Set(all).size === count) return all;
  throw new SamlabError("argument-invalid", `${show(given)} are no names for ${count - 1} classes.`, {
    field: "classNames",
    value: given,
    remedy: `Give ${count - 1} different names, in the order of the model's training, without the background.`,
  });
}
