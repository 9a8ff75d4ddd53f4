import { SamlabError } from "../../core/errors.js";
import { invertAffine, toWorld } from "../../core/geometry.js";
import type { Grid } from "../../core/grid.js";
import type { Segment, SegmentSet } from "../mask/segments.js";
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

/** Maximum distance of a contour's points from the slice plane, in slices. */
const flatness = 0.5;

type Point = readonly [number, number, number];

/**
 * The structures of an RTSTRUCT on the grid of an image: a voxel is inside where its center is inside an odd number of
 * the contours on its slice, so a contour within another is a hole.
 * @throws {SamlabError} `format-invalid`, `geometry-mismatch` (contours outside the image, or across its slices),
 * `image-empty` (no contours)
 */
export function readStructures(file: DicomFile, image: Grid): SegmentSet {
  const names = new Map(
    file.items(rtTags.structures).map((item) => [item.number(rtTags.number), item.text(rtTags.name) ?? ""]),
  );
  const back = invertAffine(image.affine);
  const notes: string[] = [];
  const segments: Segment[] = [];
  let skipped = 0;
  for (const [n, structure] of file.items(rtTags.contoursOf).entries()) {
    const number = structure.number(rtTags.referencedNumber) ?? n + 1;
    if (!Number.isInteger(number) || number < 1)
      throw wrongElement(file, "ReferencedROINumber", number, "must be from 1");
    const inside = new Set<number>();
    for (const contour of structure.items(rtTags.contours)) {
      if (!/^CLOSED_PLANAR/.test(contour.text(rtTags.geometry) ?? "")) {
        skipped++;
        continue;
      }
      const points = pointsOf(contour, file).map((point) => toWorld(back, point));
      toggleInside(inside, points, image, file, names.get(number) ?? String(number));
    }
    segments.push({
      number,
      name: names.get(number) || `structure ${number}`,
      voxels: Uint32Array.from(inside).sort(),
    });
  }
  if (skipped > 0) notes.push(`${skipped} contours that enclose no area (points, open lines) were left out.`);
  if (segments.length > 0) return { size: image.size, affine: image.affine, segments, source: file.name, notes };
  throw new SamlabError("image-empty", `${file.name} holds no contours.`, {
    file: file.name,
    field: "ROIContourSequence",
    remedy: "Export the structures again with their contours.",
  });
}

/** Points in RAS millimeters; the file has LPS. */
function pointsOf(contour: DicomObject, file: DicomFile): Point[] {
  const numbers = contour.numbers(rtTags.data);
  if (!numbers || numbers.length % 3 !== 0 || numbers.length < 9) {
    throw wrongElement(file, "ContourData", numbers?.length, "must hold x, y, z of at least three points");
  }
  return Array.from(
    { length: numbers.length / 3 },
    (_, n): Point => [-numbers[3 * n], -numbers[3 * n + 1], numbers[3 * n + 2]],
  );
}

/** Toggles every voxel whose center is inside the contour. Points are in voxels. */
function toggleInside(
  inside: Set<number>,
  points: readonly Point[],
  { size }: Grid,
  file: DicomFile,
  name: string,
): void {
  const spread = [0, 1, 2].map((axis) => {
    const values = points.map((point) => point[axis]);
    return { axis, least: Math.min(...values), most: Math.max(...values) };
  });
  const flat = spread.reduce(
    (best, one) => (one.most - one.least < best.most - best.least - 1e-6 ? one : best),
    spread[2],
  );
  const slice = Math.round((flat.least + flat.most) / 2);
  if (flat.most - flat.least > flatness || slice < 0 || slice >= size[flat.axis]) {
    const what = flat.most - flat.least > flatness ? "runs across the image's slices" : "lies outside the image";
    throw new SamlabError("geometry-mismatch", `${file.name}: a contour of ${name} ${what}.`, {
      file: file.name,
      field: "ContourData",
      value: [flat.least, flat.most],
      remedy: "Load the image that it was drawn on.",
    });
  }
  const [u, v] = [0, 1, 2].filter((axis) => axis !== flat.axis);
  const strides = [1, size[0], size[0] * size[1]];
  const first = Math.max(0, Math.ceil(spread[v].least));
  for (let row = first; row <= Math.min(size[v] - 1, spread[v].most); row++) {
    const crossings = crossingsOf(points, u, v, row);
    for (let n = 0; n + 1 < crossings.length; n += 2) {
      const end = Math.min(size[u] - 1, Math.ceil(crossings[n + 1]) - 1);
      for (let column = Math.max(0, Math.ceil(crossings[n])); column <= end; column++) {
        const voxel = slice * strides[flat.axis] + row * strides[v] + column * strides[u];
        if (!inside.delete(voxel)) inside.add(voxel);
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
