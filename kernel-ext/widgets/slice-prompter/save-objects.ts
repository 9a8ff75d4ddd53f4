import type { Volume } from "../../../src/io/image/volume.js";
import { saveMask } from "../../../src/io/mask/mask-save.js";
import type { OverlapRule } from "../../../src/protocol/slice-prompter.js";
import { answerOf, type Book } from "./book.js";
import { labelMapOf } from "./mask-volume-of.js";

/** Options of `save`. */
export interface SaveObjectsOptions {
  /** Which object gets a voxel that several claim. Default: the widget's `overlap`. Locked objects take precedence. */
  readonly overlap?: OverlapRule;
  /** DICOM SEG: the series that the masks belong to. Default: the one that the volume was loaded from. */
  readonly series?: string | readonly string[];
  /** Cancels the writing; no partial file remains. */
  readonly signal?: AbortSignal;
}

/** An object as it was saved. */
export interface SavedObject {
  /**
   * Its label in the file: 1 is the first object of the list. A DICOM SEG omits empty objects, which have label 0 here,
   * and has no gaps.
   */
  readonly label: number;
  readonly name: string;
  /** `#rrggbb` */
  readonly color: string;
  /** Its voxels in the file. */
  readonly voxels: number;
  /** Voxels of its mask that another object got. */
  readonly lost: number;
  /** Slices with prompts that have no mask, since the prediction has failed or was canceled. */
  readonly unpredicted: number;
}

/** Writes all objects to one file, with names and colors. @throws {SamlabError} as `saveMask` */
export async function saveObjects(
  path: string,
  volume: Volume,
  book: Book,
  { overlap = book.overlap, series, signal }: SaveObjectsOptions,
): Promise<SavedObject[]> {
  const { mask, claimed } = labelMapOf(volume, { ...book, overlap });
  const counts = new Uint32Array(book.objects.length + 1);
  for (const label of mask.data) counts[label]!++;
  await saveMask(path, mask, { series, signal });
  const isSeg = /\.dcm$/i.test(path);
  let segments = 0;
  const prompted = [...book.slots.values()].filter((slot) => !answerOf(slot));
  return book.objects.map(({ id, name, color }, n) => {
    const unpredicted = prompted.filter(({ object }) => object === id).length;
    const voxels = counts[n + 1]!;
    const label = isSeg ? (voxels > 0 ? ++segments : 0) : n + 1;
    return { label, name, color, voxels, lost: (claimed.get(n + 1) ?? 0) - voxels, unpredicted };
  });
}
