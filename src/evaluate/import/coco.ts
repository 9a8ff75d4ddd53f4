import { basename, dirname, join } from "node:path";
import { SamlabError, show, throwIfCancelled } from "../../core/errors.js";
import type { Mask2d } from "../../core/mask.js";
import { savePng } from "../../io/raster.js";
import { layersOf } from "./coco-layers.js";
import { segmentationMask } from "./coco-segmentation.js";
import { type Fields, isFields, listOf, optionalText, textOf, wrongField } from "./fields.js";
import { isFile, outFolder, settleUnmatched, stemOf } from "./files.js";
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
 * COCO instances (`instances_*.json`): every object is an instance of the truth, its category the label; one case for each image and category. Objects
 * of one category that overlap lie in truths (and cases) of their own, so that none loses a pixel. Crowd regions are no objects and are left out.
 * The truths are written to `out` as PNG, one number for each object.
 * @throws {SamlabError} `manifest-invalid`, `format-invalid`, `geometry-mismatch`, `argument-invalid` (no `out`, `labels`), `file-missing`,
 * `disk-full`, `file-write-failed`, `cancelled`
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
  const idOf = uniqueIds();
  for (const image of images) {
    throwIfCancelled(options.signal, `Importing ${file}`);
    const path = join(folder, image.name);
    if (!(await isFile(path))) {
      unmatched.push(`there is no image ${path}`);
      continue;
    }
    for (const [category, own] of groupBy(byImage.get(image.id) ?? [], (entry) => entry.category)) {
      const label = categories.get(category) ?? "";
      for (const layer of layersOf(masksOf(own, image, file), image)) {
        const stem = stemOf(basename(image.name));
        const id = idOf(`${stem}-${label}`);
        const truth = join(out, `${id}_truth.png`);
        await savePng(truth, image.width, image.height, layer, options.signal);
        cases.push({
          id,
          image: { file: path },
          truth: { file: truth, instances: true },
          labels: { ">=1": label },
          modality: modalityIn(label) ?? modalityIn(image.name) ?? modalityIn(basename(file)),
          split: "test",
          subject: image.name,
        });
      }
    }
  }
  const info = isFields(json.info) ? json.info : {};
  return {
    format: "coco",
    file,
    name: optionalText(info, "description") ?? stemOf(basename(file)),
    licence: licenceOf(json),
    source: optionalText(info, "url"),
    cases,
    notes: [...crowdNotes(annotations), ...settleUnmatched(unmatched, file, options)],
  };
}

function* masksOf(annotations: readonly CocoAnnotation[], image: CocoImage, file: string): Generator<Mask2d> {
  for (const { segmentation, field } of annotations) {
    yield segmentationMask(segmentation, image, { file, field: `${field}.segmentation` });
  }
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
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

/** Where the images are: as said, or in the places where COCO's own layout and its imitators have them. */
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
  return [`Left out: ${crowds.length} crowd regions (iscrowd) on ${images} images; a crowd is no single object.`];
}

/** The licence's name, when there is one for all. */
function licenceOf(json: Fields): string | undefined {
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
