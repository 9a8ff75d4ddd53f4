import { forEachRowRun } from "../../../src/core/mask-runs.js";
import { sliceStrides } from "../../../src/core/plane.js";
import type { Volume } from "../../../src/io/image/volume.js";
import { emptyMask, MaskVolume } from "../../../src/io/mask/mask-volume.js";
import { answerOf, type Book, byPriority } from "./book.js";
import { slotsOf } from "./book-figures.js";
import { chosenOf } from "./run.js";

/**
 * The masks of a book on a volume's grid with names and colors: label n is the nth object; overlaps are resolved by
 * {@link byPriority}. `claimed`: the voxels of each object by label, with those that went to another one.
 */
export function labelMapOf(volume: Volume, book: Book): { mask: MaskVolume; claimed: ReadonlyMap<number, number> } {
  const names = new Map(book.objects.map(({ name }, n) => [n + 1, name]));
  const colors = new Map(book.objects.map(({ color }, n) => [n + 1, color]));
  const mask = new MaskVolume({ ...emptyMask(volume, book.objects.length), names, colors });
  const claimed = new Map<number, number>();
  for (const { id } of [...byPriority(book)].reverse()) {
    const label = book.objects.findIndex((object) => object.id === id) + 1;
    claimed.set(label, paintObject(mask, volume, book, id, label));
  }
  return { mask, claimed };
}

/** One object's complete mask, label 1, ignoring overlaps with other objects. */
export function objectVolumeOf(volume: Volume, book: Book, object: number): MaskVolume {
  const { name, color } = book.objects.find(({ id }) => id === object)!;
  const mask = new MaskVolume({ ...emptyMask(volume), names: new Map([[1, name]]), colors: new Map([[1, color]]) });
  paintObject(mask, volume, book, object, 1);
  return mask;
}

/** A voxel is inside if any of the object's slices, in any plane, contains it. Returns the number of voxels. */
function paintObject(out: MaskVolume, volume: Volume, book: Book, object: number, label: number): number {
  let voxels = 0;
  const { data } = out;
  for (const slot of slotsOf(book, object)) {
    const answer = answerOf(slot);
    if (!answer || slot.place.plane === null) continue;
    const { offset, strideX, strideY } = sliceStrides(volume.view(slot.place.plane), slot.place.index);
    forEachRowRun(chosenOf(answer, slot.chosen).runs, answer.width, (y, start, end) => {
      for (let x = start; x < end; x++) {
        const voxel = offset + y * strideY + x * strideX;
        if (data[voxel] === label) continue;
        data[voxel] = label;
        voxels++;
      }
    });
  }
  return voxels;
}
