import { basename, dirname, join } from "node:path";
import { appendTo } from "../../core/append-to.js";
import { SamlabError, show, throwIfCanceled } from "../../core/errors.js";
import type { Mask2d } from "../../core/mask.js";
import { mostPixels, type OrientationRule, turnedSize } from "../../io/formats/raster.js";
import { layersOf } from "./coco-layers.js";
import { segmentationMask } from "./coco-segmentation.js";
import { type Fields, isFields, listOf, optionalText, textOf, wrongField } from "./fields.js";
import { isFile, outFolder, saveConvertedPicture, settleUnmatched, stemOf } from "./files.js";
import { uniqueIds } from "./finish.js";
import { modalityIn } from "./modality.js";
import type { CaseDraft, DatasetDraft, ImportOptions } from "./types.js";

interface CocoImage {
  readonly id: number;
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

interface CocoAnnotation {
  readonly image: number;
  readonly category: number;
  readonly isCrowd: boolean;
  readonly segmentation: unknown;
  readonly field: string;
}

/**
 * COCO instances (`instances_*.json`): every object is an instance of the truth, its category the label; one case for
 * each image and category. Objects of one category that overlap are put in separate truths (and cases), so that none
 * loses a pixel. Crowd regions are not objects and are omitted, as are annotations without a usable segmentation, which
 * are counted in the notes. The truths are written to `out` as PNG, one number for each object.
 * @throws {SamlabError} `manifest-invalid`, `format-invalid`, `geometry-mismatch`, `argument-invalid` (no `out`,
 * `labels`, another file of that name), `file-missing`, `disk-full`, `file-write-failed`, `canceled`
 */
export async function readCoco(file: string, json: Fields, options: ImportOptions): Promise<DatasetDraft> {
  if (options.labels !== undefined || options.instances === false) throw ownLabels(file, options);
  const categories = new Map(listOf(json, "categories", file).map((entry, n) => categoryOf(entry, n, file)));
  const images = listOf(json, "images", file).map((entry, n) => imageOf(entry, n, file));
  const known = new Set(images.map(({ id }) => id));
  const annotations = listOf(json, "annotations", file).map((entry, n) => annotationOf(entry, n, file));
  for (const { image, category, field } of annotations) {
    if (!known.has(image)) throw wrongField(file, `${field}.image_id`, image, "is the id of no image");
    if (!categories.has(category)) throw wrongField(file, `${field}.category_id`, category, "is the id of no category");
  }
  const out = await outFolder(options.out, file);
  const folder = await imageFolder(file, images, options.images);
  const objects = annotations.filter(({ isCrowd }) => !isCrowd);
  const byImage = groupBy(objects, ({ image }) => image);
  const cases: CaseDraft[] = [];
  const unmatched: string[] = [];
  const leftOut: LeftOut = { unusable: [], empty: [] };
  const idOf = uniqueIds();
  for (const image of images) {
    throwIfCanceled(options.signal, `Importing ${file}`);
    const path = join(folder, image.name);
    if (!(await isFile(path))) {
      unmatched.push(`there is no image ${path}`);
      continue;
    }
    const orientation = options.orientation ?? (await orientationFor(path, image));
    for (const [category, own] of groupBy(byImage.get(image.id) ?? [], (entry) => entry.category)) {
      const label = categories.get(category) ?? "";
      for (const layer of layersOf(masksOf(own, image, file, leftOut), image)) {
        const stem = stemOf(basename(image.name));
        const id = idOf(`${stem}-${label}`);
        const truth = join(out, `${id}_truth.png`);
        await saveConvertedPicture(truth, image.width, image.height, layer, options.signal);
        cases.push({
          id,
          image: { file: path, orientation },
          truth: { file: truth, instances: true },
          labels: { ">=1": label },
          modality: modalityIn(label) ?? modalityIn(image.name) ?? modalityIn(basename(file)),
          split: "test",
          subject: image.name,
        });
      }
    }
  }
  if (cases.length === 0) checkLeftOut(leftOut, objects.length, file);
  const info = isFields(json.info) ? json.info : {};
  return {
    format: "coco",
    file,
    name: optionalText(info, "description") ?? stemOf(basename(file)),
    license: licenseOf(json),
    source: optionalText(info, "url"),
    cases,
    notes: [
      ...crowdNotes(annotations),
      ...leftOutNotes(leftOut, objects.length),
      ...settleUnmatched(unmatched, file, options),
    ],
  };
}

/** Annotations that make no object. */
interface LeftOut {
  /** What is wrong with their segmentations. */
  readonly unusable: SamlabError[];
  /** The fields and images of those that cover no pixel. */
  readonly empty: string[];
}

/** The masks of the annotations that have one; the others go into `leftOut`. */
function* masksOf(
  annotations: readonly CocoAnnotation[],
  image: CocoImage,
  file: string,
  leftOut: LeftOut,
): Generator<Mask2d> {
  for (const { segmentation, field } of annotations) {
    try {
      const mask = segmentationMask(segmentation, image, { file, field: `${field}.segmentation` });
      if (mask.data.includes(1)) yield mask;
      else leftOut.empty.push(`${field} on ${image.name}`);
    } catch (error) {
      if (!(error instanceof SamlabError)) throw error;
      leftOut.unusable.push(error);
    }
  }
}

/** @throws {SamlabError} `manifest-invalid` when no annotation makes an object */
function checkLeftOut({ unusable, empty }: LeftOut, of: number, file: string): void {
  if (unusable.length > 0) {
    throw new SamlabError(
      "manifest-invalid",
      `${file}: none of ${of} annotations has a usable segmentation. The first: ${unusable[0].message}`,
      {
        file,
        field: "annotations",
        value: unusable.length,
        remedy: "Export polygons or run lengths, not boxes alone.",
      },
    );
  }
  if (empty.length > 0) {
    throw new SamlabError("manifest-invalid", `${file}: none of ${of} annotations covers a pixel, as ${empty[0]}.`, {
      file,
      field: "annotations",
      value: empty.length,
      remedy: "Check that the coordinates are in pixels, not fractions of the image.",
    });
  }
}

function leftOutNotes({ unusable, empty }: LeftOut, of: number): string[] {
  const notes: string[] = [];
  if (unusable.length > 0) {
    notes.push(
      `Left out: ${unusable.length} of ${of} annotations without a usable segmentation. The first: ${unusable[0].message}`,
    );
  }
  if (empty.length > 0) {
    notes.push(`Left out: ${empty.length} of ${of} annotations that cover no pixel. The first: ${empty[0]}.`);
  }
  return notes;
}

function categoryOf(entry: unknown, n: number, file: string): [id: number, name: string] {
  const field = `categories[${n}]`;
  if (!isFields(entry)) throw wrongField(file, field, entry, "must be an object with id and name");
  return [wholeOf(entry, "id", file, field), textOf(entry, "name", file, `${field}.name`)];
}

function imageOf(entry: unknown, n: number, file: string): CocoImage {
  const field = `images[${n}]`;
  if (!isFields(entry)) throw wrongField(file, field, entry, "must be an object with id, file_name, width and height");
  const [width, height] = [wholeOf(entry, "width", file, field), wholeOf(entry, "height", file, field)];
  if (width < 1 || height < 1) throw wrongField(file, field, [width, height], "must have a width and a height above 0");
  if (width * height > mostPixels) {
    throw wrongField(file, field, [width, height], `must have a width and a height of at most ${mostPixels} pixels`);
  }
  return {
    id: wholeOf(entry, "id", file, field),
    name: textOf(entry, "file_name", file, `${field}.file_name`),
    width,
    height,
  };
}

function annotationOf(entry: unknown, n: number, file: string): CocoAnnotation {
  const place = `annotations[${n}]`;
  if (!isFields(entry)) throw wrongField(file, place, entry, "must be an object");
  const field = entry.id === undefined ? place : `${place} (id ${show(entry.id)})`;
  return {
    image: wholeOf(entry, "image_id", file, field),
    category: wholeOf(entry, "category_id", file, field),
    isCrowd: entry.iscrowd === 1 || entry.iscrowd === true,
    segmentation: entry.segmentation,
    field,
  };
}

function wholeOf(entry: Fields, name: string, file: string, field: string): number {
  const value = entry[name];
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
  throw wrongField(file, `${field}.${name}`, value, value === undefined ? "is missing" : "must be a whole number");
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => number): Map<number, Item[]> {
  const groups = new Map<number, Item[]>();
  for (const item of items) appendTo(groups, keyOf(item), item);
  return groups;
}

/**
 * Whether the coordinates of a turned picture count on its stored pixels or on the upright ones: its annotated size
 * says so where it can.
 * @throws {SamlabError} `geometry-mismatch` where it cannot
 */
async function orientationFor(path: string, { width, height }: CocoImage): Promise<OrientationRule | undefined> {
  const size = await turnedSize(path);
  if (!size) return undefined;
  const isStored = width === size.width && height === size.height;
  const isUpright = width === size.uprightWidth && height === size.uprightHeight;
  if (isStored !== isUpright) return isStored ? "ignore" : "apply";
  throw new SamlabError(
    "geometry-mismatch",
    `${path} has the EXIF orientation ${size.orientation}: do its annotations count on the stored pixels or on the upright picture?`,
    {
      file: path,
      field: "orientation",
      value: size.orientation,
      remedy:
        'Say it: { orientation: "ignore" } for stored pixels (pycocotools, Pillow), { orientation: "apply" } for the upright picture.',
    },
  );
}

/** The images' folder: as given, or as in COCO's layout and common variants of it. */
async function imageFolder(file: string, images: readonly CocoImage[], said: string | undefined): Promise<string> {
  if (said !== undefined || images.length === 0) return said ?? dirname(file);
  const here = dirname(file);
  const part = stemOf(basename(file)).replace(/^instances_/, "");
  const places = [
    here,
    join(here, "images"),
    join(here, part),
    join(here, "..", "images"),
    join(here, "..", part),
    join(here, "..", "images", part),
    join(here, ".."),
  ];
  for (const place of places)
    for (const { name } of images.slice(0, 10)) if (await isFile(join(place, name))) return place;
  throw new SamlabError(
    "file-missing",
    `The images of ${file} were not found: ${images[0].name} is in none of ${places.join(", ")}.`,
    {
      file,
      field: "images",
      value: images[0].name,
      remedy: 'Name their folder: { images: "train2017" }.',
    },
  );
}

function crowdNotes(annotations: readonly CocoAnnotation[]): string[] {
  const crowds = annotations.filter(({ isCrowd }) => isCrowd);
  if (crowds.length === 0) return [];
  const images = new Set(crowds.map(({ image }) => image)).size;
  return [`Left out: ${crowds.length} crowd regions (iscrowd) on ${images} images; a crowd is not a single object.`];
}

/** The license's name, when there is one for all. */
function licenseOf(json: Fields): string | undefined {
  const [only, ...others] = Array.isArray(json.licenses) ? json.licenses : [];
  return isFields(only) && others.length === 0 ? optionalText(only, "name") : undefined;
}

function ownLabels(file: string, { labels, instances }: ImportOptions): SamlabError {
  const [field, value] = labels === undefined ? ["instances", instances] : ["labels", labels];
  return new SamlabError("argument-invalid", `${file} names its categories itself, and every object is an instance.`, {
    file,
    field,
    value,
    remedy: `Leave ${field} out.`,
  });
}
