import { resolve } from "node:path";
import { SamlabError } from "../../core/errors.js";
import { sha256OfImage } from "../../io/image/image-hash.js";
import { isPicture } from "../../io/image/read-voxels.js";
import { distinctValues } from "../../io/mask/labels.js";
import { loadMask } from "../../io/mask/mask-file.js";
import { maskValues, readMaskRaster } from "../../io/mask/mask-raster.js";
import { MaskVolume } from "../../io/mask/mask-volume.js";
import type { ManifestCase, ManifestFile } from "../manifest/types.js";
import { manifestJson } from "../manifest/write.js";
import { readLookupTable } from "./lookup-table.js";
import { patternsRemedy } from "./pairs.js";
import type { CaseDraft, DatasetDraft, ImportedManifest, ImportOptions } from "./types.js";

/**
 * Builds a manifest from an importer's result. Options take precedence over the data set's metadata, then defaults.
 * @throws {SamlabError} `image-empty` (no case at all), `argument-invalid` (the modality is unknown),
 * `manifest-invalid`, `canceled`
 */
export async function finish(draft: DatasetDraft, options: ImportOptions): Promise<ImportedManifest> {
  const { format, file, description = "", notes } = draft;
  if (draft.cases.length === 0) {
    throw new SamlabError("manifest-invalid", `${file} holds no case: no image with its truth.`, {
      file,
      field: "cases",
      value: 0,
      remedy:
        format === "pairs"
          ? `Check the folder. ${patternsRemedy}`
          : "Check the folder and the names of images and masks.",
    });
  }
  const idOf = uniqueIds();
  const table = options.lookupTable === undefined ? null : await readLookupTable(options.lookupTable, options.signal);
  const cases: ManifestCase[] = [];
  for (const entry of draft.cases) cases.push(await finishCase(entry, idOf(entry.id), draft, options, table));
  const manifest = { name: options.name ?? draft.name, description, file, cases };
  await manifestJson(file, manifest);
  return { ...manifest, format, notes };
}

async function finishCase(
  entry: CaseDraft,
  id: string,
  draft: DatasetDraft,
  options: ImportOptions,
  table: ReadonlyMap<number, string> | null,
): Promise<ManifestCase> {
  const { window = entry.window ?? "auto", slicing, signal } = options;
  const { orientation = entry.image.orientation ?? null } = options;
  const { instances = entry.truth.instances ?? false } = options;
  const file = async (path: string, frame: number | undefined): Promise<ManifestFile> => ({
    path,
    file: resolve(path),
    sha256: options.sha256 ? await sha256OfImage(path, signal) : null,
    frame: frame ?? null,
  });
  return {
    id,
    title: entry.id,
    subject: entry.subject ?? id,
    modality: options.modality ?? entry.modality ?? unknownModality(draft, entry),
    image: {
      ...(await file(entry.image.file, entry.image.frame)),
      series: null,
      window,
      nonFinite: "reject",
      orientation,
    },
    truth: {
      ...(await file(entry.truth.file, undefined)),
      made: options.made ?? "unknown",
      note: "",
      instances,
    },
    labels: table ? await namedLabels(entry, table, options) : labelsOf(entry, draft, options, instances),
    otherLabels: entry.otherLabels ?? "fail",
    slicing: { plane: "axial", slices: "truth", minPixels: 1, ...slicing },
    license: options.license ?? draft.license ?? "not stated",
    source: options.source ?? draft.source ?? "",
    split: options.split ?? entry.split,
    notes: entry.notes ?? "",
    manifest: draft.file,
  };
}

/** The numbers that occur in the truth, by their names in the table; numbers without one keep their number as name. */
async function namedLabels(
  { truth }: CaseDraft,
  table: ReadonlyMap<number, string>,
  { lookupTable, signal }: ImportOptions,
): Promise<ManifestCase["labels"]> {
  const found = await labelsIn(truth.file, signal);
  const named = found.map((label) => [String(label), table.get(label) ?? `label ${label}`] as const);
  if (named.length > 0) return Object.fromEntries(named);
  throw new SamlabError("image-empty", `${truth.file} is empty, so ${lookupTable} names nothing in it.`, {
    file: truth.file,
    field: "lookupTable",
    value: lookupTable,
    remedy: "Leave the case out.",
  });
}

function labelsOf(
  entry: CaseDraft,
  draft: DatasetDraft,
  { labels }: ImportOptions,
  instances: boolean,
): ManifestCase["labels"] {
  if (typeof labels === "object") return labels;
  if (typeof labels === "string") {
    // A JPEG's background is not quite 0.
    return { [!instances && /\.jpe?g$/i.test(entry.truth.file) ? ">=128" : ">=1"]: labels };
  }
  if (entry.labels) return entry.labels;
  throw new SamlabError("argument-invalid", `${draft.file} does not say what its masks show.`, {
    file: draft.file,
    field: "labels",
    remedy:
      'Say it: { labels: "polyp" } for one object, or a label map such as { labels: { "1": "liver", "2": "tumor" } }.',
  });
}

function unknownModality(draft: DatasetDraft, entry: CaseDraft): never {
  throw new SamlabError("argument-invalid", `${draft.file} does not say of which modality ${entry.id} is.`, {
    file: draft.file,
    field: "modality",
    value: entry.id,
    remedy: 'Say it: { modality: "MR" }.',
  });
}

/** Ids of letters, digits, dots, dashes and underscores, each given once. */
export function uniqueIds(): (name: string) => string {
  const taken = new Set<string>();
  return (name) => {
    // Files are named after it, and names of files end at 255 bytes.
    const plain =
      name
        .replace(/[^A-Za-z0-9._-]+/g, "_")
        .replace(/^[^A-Za-z0-9]+/, "")
        .slice(0, 120) || "case";
    let id = plain;
    for (let n = 2; taken.has(id); n++) id = `${plain}-${n}`;
    taken.add(id);
    return id;
  };
}

/** The numbers above 0 that occur in a truth, ascending. @throws {SamlabError} as `loadMask` */
async function labelsIn(file: string, signal?: AbortSignal): Promise<number[]> {
  if (await isPicture(file, file, signal)) {
    const raster = await readMaskRaster(file, { signal });
    return distinctValues(maskValues(raster, [], file)).filter((label) => label > 0);
  }
  const mask = await loadMask(file, { signal });
  return mask instanceof MaskVolume ? mask.labels : [];
}
