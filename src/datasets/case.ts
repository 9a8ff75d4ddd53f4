import { errorIn, SamlabError } from "../core/errors.js";
import { checkSha256 } from "../io/files/hash-file.js";
import { type OrientationRule, type Raster, turnedSize } from "../io/formats/raster.js";
import type { Image2d } from "../io/image/image.js";
import { sha256OfImage } from "../io/image/image-hash.js";
import { loadImage, loadVolume, type VolumeOptions } from "../io/image/load.js";
import { isPicture } from "../io/image/read-voxels.js";
import type { Volume } from "../io/image/volume.js";
import { LabelImage } from "../io/mask/label-image.js";
import { loadMask } from "../io/mask/mask-file.js";
import { maskNotes, maskValues, readMaskRaster } from "../io/mask/mask-raster.js";
import type { MaskVolume } from "../io/mask/mask-volume.js";
import type { ManifestCase, ManifestFile } from "./manifest/types.js";

interface LoadedParts {
  readonly entry: ManifestCase;
  /** Label number → name, for every object that the truth may hold. */
  readonly names: ReadonlyMap<number, string>;
  /**
   * Truth values that the label map does not name, ascending; they became background. Empty if the manifest declares
   * them as background.
   */
  readonly unnamed: readonly number[];
  /** Notes from reading the image and the truth, one sentence each. Usually empty. */
  readonly notes: readonly string[];
}

/** A volume with its truth, on the same grid. Made by {@link loadCase}. */
export interface VolumeCase extends LoadedParts {
  /** Discriminates volumes from 2D images. */
  readonly kind: "volume";
  /** The image. */
  readonly volume: Volume;
  /** Its labels, on the grid of `volume`. */
  readonly truth: MaskVolume;
}

/** A picture with its truth, on the same grid. Made by {@link loadCase}. */
export interface ImageCase extends LoadedParts {
  /** Discriminates 2D images from volumes. */
  readonly kind: "image";
  /** The picture. */
  readonly image: Image2d;
  /** Its labels. */
  readonly truth: LabelImage;
}

/**
 * A case of a manifest with its pixels: a volume with a mask volume, or a picture with a label image, always on the
 * same grid.
 */
export type LoadedCase = VolumeCase | ImageCase;

/**
 * Loads the image and truth of a case. Truth values that the label map does not name become background; a threshold
 * makes label 1; merged values (`1+2`) become the smallest of them.
 * @throws {SamlabError} `hash-mismatch`, `geometry-mismatch`, and as `loadVolume`, `loadImage` and `loadMask`; the
 * message names the case
 */
export async function loadCase(
  entry: ManifestCase,
  options: Pick<VolumeOptions, "signal" | "onProgress"> = {},
): Promise<LoadedCase> {
  const { signal } = options;
  try {
    for (const { file, sha256 } of [entry.image, entry.truth])
      if (sha256) await checkSha256(file, sha256, signal, sha256OfImage);
    const [image, truth] = await Promise.all([isVolume(entry.image), isVolume(entry.truth)]);
    if (image !== truth) {
      throw new SamlabError("geometry-mismatch", "The image and the truth are not both volumes or both pictures.", {
        field: "truth.path",
        value: entry.truth.path,
        remedy: "Name a volume as the truth of a volume, and a picture as the truth of a picture.",
      });
    }
    return image ? await loadVolumeCase(entry, options) : await loadImageCase(entry, signal);
  } catch (error) {
    throw error instanceof SamlabError && error.code !== "canceled"
      ? errorIn(`Case ${entry.id} of ${entry.manifest}`, error, fromManifest(error, entry))
      : error;
  }
}

/** Its paths start elsewhere than those that are given in code, and its options have another form. */
function fromManifest(error: SamlabError, { image }: ManifestCase): { readonly remedy?: string } {
  const { code, field, file, value, remedy = "" } = error;
  if (code === "file-missing") return { remedy: "Check its path there, which starts at the manifest's folder." };
  if (code === "format-unsupported" && field === "label" && Array.isArray(value)) {
    return { remedy: `Make a case for each of them, or take them together: "${value.join("+")}".` };
  }
  if (field !== "series") return {};
  if (file !== image.path) return { remedy: "Put the series that is meant into a folder of its own." };
  const [, one = '"3"'] = /series: (".*")/.exec(remedy) ?? [];
  return { remedy: `Name one beside image.path by its UID, number, or description: "series": ${one}.` };
}

const isVolume = async ({ file, path }: ManifestFile) => !(await isPicture(file, path));

async function loadVolumeCase(
  entry: ManifestCase,
  { signal, onProgress }: NonNullable<Parameters<typeof loadCase>[1]>,
): Promise<LoadedCase> {
  const { image, truth } = entry;
  const volume = await loadVolume(image.file, {
    window: image.window,
    frame: image.frame ?? undefined,
    series: image.series ?? undefined,
    nonFinite: image.nonFinite,
    name: image.path,
    signal,
    onProgress,
  });
  const groups = Object.keys(entry.labels).flatMap((key) => (key.startsWith(">=") ? [] : [numbersIn(key)]));
  const mask = await loadMask(truth.file, {
    threshold: thresholdOf(entry),
    frame: truth.frame ?? undefined,
    name: truth.path,
    on: volume,
    among: groups.length > 0 ? groups.flat() : undefined,
    together: groups,
    signal,
  });
  const { names, unnamed } = settleLabels(entry, mask.data, mask.labels);
  return { kind: "volume", entry, names, unnamed, volume, truth: mask, notes: [...volume.notes, ...mask.notes] };
}

async function loadImageCase(entry: ManifestCase, signal: AbortSignal | undefined): Promise<LoadedCase> {
  const { image, truth } = entry;
  const { picture, raster, note } = await readPair(entry, signal);
  if (raster.width !== picture.width || raster.height !== picture.height) {
    throw new SamlabError(
      "geometry-mismatch",
      `The image has ${picture.width}×${picture.height} pixels, the truth ${raster.width}×${raster.height}.`,
      {
        file: image.path,
        field: "truth.path",
        value: truth.path,
        remedy: "Pair the image with the truth that was drawn on it.",
      },
    );
  }
  const values = maskValues(raster, numbersOf(entry), truth.path);
  const threshold = thresholdOf(entry);
  const data =
    threshold === undefined ? values.slice() : Uint8Array.from(values, (value) => (value >= threshold ? 1 : 0));
  const labels = new LabelImage({ width: raster.width, height: raster.height, data, source: truth.path });
  const { names, unnamed } = settleLabels(entry, data, labels.labels);
  const notes = [...(picture.notes ?? []), ...(note ? [note] : []), ...maskNotes(raster)];
  return { kind: "image", entry, names, unnamed, image: picture, truth: labels, notes };
}

interface Pair {
  readonly picture: Image2d;
  readonly raster: Raster;
  readonly note?: string;
}

/**
 * Aligns a 2D image and its truth. Where only one of them has an EXIF orientation, the truth was drawn either on the
 * upright picture or on its stored pixels: the manifest says which, or the sizes do; otherwise the pair is refused.
 */
async function readPair(entry: ManifestCase, signal: AbortSignal | undefined): Promise<Pair> {
  const { image, truth } = entry;
  const read = async (orientation: OrientationRule): Promise<Pair> => ({
    picture: await loadImage(image.file, {
      window: image.window === "auto" ? undefined : image.window,
      name: image.path,
      nonFinite: image.nonFinite,
      orientation,
      signal,
    }),
    raster: await readMaskRaster(truth.file, { name: truth.path, orientation, signal }),
  });
  if (image.orientation !== null) return read(image.orientation);
  const upright = await read("apply");
  const [ofImage, ofTruth] = [
    (await turnedSize(image.file, image.path))?.orientation ?? null,
    upright.raster.orientation,
  ];
  if (ofImage === ofTruth) return upright;
  const stored = await read("ignore");
  const fits = ({ picture, raster }: Pair) => picture.width === raster.width && picture.height === raster.height;
  if (!fits(upright) && !fits(stored)) return upright;
  const [file, tag] = ofImage === null ? ["truth", ofTruth] : ["image", ofImage];
  if (fits(upright) !== fits(stored)) {
    const [pair, how] = fits(stored) ? [stored, "ignored"] : [upright, "applied"];
    return { ...pair, note: `The ${file}'s EXIF orientation ${tag} was ${how}: the other file is of that size.` };
  }
  throw new SamlabError(
    "geometry-mismatch",
    `The ${file} has the EXIF orientation ${tag} and the ${file === "image" ? "truth" : "image"} has not: on which pixels was the truth drawn?`,
    {
      file: file === "image" ? image.path : truth.path,
      field: "image.orientation",
      value: tag,
      remedy:
        'Say in the manifest, beside image.path: "orientation": "ignore" for the pixels as they are stored (COCO, Pillow), or "apply" for the upright picture.',
    },
  );
}

/** Parses the label map's keys: `1+2` says 1 and 2, `>=128` says 128. */
function numbersOf({ labels }: ManifestCase): number[] {
  return Object.keys(labels).flatMap(numbersIn);
}

const numbersIn = (key: string) => key.replace(/^>=/, "").split("+").map(Number);

/**
 * The threshold of a label map such as `{ ">=128": "polyp" }`. Instances keep their numbers, so theirs does not count.
 */
function thresholdOf({ labels, truth }: ManifestCase): number | undefined {
  const [key] = Object.keys(labels);
  return !truth.instances && key.startsWith(">=") ? Number(key.slice(2)) : undefined;
}

/** Keeps only the values in the label map; merged values (`1+2`) become the smallest of them. */
function settleLabels(
  { labels, otherLabels, truth }: ManifestCase,
  data: Uint8Array | Uint16Array,
  found: readonly number[],
): Pick<LoadedParts, "names" | "unnamed"> {
  const [[firstKey, firstName]] = Object.entries(labels);
  if (truth.instances) return { names: new Map(found.map((label) => [label, firstName])), unnamed: [] };
  if (firstKey.startsWith(">=")) return { names: new Map([[1, firstName]]), unnamed: [] };
  const names = new Map<number, string>();
  const becomes = new Uint16Array(65536);
  for (const [key, name] of Object.entries(labels)) {
    const numbers = numbersIn(key);
    const least = Math.min(...numbers);
    names.set(least, name);
    for (const number of numbers) becomes[number] = least;
  }
  for (let n = 0; n < data.length; n++) data[n] = becomes[data[n]];
  return { names, unnamed: otherLabels === "fail" ? found.filter((label) => becomes[label] === 0) : [] };
}
