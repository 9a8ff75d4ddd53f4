import { SamlabError, show } from "../../../src/core/errors.js";
import type { Mask2d } from "../../../src/core/mask.js";
import { type OverlapRule, overlapRules } from "../../../src/protocol/slice-prompter.js";
import type { SliceFrame } from "../../../src/protocol/slices.js";
import { type PropagationRule, propagationRules } from "../../../src/volume/types.js";
import type { Book, BookObject } from "./book.js";

// Checks of what code gives to the prompter. Views cannot send such values: their intents are checked on arrival.

/** The object of a name; without one the active object. @throws {SamlabError} `argument-invalid` */
export function objectNamed({ objects, active }: Book, name?: string): BookObject {
  const found = objects.find((object) => (name === undefined ? object.id === active : object.name === name));
  if (found) return found;
  throw new SamlabError("argument-invalid", `There is no object ${show(name)}.`, {
    field: "object",
    value: name,
    remedy: `Objects are ${objects.map((object) => show(object.name)).join(", ")}; addObject makes a new one.`,
  });
}

/** @throws {SamlabError} `argument-invalid` if a list of `length` objects has no such position */
export function checkPosition(to: number, length: number): void {
  if (Number.isInteger(to) && to >= 0 && to < length) return;
  throw new SamlabError("argument-invalid", `There is no position ${show(to)} in the list.`, {
    field: "to",
    value: to,
    remedy: `Positions are 0 to ${length - 1}.`,
  });
}

/** @throws {SamlabError} `argument-invalid` */
export function checkOverlap(rule: OverlapRule): void {
  if (overlapRules.includes(rule)) return;
  throw new SamlabError("argument-invalid", `There is no rule ${show(rule)} for overlap.`, {
    field: "overlap",
    value: rule,
    remedy: `Rules are ${overlapRules.join(", ")}.`,
  });
}

/** Those of models for slices. */
const rules: readonly PropagationRule[] = propagationRules.filter((rule) => rule !== "volume");

/** @throws {SamlabError} `argument-invalid` */
export function checkRule(rule: PropagationRule): void {
  if (rules.includes(rule)) return;
  throw new SamlabError("argument-invalid", `There is no rule ${show(rule)}.`, {
    field: "rule",
    value: rule,
    remedy: `Rules are ${rules.join(", ")}.`,
  });
}

/** @throws {SamlabError} `geometry-mismatch` if the mask does not have the slice's size */
export function checkMaskSize(mask: Mask2d, { width, height }: SliceFrame): void {
  const isOther = mask.width !== width || mask.height !== height;
  if (!isOther && mask.data.length === width * height) return;
  const what = isOther ? `is ${mask.width}×${mask.height}` : `has ${mask.data.length} pixels`;
  throw new SamlabError("geometry-mismatch", `The mask ${what}, the slice ${width}×${height}.`, {
    field: "mask",
    value: isOther ? [mask.width, mask.height] : mask.data.length,
    remedy: "Give a mask on the slice: width × height values, row by row.",
  });
}

/** A path as a flat list. @throws {SamlabError} `prompt-invalid` if it has fewer than `least` positions */
export function checkedPath(path: readonly (readonly [x: number, y: number])[], least: number): readonly number[] {
  const isPath = path.length >= least && path.every((point) => point.length === 2 && point.every(Number.isFinite));
  if (isPath) return path.flat();
  throw new SamlabError("prompt-invalid", `A path is at least ${least} [x, y], not ${show(path)}.`, {
    field: "path",
    value: path,
  });
}

/** @throws {SamlabError} `argument-invalid` outside the volume */
export function checkedVoxel(
  voxel: readonly [number, number, number] | null,
  size: readonly [number, number, number],
): [number, number, number] {
  const isInside = voxel?.length === 3 && voxel.every((at, n) => Number.isInteger(at) && at >= 0 && at < size[n]!);
  if (voxel && isInside) return [...voxel];
  throw new SamlabError("argument-invalid", `There is no voxel ${show(voxel)} in the volume.`, {
    field: "crosshair",
    value: voxel,
    remedy: `Give three indices below ${size.join(", ")}.`,
  });
}
