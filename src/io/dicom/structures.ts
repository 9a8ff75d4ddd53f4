import { SamlabError } from "../../core/errors.js";
import { affineSpacing, invertAffine, toWorld } from "../../core/geometry.js";
import type { Grid } from "../../core/grid.js";
import { type Segment, type SegmentSet, takeMarked } from "../mask/segments.js";
import { type DicomFile, type DicomObject, wrongElement } from "./object.js";

const rtTags = {
  structures: "30060020",
  number: "30060022",
  name: "30060026",
  contoursOf: "30060039",
  contours: "30060040",
  geometry: "30060042",
  data: "30060050",
  referencedNumber: "30060084",
} as const;

/** Maximum distance of a contour's points from each other across the slices, in slices. */
const flatness = 0.5;

/** Maximum distance of a contour from the plane of its slice: in slices, and in mm for files that round positions. */
const offPlane = { slices: 0.1, mm: 0.1 } as const;

type Point = readonly [number, number, number];

/** What became of the contours of a structure, in numbers. */
interface Count {
  /** They enclose no area. */
  open: number;
  placed: number;
  outside: number;
  /** The slices of those that were placed. */
  slices: Set<number>;
}

/**
 * The structures of an RTSTRUCT on the grid of an image: a voxel is inside where its center is inside an odd number of
 * the contours on its slice, so a contour within another is a hole. Contours beyond the image are left out, with a
 * note.
 * @param isAsked which structures must lie on the slices of the image; of the others, contours that do not are ignored
 * @throws {SamlabError} `format-invalid`, `geometry-mismatch` (contours that all lie outside the image, between its
 * slices, or across them), `image-empty` (no contours)
 */
export function readStructures(file: DicomFile, image: Grid, isAsked: (number: number) => boolean): SegmentSet {
  const names = new Map(
    file.items(rtTags.structures).map((item) => [item.number(rtTags.number), item.text(rtTags.name) ?? ""]),
  );
  const notes: string[] = [];
  const segments: Segment[] = [];
  const asked: Count[] = [];
  // One for all structures; a set of voxels would end at 16.7 million.
  const inside = new Uint8Array(image.size[0] * image.size[1] * image.size[2]);
  for (const [n, structure] of file.items(rtTags.contoursOf).entries()) {
    const number = structure.number(rtTags.referencedNumber) ?? n + 1;
    if (!Number.isInteger(number) || number < 1)
      throw wrongElement(file, "ReferencedROINumber", number, "must be from 1");
    const name = names.get(number) || `structure ${number}`;
    const count = draw(inside, structure, name, image, file, isAsked(number));
    segments.push({ number, name, voxels: takeMarked(inside) });
    if (!isAsked(number)) continue;
    asked.push(count);
    const { outside, placed, slices } = count;
    const gap = leastGap(slices);
    if (gap > 1)
      notes.push(`The contours of ${name} are ${gap} slices of the image apart; the slices between are empty.`);
    if (outside > 0)
      notes.push(`${outside} of the ${outside + placed} contours of ${name} lie outside the image and were left out.`);
  }
  const sum = (key: "open" | "placed" | "outside") => asked.reduce((all, count) => all + count[key], 0);
  if (sum("outside") > 0 && sum("placed") === 0)
    throw misplaced(file, "the contours lie outside the image", sum("outside"));
  const open = sum("open");
  if (open > 0) notes.push(`${open} contours that enclose no area (points, open lines) were left out.`);
  if (segments.length > 0) return { size: image.size, affine: image.affine, segments, source: file.name, notes };
  throw new SamlabError("image-empty", `${file.name} holds no contours.`, {
    file: file.name,
    field: "ROIContourSequence",
    remedy: "Export the structures again with their contours.",
  });
}

/** The least distance of three slices or more; 0 for fewer. */
function leastGap(slices: ReadonlySet<number>): number {
  const sorted = [...slices].sort((a, b) => a - b);
  return sorted.length < 3 ? 0 : Math.min(...sorted.slice(1).map((slice, n) => slice - sorted[n]));
}

/** Marks the voxels inside a structure. */
function draw(
  inside: Uint8Array,
  structure: DicomObject,
  name: string,
  image: Grid,
  file: DicomFile,
  isAsked: boolean,
): Count {
  const back = invertAffine(image.affine);
  const count: Count = { open: 0, placed: 0, outside: 0, slices: new Set() };
  for (const contour of structure.items(rtTags.contours)) {
    const corners = pointsOf(contour);
    if (corners === null) {
      const numbers = contour.values(rtTags.data).length;
      if (isAsked) throw wrongElement(file, "ContourData", numbers, "must hold x, y, z of each point");
      continue;
    }
    if (!/^CLOSED_PLANAR/.test(contour.text(rtTags.geometry) ?? "") || corners.length < 3) {
      count.open++;
      continue;
    }
    const points = corners.map((point) => toWorld(back, point));
    const plane = planeOf(points, image);
    if (plane.slice < 0 || plane.slice >= image.size[plane.axis]) {
      count.outside++;
    } else if (plane.wrong === null) {
      count.placed++;
      count.slices.add(plane.slice);
      toggleInside(inside, points, plane, image);
    } else if (isAsked) {
      throw misplaced(file, `a contour of ${name} ${plane.wrong}`, plane.place);
    }
  }
  return count;
}

function misplaced(file: DicomFile, what: string, value: unknown): SamlabError {
  return new SamlabError("geometry-mismatch", `${file.name}: ${what}.`, {
    file: file.name,
    field: "ContourData",
    value,
    remedy: "Load the image that it was drawn on, or choose other objects: { label }.",
  });
}

/** Points in RAS millimeters; the file has LPS. `null` if they are damaged. */
function pointsOf(contour: DicomObject): Point[] | null {
  const isEmpty = contour.values(rtTags.data).every((value) => value === null || value === "");
  const numbers = isEmpty ? [] : contour.numbers(rtTags.data);
  if (!numbers || numbers.length % 3 !== 0) return null;
  return Array.from(
    { length: numbers.length / 3 },
    (_, n): Point => [-numbers[3 * n], -numbers[3 * n + 1], numbers[3 * n + 2]],
  );
}

/** The slice of the image that a contour lies on. */
interface ContourPlane {
  /** The voxel axis across it. */
  readonly axis: number;
  /** The nearest slice; may lie outside the image. */
  readonly slice: number;
  /** Where it lies along the axis, in slices. */
  readonly place: number;
  /** Why it is not on that slice; `null` if it is. */
  readonly wrong: string | null;
}

/** @param points in voxels */
function planeOf(points: readonly Point[], { affine }: Grid): ContourPlane {
  const spreads = [0, 1, 2].map((axis) => spreadOf(points, axis));
  const thickness = ({ least, most }: Spread) => most - least;
  const flat = spreads.reduce((best, one) => (thickness(one) < thickness(best) - 1e-6 ? one : best), spreads[2]);
  const { axis } = flat;
  const place = (flat.least + flat.most) / 2;
  const slice = Math.round(place);
  const spacing = affineSpacing(affine)[axis];
  const off = Math.abs(place - slice);
  const wrong =
    thickness(flat) > flatness
      ? "runs across the image's slices"
      : off > offPlane.slices && off * spacing > offPlane.mm
        ? `lies ${(off * spacing).toFixed(2)} mm from the nearest slice of the image, whose slices are ${Number(spacing.toPrecision(4))} mm apart`
        : null;
  return { axis, slice, place, wrong };
}

interface Spread {
  readonly axis: number;
  readonly least: number;
  readonly most: number;
}

function spreadOf(points: readonly Point[], axis: number): Spread {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const point of points) {
    least = Math.min(least, point[axis]);
    most = Math.max(most, point[axis]);
  }
  return { axis, least, most };
}

/** Toggles every voxel whose center is inside the contour. Points are in voxels. */
function toggleInside(
  inside: Uint8Array,
  points: readonly Point[],
  { axis, slice }: ContourPlane,
  { size }: Grid,
): void {
  const [u, v] = [0, 1, 2].filter((other) => other !== axis);
  const strides = [1, size[0], size[0] * size[1]];
  const rows = spreadOf(points, v);
  for (let row = Math.max(0, Math.ceil(rows.least)); row <= Math.min(size[v] - 1, rows.most); row++) {
    const crossings = crossingsOf(points, u, v, row);
    for (let n = 0; n + 1 < crossings.length; n += 2) {
      const end = Math.min(size[u] - 1, Math.ceil(crossings[n + 1]) - 1);
      for (let column = Math.max(0, Math.ceil(crossings[n])); column <= end; column++) {
        const voxel = slice * strides[axis] + row * strides[v] + column * strides[u];
        inside[voxel] ^= 1;
      }
    }
  }
}

/**
 * Where a polygon's edges cross a row of voxel centers, ascending. Each edge includes its lower end only, so that
 * corners count once.
 */
function crossingsOf(points: readonly Point[], u: number, v: number, row: number): number[] {
  const crossings: number[] = [];
  points.forEach((from, n) => {
    const to = points[(n + 1) % points.length];
    if (from[v] <= row === to[v] <= row) return;
    crossings.push(from[u] + ((row - from[v]) / (to[v] - from[v])) * (to[u] - from[u]));
  });
  return crossings.sort((a, b) => a - b);
}
