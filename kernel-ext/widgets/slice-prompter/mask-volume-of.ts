import { unpackMask } from "../../../src/core/mask.js";
import { forEachInSlice } from "../../../src/core/plane.js";
import type { Volume } from "../../../src/io/image/volume.js";
import { emptyMask, MaskVolume } from "../../../src/io/mask/mask-volume.js";
import { answerOf, type Book, byPriority } from "./book.js";
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
  for (const slot of book.slots.values()) {
    const answer = answerOf(slot);
    if (slot.object !== object || !answer || slot.place.plane === null) continue;
    const mask = unpackMask(chosenOf(answer, slot.chosen).bits, answer.width, answer.height);
    forEachInSlice(volume.view(slot.place.plane), slot.place.index, (pixel, voxel) => {
      if (mask.data[pixel] === 0 || out.data[voxel] === label) return;
      out.data[voxel] = label;
      voxels++;
    });
  }
  return voxels;
}
