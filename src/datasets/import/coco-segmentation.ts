import { errorIn, SamlabError, show } from "../../core/errors.js";
import type { Mask2d } from "../../core/mask.js";
import { decodeRle } from "../../core/rle.js";
import { isFields, wrongField } from "./fields.js";
import { fillPolygon } from "./polygon.js";
import { decodeCounts } from "./rle-counts.js";

/** Maximum coordinate of a corner, in pixels, since outlines are traced step by step. */
const farthest = 1e6;

/** The location of a segmentation, for messages. */
export interface SegmentationPlace {
  readonly file: string;
  /** e.g. `annotations[3] (id 17).segmentation` */
  readonly field: string;
}

/**
 * The mask of a COCO segmentation as pycocotools' `annToMask` has it: polygons (united; a part of one or two points
 * adds nothing), run lengths as a list, or as their compressed text.
 * @param image size of the picture that it lies on, in pixels
 * @throws {SamlabError} `manifest-invalid`, `geometry-mismatch` (run lengths of another size), `format-invalid` (run
 * lengths that do not fill it)
 */
export function segmentationMask(
  segmentation: unknown,
  image: { readonly width: number; readonly height: number },
  { file, field }: SegmentationPlace,
): Mask2d {
  const { width, height } = image;
  if (Array.isArray(segmentation)) {
    if (segmentation.length === 0) throw wrongField(file, field, segmentation, "must have at least one polygon");
    const data = new Uint8Array(width * height);
    const isObject = segmentation.some(isPolygon);
    segmentation.forEach((polygon: unknown, n) => {
      // Tools leave parts of one or two points behind, which enclose nothing.
      if (isObject && isRest(polygon)) return;
      if (!isPolygon(polygon)) {
        throw wrongField(file, `${field}[${n}]`, polygon, "must list x, y of at least three points");
      }
      const far = polygon.find((length) => Math.abs(length) > farthest);
      if (far !== undefined) throw wrongField(file, `${field}[${n}]`, far, "is far outside the picture");
      fillPolygon({ width, height, data }, polygon);
    });
    return { width, height, data };
  }
  if (!isFields(segmentation)) {
    throw wrongField(
      file,
      field,
      segmentation,
      segmentation === undefined ? "is missing" : "must be polygons or run lengths",
    );
  }
  const { size, counts } = segmentation;
  if (!Array.isArray(size) || size.length !== 2 || size[0] !== height || size[1] !== width) {
    throw new SamlabError(
      "geometry-mismatch",
      `${file}: ${field}.size is ${show(size)}, but its image has ${height} rows of ${width} pixels.`,
      { file, field: `${field}.size`, value: size, remedy: "Write the size as [height, width]." },
    );
  }
  try {
    return decodeRle({ size: [height, width], counts: countsOf(counts, file, field) });
  } catch (error) {
    if (!(error instanceof SamlabError) || error.code !== "format-invalid") throw error;
    throw errorIn(`${file}: ${field}`, error, { file, field: `${field}.counts` });
  }
}

function countsOf(counts: unknown, file: string, field: string): readonly number[] {
  if (typeof counts === "string") return decodeCounts(counts);
  if (Array.isArray(counts) && counts.every((count) => typeof count === "number")) return counts;
  throw wrongField(file, `${field}.counts`, counts, "must be a list of run lengths or their compressed text");
}

const isNumbers = (value: unknown): value is number[] => Array.isArray(value) && value.every(Number.isFinite);

function isPolygon(value: unknown): value is number[] {
  return isNumbers(value) && value.length >= 6 && value.length % 2 === 0;
}

function isRest(value: unknown): boolean {
  return isNumbers(value) && value.length < 6;
}
