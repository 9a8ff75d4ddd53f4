import { unpackMask } from "../../../src/core/mask.js";
import { forEachInSlice } from "../../../src/core/plane.js";
import type { Volume } from "../../../src/io/image/volume.js";
import { emptyMask, type MaskVolume } from "../../../src/io/mask/mask-volume.js";
import { answerOf, type Book, byPriority } from "./book.js";
import { chosenOf } from "./run.js";

/** The masks of a book on a volume's grid: label n is the nth object; overlaps are resolved by {@link byPriority}. */
export function maskVolumeOf(volume: Volume, book: Book): MaskVolume {
  const out = emptyMask(volume);
  for (const { id } of [...byPriority(book)].reverse()) {
    paintObject(out, volume, book, id, book.objects.findIndex((object) => object.id === id) + 1);
  }
  return out;
}

/** One object's complete mask, label 1, ignoring overlaps with other objects. */
export function objectVolumeOf(volume: Volume, book: Book, object: number): MaskVolume {
  const out = emptyMask(volume);
  paintObject(out, volume, book, object, 1);
  return out;
}

/** A voxel is inside if any of the object's slices, in any plane, contains it. */
function paintObject(out: MaskVolume, volume: Volume, book: Book, object: number, label: number): void {
  for (const slot of book.slots.values()) {
    const answer = answerOf(slot);
    if (slot.object !== object || !answer || slot.place.plane === null) continue;
    const mask = unpackMask(chosenOf(answer, slot.chosen).bits, answer.width, answer.height);
    forEachInSlice(volume.view(slot.place.plane), slot.place.index, (pixel, voxel) => {
      if (mask.data[pixel] !== 0) out.data[voxel] = label;
    });
  }
}
