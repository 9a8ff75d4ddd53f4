import { forEachRowRun, runsOfBits } from "../../../../src/core/mask-runs.js";
import type { SurfaceState } from "../../../../src/protocol/overview.js";
import { frameOf, type Subject } from "../../../../src/protocol/slices.js";
import { type Book, maskOf, type Slot } from "../book.js";
import { slotsOf } from "../book-figures.js";
import type { PackedMask } from "../packed-mask.js";

/** Cells along the longest edge of the volume: fine enough to judge a shape, and meshed in some ten milliseconds. */
const mostCells = 96;

/** Masks on a coarse grid over a volume. */
export class CoarseGrid {
  readonly size: readonly [number, number, number];
  readonly spacing: readonly [number, number, number];
  readonly #subject: Subject;
  /** For each voxel axis and position: what it adds to the number of the cell. */
  readonly #cells: readonly (readonly number[])[];
  readonly #known = new WeakMap<PackedMask, readonly number[]>();
  readonly #counts: Uint16Array;

  constructor(subject: Subject) {
    this.#subject = subject;
    const axial = frameOf(subject, "axial");
    const voxels = [axial.width, axial.height, axial.count];
    const extent = voxels.map((count, n) => count * axial.spacing[n]!);
    const cell = Math.max(...extent) / mostCells;
    const size = voxels.map((count, n) => Math.max(1, Math.min(count, Math.round(extent[n]! / cell))));
    this.size = size as [number, number, number];
    this.spacing = extent.map((length, n) => length / size[n]!) as [number, number, number];
    const strides = [1, size[0]!, size[0]! * size[1]!];
    const cells: number[][] = [[], [], []];
    for (const n of [0, 1, 2]) {
      cells[axial.axis[n]!] = Array.from({ length: voxels[n]! }, (_, at) => {
        const along = axial.direction[n] === 1 ? at : voxels[n]! - 1 - at;
        return strides[n]! * Math.floor((along * size[n]!) / voxels[n]!);
      });
    }
    this.#cells = cells;
    this.#counts = new Uint16Array(size[0]! * size[1]! * size[2]!);
  }

  state(book: Book): SurfaceState {
    const { size, spacing } = this;
    const cells = this.#counts.length;
    const objects = book.objects.flatMap(({ id }) => {
      const bits = new Uint8Array((cells + 7) >> 3);
      let isEmpty = true;
      for (const slot of slotsOf(book, id)) {
        const mask = maskOf(slot)?.candidate;
        if (!mask || mask.area === 0) continue;
        isEmpty = false;
        for (const cell of this.#cellsOf(slot, mask)) bits[cell >> 3] |= 1 << (cell & 7);
      }
      return isEmpty ? [] : [{ object: id, runs: runsOfBits(bits, cells) }];
    });
    return { size, spacing, objects };
  }

  /** The cells of which the mask covers half on its slice; all that it touches if there is none. */
  #cellsOf({ place }: Slot, mask: PackedMask): readonly number[] {
    const known = this.#known.get(mask);
    if (known) return known;
    const { width, height, count, axis, direction } = frameOf(this.#subject, place.plane);
    const along = (n: 0 | 1, length: number, at: number) =>
      this.#cells[axis[n]]![direction[n] === 1 ? at : length - 1 - at]!;
    const base = this.#cells[axis[2]]![direction[2] === 1 ? place.index : count - 1 - place.index]!;
    const columns = Array.from({ length: width }, (_, x) => base + along(0, width, x));
    const rows = Array.from({ length: height }, (_, y) => along(1, height, y));
    const counts = this.#counts;
    const touched: number[] = [];
    forEachRowRun(mask.runs, width, (y, start, end) => {
      for (let x = start; x < end; x++) {
        const cell = columns[x]! + rows[y]!;
        if (counts[cell] === 0) touched.push(cell);
        counts[cell]!++;
      }
    });
    const inCell = (width / new Set(columns).size) * (height / new Set(rows).size);
    const half = touched.filter((cell) => counts[cell]! >= inCell / 2);
    for (const cell of touched) counts[cell] = 0;
    const cells = half.length > 0 ? half : touched;
    this.#known.set(mask, cells);
    return cells;
  }
}
