import { unpackMask } from "../../../src/core/mask.js";
import { forEachInSlice } from "../../../src/core/plane.js";
import type { Volume } from "../../../src/io/image/volume.js";
import { emptyMask, type MaskVolume } from "../../../src/io/mask/mask-volume.js";
import { answerOf, type Book, byPriority } from "./book.js";
import { chosenOf } from "./run.js";

/** The masks of a book on a volume's grid: label n is the nth object; where objects overlap, that of the one that comes first {@link byPriority}. */
export function maskVolumeOf(volume: Volume, book: Book): MaskVolume {
  const out = emptyMask(volume);
  for (const { id } of [...byPriority(book)].reverse()) {
    paintObject(out, volume, book, id, book.objects.findIndex((object) => object.id === id) + 1);
  }
  return out;
}

/** One object's whole mask, label 1, whatever other objects claim. */
export function objectVolumeOf(volume: Volume, book: Book, object: number): MaskVolume {
  const out = emptyMask(volume);
  paintObject(out, volume, book, object, 1);
  return out;
}

/** A voxel that several slices or planes of the object say is inside, is. */
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
