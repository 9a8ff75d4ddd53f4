import { toWorld } from "../../../../src/core/geometry.js";
import type { Pixel } from "../../../../src/core/pixels.js";
import { type SampleFormat, storedToValue } from "../../../../src/protocol/samples.js";
import { frameOf, type Place, type Subject, voxelAt } from "../../../../src/protocol/slices.js";
import { formatValue } from "../format.js";

export interface ReadOut<T> {
  readonly position: T;
  readonly voxel: T;
  readonly world: T;
  readonly value: T;
}

/**
 * A pixel as text: its position on the slice, as prompts in code have it; of a volume the indices i, j, k in the file;
 * its place and its value.
 */
export function readOut(subject: Subject, place: Place, { x, y }: Pixel, stored: readonly number[]): ReadOut<string> {
  const frame = frameOf(subject, place.plane);
  const voxel = voxelAt(frame, place, x, y);
  return {
    position: `x ${x} y ${y}`,
    voxel: subject.kind === "volume" ? `voxel ${voxel.join(" ")}` : "",
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
  const value = format.type === "rgb8" ? 11 : Math.max(3, ...[-32768, 32767].map((n) => valueText(format, n).length));
  return {
    position: 2 * (digits + 1.6),
    voxel: kind === "volume" ? 3 * (digits + 0.4) + 5 : 0,
    world: unit === "mm" ? (kind === "volume" ? 3 : 2) * 6.8 + 2 : 0,
    value: 4.8 + (format.type === "uint8" ? 3 : value) + (valueUnit ? 3 : 0),
  };
}

/** The position of a prompt on the slice, as in code. */
export function positionText(corners: readonly (readonly [x: number, y: number])[]): string {
  const along = (axis: 0 | 1) => {
    const ends = corners.map((corner) => Number(corner[axis].toFixed(1))).sort((a, b) => a - b);
    return [...new Set(ends)].join("–");
  };
  return `x ${along(0)}  y ${along(1)}`;
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
