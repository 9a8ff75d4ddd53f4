import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SamlabError, show } from "../../core/errors.js";
import { readError } from "../../io/files/file-errors.js";
import { manifestFormat } from "../manifest/types.js";
import { readCoco } from "./coco.js";
import { readDecathlon, trainingPairs } from "./decathlon.js";
import { type Fields, readFields } from "./fields.js";
import { isFile, listFiles } from "./files.js";
import { finish } from "./finish.js";
import { readNnunet } from "./nnunet.js";
import { readNpz } from "./npz.js";
import { readPairs } from "./pairs.js";
import {
  type DatasetDraft,
  type ImportedManifest,
  type ImportFormat,
  type ImportOptions,
  importFormats,
} from "./types.js";

/**
 * A data set in another project's layout, as a manifest: nnU-Net (a folder or its dataset.json), Medical Segmentation
 * Decathlon (likewise), a folder of images and masks, MedSAM's .npz files, COCO's instances_*.json. Files stay where
 * they are and are not read, except .npz and COCO, whose pixels are written to `out`.
 *
 * @example
 * const liver = await importManifest("Task03_Liver", { window: "liver" });
 * await saveManifest("liver.json", liver);
 *
 * @throws {SamlabError} `manifest-invalid` naming file and field, `argument-invalid` naming the option that is needed,
 * `file-missing` (also for images without truth), `format-unknown`, `format-unsupported`, `format-invalid`,
 * `file-truncated`, `geometry-mismatch`, `canceled`
 */
export async function importManifest(path: string, options: ImportOptions = {}): Promise<ImportedManifest> {
  return finish(await readDataset(path, options), options);
}

async function readDataset(path: string, options: ImportOptions): Promise<DatasetDraft> {
  const { format = "auto", signal } = options;
  if (format !== "auto" && !importFormats.includes(format)) {
    throw new SamlabError("argument-invalid", `There is no import format ${show(format)}.`, {
      field: "format",
      value: format,
      remedy: `Use auto, ${importFormats.join(", ")}.`,
    });
  }
  const info = await stat(path).catch((error: unknown) => {
    throw readError(error, path);
  });
  const isFolder = info.isDirectory();
  if (format === "pairs") return readPairs(path, options);
  if (format === "npz" || (format === "auto" && !isFolder && /\.npz$/i.test(path))) return readNpz(path, options);
  const file = isFolder ? await descriptionIn(path, format) : path;
  if (file !== null) {
    const json = await readFields(file, signal);
    const found = format === "auto" ? await formatOf(json, file) : format;
    if (found === "coco") return readCoco(file, json, options);
    return found === "decathlon" ? readDecathlon(file, json, options) : readNnunet(file, json, options);
  }
  const names = (await listFiles(path)) ?? [];
  return names.some((name) => /\.npz$/i.test(name)) ? readNpz(path, options) : readPairs(path, options);
}

/** The JSON file in a folder that describes it; `null` when there is none and the format is not given. */
async function descriptionIn(folder: string, format: ImportFormat | "auto"): Promise<string | null> {
  const dataset = join(folder, "dataset.json");
  if (format !== "coco" && (await isFile(dataset))) return dataset;
  const instances: string[] = [];
  for (const place of format === "auto" || format === "coco" ? [folder, join(folder, "annotations")] : []) {
    const names = (await listFiles(place)) ?? [];
    instances.push(
      ...names.filter((name) => /^(instances_.*|_?annotations.*)\.json$/i.test(name)).map((name) => join(place, name)),
    );
  }
  if (instances.length === 1) return instances[0];
  if (instances.length === 0 && format === "auto") return null;
  const wanted = format === "coco" ? "instances_*.json" : "dataset.json";
  throw new SamlabError(
    instances.length > 1 ? "argument-invalid" : "file-missing",
    instances.length > 1
      ? `${folder} holds several data sets: ${instances.join(", ")}.`
      : `${folder} holds no ${wanted}.`,
    { file: folder, field: "path", value: instances, remedy: "Give the path of the JSON file that is meant." },
  );
}

/**
 * What a JSON file describes. A version 1 dataset.json of nnU-Net looks like the Decathlon's, but lists images without
 * their channel's number.
 */
async function formatOf(json: Fields, file: string): Promise<ImportFormat> {
  if (Array.isArray(json.annotations) && json.images !== undefined) return "coco";
  if (json.format === manifestFormat) {
    throw new SamlabError("argument-invalid", `${file} is a manifest of samlab already.`, {
      file,
      field: "format",
      value: json.format,
      remedy: "Use it as it is.",
    });
  }
  if (json.channel_names === undefined && Array.isArray(json.training)) {
    const [first] = trainingPairs(json, file);
    if (first && (await isFile(join(dirname(file), first.image)))) return "decathlon";
    const numbered = first?.image.replace(/(\.nii(\.gz|\.bz2)?)$/, "_0000$1");
    return numbered && (await isFile(join(dirname(file), numbered))) ? "nnunet" : "decathlon";
  }
  if (["channel_names", "labels", "modality", "file_ending"].some((name) => json[name] !== undefined)) return "nnunet";
  throw new SamlabError("format-unknown", `${file} describes no data set that samlab knows.`, {
    file,
    field: "format",
    value: Object.keys(json),
    remedy: "It reads dataset.json of nnU-Net and the Decathlon, and COCO's instances_*.json.",
  });
}
