import { componentMask, connectedComponents } from "../core/components.js";
import { SamlabError, show } from "../core/errors.js";
import type { Mask2d } from "../core/mask.js";
import type { EvaluationObject } from "./types.js";

/** The labels of one slice, row-major; 0 is background. */
export interface TruthLabels {
  readonly width: number;
  readonly height: number;
  readonly data: ArrayLike<number>;
}

/** How labels are split into objects. */
export interface ObjectOptions {
  /**
   * `label`: all pixels of a value are one object; where several values share a name, the value is its number.
   * `component`: each 8-connected part of a value is one, numbered by size within its name, the largest first, parts of
   * equal size in the order of their values, then in raster order. `instance`: every value is one object and its own
   * number; values may share a name.
   */
  readonly per: "label" | "component" | "instance";
  /** Objects with fewer pixels are left out. Default 1. For SAM-SZU, 51. */
  readonly minPixels?: number;
}

/**
 * The objects of one slice in ascending order of label value, then of part. No two have the same label and part.
 * Values without a name are background; labels that do not occur give no objects.
 * @param names label value → name
 * @throws {SamlabError} `argument-invalid` (no such `per`, `minPixels` not a whole number from 1), `geometry-mismatch`
 * (the data's length is not that of the grid)
 */
export function objectsOf(
  truth: TruthLabels,
  names: ReadonlyMap<number, string>,
  options: ObjectOptions,
): EvaluationObject[] {
  const { per, minPixels = 1 } = options;
  check(truth, options);
  const counts = new Map<number, number>();
  for (let n = 0; n < truth.data.length; n++) {
    const value = truth.data[n];
    if (value !== 0) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const found = [...counts]
    .sort(([a], [b]) => a - b)
    .flatMap(([labelValue, count]) => {
      const label = names.get(labelValue);
      if (label === undefined || count < minPixels) return [];
      const mask = valueMask(truth, labelValue);
      if (per !== "component") return [{ label, labelValue, area: count, part: () => mask }];
      return partsOf(mask)
        .filter(({ area }) => area >= minPixels)
        .map((part) => ({ label, labelValue, ...part }));
    });
  const numbers = partNumbers(found, names, per);
  return found.map(({ label, labelValue, part }, n): EvaluationObject => {
    return { label, labelValue, part: numbers[n], truth: part() };
  });
}

/** An object whose number is to be told. */
interface Numbered {
  readonly label: string;
  readonly labelValue: number;
  /** Pixels or voxels. */
  readonly area: number;
}

/** The numbers by which the objects of an image are told from others of their name: see {@link ObjectOptions.per}. */
export function partNumbers(
  objects: readonly Numbered[],
  names: ReadonlyMap<number, string>,
  per: ObjectOptions["per"],
): number[] {
  const counts = new Map<string, number>();
  const countOf = (label: string) => {
    const count = (counts.get(label) ?? 0) + 1;
    counts.set(label, count);
    return count;
  };
  if (per !== "component") {
    for (const name of names.values()) countOf(name);
    return objects.map(({ label, labelValue }) => (per === "instance" || counts.get(label) !== 1 ? labelValue : 0));
  }
  const numbers = new Array<number>(objects.length);
  // Sorting is stable.
  const largestFirst = [...objects.keys()].sort((a, b) => objects[b].area - objects[a].area);
  for (const n of largestFirst) numbers[n] = countOf(objects[n].label);
  return numbers;
}

function check(truth: TruthLabels, { per, minPixels = 1 }: ObjectOptions): void {
  if (!["label", "component", "instance"].includes(per)) {
    throw new SamlabError("argument-invalid", `Objects cannot be told apart per ${show(per)}.`, {
      field: "per",
      value: per,
      remedy: "Use label, component or instance.",
    });
  }
  if (!Number.isInteger(minPixels) || minPixels < 1) {
    throw new SamlabError("argument-invalid", `minPixels is ${show(minPixels)}.`, {
      field: "minPixels",
      value: minPixels,
      remedy: "Give a whole number from 1.",
    });
  }
  if (truth.data.length !== truth.width * truth.height) {
    throw new SamlabError(
      "geometry-mismatch",
      `A ${truth.width}×${truth.height} truth has ${truth.width * truth.height} pixels, not ${truth.data.length}.`,
      { field: "data", value: truth.data.length, remedy: "Give width × height values, row by row." },
    );
  }
}

function valueMask({ width, height, data }: TruthLabels, wanted: number): Mask2d {
  const mask = new Uint8Array(width * height);
  for (let n = 0; n < mask.length; n++) if (data[n] === wanted) mask[n] = 1;
  return { width, height, data: mask };
}

/** The parts of a mask, the largest first. Sorting is stable, so parts of equal size stay in raster order. */
function partsOf(mask: Mask2d): { area: number; part: () => Mask2d }[] {
  const components = connectedComponents(mask);
  return components.areas
    .map((area, n) => ({ area, part: () => componentMask(mask, components, n + 1) }))
    .sort((a, b) => b.area - a.area);
}
