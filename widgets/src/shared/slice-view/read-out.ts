import { toWorld } from "../../../../src/core/geometry.js";
import type { Pixel } from "../../../../src/core/pixels.js";
import { type SampleFormat, storedToValue } from "../../../../src/protocol/samples.js";
import { frameOf, type Place, type Subject, voxelAt } from "../../../../src/protocol/slices.js";
import { formatValue } from "../format.js";

export interface ReadOut<T> {
  readonly voxel: T;
  readonly world: T;
  readonly value: T;
}

/** Position and value of a pixel, as text. */
export function readOut(subject: Subject, place: Place, { x, y }: Pixel, stored: readonly number[]): ReadOut<string> {
  const frame = frameOf(subject, place.plane);
  const voxel = voxelAt(frame, place, x, y);
  const names = subject.kind === "volume" ? ["x", "y", "z"] : ["x", "y"];
  const what = subject.kind === "volume" ? "voxel" : "pixel";
  return {
    voxel: `${what} ${names.map((name, n) => `${name} ${voxel[n]}`).join(" ")}`,
    world: worldText(subject, frame.spacing, voxel),
    value: `value ${stored.map((number) => valueText(subject.format, number)).join(" ")}${unitText(subject)}`,
  };
}

/**
 * Approximate maximum number of characters of each part: proportional letters are narrower than the digits that `ch`
 * measures.
 */
export function widestReadOut({ kind, frames, unit, format, valueUnit }: Subject): ReadOut<number> {
  const digits = String(Math.max(...frames.map(({ width, height, count }) => Math.max(width, height, count)))).length;
  const axes = kind === "volume" ? 3 : 2;
  const value = format.type === "rgb8" ? 11 : Math.max(3, ...[-32768, 32767].map((n) => valueText(format, n).length));
  return {
    voxel: axes * (digits + 1.6) + 6,
    world: unit === "mm" ? axes * 6.8 + 2 : 0,
    value: 4.8 + (format.type === "uint8" ? 3 : value) + (valueUnit ? 3 : 0),
  };
}

/** The position of a prompt, in the units of the read-out: the two axes of the slice. */
export function positionText(subject: Subject, place: Place, corners: readonly (readonly [number, number])[]): string {
  const frame = frameOf(subject, place.plane);
  const voxels = corners.map(([x, y]) => voxelAt(frame, place, x, y));
  return [frame.axis[0], frame.axis[1]]
    .sort()
    .map((axis) => {
      const along = voxels.map((voxel) => voxel[axis]).sort((a, b) => a - b);
      return `${"xyz"[axis]} ${[...new Set(along)].join("–")}`;
    })
    .join("  ");
}

const unitText = ({ valueUnit }: Subject) => (valueUnit ? ` ${valueUnit}` : "");

function worldText(subject: Subject, spacing: readonly number[], voxel: [number, number, number]): string {
  if (subject.unit !== "mm") return "";
  const mm = subject.affine ? toWorld(subject.affine, voxel) : [voxel[0] * spacing[0], voxel[1] * spacing[1]];
  return `${mm.map((position) => position.toFixed(1).replace("-", "−")).join(", ")} mm`;
}

function valueText(format: SampleFormat, stored: number): string {
  return formatValue(storedToValue(format, stored), format.slope).replace("-", "−");
}
