import { unpackMask } from "../../../src/core/mask.js";
import { forEachInSlice } from "../../../src/core/plane.js";
import { emptyMask, type MaskVolume } from "../../../src/io/mask-volume.js";
import type { Volume } from "../../../src/io/volume.js";
import { answerOf, type Book } from "./book.js";
import { chosenOf } from "./run.js";

/** The masks of a book on a volume's grid: label n is the nth object; a voxel that several slices or planes say is inside, is. */
export function maskVolumeOf(volume: Volume, book: Book): MaskVolume {
  const out = emptyMask(volume);
  book.objects.forEach(({ id }, n) => {
    for (const slot of book.slots.values()) {
      const answer = answerOf(slot);
      if (slot.object !== id || !answer || slot.place.plane === null) continue;
      const mask = unpackMask(chosenOf(answer, slot.chosen).bits, answer.width, answer.height);
      forEachInSlice(volume.view(slot.place.plane), slot.place.index, (pixel, voxel) => {
        if (mask.data[pixel] !== 0) out.data[voxel] = n + 1;
      });
    }
  });
  return out;
}
