import { toWorld } from "../../../src/core/geometry.js";
import { type SampleFormat, storedToValue } from "../../../src/protocol/samples.js";
import { frameOf, type Place, type Subject } from "../../../src/protocol/slices.js";
import { formatValue } from "./format.js";
import type { Pixel } from "./slice-controller.js";

export interface ReadOut<T> {
  readonly voxel: T;
  readonly world: T;
  readonly value: T;
}

/** Position and value of a pixel, as text. */
export function readOut(subject: Subject, place: Place, { x, y }: Pixel, stored: readonly number[]): ReadOut<string> {
  const frame = frameOf(subject, place.plane);
  const sizes = [frame.width, frame.height, frame.count];
  const voxel: [number, number, number] = [0, 0, 0];
  [x, y, place.index].forEach((position, n) => {
    voxel[frame.axis[n]] = frame.direction[n] === 1 ? position : sizes[n] - 1 - position;
  });
  const names = subject.kind === "volume" ? ["x", "y", "z"] : ["x", "y"];
  return {
    voxel: names.map((name, n) => `${name} ${voxel[n]}`).join(" "),
    world: worldText(subject, frame.spacing, voxel),
    value: `value ${stored.map((number) => valueText(subject.format, number)).join(" ")}`,
  };
}

/** The most characters each part may take, roughly: proportional letters are narrower than the figures that `ch` measures. */
export function widestReadOut({ kind, frames, unit, format }: Subject): ReadOut<number> {
  const digits = String(Math.max(...frames.map(({ width, height, count }) => Math.max(width, height, count)))).length;
  const axes = kind === "volume" ? 3 : 2;
  const value = format.type === "rgb8" ? 11 : Math.max(3, ...[-32768, 32767].map((n) => valueText(format, n).length));
  return {
    voxel: axes * (digits + 1.6) + 0.6,
    world: unit === "mm" ? axes * 6.8 + 2 : 0,
    value: 4.8 + (format.type === "uint8" ? 3 : value),
  };
}

function worldText(subject: Subject, spacing: readonly number[], voxel: [number, number, number]): string {
  if (subject.unit !== "mm") return "";
  const mm = subject.affine ? toWorld(subject.affine, voxel) : [voxel[0] * spacing[0], voxel[1] * spacing[1]];
  return `${mm.map((position) => position.toFixed(1).replace("-", "−")).join(", ")} mm`;
}

function valueText(format: SampleFormat, stored: number): string {
  return formatValue(storedToValue(format, stored), format.slope).replace("-", "−");
}
