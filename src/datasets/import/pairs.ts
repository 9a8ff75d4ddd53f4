import { basename, dirname, join, resolve } from "node:path";
import { SamlabError, show, throwIfCanceled } from "../../core/errors.js";
import { isPicture } from "../../io/image/read-voxels.js";
import { distinctValues } from "../../io/mask/labels.js";
import { maskValues, readMaskRaster } from "../../io/mask/mask-raster.js";
import { listFiles, readableName, settleUnmatched, stemOf } from "./files.js";
import { modalityIn } from "./modality.js";
import type { CaseDraft, DatasetDraft, ImportOptions } from "./types.js";

const imageFolders = ["images", "image", "imgs", "img", "Images", "Original"];
const maskFolders = [
  "masks",
  "mask",
  "labels",
  "label",
  "gts",
  "gt",
  "truth",
  "annotations",
  "segmentations",
  "Masks",
  "Ground Truth",
];
/** What a mask's name ends in, and an image's, before the ending. */
const maskSuffix = /(?:^|[-_. ])(?:mask|seg|segmentation|label|labels|gt|truth|groundtruth|lesion|annotation)$/i;
const imageSuffix = /(?:^|[-_. ])(?:image|img|orig|original)$/i;

const examplePatterns = '{ images: "images/*.png", masks: "masks/*_gt.png" }';
/** How to say which files are pairs. */
export const patternsRemedy = `Say which names belong together, where the star stands for the same text: ${examplePatterns}.`;

/** A file, and what it has in common with its partner. */
interface Keyed {
  readonly key: string;
  readonly file: string;
}

/**
 * A folder of images and masks. Told by two folders (`images/7.png`, `masks/7_gt.png`) or by the names' ends in one
 * folder (`7.jpg`, `7-mask.png`; `ct_image.nii.gz`, `ct_truth.nii.gz`); or said with patterns,
 * `{ images: "raw/*.jpg", masks: "drawn/*-lesion.png" }`.
 * @throws {SamlabError} `file-missing` (no pair, or unmatched files), `manifest-invalid` (two files with one key),
 * `argument-invalid` (patterns)
 */
export async function readPairs(folder: string, options: ImportOptions): Promise<DatasetDraft> {
  const { images, masks, unread = [] } = await findFiles(folder, options);
  const imageOf = byKey(images, folder);
  const maskOf = byKey(masks, folder);
  const cases: CaseDraft[] = [];
  const unmatched: string[] = [];
  for (const [key, image] of imageOf) {
    const mask = maskOf.get(key);
    if (mask === undefined) {
      unmatched.push(`${image} has no mask${because(unread, maskSuffix, key)}`);
      continue;
    }
    const id = key || basename(resolve(folder));
    const modality = modalityIn(basename(image)) ?? modalityIn(basename(resolve(folder)));
    cases.push({ id, image: { file: image }, truth: { file: mask }, labels: null, modality, split: "test" });
  }
  for (const [key, mask] of maskOf) {
    if (!imageOf.has(key)) unmatched.push(`${mask} has no image${because(unread, imageSuffix, key)}`);
  }
  const notes = settleUnmatched(unmatched, folder, options, patternsRemedy);
  if (typeof options.labels === "string" && !options.instances)
    await checkOneValue(cases, options.labels, options.signal);
  return { format: "pairs", file: folder, name: basename(resolve(folder)), cases, notes };
}

/** The reason if the partner file exists but has an unsupported type. */
function because(unread: readonly string[], suffix: RegExp, key: string): string {
  const file = unread.find((one) => keyOf(one, suffix) === key);
  return file === undefined ? "" : ` (${file} has a format that is not read)`;
}

/**
 * Refuses PNG and TIFF masks with several values above 0, in one or over all: those of classes, or a gray mask with
 * soft edges, have no "every value above 0". All are read, since the first may show one class, or sharp edges.
 */
async function checkOneValue(cases: readonly CaseDraft[], name: string, signal?: AbortSignal): Promise<void> {
  let known: { readonly file: string; readonly values: readonly number[]; readonly on: number } | undefined;
  for (const { truth } of cases) {
    const { file } = truth;
    if (!/\.(?:png|tiff?)$/i.test(file) || !(await isPicture(file))) continue;
    throwIfCanceled(signal, `Importing ${file}`);
    const values = distinctValues(maskValues(await readMaskRaster(file, { signal }), [], file), 20);
    const [on, ...more] = values.filter((value) => value > 0);
    if (on === undefined) continue;
    known ??= { file, values, on };
    if (more.length === 0 && on === known.on) continue;
    const other = more.length === 0 ? `, and ${known.file} ${show(known.values)}` : "";
    throw new SamlabError(
      "argument-invalid",
      `${file} has the values ${show(values)}${other}: which are ${show(name)}?`,
      {
        file,
        field: "labels",
        value: values,
        remedy: `Say { labels: { ">=128": ${show(name)} } } for a gray mask, { labels: { ">=1": ${show(name)} } } for all together, a name for each number, or { instances: true } where each number is an object.`,
      },
    );
  }
}

interface FoundFiles {
  readonly images: Keyed[];
  readonly masks: Keyed[];
  /** Files in the same folders that are of no kind that is read. */
  readonly unread?: readonly string[];
}

async function findFiles(folder: string, options: ImportOptions): Promise<FoundFiles> {
  if (options.images !== undefined || options.masks !== undefined) {
    const { images, masks } = options;
    if (images === undefined || masks === undefined)
      throw notAPattern(images === undefined ? "images" : "masks", undefined);
    return { images: await matching(folder, "images", images), masks: await matching(folder, "masks", masks) };
  }
  const [inImages, inMasks] = [await firstFolder(folder, imageFolders), await firstFolder(folder, maskFolders)];
  if (inImages && inMasks) {
    return {
      images: inImages.files.map((file) => ({ key: keyOf(file, imageSuffix), file })),
      masks: inMasks.files.map((file) => ({ key: keyOf(file, maskSuffix), file })),
      unread: [...inImages.unread, ...inMasks.unread],
    };
  }
  const found = await readableFiles(folder);
  if (found === null) throw folderMissing(folder);
  const { files, unread } = found;
  const isMask = (file: string) => maskSuffix.test(stemOf(basename(file)));
  return {
    images: files.filter((file) => !isMask(file)).map((file) => ({ key: keyOf(file, imageSuffix), file })),
    masks: files.filter(isMask).map((file) => ({ key: keyOf(file, maskSuffix), file })),
    unread,
  };
}

const keyOf = (file: string, suffix: RegExp) => stemOf(basename(file)).replace(suffix, "");

interface FolderFiles {
  readonly files: readonly string[];
  readonly unread: readonly string[];
}

async function firstFolder(folder: string, names: readonly string[]): Promise<FolderFiles | null> {
  for (const name of names) {
    const found = await readableFiles(join(folder, name));
    if (found && found.files.length + found.unread.length > 0) return found;
  }
  return null;
}

async function readableFiles(folder: string): Promise<FolderFiles | null> {
  const names = await listFiles(folder);
  if (names === null) return null;
  const paths = (wanted: boolean) =>
    names.filter((name) => readableName.test(name) === wanted).map((name) => join(folder, name));
  return { files: paths(true), unread: paths(false) };
}

/** Files below `folder` that a pattern with one `*` fits; the key is the part that matches the `*`. */
async function matching(folder: string, field: "images" | "masks", pattern: string): Promise<Keyed[]> {
  const name = basename(pattern);
  if (name.split("*").length !== 2 || dirname(pattern).includes("*")) throw notAPattern(field, pattern);
  const [before, after] = name.split("*");
  const within = join(folder, dirname(pattern));
  const names = await listFiles(within);
  if (names === null) throw folderMissing(within);
  return names
    .filter(
      (entry) => entry.length >= before.length + after.length && entry.startsWith(before) && entry.endsWith(after),
    )
    .map((entry) => ({ key: entry.slice(before.length, entry.length - after.length), file: join(within, entry) }));
}

function byKey(files: readonly Keyed[], folder: string): Map<string, string> {
  const map = new Map<string, string>();
  for (const { key, file } of files) {
    const other = map.get(key);
    if (other !== undefined) {
      throw new SamlabError("manifest-invalid", `${folder}: ${other} and ${file} both stand for ${show(key)}.`, {
        file,
        field: "name",
        value: key,
        remedy: patternsRemedy,
      });
    }
    map.set(key, file);
  }
  return map;
}

function notAPattern(field: "images" | "masks", value: unknown): SamlabError {
  const what =
    value === undefined
      ? `The names of the ${field} are not given.`
      : `${show(value)} is not a pattern for the ${field}.`;
  return new SamlabError("argument-invalid", what, {
    field,
    value,
    remedy: `Give both, each with one star in the file name: ${examplePatterns}.`,
  });
}

function folderMissing(folder: string): SamlabError {
  return new SamlabError("file-missing", `There is no folder ${folder}.`, {
    file: folder,
    remedy: "Check the path; relative paths start at the working directory.",
  });
}
